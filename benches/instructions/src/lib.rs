//! What the counted programs and their partners have in common.

use std::time::Instant;

use nal_http::hal::Clock;

/// The size of the large body.
pub const LARGE: usize = 1 << 20;

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

/// The arguments as numbers.
///
/// # Errors
/// One is missing, or is no number.
pub fn number(index: usize) -> Result<usize, Box<dyn std::error::Error>> {
    let text = std::env::args().nth(index).ok_or("an argument is missing")?;
    Ok(text.parse()?)
}
