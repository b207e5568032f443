//! The Wi-Fi's name and password: from the environment of the build, and in flash.

use board_drivers::{Credentials, Flash, Setup};
use esp_bootloader_esp_idf::partitions::{
    DataPartitionSubType, FlashRegion, PARTITION_TABLE_MAX_LEN, PartitionType, read_partition_table,
};
use esp_println::println;

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
pub struct Store(pub &'static Flash);

impl Store {
    /// The network that is kept.
    pub fn load(&self) -> Option<Credentials> {
        self.with_region(|region| Credentials::load(region).ok()?)?
    }

    /// Keeps a network in the place of the one that was kept.
    pub fn keep(&self, network: &Credentials) {
        match self.with_region(|region| network.save(region)) {
            Some(Ok(())) => println!("{} is kept in flash", network.name()),
            _ => println!("it cannot be kept: there is no partition `nvs` that can be written"),
        }
    }

    fn with_region<R>(&self, work: impl FnOnce(&mut FlashRegion<'_, 'static>) -> R) -> Option<R> {
        let mut table = [0; PARTITION_TABLE_MAX_LEN];
        let nvs = PartitionType::Data(DataPartitionSubType::Nvs);
        let mut flash = self.0.borrow_mut();
        let table = read_partition_table(&mut flash, &mut table).ok()?;
        let partition = table.find_partition(nvs).ok()??;
        Some(work(&mut partition.as_flash_region(&mut flash)))
    }
}
