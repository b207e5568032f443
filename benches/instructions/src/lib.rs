//! What the counted programs and their partners have in common.

use std::error::Error;
use std::time::Instant;

use nal_http::hal::Clock;

pub mod asking;

/// The size of the large body.
pub const LARGE: usize = 1 << 20;
/// The size of the pieces in which clients read it.
pub const PIECE: usize = 2048;

/// The PC's clock.
pub struct PcClock(Instant);

impl PcClock {
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for PcClock {
    #[expect(clippy::cast_possible_truncation, reason = "clocks wrap around")]
    fn now_ms(&mut self) -> u32 {
        self.0.elapsed().as_millis() as u32
    }
}

/// An argument.
///
/// # Errors
/// It is missing.
pub fn word(index: usize) -> Result<String, Box<dyn Error>> {
    Ok(std::env::args().nth(index).ok_or(format!("argument {index} is missing"))?)
}

/// An argument as a number.
///
/// # Errors
/// It is missing, or is no number.
pub fn number(index: usize) -> Result<usize, Box<dyn Error>> {
    Ok(word(index)?.parse()?)
}
