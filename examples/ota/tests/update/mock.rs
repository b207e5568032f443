//! A board that can lose its power: a flash with the rules of NOR, and a bootloader that reads it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use ota::{Boot, Update, Updates};

/// A sector of the flash.
pub const SECTOR: usize = 4096;
/// So many bytes are written at once.
pub const WORD: usize = 4;
/// The bytes of a slot.
pub const SLOT: usize = 8 * SECTOR;

/// Cells that can be written from ones to zeros, word by word, and be erased, sector by sector; until the power fails.
#[derive(Clone)]
pub struct Flash {
    cells: Rc<RefCell<Vec<u8>>>,
    power: Rc<Cell<Option<usize>>>,
    /// Where it begins in the chip, and how long it is.
    area: (usize, usize),
    /// The cells here keep nothing.
    pub worn: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused(NorFlashErrorKind);

impl NorFlashError for Refused {
    fn kind(&self) -> NorFlashErrorKind {
        self.0
    }
}

impl Flash {
    /// A chip with two slots, full of what was there before, and two sectors for the bootloader.
    pub fn new() -> Self {
        let length = 2 * SLOT + 2 * SECTOR;
        let cells = Rc::new(RefCell::new(vec![0x5a; length]));
        Self { cells, power: Rc::new(Cell::new(None)), area: (0, length), worn: None }
    }

    pub fn part(&self, start: usize, length: usize) -> Self {
        Self { area: (start, length), ..self.clone() }
    }

    /// It stops in the middle of the operation behind so many.
    pub fn fail_after(&self, operations: Option<usize>) {
        self.power.set(operations);
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.cells.borrow()[self.area.0..][..self.area.1].to_vec()
    }

    /// Takes the power of an operation; of the last one there is half.
    fn spend(&self, length: usize) -> Result<usize, Refused> {
        match self.power.get() {
            None => Ok(length),
            Some(0) => Err(Refused(NorFlashErrorKind::Other)),
            Some(left) => {
                self.power.set(Some(left - 1));
                Ok(if left == 1 { length / 2 } else { length })
            }
        }
    }

    fn check(&self, from: u32, length: usize, unit: usize) -> Result<usize, Refused> {
        let from = from as usize;
        if !from.is_multiple_of(unit) || !length.is_multiple_of(unit) {
            return Err(Refused(NorFlashErrorKind::NotAligned));
        }
        if from + length > self.area.1 {
            return Err(Refused(NorFlashErrorKind::OutOfBounds));
        }
        Ok(self.area.0 + from)
    }
}

impl ErrorType for Flash {
    type Error = Refused;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Refused> {
        let at = self.check(offset, bytes.len(), 1)?;
        bytes.copy_from_slice(&self.cells.borrow()[at..][..bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.area.1
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Refused> {
        let length = (to - from) as usize;
        let at = self.check(from, length, SECTOR)?;
        let done = self.spend(length)?;
        self.cells.borrow_mut()[at..][..done].fill(0xff);
        if done < length { Err(Refused(NorFlashErrorKind::Other)) } else { Ok(()) }
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Refused> {
        let at = self.check(offset, bytes.len(), WORD)?;
        let done = self.spend(bytes.len())?;
        let mut cells = self.cells.borrow_mut();
        for (index, byte) in bytes[..done].iter().enumerate() {
            assert_eq!(cells[at + index], 0xff, "{} is written without being erased", at + index);
            cells[at + index] = *byte;
            if self.worn == Some(at + index) {
                cells[at + index] ^= 1;
            }
        }
        if done < bytes.len() { Err(Refused(NorFlashErrorKind::Other)) } else { Ok(()) }
    }
}

/// A bootloader with two sectors, written in turn: the newest record that is whole says which slot starts, and how long its
/// image is.
pub struct Bootloader {
    records: Flash,
    slot: u32,
}

impl Bootloader {
    pub fn new(chip: &Flash, slot: u32) -> Self {
        Self { records: chip.part(2 * SLOT, 2 * SECTOR), slot }
    }

    /// What is written: how often it was, which slot, how long, and what tells that it is whole.
    fn record(sequence: u32, slot: u32, length: u32) -> [u8; 16] {
        let check = !(sequence ^ slot.rotate_left(8) ^ length.rotate_left(16));
        let mut bytes = [0; 16];
        for (place, word) in bytes.chunks_mut(4).zip([sequence, slot, length, check]) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// Sequence, slot and length of the newest record.
    pub fn newest(&mut self) -> Option<(u32, u32, u32)> {
        let mut newest = None;
        for sector in 0..2 {
            let mut bytes = [0; 16];
            self.records.read(sector * 4096, &mut bytes).unwrap();
            let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
            let (sequence, slot, length) = (word(0), word(4), word(8));
            if bytes == Self::record(sequence, slot, length) && slot < 2 {
                newest = newest.max(Some((sequence, slot, length)));
            }
        }
        newest
    }
}

impl Boot for Bootloader {
    type Error = Refused;

    fn start_next<F: NorFlash>(&mut self, _: &mut F, length: u32) -> Result<(), Refused> {
        let sequence = self.newest().map_or(0, |(sequence, ..)| sequence) + 1;
        let at = sequence % 2 * 4096;
        self.records.erase(at, at + 4096)?;
        self.records.write(at, &Self::record(sequence, self.slot, length))
    }
}

/// The firmware that runs from one slot and is updated in the other.
pub struct App<B = Bootloader> {
    pub update: Update<Flash, B>,
}

impl App {
    pub fn new(chip: &Flash) -> Self {
        let (_, running, _) = Bootloader::new(chip, 0).newest().expect("the board does not start");
        let slot = 1 - running;
        let flash = chip.part(slot as usize * SLOT, SLOT);
        Self { update: Update::new(flash, Bootloader::new(chip, slot)) }
    }
}

impl<B: Boot> Updates for App<B> {
    type Flash = Flash;
    type Boot = B;

    fn update(&mut self) -> &mut Update<Flash, B> {
        &mut self.update
    }
}

/// What starts behind a restart.
pub fn started(chip: &Flash) -> Vec<u8> {
    let (_, slot, length) = Bootloader::new(chip, 0).newest().expect("the board does not start");
    chip.part(slot as usize * SLOT, SLOT).bytes()[..length as usize].to_vec()
}
