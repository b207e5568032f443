use crate::hal::Clock;

/// A clock that goes on each time it is looked at: tests never wait, and what never ends is late.
///
/// ```
/// use nal_http::hal::Clock;
/// use nal_http::testing::Ticks;
///
/// let mut clock = Ticks::every(200);
/// assert_eq!([clock.now_ms(), clock.now_ms()], [200, 400]);
/// ```
#[derive(Debug, Clone)]
pub struct Ticks {
    now_ms: u32,
    step_ms: u32,
}

impl Ticks {
    /// Goes on by so many milliseconds, from 0.
    #[must_use]
    pub const fn every(ms: u32) -> Self {
        Self { now_ms: 0, step_ms: ms }
    }
}

impl Clock for Ticks {
    fn now_ms(&mut self) -> u32 {
        self.now_ms = self.now_ms.wrapping_add(self.step_ms);
        self.now_ms
    }
}
