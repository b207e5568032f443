use core::fmt;

use embedded_hal_async::delay::DelayNs;

/// A clock that can be waited for: what async clients and servers keep their deadlines by (feature
/// `async`).
///
/// [`DelayTimer`] makes one of what a board's crates have. All futures of a program can share one, so
/// its methods take `&self`.
///
/// # For authors of boards
/// The time is that of a [`Clock`](super::Clock): it may start anywhere, never goes back, and wraps
/// around. A wait that is too long by a few milliseconds does no harm; one that is too short costs a
/// poll.
pub trait Timer {
    /// The time in milliseconds since some start, wrapping around.
    fn now_ms(&self) -> u32;

    /// Waits for so many milliseconds. Dropped before, it leaves nothing behind.
    fn wait_ms(&self, ms: u32) -> impl Future<Output = ()>;
}

impl<T: Timer + ?Sized> Timer for &T {
    #[inline]
    fn now_ms(&self) -> u32 {
        T::now_ms(self)
    }

    #[inline]
    fn wait_ms(&self, ms: u32) -> impl Future<Output = ()> {
        T::wait_ms(self, ms)
    }
}

/// A [`Timer`] of a function that tells the time, and of any delay of `embedded-hal-async` that can be
/// cloned: each wait has one of its own.
///
/// On embassy that is
/// `DelayTimer::new(|| Instant::now().as_millis() as u32, embassy_time::Delay)`, of which no byte is
/// in memory.
///
/// ```
/// use nal_http::hal::{DelayTimer, Timer};
///
/// # #[derive(Clone)]
/// # struct Delay;
/// # impl nal_http::embedded_hal_async::delay::DelayNs for Delay {
/// #     async fn delay_ns(&mut self, _: u32) {}
/// # }
/// # fn millis() -> u32 { 301 }
/// let timer = DelayTimer::new(millis, Delay);
/// assert_eq!(timer.now_ms(), 301);
/// ```
#[derive(Clone)]
pub struct DelayTimer<C, D> {
    now_ms: C,
    delay: D,
}

impl<C: Fn() -> u32, D: DelayNs + Clone> DelayTimer<C, D> {
    /// Puts the two together.
    #[must_use]
    pub const fn new(now_ms: C, delay: D) -> Self {
        Self { now_ms, delay }
    }
}

impl<C: Fn() -> u32, D: DelayNs + Clone> Timer for DelayTimer<C, D> {
    #[inline]
    fn now_ms(&self) -> u32 {
        (self.now_ms)()
    }

    async fn wait_ms(&self, ms: u32) {
        self.delay.clone().delay_ms(ms).await;
    }
}

impl<C, D> fmt::Debug for DelayTimer<C, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DelayTimer").finish_non_exhaustive()
    }
}
