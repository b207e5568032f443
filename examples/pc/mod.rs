//! What stands for a board on a PC: a clock, an OLED, a light sensor.
//!
//! Each example uses a part of it.
#![allow(dead_code, reason = "every example compiles this module and uses a part of it")]

pub mod oled;
#[cfg(feature = "tls")]
pub mod tls;

use std::convert::Infallible;
use std::time::{Duration, Instant};

use nal_http::hal::{Clock, LightSensor, sensor};

/// Milliseconds since it was made.
pub struct PcClock(Instant);

impl PcClock {
    pub fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for PcClock {
    #[expect(clippy::cast_possible_truncation, reason = "the clock wraps around by contract")]
    fn now_ms(&mut self) -> u32 {
        self.0.elapsed().as_millis() as u32
    }
}

/// What client and server do while there is nothing to do: sleep until a socket wakes them.
pub fn wait(stack: &mut nal_std::Stack, ms: u32) {
    stack.wait(Duration::from_millis(ms.into()));
}

/// A simulated light sensor: always the same level, or one that drifts.
pub enum PcLight {
    Fixed(u16),
    Random(u32),
}

impl PcLight {
    /// A level that drifts like a cloudy sky, from a seed that the time of day gives.
    pub fn random() -> Self {
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed();
        Self::Random(now.map_or(1, |now| now.subsec_nanos()) | 1)
    }
}

impl sensor::ErrorType for PcLight {
    type Error = Infallible;
}

impl LightSensor for PcLight {
    fn read(&mut self) -> Result<u16, Infallible> {
        match self {
            Self::Fixed(level) => Ok(*level),
            Self::Random(state) => {
                // xorshift32: enough for a sky.
                *state ^= *state << 13;
                *state ^= *state >> 17;
                *state ^= *state << 5;
                Ok((*state % 4096) as u16)
            }
        }
    }
}
