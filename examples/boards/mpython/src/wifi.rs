//! Joins the Wi-Fi, and again whenever it is lost or another is wanted.

use core::cell::{Cell, RefCell};

use board_drivers::{Credentials, Failure, Radio, Setup};
use embassy_futures::select::{Either, select};
use embassy_futures::yield_now;
use esp_hal::time::{Duration, Instant};
use esp_println::{Printer, println};
use esp_radio::wifi::sta::StationConfig;
use esp_radio::wifi::{
    AuthenticationMethodConfig, Config, ConnectionError, DisconnectReason, Interface,
    WifiController,
};
use nal_smoltcp::Stack;

use crate::board::Mpython;
use crate::setup::Store;

/// The radio, and the stack over it.
pub type Device = Radio<Interface>;
pub type Net = Stack<'static, Device>;

/// Leaving a network takes no longer.
const LEAVE: Duration = Duration::from_secs(5);

/// Keeps the radio connected for ever; `connected` says whether it is.
pub async fn keep_connected(
    mut controller: WifiController<'_>,
    setup: &RefCell<Setup>,
    connected: &Cell<bool>,
    store: Store,
) {
    loop {
        let typed = setup.borrow().typed();
        let is_changed = || setup.borrow().typed() != typed;
        let Some(network) = setup.borrow().network().cloned() else {
            until(is_changed).await;
            continue;
        };
        tell(setup, format_args!("connecting to {}", network.name()));
        match select(join(&mut controller, &network), until(is_changed)).await {
            Either::First(Ok(())) => {
                tell(setup, format_args!("connected"));
                connected.set(true);
                let is_new = setup.borrow_mut().connected(&network, &mut Printer);
                if is_new {
                    store.keep(&network);
                }
                until(|| is_changed() || !controller.is_connected()).await;
                connected.set(false);
                tell(setup, format_args!("disconnected"));
            }
            Either::First(Err(error)) => {
                tell(setup, format_args!("not connected ({error:?})"));
                let now_ms = Mpython::now_ms();
                let failure = failure(&error);
                let pause_s = setup.borrow_mut().failed(&network, failure, now_ms, &mut Printer);
                let is_over = after(Duration::from_secs(pause_s.into()));
                until(|| is_changed() || is_over()).await;
            }
            Either::Second(()) => {}
        }
        // If another network is wanted, this one is left, or no longer tried; else there is nothing to leave. The radio
        // may never say that it has.
        select(controller.disconnect_async(), until(after(LEAVE))).await;
    }
}

/// Sets the radio to this network, and joins it.
async fn join(
    controller: &mut WifiController<'_>,
    network: &Credentials,
) -> Result<(), ConnectionError> {
    let authentication = match network.password() {
        "" => AuthenticationMethodConfig::Open,
        password => AuthenticationMethodConfig::Wpa2Personal(password.try_into()?),
    };
    let station = StationConfig::default()
        .with_ssid(network.name().try_into()?)
        .with_authentication(authentication);
    controller.set_config(&Config::Station(station))?;
    controller.connect_async().await.map(drop)
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

fn after(time: Duration) -> impl Fn() -> bool {
    let start = Instant::now();
    move || start.elapsed() >= time
}

async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        yield_now().await;
    }
}
