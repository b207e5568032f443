//! What emulated boards have in the place of a light sensor and an OLED, what they are told to do, and what
//! the PC that emulates them lends for https.

#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(feature = "updates")]
mod echo;
#[cfg(feature = "https")]
mod https;
#[cfg(feature = "updates")]
mod update;

use core::convert::Infallible;
use core::sync::atomic::{AtomicU8, Ordering};

use board_drivers::{Frame, Panel};
use nal_http::hal::{LightSensor, sensor};
use semihosting::experimental::env;

#[cfg(feature = "updates")]
pub use echo::State;
#[cfg(feature = "https")]
pub use https::{Authority, Pc};
#[cfg(feature = "updates")]
pub use update::{FlashInMemory, NextStart, Refused, SHUTDOWN_MS, UPDATE_SITE, Updatable};

/// Calls this with what the emulator was told: the first word behind the image's name, empty if there is none.
pub fn with_argument<R>(f: impl FnOnce(&str) -> R) -> R {
    let arguments = env::args::<256>().ok();
    let mut words = arguments.iter().flatten().skip(1).flatten();
    f(words.next().unwrap_or_default())
}

/// A light sensor without light: it counts its readings, from 301 on.
#[derive(Debug)]
pub struct Readings(u16);

impl Default for Readings {
    fn default() -> Self {
        Self(300)
    }
}

impl sensor::ErrorType for Readings {
    type Error = Infallible;
}

impl LightSensor for Readings {
    fn read(&mut self) -> Result<u16, Infallible> {
        self.0 = (self.0 + 1) % 4096;
        Ok(self.0)
    }
}

/// What the OLED shows: the bytes that a real one would be sent.
static OLED: [AtomicU8; Frame::BYTES] = [const { AtomicU8::new(0) }; Frame::BYTES];

/// An OLED in memory.
#[derive(Debug, Default)]
pub struct OledInMemory;

impl OledInMemory {
    /// Where its pixels are, for those who look at an emulator's memory from outside.
    #[must_use]
    pub fn address() -> *const () {
        OLED.as_ptr().cast()
    }
}

impl Panel for OledInMemory {
    type Error = Infallible;

    fn show(&mut self, frame: &Frame) -> Result<(), Infallible> {
        for (shown, byte) in OLED.iter().zip(frame.as_bytes()) {
            shown.store(*byte, Ordering::Relaxed);
        }
        Ok(())
    }
}
