use embedded_hal_async::delay::DelayNs;

/// A clock that a task can wait for: what the async client and server take their deadlines from (feature `async`).
///
/// The count is that of a [`Clock`](super::Clock): milliseconds since some start, wrapping around. A [`DelayTimer`] makes one
/// of any clock and any delay of `embedded-hal-async`.
pub trait Timer {
    /// The time in milliseconds since some start, wrapping around.
    fn now_ms(&self) -> u32;

    /// Waits for so many milliseconds, or a little longer. A future that is dropped before has no effect.
    fn wait_ms(&self, ms: u32) -> impl Future<Output = ()>;
}

impl<T: Timer + ?Sized> Timer for &T {
    fn now_ms(&self) -> u32 {
        T::now_ms(self)
    }

    fn wait_ms(&self, ms: u32) -> impl Future<Output = ()> {
        T::wait_ms(self, ms)
    }
}

/// A [`Timer`] of a function that tells the time in milliseconds and a delay, such as `embassy_time::Delay`.
#[derive(Debug, Clone, Copy)]
pub struct DelayTimer<C, D> {
    now_ms: C,
    delay: D,
}

impl<C: Fn() -> u32, D: DelayNs + Clone> DelayTimer<C, D> {
    /// A timer of both.
    pub const fn new(now_ms: C, delay: D) -> Self {
        Self { now_ms, delay }
    }
}

impl<C: Fn() -> u32, D: DelayNs + Clone> Timer for DelayTimer<C, D> {
    fn now_ms(&self) -> u32 {
        (self.now_ms)()
    }

    async fn wait_ms(&self, ms: u32) {
        self.delay.clone().delay_ms(ms).await;
    }
}
