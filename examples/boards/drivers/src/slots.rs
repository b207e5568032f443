use core::cell::RefCell;

use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use esp_bootloader_esp_idf::ota::{Ota, OtaImageState};
use esp_bootloader_esp_idf::partitions::{
    AppPartitionSubType, DataPartitionSubType, Error, FlashRegion, FlashStorage,
    PARTITION_TABLE_MAX_LEN, PartitionEntry, PartitionTable, PartitionType, read_partition_table,
};
use ota::Boot;

/// The chip's flash, for all that keep something in it.
pub type Flash = RefCell<FlashStorage<'static>>;

/// The first byte of each image (ESP-IDF's `esp_image_header_t`), and where in it the chip's number is.
const IMAGE: u8 = 0xe9;
const CHIP: core::ops::Range<usize> = 12..14;
/// Where an image has its description (`esp_app_desc_t`), behind its header and that of its first segment; and how that begins.
const DESCRIPTION: core::ops::Range<usize> = 32..36;
const DESCRIBED: [u8; 4] = 0xabcd_5432_u32.to_le_bytes();

/// The two slots for images in flash, of which ESP-IDF's bootloader starts the one that the partition `otadata` selects: the
/// one that runs, and the other one, for an update.
#[derive(Debug, Clone, Copy)]
pub struct Slots {
    flash: &'static Flash,
    /// The chip's number in images.
    chip: u16,
    selection: PartitionEntry,
    running: AppPartitionSubType,
    other: PartitionEntry,
}

impl Slots {
    /// Those of the partition table in flash; `None` if it has no partition `otadata`, or not both for images, `ota_0`
    /// and `ota_1`. `chip` is the number that images for this chip have (`esp_chip_id_t`), and `running` finds the partition
    /// that runs: [`PartitionTable::booted_partition`].
    pub fn find(
        flash: &'static Flash,
        chip: u16,
        running: impl FnOnce(&PartitionTable<'_>) -> Option<PartitionEntry>,
    ) -> Option<Self> {
        let mut table = [0; PARTITION_TABLE_MAX_LEN];
        let table = read_partition_table(&mut flash.borrow_mut(), &mut table).ok()?;
        let find = |kind| table.find_partition(kind).ok()?;
        let selection = find(PartitionType::Data(DataPartitionSubType::Ota))?;
        let (running, other) = match running(&table)?.partition_type() {
            PartitionType::App(AppPartitionSubType::Ota0) => {
                (AppPartitionSubType::Ota0, AppPartitionSubType::Ota1)
            }
            PartitionType::App(AppPartitionSubType::Ota1) => {
                (AppPartitionSubType::Ota1, AppPartitionSubType::Ota0)
            }
            _ => return None,
        };
        let other = find(PartitionType::App(other))?;
        Some(Self { flash, chip, selection, running, other })
    }

    /// The slot that does not run.
    #[must_use]
    pub fn other(&self) -> OtherSlot {
        OtherSlot { flash: self.flash, slot: self.other }
    }

    /// Whether the image that runs is new, and neither kept nor taken back yet.
    #[must_use]
    pub fn is_on_trial(&self) -> bool {
        let state = self.selection(|selection| {
            // If the bootloader found the new image damaged, another one runs than is selected.
            let is_selected = selection.current_app_partition()? == self.running;
            Ok(is_selected.then_some(selection.current_ota_state()?))
        });
        matches!(state, Ok(Some(OtaImageState::New | OtaImageState::PendingVerify)))
    }

    /// Keeps the image that runs: from now on it starts, whatever becomes of it.
    ///
    /// # Errors
    /// The flash's.
    pub fn keep(&self) -> Result<(), Error> {
        self.selection(|selection| selection.set_current_ota_state(OtaImageState::Valid))
    }

    /// Has the other image start again, the one that ran before.
    ///
    /// # Errors
    /// The flash's.
    pub fn take_back(&self) -> Result<(), Error> {
        self.selection(|selection| selection.set_current_ota_state(OtaImageState::Invalid))
    }

    fn selection<R>(
        &self,
        work: impl FnOnce(&mut Ota<'_, 'static>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let mut flash = self.flash.borrow_mut();
        work(&mut Ota::new(self.selection.as_flash_region(&mut flash), 2)?)
    }

    /// Whether the other slot has an image that the bootloader takes: for this chip, whole, and right by the SHA-256 at its end.
    fn is_bootable<F: NorFlash>(&self, flash: &mut F) -> bool {
        let mut head = [0; 36];
        let is_read = flash.read(0, &mut head).is_ok();
        let is_for_us = head[0] == IMAGE
            && head[CHIP] == self.chip.to_le_bytes()
            && head[DESCRIPTION] == DESCRIBED;
        is_read && is_for_us && self.other.sha256(&mut self.flash.borrow_mut()).is_ok()
    }
}

impl Boot for Slots {
    type Error = Error;

    /// Selects the other slot, if there is an image in it that the bootloader takes. The image that runs is not touched, so it
    /// starts again if power fails before the last byte is written.
    fn start_next<F: NorFlash>(&mut self, flash: &mut F, _: u32) -> Result<(), Error> {
        if !self.is_bootable(flash) {
            return Err(Error::InvalidImage);
        }
        let PartitionType::App(other) = self.other.partition_type() else {
            return Err(Error::Invalid);
        };
        self.selection(|selection| {
            if let Err(Error::Invalid) = selection.set_current_app_partition(other) {
                // Power has failed while one of the two entries was written. The bootloader passes over it, and here it is
                // in the way: both are written anew, the lower one first.
                selection.set_current_app_partition(AppPartitionSubType::Factory)?;
                selection.set_current_app_partition(AppPartitionSubType::Ota0)?;
                selection.set_current_app_partition(other)?;
            }
            selection.set_current_ota_state(OtaImageState::New)
        })
    }
}

/// The slot that does not run, from its start.
#[derive(Debug)]
pub struct OtherSlot {
    flash: &'static Flash,
    slot: PartitionEntry,
}

impl OtherSlot {
    fn region<R>(
        &self,
        work: impl FnOnce(&mut FlashRegion<'_, 'static>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let mut flash = self.flash.borrow_mut();
        work(&mut self.slot.as_flash_region(&mut flash))
    }
}

impl ErrorType for OtherSlot {
    type Error = Error;
}

impl ReadNorFlash for OtherSlot {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Error> {
        self.region(|region| region.as_nor_flash()?.read(offset, bytes))
    }

    fn capacity(&self) -> usize {
        self.slot.len() as usize
    }
}

impl NorFlash for OtherSlot {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Error> {
        self.region(|region| region.erase(from, to))
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        self.region(|region| region.as_nor_flash()?.write(offset, bytes))
    }
}
