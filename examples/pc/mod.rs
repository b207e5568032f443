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
    Sky(Sky),
}

/// Light under clouds: a level on its way to another, which it reaches in some ten seconds.
pub struct Sky {
    random: u32,
    level: u16,
    goal: u16,
    since: Instant,
}

impl PcLight {
    /// A level that drifts like a cloudy sky, from a seed that the time of day gives.
    pub fn random() -> Self {
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed();
        let random = now.map_or(1, |now| now.subsec_nanos()) | 1;
        Self::Sky(Sky { random, level: 1_800, goal: 1_800, since: Instant::now() })
    }
}

impl Sky {
    fn level(&mut self) -> u16 {
        let steps = self.since.elapsed().as_millis() / 100;
        if steps > 0 {
            self.since = Instant::now();
        }
        for _ in 0..steps.min(100) {
            if self.next().is_multiple_of(200) {
                self.goal = self.next() % 3_400 + 300;
            }
            let noise = self.next() % 17;
            self.level = self.level - self.level / 64 + self.goal / 64 + noise - 8;
        }
        self.level
    }

    /// xorshift32: enough for a sky.
    fn next(&mut self) -> u16 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        (self.random >> 16) as u16
    }
}

impl sensor::ErrorType for PcLight {
    type Error = Infallible;
}

impl LightSensor for PcLight {
    fn read(&mut self) -> Result<u16, Infallible> {
        match self {
            Self::Fixed(level) => Ok(*level),
            Self::Sky(sky) => Ok(sky.level()),
        }
    }
}
