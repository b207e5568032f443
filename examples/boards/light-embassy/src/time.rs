use embassy_time::{Delay, Instant};
use nal_http::hal::{DelayTimer, Timer};

/// Embassy's time as a timer of `nal-http`. No byte of it is in memory.
#[must_use]
pub fn timer() -> impl Timer + Clone {
    DelayTimer::new(now_ms, Delay)
}

#[expect(clippy::cast_possible_truncation, reason = "the count wraps around")]
fn now_ms() -> u32 {
    Instant::now().as_millis() as u32
}
