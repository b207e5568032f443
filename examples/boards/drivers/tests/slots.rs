//! Updates of an ESP32's firmware, over a flash in memory: what is written is what ESP-IDF's bootloader reads.

use std::cell::RefCell;
use std::sync::{Mutex, MutexGuard, PoisonError};

use board_drivers::{Flash, Slots, Trial, Verdict};
use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use esp_bootloader_esp_idf::partitions::{
    AppPartitionSubType, FlashStorage, PartitionTable, PartitionType,
};
use md5::Digest;
use ota::{Update, UpdateError};
use sha2::Sha256;

const TABLE: u32 = 0x8000;
const SELECTION: u32 = 0xe000;
const SECTOR: u32 = 0x1000;
const SLOTS: [u32; 2] = [0x10000, 0x20000];
const SLOT: u32 = 0x10000;
const NAMES: [AppPartitionSubType; 2] = [AppPartitionSubType::Ota0, AppPartitionSubType::Ota1];

/// `esp_chip_id_t` of the ESP32-C3 and of the ESP32.
const CHIP: u16 = 5;
const ANOTHER_CHIP: u16 = 0;

/// `esp_ota_img_states_t`.
const NEW: u32 = 0;
const PENDING_VERIFY: u32 = 1;
const VALID: u32 = 2;
const INVALID: u32 = 3;
const ABORTED: u32 = 4;

/// A board as it comes out of `espflash`: one image, in the first slot, and nothing selected.
struct Board {
    flash: &'static Flash,
    /// Whether its bootloader watches the first start of a new image.
    watches: bool,
    /// The flash in memory is there once.
    _alone: MutexGuard<'static, ()>,
}

impl Board {
    fn new(partitions: &[(&str, u8, u8, u32, u32)]) -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);

        let flash: &'static Flash = Box::leak(Box::new(RefCell::new(FlashStorage::new())));
        flash.borrow_mut().erase(0, 0x40000).unwrap();
        let mut table = Vec::new();
        for (label, kind, subtype, offset, length) in partitions {
            table.extend([0xaa, 0x50, *kind, *subtype]);
            table.extend(offset.to_le_bytes());
            table.extend(length.to_le_bytes());
            let mut name = [0; 16];
            name[..label.len()].copy_from_slice(label.as_bytes());
            table.extend(name);
            table.extend([0; 4]);
        }
        let digest = md5::Md5::digest(&table);
        table.extend([0xeb; 2]);
        table.extend([0xff; 14]);
        table.extend(digest);
        flash.borrow_mut().write(TABLE, &table).unwrap();
        Self { flash, watches: false, _alone: alone }
    }

    fn with_slots() -> Self {
        let board = Self::new(&[
            ("nvs", 1, 2, 0x9000, 0x5000),
            ("otadata", 1, 0, SELECTION, 0x2000),
            ("ota_0", 0, 0x10, SLOTS[0], SLOT),
            ("ota_1", 0, 0x11, SLOTS[1], SLOT),
        ]);
        board.flash.borrow_mut().write(SLOTS[0], &image(CHIP, 1)).unwrap();
        board
    }

    /// One that has been updated so often, and the slot that runs.
    fn after(updates: u8) -> (Self, usize) {
        let board = Self::with_slots();
        let mut running = board.start();
        for filling in 0..updates {
            board.update(running, &image(CHIP, filling + 2)).unwrap();
            running = board.start();
            board.slots(running).unwrap().keep().unwrap();
        }
        (board, running)
    }

    /// The program that runs from a slot.
    fn slots(&self, running: usize) -> Option<Slots> {
        let running = |table: &PartitionTable<'_>| {
            table.find_partition(PartitionType::App(NAMES[running])).ok()?
        };
        Slots::find(self.flash, CHIP, running)
    }

    /// Uploads an image to the program that runs from a slot.
    fn update(&self, running: usize, image: &[u8]) -> Result<(), UpdateError> {
        let slots = self.slots(running).unwrap();
        let mut update = Update::new(slots.other(), slots);
        update.begin(None)?;
        for piece in image.chunks(999) {
            update.write(piece)?;
        }
        update.finish(&Sha256::digest(image).into())
    }

    fn entry(&self, index: u32) -> [u8; 32] {
        let mut entry = [0; 32];
        self.flash.borrow_mut().read(SELECTION + SECTOR * index, &mut entry).unwrap();
        entry
    }

    fn write_entry(&self, index: u32, sequence: u32, state: u32) {
        let mut entry = [0xff; 32];
        entry[..4].copy_from_slice(&sequence.to_le_bytes());
        entry[24..28].copy_from_slice(&state.to_le_bytes());
        entry[28..].copy_from_slice(&crc(sequence).to_le_bytes());
        self.flash.borrow_mut().write(SELECTION + SECTOR * index, &entry).unwrap();
    }

    /// Tears an entry, as power does that fails while it is written.
    fn tear(&self, index: u32) {
        let mut entry = self.entry(index);
        entry[28..].fill(0xff);
        entry[24..28].copy_from_slice(&NEW.to_le_bytes());
        self.flash.borrow_mut().write(SELECTION + SECTOR * index, &entry).unwrap();
    }

    fn state(&self, index: u32) -> u32 {
        number(&self.entry(index)[24..28])
    }

    /// What ESP-IDF's bootloader does (`bootloader_utility.c` and `bootloader_common_loader.c` of its release 6.1): which
    /// slot it starts.
    fn start(&self) -> usize {
        if self.watches {
            for index in 0..2 {
                if self.state(index) == PENDING_VERIFY {
                    self.write_entry(index, number(&self.entry(index)[..4]), ABORTED);
                }
            }
        }
        let mut selected = None;
        for index in 0..2 {
            let entry = self.entry(index);
            let (sequence, state) = (number(&entry[..4]), number(&entry[24..28]));
            let is_none = sequence == u32::MAX || [INVALID, ABORTED].contains(&state);
            let is_higher = selected.is_none_or(|(_, highest)| sequence > highest);
            if !is_none && number(&entry[28..]) == crc(sequence) && is_higher {
                selected = Some((index, sequence));
            }
        }
        let Some((index, sequence)) = selected else {
            self.write_entry(0, 1, VALID);
            return 0;
        };
        if self.watches && self.state(index) == NEW {
            self.write_entry(index, sequence, PENDING_VERIFY);
        }
        let slot = (sequence.wrapping_sub(1) % 2) as usize;
        if self.is_whole(slot) { slot } else { 1 - slot }
    }

    fn is_whole(&self, slot: usize) -> bool {
        let mut bytes = vec![0; SLOT as usize];
        self.flash.borrow_mut().read(SLOTS[slot], &mut bytes).unwrap();
        let length = 32 + number(&bytes[28..32]) as usize;
        let end = (length + 16) & !15;
        bytes[0] == 0xe9 && bytes.get(end..end + 32) == Some(&*Sha256::digest(&bytes[..end]))
    }
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes.try_into().unwrap())
}

/// `esp_rom_crc32_le(UINT32_MAX, ..)` of a sequence number.
fn crc(sequence: u32) -> u32 {
    const ROM: crc::Algorithm<u32> = crc::Algorithm { init: 0, ..crc::CRC_32_ISO_HDLC };
    crc::Crc::<u32>::new(&ROM).checksum(&sequence.to_le_bytes())
}

/// An image of one segment, as `espflash` makes them.
fn image(chip: u16, filling: u8) -> Vec<u8> {
    let length = 20_000 + 4 * u32::from(filling);
    let mut segment = 0xabcd_5432_u32.to_le_bytes().to_vec();
    segment.resize(length as usize, filling);
    let mut image = vec![0; 24];
    (image[0], image[1], image[23]) = (0xe9, 1, 1);
    image[12..14].copy_from_slice(&chip.to_le_bytes());
    image.extend(0x3c00_0020_u32.to_le_bytes());
    image.extend(length.to_le_bytes());
    image.extend(segment);
    image.resize((image.len() + 16) & !15, 0);
    let digest = Sha256::digest(&image);
    image.extend(digest);
    image
}

#[test]
fn an_update_starts_next_and_is_on_trial_until_it_is_kept() {
    for watches in [false, true] {
        let board = Board { watches, ..Board::with_slots() };
        let mut running = board.start();
        assert_eq!(running, 0);
        assert!(!board.slots(running).unwrap().is_on_trial());
        for filling in 2..8 {
            let new = image(CHIP, filling);
            board.update(running, &new).unwrap();
            let started = board.start();
            assert_eq!(started, 1 - running, "the update numbered {filling}");
            running = started;
            let mut bytes = vec![0; new.len()];
            board.flash.borrow_mut().read(SLOTS[running], &mut bytes).unwrap();
            assert!(bytes == new);
            let slots = board.slots(running).unwrap();
            assert!(slots.is_on_trial());
            slots.keep().unwrap();
            assert!(!slots.is_on_trial());
            assert_eq!([board.start(), board.start()], [running, running]);
        }
    }
}

#[test]
fn what_is_taken_back_starts_no_more_and_the_next_update_goes_into_its_place() {
    for kept in 0..3 {
        let (board, running) = Board::after(kept);
        for filling in [10, 11] {
            board.update(running, &image(CHIP, filling)).unwrap();
            let new = board.start();
            assert_eq!(new, 1 - running);
            board.slots(new).unwrap().take_back().unwrap();
            assert_eq!([board.start(), board.start()], [running, running]);
            assert!(!board.slots(running).unwrap().is_on_trial());
        }
    }
}

#[test]
fn a_bootloader_that_watches_takes_back_what_was_not_kept() {
    let board = Board { watches: true, ..Board::with_slots() };
    let running = board.start();
    board.update(running, &image(CHIP, 2)).unwrap();
    assert_eq!(board.start(), 1 - running);
    assert_eq!([board.start(), board.start()], [running, running]);
}

#[test]
fn what_the_bootloader_would_not_take_is_not_selected() {
    let right = image(CHIP, 2);
    let with = |at: usize, byte: u8| {
        let mut image = right.clone();
        image[at] = byte;
        image
    };
    for (wrong, what) in [
        (image(ANOTHER_CHIP, 2), "an image for another chip"),
        (with(0, 0x7f), "an ELF file"),
        (with(33, 0), "no description"),
        (with(5_000, 0), "a byte that its own SHA-256 does not know"),
        (right[..right.len() - 40].to_vec(), "less than all of it"),
        (vec![0xe9; 20], "hardly anything"),
    ] {
        let board = Board::with_slots();
        let running = board.start();
        let before = [board.entry(0), board.entry(1)];
        assert_eq!(board.update(running, &wrong), Err(UpdateError::Boot), "{what}");
        assert_eq!([board.entry(0), board.entry(1)], before, "{what}");
        assert_eq!(board.start(), running, "{what}");
        // And then the right one.
        board.update(running, &right).unwrap();
        assert_eq!(board.start(), 1 - running, "behind {what}");
    }
}

#[test]
fn an_entry_that_power_has_torn_is_in_nobodys_way() {
    for kept in 0..3 {
        for torn in 0..2 {
            let (board, _) = Board::after(kept);
            if board.entry(torn) == [0xff; 32] {
                board.write_entry(torn, 2, VALID);
            }
            board.tear(torn);
            let running = board.start();
            board.update(running, &image(CHIP, 9)).unwrap();
            assert_eq!(board.start(), 1 - running, "{kept} updates, entry {torn}");
            assert!(board.slots(1 - running).unwrap().is_on_trial());
        }
    }
}

/// Half an upload is in the slot that was selected, and the other one runs: nothing is on trial.
#[test]
fn an_image_that_is_damaged_later_is_no_trial_of_the_other() {
    let board = Board::with_slots();
    let running = board.start();
    board.update(running, &image(CHIP, 2)).unwrap();
    board.flash.borrow_mut().erase(SLOTS[1], SLOTS[1] + SECTOR).unwrap();
    assert_eq!(board.start(), running);
    assert!(!board.slots(running).unwrap().is_on_trial());
    board.update(running, &image(CHIP, 3)).unwrap();
    assert_eq!(board.start(), 1 - running);
}

#[test]
fn the_other_slot_ends_where_it_ends() {
    let board = Board::with_slots();
    let mut other = board.slots(0).unwrap().other();
    assert_eq!(other.capacity(), SLOT as usize);
    other.erase(0, SLOT).unwrap();
    other.write(SLOT - 4, &[1, 2, 3, 4]).unwrap();
    let mut bytes = [0; 4];
    board.flash.borrow_mut().read(SLOTS[1] + SLOT - 4, &mut bytes).unwrap();
    assert_eq!(bytes, [1, 2, 3, 4]);
    assert!(other.write(SLOT, &[0; 4]).is_err());
    assert!(other.erase(0, SLOT + SECTOR).is_err());
    let too_long = vec![0; SLOT as usize + 1];
    assert_eq!(board.update(0, &too_long), Err(UpdateError::TooLong));
    assert!(board.is_whole(0));
}

#[test]
fn a_table_without_slots_has_none() {
    let factory = ("factory", 0, 0, 0x10000, SLOT);
    let selection = ("otadata", 1, 0, SELECTION, 0x2000);
    let first = ("ota_0", 0, 0x10, SLOTS[0], SLOT);
    for partitions in
        [&[factory][..], &[selection, first], &[first, ("ota_1", 0, 0x11, SLOTS[1], SLOT)]]
    {
        let board = Board::new(partitions);
        assert!(board.slots(0).is_none(), "{partitions:?}");
    }
}

#[test]
fn the_checksum_is_that_of_espressifs_tools() {
    assert_eq!(crc(1).to_le_bytes(), [0x9a, 0x98, 0x43, 0x47]);
}

#[test]
fn a_new_image_is_kept_once_it_has_been_reachable_for_a_while() {
    use Verdict::{Keep, Open, TakeBack};
    for looks in [
        &[(false, 0, Open), (true, 4_000, Open), (true, 33_999, Open), (true, 34_000, Keep)][..],
        // It has lost its network in between.
        &[(true, 1_000, Open), (false, 30_000, Open), (true, 31_500, Open), (true, 61_500, Keep)],
        &[(false, 299_999, Open), (false, 300_000, TakeBack)],
        // It came late, and stayed.
        &[(false, 299_000, Open), (true, 299_500, Open), (true, 329_500, Keep)],
        &[(true, 290_000, Open), (false, 310_000, TakeBack)],
    ] {
        let mut trial = Trial::default();
        for (has_address, now_ms, verdict) in looks {
            assert_eq!(trial.judge(*has_address, *now_ms), *verdict, "{now_ms} of {looks:?}");
        }
    }
}
