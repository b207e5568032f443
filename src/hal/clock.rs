//! Time, as deadlines need it.

/// A clock that counts milliseconds.
///
/// # For authors of boards
/// Any timer will do. The count may start anywhere, must never go back, and wraps around from
/// 2³² − 1 to 0, after 49.7 days. It need not be exact: a percent is plenty.
///
/// # For authors of applications
/// Compare times with a [`Deadline`] only: two counts by themselves do not tell which was first.
///
/// ```
/// use std::time::Instant;
/// use nal_http::hal::Clock;
///
/// struct PcClock(Instant);
///
/// impl Clock for PcClock {
///     fn now_ms(&mut self) -> u32 {
///         self.0.elapsed().as_millis() as u32
///     }
/// }
///
/// fn is_slow(mut clock: impl Clock, work: impl FnOnce()) -> bool {
///     let start = clock.now_ms();
///     work();
///     clock.now_ms().wrapping_sub(start) > 100
/// }
/// # assert!(!is_slow(PcClock(Instant::now()), || ()));
/// ```
pub trait Clock {
    /// The time in milliseconds since some start, wrapping around.
    fn now_ms(&mut self) -> u32;
}

impl<T: Clock + ?Sized> Clock for &mut T {
    #[inline]
    fn now_ms(&mut self) -> u32 {
        T::now_ms(self)
    }
}

/// A point in time that lies at most 2³¹ − 1 ms (24.8 days) ahead, and stays over when it is.
///
/// ```
/// use nal_http::hal::Deadline;
///
/// let deadline = Deadline::after(u32::MAX, 100); // just before the clock wraps around
/// assert_eq!(deadline.remaining(49), 50);
/// assert!(deadline.is_over(99));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Deadline {
    at_ms: u32,
}

impl Deadline {
    const FARTHEST_MS: u32 = i32::MAX as u32;

    /// The time `ms` milliseconds after `now_ms`; a longer time than 2³¹ − 1 ms is cut to that.
    #[must_use]
    pub const fn after(now_ms: u32, ms: u32) -> Self {
        let ms = if ms < Self::FARTHEST_MS { ms } else { Self::FARTHEST_MS };
        Self { at_ms: now_ms.wrapping_add(ms) }
    }

    /// The milliseconds that are left, 0 if none are.
    #[must_use]
    pub const fn remaining(self, now_ms: u32) -> u32 {
        let left = self.at_ms.wrapping_sub(now_ms);
        if left <= Self::FARTHEST_MS { left } else { 0 }
    }

    /// Whether no time is left.
    #[must_use]
    pub const fn is_over(self, now_ms: u32) -> bool {
        self.remaining(now_ms) == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn deadlines_do_not_mind_the_wrap(start: u32, ms in 1..Deadline::FARTHEST_MS, gone: u32) {
            let deadline = Deadline::after(start, ms);
            let gone = gone % Deadline::FARTHEST_MS;
            let now = start.wrapping_add(gone);
            prop_assert_eq!(deadline.remaining(now), ms.saturating_sub(gone));
            prop_assert_eq!(deadline.is_over(now), gone >= ms);
        }
    }
}
