use embedded_storage::nor_flash::NorFlash;

use crate::UpdateError;

/// So many bytes are written at once, if there are so many: no flash that is in use writes in larger units.
const BLOCK: usize = 32;

/// Writes a stream of bytes into a flash from its start, whatever pieces they come in: each sector is erased when it is
/// reached, what is shorter than the flash can write waits for more, and all that was written is read back.
#[derive(Debug)]
pub struct Writer<F> {
    flash: F,
    /// So many bytes were given to it.
    position: u32,
    /// So many are in the flash; a multiple of what it can write.
    written: u32,
    /// Up to here it is erased.
    erased: u32,
    block: [u8; BLOCK],
    /// So many bytes wait in the block.
    waiting: usize,
}

impl<F: NorFlash> Writer<F> {
    #[expect(clippy::cast_possible_truncation, reason = "addresses of flash have 32 bits")]
    const SECTOR: u32 = F::ERASE_SIZE as u32;
    #[expect(clippy::cast_possible_truncation, reason = "it is 32")]
    const BLOCK: u32 = BLOCK as u32;

    /// A writer at the start of a flash.
    #[must_use]
    pub const fn new(flash: F) -> Self {
        const {
            assert!(
                BLOCK.is_multiple_of(F::WRITE_SIZE) && BLOCK.is_multiple_of(F::READ_SIZE),
                "the flash is written in units that 32 is no multiple of"
            );
        }
        Self { flash, position: 0, written: 0, erased: 0, block: [0xff; BLOCK], waiting: 0 }
    }

    /// Begins anew.
    pub const fn restart(&mut self) {
        self.position = 0;
        self.written = 0;
        self.erased = 0;
        self.waiting = 0;
    }

    /// How many bytes were given to it.
    #[must_use]
    pub const fn position(&self) -> u32 {
        self.position
    }

    /// How many bytes the flash has.
    #[must_use]
    pub fn capacity(&self) -> u32 {
        u32::try_from(self.flash.capacity()).unwrap_or(u32::MAX)
    }

    /// The flash.
    pub const fn flash(&mut self) -> &mut F {
        &mut self.flash
    }

    /// Writes what comes next. It takes as long as the flash does: up to a sector is erased for each
    /// [`ERASE_SIZE`](NorFlash::ERASE_SIZE) bytes.
    ///
    /// # Errors
    /// There is no room for it, or the flash fails.
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<(), UpdateError> {
        let end = u32::try_from(bytes.len()).ok().and_then(|n| self.position.checked_add(n));
        let end = end.filter(|end| *end <= self.capacity()).ok_or(UpdateError::TooLong)?;
        self.position = end;
        while !bytes.is_empty() {
            let room = self.block.get_mut(self.waiting..).unwrap_or_default();
            let n = room.len().min(bytes.len());
            let (now, later) = bytes.split_at_checked(n).unwrap_or_default();
            for (place, byte) in room.iter_mut().zip(now) {
                *place = *byte;
            }
            bytes = later;
            self.waiting += n;
            if self.waiting == BLOCK {
                self.write_block()?;
            }
        }
        Ok(())
    }

    /// Writes what waits, filled up with what erased flash has, and says how many bytes there were in all.
    ///
    /// # Errors
    /// The flash fails.
    pub fn finish(&mut self) -> Result<u32, UpdateError> {
        if self.waiting > 0 {
            if let Some(rest) = self.block.get_mut(self.waiting..) {
                rest.fill(0xff);
            }
            self.write_block()?;
        }
        Ok(self.position)
    }

    fn write_block(&mut self) -> Result<(), UpdateError> {
        // The last block of a flash whose size is no multiple of it.
        let end = self.written.saturating_add(Self::BLOCK).min(self.capacity());
        let bytes = self.block.get(..(end - self.written) as usize).unwrap_or_default();
        while self.erased < end {
            let sector = self.erased + Self::SECTOR;
            self.flash.erase(self.erased, sector).map_err(|_| UpdateError::Flash)?;
            self.erased = sector;
        }
        self.flash.write(self.written, bytes).map_err(|_| UpdateError::Flash)?;
        let mut read = [0; BLOCK];
        let read = read.get_mut(..bytes.len()).unwrap_or_default();
        self.flash.read(self.written, read).map_err(|_| UpdateError::Flash)?;
        if read != bytes {
            return Err(UpdateError::Worn);
        }
        self.written = end;
        self.waiting = 0;
        Ok(())
    }
}
