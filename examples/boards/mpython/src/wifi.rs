//! Connects to the Wi-Fi, and again whenever the connection is lost.

use core::cell::Cell;

use board_drivers::Credentials;
use embassy_futures::yield_now;
use esp_hal::time::{Duration, Instant};
use esp_println::println;
use esp_radio::wifi::sta::StationConfig;
use esp_radio::wifi::{AuthenticationMethodConfig, Config, WifiController};

/// Between two attempts, in seconds: as long again after each failure, up to the last.
const SHORTEST_PAUSE_S: u64 = 1;
const LONGEST_PAUSE_S: u64 = 30;

/// Sets the radio to this network.
pub fn configure(controller: &mut WifiController<'_>, credentials: &Credentials) {
    let authentication = match credentials.password() {
        "" => Ok(AuthenticationMethodConfig::Open),
        password => password.try_into().map(AuthenticationMethodConfig::Wpa2Personal),
    };
    let (Ok(name), Ok(authentication)) = (credentials.name().try_into(), authentication) else {
        panic!("the radio does not take the network's name or password");
    };
    let station = StationConfig::default().with_ssid(name).with_authentication(authentication);
    if let Err(error) = controller.set_config(&Config::Station(station)) {
        panic!("the radio cannot be set to the network: {error}");
    }
}

/// Keeps the radio connected for ever; `connected` says whether it is.
pub async fn keep_connected(controller: &mut WifiController<'_>, connected: &Cell<bool>) {
    let mut pause_s = SHORTEST_PAUSE_S;
    loop {
        println!("Wi-Fi: connecting");
        match controller.connect_async().await {
            Ok(_) => {
                println!("Wi-Fi: connected");
                connected.set(true);
                pause_s = SHORTEST_PAUSE_S;
                let lost = controller.wait_for_disconnect_async().await;
                connected.set(false);
                println!("Wi-Fi: lost ({lost:?})");
            }
            Err(error) => {
                println!("Wi-Fi: not connected ({error:?}), again in {pause_s} s");
                pause(Duration::from_secs(pause_s)).await;
                pause_s = (pause_s * 2).min(LONGEST_PAUSE_S);
            }
        }
    }
}

async fn pause(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        yield_now().await;
    }
}
