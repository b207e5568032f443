//! The light-sensor application on the mPython board, or on an ESP32-C3 dev-kit.

#![no_std]
#![no_main]

mod board;
mod chip;
mod setup;
mod wifi;

use core::cell::Cell;

use board::{LightOnAdc, Mpython};
use board_drivers::{Button, Chinese, Lines, Radio, Screen, Sh1106, Status, View};
use chip::Chip;
use embassy_futures::join::join;
use embassy_futures::{block_on, yield_now};
use esp_backtrace as _;
use esp_hal::gpio::Input;
use esp_hal::rtc_cntl::{Rtc, RwdtStage};
use esp_hal::time::{Duration, Instant};
use esp_println::println;
use esp_radio::wifi::{Interface, WifiController};
use light_board::{Address, Board, LightBoard};
use nal_http::hal::{Display, LightSensor, display};

esp_bootloader_esp_idf::esp_app_desc!();

/// A loop that stands still for so long is ended by a restart.
const WATCHDOG: Duration = Duration::from_secs(10);
/// How often the OLED is looked after.
const REFRESH: Duration = Duration::from_millis(500);

#[esp_hal::main]
fn main() -> ! {
    let mut chip = Chip::start();
    let forget = chip.button_a.is_low();
    let credentials = setup::credentials(chip.flash, &mut chip.serial, forget);
    let mut controller = WifiController::new(chip.wifi, Default::default())
        .unwrap_or_else(|error| panic!("the radio does not start: {error}"));
    wifi::configure(&mut controller, &credentials);
    let interface = Interface::station();
    let mac = interface.mac_address();
    let address = Address::Dhcp { name_server: None };
    let stack = light_board::stack::<Mpython, _>(Radio(interface), mac, address);

    let sensor = LightOnAdc { adc: chip.adc, pin: chip.light };
    let screen = Screen::new(Sh1106::new(chip.oled), Chinese);
    let board = LightBoard::new(stack, sensor, screen)
        .unwrap_or_else(|error| panic!("cannot listen: {error}"));
    let face = Face::new(chip.button_a, chip.button_b);

    let connected = Cell::new(false);
    let keep_connected = wifi::keep_connected(&mut controller, &connected);
    block_on(join(keep_connected, serve(board, face, &connected, chip.watchdog)));
    unreachable!("both go on for ever")
}

/// The loop: network, buttons, OLED, watchdog.
async fn serve<L, P>(
    mut board: LightBoard<Mpython, Radio<Interface>, L, P>,
    mut face: Face,
    connected: &Cell<bool>,
    mut watchdog: Rtc<'_>,
) where
    L: LightSensor + 'static,
    P: Display + 'static,
{
    watchdog.rwdt.set_timeout(RwdtStage::Stage0, WATCHDOG);
    watchdog.rwdt.enable();
    let mut was_connected = false;
    loop {
        watchdog.rwdt.feed();
        if connected.get() != was_connected {
            was_connected = connected.get();
            // It may be another network, and the old address somebody else's.
            board.stack().restart_dhcp();
        }
        let idle_ms = board.step();
        if face.is_due() {
            let status = Status {
                address: board.address(),
                connected: was_connected,
                light: board.app().level().ok(),
                requests: Mpython::requests(),
                last: Mpython::last(),
            };
            if let Err(error) = face.show(&status, board.app().display()) {
                println!("the OLED does not answer: {error:?}");
            }
        }
        if idle_ms > 0 {
            Mpython::rest(idle_ms);
        }
        yield_now().await;
    }
}

/// The OLED and the buttons that say what is on it.
struct Face {
    button_a: (Input<'static>, Button),
    button_b: (Input<'static>, Button),
    view: View,
    shown: Option<Lines>,
    refreshed: Instant,
}

impl Face {
    fn new(a: Input<'static>, b: Input<'static>) -> Self {
        Self {
            button_a: (a, Button::default()),
            button_b: (b, Button::default()),
            view: View::default(),
            shown: None,
            refreshed: Instant::EPOCH,
        }
    }

    /// Looks at the buttons. Returns whether the OLED should be looked after now.
    fn is_due(&mut self) -> bool {
        let now = Instant::now();
        // The buttons' count of milliseconds wraps around.
        let now_ms = now.duration_since_epoch().as_millis() as u32;
        let is_pressed =
            |(pin, button): &mut (Input<'_>, Button)| button.is_pressed(pin.is_low(), now_ms);
        let (back, forth) = (is_pressed(&mut self.button_a), is_pressed(&mut self.button_b));
        if back {
            self.view = self.view.previous();
        }
        if forth {
            self.view = self.view.next();
        }
        let due = back || forth || now - self.refreshed >= REFRESH;
        if due {
            self.refreshed = now;
        }
        due
    }

    /// Shows what is not shown yet: a frame takes the bus 25 ms.
    fn show<P: Display>(&mut self, status: &Status, display: &mut P) -> Result<(), P::Error>
    where
        P: display::ErrorType,
    {
        let lines = self.view.lines(status);
        if self.shown.as_ref() == Some(&lines) {
            return Ok(());
        }
        let [first, second] = &lines;
        self.shown = None;
        display.show(&[first, second])?;
        self.shown = Some(lines);
        Ok(())
    }
}
