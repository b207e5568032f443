//! The board as the shared code wants it: clock, serial port, random numbers, and who has asked.

use core::cell::{Cell, RefCell};
use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use critical_section::Mutex;
use esp_hal::rng::Rng;
use esp_hal::rtc_cntl::Rwdt;
use esp_hal::time::{Duration, Instant};
use esp_println::print;
use esp_rtos::CurrentThreadHandle;
use light_board::{Board, print_event};
use nal_http::hal::{LightSensor, sensor};
use nal_http::server::Event;

use crate::chip::{LightAdc, LightInput};

static REQUESTS: AtomicU32 = AtomicU32::new(0);
static LAST: Mutex<Cell<Option<IpAddr>>> = Mutex::new(Cell::new(None));
static PRINTS: AtomicBool = AtomicBool::new(false);
static WATCHDOG: Mutex<RefCell<Option<Rwdt>>> = Mutex::new(RefCell::new(None));

pub struct Mpython;

impl Mpython {
    /// Requests since the start.
    pub fn requests() -> u32 {
        REQUESTS.load(Ordering::Relaxed)
    }

    /// Who asked last.
    pub fn last() -> Option<IpAddr> {
        critical_section::with(|section| LAST.borrow(section).get())
    }

    /// Whether a line is printed for each request: it takes 3.5 ms, with interrupts off.
    pub fn print_requests(prints: bool) {
        PRINTS.store(prints, Ordering::Relaxed);
    }

    /// The watchdog that runs, to be fed from now on.
    pub fn watch(watchdog: Rwdt) {
        critical_section::with(|section| WATCHDOG.borrow_ref_mut(section).replace(watchdog));
    }

    /// Tells the watchdog that the program goes on.
    pub fn is_alive() {
        critical_section::with(|section| {
            WATCHDOG.borrow_ref_mut(section).as_mut().map(Rwdt::feed);
        });
    }

    /// The uptime as `nal-http` has it: it wraps around.
    pub fn now_ms() -> u32 {
        Self::uptime_ms() as u32
    }
}

impl Board for Mpython {
    fn uptime_ms() -> u64 {
        Instant::now().duration_since_epoch().as_millis()
    }

    /// Leaves the processor to the radio's tasks, or to none.
    fn rest(_: u32) {
        Self::is_alive();
        CurrentThreadHandle::get().delay(Duration::from_millis(1));
    }

    fn print(text: fmt::Arguments<'_>) {
        print!("{text}");
    }

    /// True random numbers, as the radio is on.
    fn random() -> u32 {
        Rng::new().random()
    }

    fn on_event(peer: &SocketAddr, event: &Event<'_>) {
        if PRINTS.load(Ordering::Relaxed) {
            print_event(peer, event, Self::print);
        }
        if matches!(event, Event::Request { .. }) {
            // Only the main task counts: load and store will do.
            REQUESTS.store(Self::requests().wrapping_add(1), Ordering::Relaxed);
            critical_section::with(|section| LAST.borrow(section).set(Some(peer.ip())));
        }
    }
}

/// The light sensor on the converter: 12 bits, the tutorial's scale.
pub struct LightOnAdc {
    pub adc: LightAdc,
    pub pin: LightInput,
}

impl sensor::ErrorType for LightOnAdc {
    type Error = sensor::ErrorKind;
}

impl LightSensor for LightOnAdc {
    fn read(&mut self) -> Result<u16, sensor::ErrorKind> {
        // A conversion takes microseconds.
        nb::block!(self.adc.read_oneshot(&mut self.pin)).map_err(|()| sensor::ErrorKind::Other)
    }
}
