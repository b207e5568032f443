//! How long each phase may take.

use super::{Stage, Transaction};
use crate::client::{CallError, Failed, Phase};
use crate::hal::Deadline;
use crate::net::Timeouts;

impl Transaction {
    /// Nothing can be done now. Returns whether to go on at once all the same.
    ///
    /// # Errors
    /// The time of the phase is over.
    #[inline(never)]
    pub(in crate::client) fn blocked(&mut self, now_ms: u32) -> Result<bool, Failed> {
        self.is_full = false;
        let phase = self.phase();
        if self.is_broken || self.is_last_look {
            return Err(self.exchange.fail(CallError::TimedOut(Phase::Send)));
        }
        let deadline = self.deadline.unwrap_or(Deadline::after(now_ms, self.phase_ms(phase)));
        self.deadline = Some(deadline);
        if !deadline.is_over(now_ms) {
            return Ok(false);
        }
        if phase != Phase::Send {
            return Err(self.exchange.fail(CallError::TimedOut(phase)));
        }
        // An answer that has arrived is given.
        self.exchange.stop_sending();
        (self.is_last_look, self.deadline) = (true, None);
        Ok(true)
    }

    /// How many milliseconds may pass before it has to be asked again to see that it is too late.
    pub(in crate::client) fn remaining_ms(&self, now_ms: u32) -> u32 {
        let left = self.deadline.map_or(0, |deadline| deadline.remaining(now_ms));
        self.body_deadline.map_or(left, |deadline| deadline.remaining(now_ms).min(left))
    }

    /// How many milliseconds are left to connect, which begins now if it has not.
    #[cfg(feature = "async")]
    pub(in crate::client) fn connect_left_ms(&mut self, now_ms: u32) -> u32 {
        if !self.is_connecting() {
            return 0;
        }
        let deadline = Deadline::after(now_ms, self.timeouts.connect_ms);
        self.deadline.get_or_insert(deadline).remaining(now_ms)
    }

    /// Whether the body should have been complete by now.
    pub(super) fn is_body_late(&mut self, now_ms: u32) -> bool {
        if self.timeouts.body_ms == Timeouts::NONE || self.exchange.is_done() {
            return false;
        }
        let deadline = Deadline::after(now_ms, self.timeouts.body_ms);
        self.body_deadline.get_or_insert(deadline).is_over(now_ms)
    }

    /// Whether nothing of the request was sent yet.
    pub(in crate::client) const fn is_connecting(&self) -> bool {
        matches!(self.phase(), Phase::Connect)
    }

    const fn phase(&self) -> Phase {
        match self.stage {
            Stage::Resolve
            | Stage::Connect
            | Stage::ResolveOther
            | Stage::ConnectLast
            | Stage::Tunnel
            | Stage::Secure => Phase::Connect,
            Stage::Talk if !self.exchange.is_sent() => Phase::Send,
            Stage::Talk => Phase::Head,
            Stage::Body | Stage::Over => Phase::Read,
        }
    }

    const fn phase_ms(&self, phase: Phase) -> u32 {
        match phase {
            Phase::Connect => self.timeouts.connect_ms,
            Phase::Send => self.timeouts.send_ms,
            Phase::Head => self.timeouts.head_ms,
            Phase::Read | Phase::Body => self.timeouts.read_ms,
        }
    }
}
