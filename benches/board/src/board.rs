//! The board under measurement: its clock counts the program's steps.

use core::fmt;
use core::net::SocketAddr;
use core::sync::atomic::{AtomicU32, Ordering};

use light_board::Board;
use nal_http::server::Event;

static STEPS: AtomicU32 = AtomicU32::new(0);

pub struct Bench;

impl Bench {
    /// Lets a millisecond pass.
    pub fn tick() {
        // One hart and no interrupts: load and store will do, and imc has no more.
        STEPS.store(STEPS.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

impl Board for Bench {
    fn uptime_ms() -> u64 {
        STEPS.load(Ordering::Relaxed).into()
    }

    fn rest(_: u32) {
        Self::tick();
    }

    fn print(_: fmt::Arguments<'_>) {}

    fn random() -> u32 {
        0x1234_5678
    }

    fn on_event(_: &SocketAddr, _: &Event<'_>) {}
}
