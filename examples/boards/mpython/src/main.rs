//! The light-sensor application on the mPython board, or on an ESP32-C3 dev-kit.

#![no_std]
#![no_main]

mod board;
mod chip;
mod panic;
mod setup;
mod tutorial;
mod update;
mod wifi;

use core::cell::{Cell, RefCell};

use board::{LightOnAdc, Mpython};
use board_drivers::{
    Buttons, Chinese, Credentials, Face, Flash, NoDisplay, Page, Panel, Press, Radio, Setup,
    Sh1106, Status,
};
use chip::{Chip, Serial};
use embassy_futures::join::join;
use embassy_futures::{block_on, yield_now};
use esp_hal::gpio::Input;
use esp_hal::system::software_reset;
use esp_println::{Printer, println};
use esp_radio::wifi::{Interface, WifiController};
use esp_storage::FlashStorage;
use light_board::{Address, Board, LightBoard};
use static_cell::StaticCell;
use update::{Newcomer, Updater};

esp_bootloader_esp_idf::esp_app_desc!();

type App = LightBoard<Mpython, Radio<Interface>, LightOnAdc, NoDisplay>;

#[esp_hal::main]
fn main() -> ! {
    static FLASH: StaticCell<Flash> = StaticCell::new();

    let last_words = panic::last_words();
    let chip = Chip::start();
    Mpython::watch(chip.watchdog);
    let mut face = Face::new(Sh1106::new(chip.oled), Chinese);
    let flash = &*FLASH.init(RefCell::new(FlashStorage::new(chip.flash)));
    let slots = update::slots(flash);
    if let Some(words) = &last_words {
        println!("restarted: {words}");
        face.notice(Page::new("上次重启的原因", words, ""), Mpython::now_ms());
    }
    let newcomer = slots.and_then(|slots| Newcomer::new(slots, last_words.is_some()));

    let mut setup = Setup::default();
    setup::of_the_build(&mut setup);
    let store = setup::Store(flash);
    if let Some(network) = store.load() {
        setup.add(network);
    }
    setup.start(Mpython::now_ms(), &mut Printer);

    let controller = WifiController::new(chip.wifi, Default::default())
        .unwrap_or_else(|error| panic!("the radio does not start: {error}"));
    let interface = Interface::station();
    let mac = interface.mac_address();
    let address = Address::Dhcp { name_server: None };
    let stack = light_board::stack::<Mpython, _>(Radio(interface), mac, address);
    let sensor = LightOnAdc { adc: chip.adc, pin: chip.light };
    let mut app = LightBoard::new(stack, sensor, NoDisplay)
        .unwrap_or_else(|error| panic!("cannot listen: {error}"));
    let updater = slots.and_then(|slots| Updater::new(slots, app.stack()));
    let firmware = Firmware { newcomer, updater };

    let (setup, connected) = (RefCell::new(setup), Cell::new(false));
    let keep_connected = wifi::keep_connected(controller, &setup, &connected, store);
    let person = Person {
        buttons: (chip.button_a, chip.button_b, Buttons::default()),
        serial: chip.serial,
        face,
        lamp: false,
    };
    block_on(join(keep_connected, serve(app, firmware, person, &setup, &connected)));
    unreachable!("both go on for ever")
}

/// The loop: network, person, watchdog.
async fn serve<P: Panel>(
    mut app: App,
    mut firmware: Firmware,
    mut person: Person<P>,
    setup: &RefCell<Setup>,
    connected: &Cell<bool>,
) {
    let mut was_connected = false;
    loop {
        Mpython::is_alive();
        if connected.get() != was_connected {
            was_connected = connected.get();
            // It may be another network, and the old address somebody else's.
            app.stack().restart_dhcp();
        }
        let idle_ms = app.step();
        firmware.look_after(&mut app);
        person.look_after(&mut app, &mut setup.borrow_mut(), was_connected);
        if idle_ms > 0 {
            Mpython::rest(idle_ms);
        }
        yield_now().await;
    }
}

/// The image that runs, as long as it is new, and the one that comes.
struct Firmware {
    newcomer: Option<Newcomer>,
    updater: Option<Updater>,
}

impl Firmware {
    fn look_after(&mut self, app: &mut App) {
        let has_address = app.address().is_some();
        self.newcomer.take_if(|newcomer| !newcomer.is_on_trial(has_address));
        let Some(updater) = &mut self.updater else { return };
        if updater.step(app.stack(), self.newcomer.is_some()) {
            println!("the new firmware starts");
            updater.shutdown(app.stack());
            app.shutdown(3_000);
            software_reset();
        }
    }
}

/// What somebody sees and touches.
struct Person<P> {
    buttons: (Input<'static>, Input<'static>, Buttons),
    serial: Serial,
    face: Face<P, Chinese>,
    lamp: bool,
}

impl<P: Panel> Person<P> {
    fn look_after(&mut self, app: &mut App, setup: &mut Setup, connected: bool) {
        let now_ms = Mpython::now_ms();
        // Who pastes a book waits for the network, too.
        for byte in core::iter::from_fn(|| self.serial.read()).take(64) {
            setup.key(byte, now_ms, &mut Printer);
        }
        setup.wait(now_ms, &mut Printer);
        Mpython::print_requests(setup.prints_requests());

        let (a, b, buttons) = &mut self.buttons;
        match buttons.pressed(a.is_low(), b.is_low(), now_ms) {
            Some(Press::A) => self.face.back(),
            Some(Press::B) => self.face.forth(),
            Some(Press::HeldA) => {
                self.face.home();
                setup.ask(now_ms, &mut Printer);
            }
            // Without an address there is nobody to ask, and the OLED says so.
            Some(Press::HeldB) if app.address().is_some() => {
                self.face.home();
                self.face.notice(Page::new("", "正在请求", ""), now_ms);
                self.show(&Status::default(), now_ms);
                let page = tutorial::run(app.stack());
                self.face.notice(page, Mpython::now_ms());
            }
            Some(Press::HeldB) | None => {}
        }
        let is_lamp_on = app.app().is_lamp_on();
        if core::mem::replace(&mut self.lamp, is_lamp_on) != is_lamp_on {
            self.face.notice(Page::new("灯", if is_lamp_on { "开" } else { "关" }, ""), now_ms);
        }
        if self.face.is_due(now_ms) {
            let status = Status {
                asks: setup.asks(),
                network: setup.network().map(Credentials::name),
                connected,
                address: app.address(),
                light: app.app().level().ok(),
                requests: Mpython::requests(),
                last: Mpython::last(),
            };
            self.show(&status, now_ms);
        }
    }

    fn show(&mut self, status: &Status<'_>, now_ms: u32) {
        if let Err(error) = self.face.show(status, now_ms) {
            println!("the OLED does not answer: {error:?}; it is tried every 5 s");
        }
    }
}
