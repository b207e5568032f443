//! Joins the Wi-Fi, and again whenever it is lost or another is wanted.

use core::cell::{Cell, RefCell};

use board_drivers::{Credentials, Failure, Setup};
use embassy_futures::select::{Either, select};
use embassy_futures::yield_now;
use esp_hal::time::{Duration, Instant};
use esp_println::{Printer, println};
use esp_radio::wifi::sta::StationConfig;
use esp_radio::wifi::{
    AuthenticationMethodConfig, Config, ConnectionError, DisconnectReason, WifiController,
};

use crate::board::Mpython;
use crate::setup::Store;

/// Keeps the radio connected for ever; `connected` says whether it is.
pub async fn keep_connected(
    mut controller: WifiController<'_>,
    setup: &RefCell<Setup>,
    connected: &Cell<bool>,
    mut store: Store,
) {
    loop {
        let typed = setup.borrow().typed();
        let is_changed = || setup.borrow().typed() != typed;
        let Some(network) = setup.borrow().network().cloned() else {
            until(is_changed).await;
            continue;
        };
        tell(setup, format_args!("connecting to {}", network.name()));
        configure(&mut controller, &network);
        match select(controller.connect_async(), until(is_changed)).await {
            Either::First(Ok(_)) => {
                tell(setup, format_args!("connected"));
                connected.set(true);
                let new = setup.borrow_mut().connected(&mut Printer);
                if let Some(new) = new {
                    store.keep(&new);
                }
                until(|| is_changed() || !controller.is_connected()).await;
                connected.set(false);
                tell(setup, format_args!("disconnected"));
            }
            Either::First(Err(error)) => {
                tell(setup, format_args!("not connected ({error:?})"));
                let now_ms = Mpython::now_ms();
                let pause_s = setup.borrow_mut().failed(failure(&error), now_ms, &mut Printer);
                let (start, pause) = (Instant::now(), Duration::from_secs(pause_s.into()));
                until(|| is_changed() || start.elapsed() >= pause).await;
            }
            Either::Second(()) => {}
        }
        // Another network is wanted: this one is left, or no longer tried. Else there is nothing to leave.
        let _ = controller.disconnect_async().await;
    }
}

/// Sets the radio to this network.
fn configure(controller: &mut WifiController<'_>, network: &Credentials) {
    let authentication = match network.password() {
        "" => Ok(AuthenticationMethodConfig::Open),
        password => password.try_into().map(AuthenticationMethodConfig::Wpa2Personal),
    };
    let (Ok(name), Ok(authentication)) = (network.name().try_into(), authentication) else {
        panic!("the radio does not take the network's name or password");
    };
    let station = StationConfig::default().with_ssid(name).with_authentication(authentication);
    if let Err(error) = controller.set_config(&Config::Station(station)) {
        panic!("the radio cannot be set to the network: {error}");
    }
}

/// What to tell somebody about it.
fn failure(error: &ConnectionError) -> Failure {
    let ConnectionError::Failed(info) = error else { return Failure::Other };
    match info.reason {
        DisconnectReason::AuthenticationExpired
        | DisconnectReason::AuthenticationFailed
        | DisconnectReason::FourWayHandshakeTimeout
        | DisconnectReason::HandshakeTimeout
        | DisconnectReason::MicFailure
        | DisconnectReason::NoAccessPointFoundInAuthmodeThreshold
        | DisconnectReason::NoAccessPointFoundWithCompatibleSecurity => Failure::Password,
        DisconnectReason::NoAccessPointFound
        | DisconnectReason::NoAccessPointFoundInRssiThreshold => Failure::NotFound,
        _ => Failure::Other,
    }
}

/// A line, unless somebody is being asked.
fn tell(setup: &RefCell<Setup>, what: core::fmt::Arguments<'_>) {
    if setup.borrow().asks().is_none() {
        println!("Wi-Fi: {what}");
    }
}

async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        yield_now().await;
    }
}
