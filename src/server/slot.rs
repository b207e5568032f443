use super::connection::{Context, Wait};
use super::turn::{Queue, Turn};
use super::{CloseReason, Connection, Event, Timeouts};
use crate::hal::Deadline;

/// A connection with its deadlines, and without a socket: it says what is to be done next, and is told
/// how it went.
///
/// Whatever drives it takes a [`Look`] at it whenever something may have happened, and carries out each
/// [`Step`] until there is nothing to be done before it is [`due`](Self::due).
pub(super) struct Slot<A: 'static, T: 'static> {
    connection: Connection<A, T>,
    wait: Wait,
    /// When it began to wait, or last got on with what may take long.
    since_ms: u32,
    turn: Turn,
    /// When it must be looked at, though its socket is not ready.
    pub due: Deadline,
    /// Its last look ended with nothing to be received, and all before that is done.
    listens: bool,
    /// What was too late, or that it had to give way, if 408 was the answer to that.
    late: Option<CloseReason>,
}

/// What is to be done next.
pub(super) enum Step {
    /// To send some of the [`output`](Slot::output); tell [`sent`](Slot::sent), or that the look
    /// [stops](Look::stop) there.
    Send,
    /// To receive into the [`room`](Slot::room); tell [`received`](Slot::received),
    /// [`ended`](Slot::ended), or that the look stops.
    Receive,
    /// To wait, at the longest until it is [`due`](Slot::due).
    Rest,
    /// To [`close`](Slot::close).
    Over(CloseReason),
}

/// What moves while a connection is looked at.
pub(super) struct Look {
    received: usize,
    sent: usize,
    /// The client has closed.
    ended: bool,
    /// So many steps are left of its fair share.
    left: usize,
    stops: bool,
    /// Nothing asks for this look: if nothing moves, there is nothing to note.
    is_idle: bool,
    /// Whatever happens, it is the last one.
    is_last: bool,
}

/// So often a connection sends or receives before the next gets its turn.
const FAIR_SHARE: usize = 16;

impl Look {
    const fn new(is_idle: bool) -> Self {
        Self {
            received: 0,
            sent: 0,
            ended: false,
            left: FAIR_SHARE,
            stops: false,
            is_idle,
            is_last: false,
        }
    }

    /// The last step could not be done now.
    pub(super) const fn stop(&mut self) {
        self.stops = true;
    }

    /// Whether anything was done.
    pub(super) const fn moves(&self) -> bool {
        self.received > 0 || self.sent > 0 || self.ended
    }
}

impl<A, T: Default> Slot<A, T> {
    /// A client has connected.
    #[expect(clippy::inline_always, reason = "made where it stays: else it is moved there twice")]
    #[inline(always)]
    pub(super) fn new(now_ms: u32, timeouts: &Timeouts) -> Self {
        Self {
            connection: Connection::new(),
            wait: Wait::FirstRequest,
            since_ms: now_ms,
            turn: Turn::new(now_ms, timeouts),
            due: Deadline::after(now_ms, 0),
            listens: false,
            late: None,
        }
    }

    /// What is to be done next.
    pub(super) fn next(
        &mut self,
        look: &mut Look,
        rx: &mut [u8],
        tx: &mut [u8],
        context: &mut Context<'_, A, T>,
        queue: &impl Queue,
    ) -> Step {
        if look.stops || look.left == 0 {
            let settled = self.settle(look, context.now_ms, &context.site.timeouts, queue);
            if let Some(step) = settled {
                return step;
            }
        }
        look.left -= 1;
        if !core::mem::take(&mut self.listens) {
            self.connection.advance(rx, tx, context);
            if let Some(reason) = self.connection.over() {
                return Step::Over(reason);
            }
            if self.connection.has_output() {
                return Step::Send;
            }
        }
        Step::Receive
    }

    /// Tells the handler and the hook that the connection is closed, and why, which is returned.
    pub(super) fn close(
        &mut self,
        rx: &mut [u8],
        tx: &mut [u8],
        context: &mut Context<'_, A, T>,
        reason: CloseReason,
    ) -> CloseReason {
        self.connection.abandon(rx, tx, context);
        let reason = self.late.unwrap_or(reason);
        context.site.notify(context.app, context.client, &Event::Closed(reason));
        reason
    }
}

impl<A, T> Slot<A, T> {
    /// Begins to look at it: because it is due, or something has happened that is not its socket's.
    pub(super) fn look(&mut self, is_due: bool, queue: &impl Queue) -> Look {
        if is_due && self.wait == Wait::Pause {
            self.listens = false;
        }
        if queue.since_ms().is_some() {
            self.connection.give_way();
        }
        Look::new(self.listens && !is_due)
    }

    /// How much it deserves to give way.
    pub(super) const fn turn(&self) -> &Turn {
        &self.turn
    }

    /// Whether a handler waits.
    pub(super) fn is_paused(&self) -> bool {
        self.connection.is_paused()
    }

    /// If a handler waits, it is called again now.
    pub(super) fn wake(&mut self, now_ms: u32) {
        if self.connection.is_paused() {
            self.connection.wake(now_ms);
            self.due = Deadline::after(now_ms, 0);
        }
    }

    /// The server is shut down, until `deadline` at the latest: what has begun goes on, and says so where it
    /// can. Returns whether the connection is to be closed now.
    pub(super) fn shut_down(&mut self, now_ms: u32, deadline: Deadline) -> bool {
        let was_due = self.due;
        self.connection.shut_down(now_ms);
        let left_ms = deadline.remaining(now_ms);
        let pause_ms = if self.is_paused() { self.connection.pause_ms(now_ms) } else { u32::MAX };
        self.due = Deadline::after(now_ms, was_due.remaining(now_ms).min(left_ms).min(pause_ms));
        left_ms == 0 || self.connection.is_idle()
    }

    /// What is to be sent.
    pub(super) fn output<'o>(&self, tx: &'o [u8]) -> &'o [u8] {
        self.connection.output(tx)
    }

    pub(super) fn sent(&mut self, look: &mut Look, n: usize) {
        self.connection.sent(n);
        look.sent += n;
    }

    /// Where to receive to; empty if nothing is wanted now.
    pub(super) fn room<'r>(&mut self, rx: &'r mut [u8]) -> &'r mut [u8] {
        self.connection.room(rx)
    }

    pub(super) fn received(&mut self, look: &mut Look, n: usize) {
        self.connection.received(n);
        look.received += n;
    }

    /// The client has closed its side.
    pub(super) fn ended(&mut self, look: &mut Look) {
        self.connection.end_of_input();
        look.ended = true;
    }

    /// Nothing is there to be received: as long as nothing is, a look that nothing asks for ends there.
    pub(super) const fn listens(&mut self, look: &mut Look) {
        self.listens = true;
        look.stop();
    }

    /// Whether its request was answered in this look, and nothing of the next has been received.
    pub(super) const fn has_answered(&self, look: &Look) -> bool {
        look.moves() && self.connection.is_idle()
    }

    /// The look is over: finds out what was too late, and when the next is due. `None` where there is
    /// something to be said first.
    pub(super) fn settle(
        &mut self,
        look: &mut Look,
        now_ms: u32,
        timeouts: &Timeouts,
        queue: &impl Queue,
    ) -> Option<Step> {
        if let (true, Some(reason)) = (look.is_last, self.late) {
            return Some(Step::Over(reason));
        }
        if look.is_idle && self.listens && !look.moves() {
            return Some(Step::Rest);
        }
        self.settle_anew(look, now_ms, timeouts, queue)
    }

    /// The same where something has moved, or may be too late.
    // Inlined, it would take 32 bytes more of stack while handlers are called, and time of each look that finds nothing.
    #[inline(never)]
    fn settle_anew(
        &mut self,
        look: &mut Look,
        now_ms: u32,
        timeouts: &Timeouts,
        queue: &impl Queue,
    ) -> Option<Step> {
        self.note(look, now_ms, queue.since_ms(), timeouts);
        let left_ms = self.remaining(now_ms, timeouts);
        let turn_ms = queue.turn_ms(&self.turn, now_ms, timeouts);
        // What has come by now may be the request that was waited for: this is behind the look.
        let is_evicted = queue.evicts() && turn_ms == 0;
        let is_late = self.wait != Wait::Pause && left_ms == 0;
        let reason = if is_evicted {
            self.evicted()
        } else if is_late {
            reason_of(self.wait)
        } else {
            let ms = if look.stops { left_ms.min(turn_ms) } else { 0 };
            self.due = Deadline::after(now_ms, ms);
            return Some(Step::Rest);
        };
        if !self.connection.time_out() {
            return Some(Step::Over(reason));
        }
        self.listens = false;
        self.late = Some(reason);
        // What the stack does not take at once is not worth the time of one that waits.
        *look = Look { is_last: is_evicted, ..Look::new(false) };
        None
    }

    /// How many milliseconds are left of what it waits for.
    fn remaining(&self, now_ms: u32, timeouts: &Timeouts) -> u32 {
        let ms = match self.wait {
            Wait::Pause => return self.connection.pause_ms(now_ms),
            Wait::FirstRequest => timeouts.first_request_ms,
            Wait::NextRequest => timeouts.next_request_ms,
            Wait::Head => timeouts.head_ms,
            Wait::Body | Wait::Piece => timeouts.body_ms,
            Wait::Write => timeouts.write_ms,
            Wait::Close => timeouts.linger_ms,
        };
        Deadline::after(self.since_ms, ms).remaining(now_ms)
    }

    /// Why it is closed if it has to give way.
    fn evicted(&self) -> CloseReason {
        match self.wait {
            Wait::FirstRequest | Wait::NextRequest | Wait::Close => CloseReason::IdleEvicted,
            _ => CloseReason::Evicted,
        }
    }

    /// Notes what it waits for now, after this look.
    fn note(
        &mut self,
        look: &Look,
        now_ms: u32,
        waited_since_ms: Option<u32>,
        timeouts: &Timeouts,
    ) {
        let before = core::mem::replace(&mut self.wait, self.connection.waits_for());
        if before == Wait::Pause {
            self.turn.get_on(now_ms, timeouts.stall_ms);
        }
        let waited_ms = now_ms.wrapping_sub(self.since_ms);
        let others_waited_ms = waited_since_ms.map_or(0, |since| now_ms.wrapping_sub(since));
        let renews = match self.wait {
            Wait::Write | Wait::Piece | Wait::Pause => look.moves(),
            // An empty line is no request.
            Wait::NextRequest => look.sent > 0,
            _ => false,
        };
        let anew = self.wait != before || renews;
        if anew {
            self.since_ms = now_ms;
        }
        match self.wait {
            Wait::NextRequest | Wait::Close => {
                if anew {
                    self.turn.rest(now_ms, waited_since_ms.is_some(), timeouts);
                }
            }
            // It is the server that waits.
            Wait::Pause => self.turn.get_on(now_ms, u32::MAX),
            // Who has had a turn since others wait has no other.
            _ if before == Wait::NextRequest && waited_ms >= others_waited_ms => {
                self.turn = Turn::new(now_ms, timeouts);
            }
            _ => self.turn.add(look.received + look.sent, now_ms, timeouts),
        }
    }
}

fn reason_of(wait: Wait) -> CloseReason {
    match wait {
        Wait::FirstRequest | Wait::NextRequest => CloseReason::IdleTooLong,
        Wait::Head => CloseReason::HeadTooSlow,
        Wait::Body | Wait::Piece => CloseReason::BodyTooSlow,
        Wait::Write | Wait::Pause => CloseReason::WriteTooSlow,
        Wait::Close => CloseReason::Complete,
    }
}
