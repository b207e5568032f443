//! The Wi-Fi's name and password: from the environment of the build, and in flash.

use board_drivers::{Credentials, Setup};
use esp_bootloader_esp_idf::partitions::{
    DataPartitionSubType, FlashRegion, PARTITION_TABLE_MAX_LEN, PartitionType, read_partition_table,
};
use esp_hal::peripherals::FLASH;
use esp_println::println;
use esp_storage::FlashStorage;

/// Set when the firmware is built.
const NAME: Option<&str> = option_env!("WIFI_SSID");
const PASSWORD: Option<&str> = option_env!("WIFI_PASSWORD");

/// The network that the firmware was built for.
pub fn of_the_build(setup: &mut Setup) {
    let Some(name) = NAME else { return };
    match Credentials::new(name, PASSWORD.unwrap_or_default()) {
        Ok(network) => setup.add(network),
        Err(error) => println!("WIFI_SSID and WIFI_PASSWORD of the build: {error}"),
    }
}

/// The flash, where a network is kept in the partition `nvs`.
pub struct Store(FlashStorage<'static>);

impl Store {
    pub fn new(flash: FLASH<'static>) -> Self {
        Self(FlashStorage::new(flash))
    }

    /// The network that is kept.
    pub fn load(&mut self) -> Option<Credentials> {
        self.region().and_then(|mut region| Credentials::load(&mut region).ok()?)
    }

    /// Keeps a network in the place of the one that was kept.
    pub fn keep(&mut self, network: &Credentials) {
        match self.region().map(|mut region| network.save(&mut region)) {
            Some(Ok(())) => println!("{} is kept in flash", network.name()),
            _ => println!("it cannot be kept: there is no partition `nvs` that can be written"),
        }
    }

    fn region(&mut self) -> Option<FlashRegion<'_, 'static>> {
        let mut table = [0; PARTITION_TABLE_MAX_LEN];
        let nvs = PartitionType::Data(DataPartitionSubType::Nvs);
        let table = read_partition_table(&mut self.0, &mut table).ok()?;
        let partition = table.find_partition(nvs).ok()??;
        Some(partition.as_flash_region(&mut self.0))
    }
}
