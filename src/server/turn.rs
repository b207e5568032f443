use super::Timeouts;
use crate::hal::Deadline;

/// How long a connection keeps its slot from a client that waits for one.
///
/// Its times count from fixed instants, and only a decent number of bytes puts them off: nobody holds
/// a slot by dripping.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    /// When its exchange began: it was accepted, or the first byte of its request came.
    begun_ms: u32,
    /// When it is overdue, if it does not get on.
    due_ms: u32,
    /// So many bytes have moved since it last got on.
    moved: usize,
}

/// The clients that wait for a slot, as a connection that has one sees them.
pub(super) trait Queue {
    /// Since when there have been any, if there are.
    fn since_ms(&self) -> Option<u32>;

    /// For how many milliseconds the connection with this turn may keep its slot from them.
    fn turn_ms(&self, turn: &Turn, now_ms: u32, timeouts: &Timeouts) -> u32;

    /// Whether it is the one that has to give way, once its turn is over.
    fn evicts(&self) -> bool;
}

/// An exchange that gets on moves so many bytes in each `stall_ms`.
const LEAST_BYTES: usize = 2_000;

/// The longest time that instants can be told apart by, as for a [`Deadline`].
const FARTHEST_MS: u32 = i32::MAX as u32;

impl Turn {
    /// Of no connection.
    #[cfg(feature = "async")]
    pub(super) const NONE: Self = Self { begun_ms: 0, due_ms: 0, moved: 0 };

    /// An exchange begins.
    pub(super) fn new(now_ms: u32, timeouts: &Timeouts) -> Self {
        Self { begun_ms: now_ms, due_ms: after(now_ms, timeouts.stall_ms), moved: 0 }
    }

    /// An exchange is over, or all that matters of it. While others wait, that gives it no more time
    /// than it had.
    pub(super) fn rest(&mut self, now_ms: u32, others_wait: bool, timeouts: &Timeouts) {
        let latest = after(now_ms, timeouts.grace_ms);
        let is_sooner = latest.wrapping_sub(self.due_ms) > FARTHEST_MS;
        if is_sooner || !others_wait {
            self.due_ms = latest;
        }
    }

    /// So many bytes have moved.
    pub(super) fn add(&mut self, bytes: usize, now_ms: u32, timeouts: &Timeouts) {
        self.moved += bytes;
        if self.moved >= LEAST_BYTES {
            self.get_on(now_ms, timeouts.stall_ms);
        }
    }

    /// Enough has moved, or it is the server that waits: it is not overdue for so long.
    pub(super) fn get_on(&mut self, now_ms: u32, ms: u32) {
        (self.due_ms, self.moved) = (after(now_ms, ms), 0);
    }

    /// How much it deserves to give way, if others have waited for a slot since `waited_since_ms`:
    /// 0 if it need not yet. First those that stall, the longest overdue before others; then those
    /// that have had their slot longest, and not for a crowd that is soon over.
    pub(super) fn demerit(&self, now_ms: u32, waited_since_ms: u32, timeouts: &Timeouts) -> u32 {
        let overdue = now_ms.wrapping_sub(self.due_ms);
        if overdue <= FARTHEST_MS {
            return overdue + FARTHEST_MS + 1;
        }
        let over = self.ends_in(now_ms, waited_since_ms, timeouts) == 0;
        if over { now_ms.wrapping_sub(self.begun_ms).clamp(1, FARTHEST_MS) } else { 0 }
    }

    /// How many milliseconds are left until it has to give way.
    pub(super) fn remaining(&self, now_ms: u32, waited_since_ms: u32, timeouts: &Timeouts) -> u32 {
        let stalls = Deadline::after(self.due_ms, 0).remaining(now_ms);
        stalls.min(self.ends_in(now_ms, waited_since_ms, timeouts))
    }

    /// The same, if it gets on.
    fn ends_in(&self, now_ms: u32, waited_since_ms: u32, timeouts: &Timeouts) -> u32 {
        let turn = timeouts.turn_ms.saturating_sub(now_ms.wrapping_sub(self.begun_ms));
        let crowd = timeouts.stall_ms.saturating_sub(now_ms.wrapping_sub(waited_since_ms));
        turn.max(crowd)
    }
}

fn after(now_ms: u32, ms: u32) -> u32 {
    now_ms.wrapping_add(ms.min(FARTHEST_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Timeouts = Timeouts::DEFAULT;
    /// The clock wraps around on the way.
    const START: u32 = u32::MAX - 100;

    fn at(ms: u32) -> u32 {
        START.wrapping_add(ms)
    }

    fn remaining(turn: &Turn, ms: u32) -> u32 {
        turn.remaining(at(ms), START, &T)
    }

    #[test]
    fn drips_put_nothing_off_and_what_moves_does() {
        let mut turn = Turn::new(START, &T);
        let too_few = LEAST_BYTES / T.stall_ms as usize - 1;
        for ms in 0..T.stall_ms {
            turn.add(too_few, at(ms), &T);
        }
        assert_eq!(remaining(&turn, T.stall_ms - 1), 1);
        assert_eq!(remaining(&turn, T.stall_ms), 0);
        // Enough of them, and it may go on to the end of its turn.
        let mut turn = Turn::new(START, &T);
        for ms in (T.stall_ms..T.turn_ms).step_by(T.stall_ms as usize) {
            turn.add(LEAST_BYTES, at(ms), &T);
            assert!(remaining(&turn, ms) >= T.stall_ms.min(T.turn_ms - ms), "at {ms} ms");
        }
        assert_eq!(remaining(&turn, T.turn_ms), 0);
    }

    #[test]
    fn nothing_is_saved_up() {
        let mut turn = Turn::new(START, &T);
        turn.add(1_000_000, START, &T);
        assert_eq!(remaining(&turn, 0), T.stall_ms);
        turn.add(1, at(10), &T);
        assert_eq!(remaining(&turn, 10), T.stall_ms - 10);
        turn.rest(at(20), true, &T);
        assert_eq!(remaining(&turn, 20), T.grace_ms);
        turn.rest(at(60), true, &T);
        assert_eq!(remaining(&turn, 60), 20 + T.grace_ms - 60);
        turn.rest(at(60), false, &T);
        assert_eq!(remaining(&turn, 60), T.grace_ms);
    }

    #[test]
    fn what_gets_on_is_spared_a_crowd_that_is_soon_over() {
        let mut stream = Turn::new(START, &T);
        stream.get_on(at(60_000), T.stall_ms);
        let crowd = |ms, since| stream.remaining(at(ms), at(since), &T);
        assert_eq!(crowd(60_000, 60_000), T.stall_ms);
        assert_eq!(crowd(60_000, 60_000 - T.stall_ms), 0);
    }

    #[test]
    fn who_stalls_goes_before_who_gets_on() {
        let mut old = Turn::new(START, &T);
        old.get_on(at(60_000), T.stall_ms);
        let stalls = Turn::new(at(60_000 - T.stall_ms), &T);
        assert_eq!(remaining(&stalls, 60_000), 0);
        let demerit = |turn: &Turn| turn.demerit(at(60_000), START, &T);
        assert!(demerit(&stalls) > demerit(&old));
        assert!(demerit(&old) > 0);
        assert!(demerit(&Turn::new(at(50_000), &T)) > demerit(&stalls));
        assert_eq!(demerit(&Turn::new(at(59_999), &T)), 0);
    }
}
