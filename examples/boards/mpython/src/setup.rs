//! The Wi-Fi's name and password: from the environment of the build, or from flash, or asked for.

use board_drivers::{Credentials, CredentialsError, Line, Typed};
use esp_bootloader_esp_idf::partitions::{
    DataPartitionSubType, PARTITION_TABLE_MAX_LEN, PartitionType, read_partition_table,
};
use esp_hal::Blocking;
use esp_hal::peripherals::FLASH;
use esp_hal::uart::UartRx;
use esp_println::{print, println};
use esp_storage::FlashStorage;

/// Set when the firmware is built: then nobody is asked.
const NAME: Option<&str> = option_env!("WIFI_SSID");
const PASSWORD: Option<&str> = option_env!("WIFI_PASSWORD");

/// What the board connects to. `forget`: ask, whatever is in flash.
pub fn credentials(
    flash: FLASH<'_>,
    serial: &mut UartRx<'_, Blocking>,
    forget: bool,
) -> Credentials {
    if let Some(name) = NAME {
        match Credentials::new(name, PASSWORD.unwrap_or_default()) {
            Ok(credentials) => return credentials,
            Err(error) => println!("WIFI_SSID and WIFI_PASSWORD of the build: {error}"),
        }
    }
    let mut flash = FlashStorage::new(flash);
    let mut table = [0; PARTITION_TABLE_MAX_LEN];
    let nvs = PartitionType::Data(DataPartitionSubType::Nvs);
    let partition = read_partition_table(&mut flash, &mut table)
        .and_then(|table| table.find_partition(nvs))
        .ok()
        .flatten();
    let mut region = partition.map(|partition| partition.as_flash_region(&mut flash));
    if let Some(region) = region.as_mut().filter(|_| !forget) {
        if let Ok(Some(credentials)) = Credentials::load(region) {
            return credentials;
        }
    }
    let credentials = loop {
        match ask(serial) {
            Ok(credentials) => break credentials,
            Err(error) => println!("{error}"),
        }
    };
    match region.as_mut().map(|region| credentials.save(region)) {
        Some(Ok(())) => println!("kept in flash; hold button A at the start to be asked again"),
        _ => println!("cannot be kept: there is no partition `nvs` that can be written"),
    }
    credentials
}

fn ask(serial: &mut UartRx<'_, Blocking>) -> Result<Credentials, CredentialsError> {
    let (mut name, mut password) = (Line::default(), Line::default());
    read_line(serial, "Wi-Fi name: ", &mut name, None);
    read_line(serial, "Wi-Fi password (empty if there is none): ", &mut password, Some("*"));
    Credentials::new(name.text(), password.text())
}

/// Reads a line, and shows what is typed, or `mask` in its place.
fn read_line(
    serial: &mut UartRx<'_, Blocking>,
    prompt: &str,
    line: &mut Line<64>,
    mask: Option<&str>,
) {
    print!("{prompt}");
    let mut byte = [0];
    loop {
        if serial.read(&mut byte).is_err() {
            continue;
        }
        match line.take(byte[0]) {
            Typed::Nothing => {}
            Typed::Character => match (mask, line.text().chars().last()) {
                (Some(mask), _) => print!("{mask}"),
                (None, Some(last)) => print!("{last}"),
                (None, None) => {}
            },
            Typed::Erased => print!("\u{8} \u{8}"),
            Typed::Line => break,
        }
    }
    println!();
}
