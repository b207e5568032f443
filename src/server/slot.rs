use core::net::SocketAddr;

use embedded_nal::TcpFullStack;

use super::connection::{Context, Wait};
use super::turn::Turn;
use super::{CloseReason, ConnectInfo, Connection, Event, Site, Timeouts};
use crate::hal::Deadline;
use crate::net::{self, Received};

/// A connection with its socket.
pub(super) struct Slot<K, A: 'static, T: 'static> {
    connection: Connection<A, T>,
    pub socket: K,
    client: ConnectInfo,
    wait: Wait,
    /// When it began to wait, or last got on with what may take long.
    since_ms: u32,
    turn: Turn,
    /// When it must be looked at, though its socket is not ready.
    pub due: Deadline,
    /// Its last look ended with nothing to be received, and all before that is done.
    listens: bool,
    /// What was too late, if 408 was the answer to that.
    late: Option<CloseReason>,
}

impl<K, A, T> Slot<K, A, T> {
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

    /// Notes what it waits for now, after these moves.
    fn note(
        &mut self,
        moves: &Moves,
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
            Wait::Write | Wait::Piece | Wait::Pause => moves.any(),
            // An empty line is no request.
            Wait::NextRequest => moves.sent > 0,
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
            _ => self.turn.add(moves.received + moves.sent, now_ms, timeouts),
        }
    }
}

/// What an exchange has come to: how many bytes were received and sent.
#[derive(Default)]
struct Moves {
    received: usize,
    sent: usize,
    /// The client has closed.
    ended: bool,
    /// There may be more at once.
    more: bool,
}

impl Moves {
    fn any(&self) -> bool {
        self.received > 0 || self.sent > 0 || self.ended
    }
}

/// The slot for a client that has waited since `waited_since_ms`: a free one, or that of the
/// connection that deserves it least, if one has to give way.
pub(super) fn available<K, A, T>(
    slots: &[Option<Slot<K, A, T>>],
    now_ms: u32,
    waited_since_ms: u32,
    timeouts: &Timeouts,
) -> Option<usize> {
    let (mut most, mut found) = (0, None);
    for (index, slot) in slots.iter().enumerate() {
        let Some(slot) = slot else { return Some(index) };
        let demerit = slot.turn.demerit(now_ms, waited_since_ms, timeouts);
        if demerit > most {
            (most, found) = (demerit, Some(index));
        }
    }
    found
}

/// One round of one slot.
pub(super) struct Tick<'t, S, A: 'static, T: 'static> {
    pub stack: &'t mut S,
    pub app: &'t mut A,
    pub site: &'t Site<A, T>,
    pub now_ms: u32,
    pub index: usize,
    /// Since when others have waited for a slot, if they do.
    pub waited_since_ms: Option<u32>,
    /// Whether this slot is wanted for them, if its connection has to give way.
    pub evicts: bool,
    /// Whether all slots are to be looked at, whatever they wait for.
    pub anew: bool,
}

impl<'t, S: TcpFullStack, A, T: Default> Tick<'t, S, A, T> {
    pub(super) fn new(stack: &'t mut S, app: &'t mut A, site: &'t Site<A, T>, now_ms: u32) -> Self {
        Self {
            stack,
            app,
            site,
            now_ms,
            index: 0,
            waited_since_ms: None,
            evicts: false,
            anew: false,
        }
    }

    /// Puts a client that was accepted into an empty slot.
    // Inlined, it would take 64 bytes more of stack while handlers are called.
    #[inline(never)]
    pub(super) fn open(
        &mut self,
        slot: &mut Option<Slot<S::TcpSocket, A, T>>,
        socket: S::TcpSocket,
        peer: SocketAddr,
    ) {
        let open = slot.insert(Slot {
            connection: Connection::new(),
            socket,
            client: ConnectInfo { peer, connection: self.index },
            wait: Wait::FirstRequest,
            since_ms: self.now_ms,
            turn: Turn::new(self.now_ms, &self.site.timeouts),
            due: Deadline::after(self.now_ms, 0),
            listens: false,
            late: None,
        });
        self.site.notify(self.app, &open.client, &Event::Accepted);
    }

    /// Closes the socket of a slot and empties it.
    // Inlined, it would take 48 bytes more of stack while handlers are called.
    #[inline(never)]
    pub(super) fn close(
        &mut self,
        slot: &mut Option<Slot<S::TcpSocket, A, T>>,
        buffer: &mut [u8],
        reason: CloseReason,
    ) {
        let half = buffer.len() / 2;
        if let (Some(open), Some((rx, tx))) = (&mut *slot, buffer.split_at_mut_checked(half)) {
            let (site, client, now_ms) = (self.site, &open.client, self.now_ms);
            let mut context = Context { app: &mut *self.app, site, client, now_ms };
            open.connection.abandon(rx, tx, &mut context);
        }
        if let Some(open) = slot {
            let reason = open.late.unwrap_or(reason);
            self.site.notify(self.app, &open.client, &Event::Closed(reason));
        }
        // Told before, the slot need not be moved.
        if let Some(Slot { socket, .. }) = slot.take() {
            // There is nobody left to tell of an error.
            let _ = self.stack.close(socket);
        }
    }

    /// Does what can be done now. Returns whether anything was.
    pub(super) fn drive(
        &mut self,
        slot: &mut Option<Slot<S::TcpSocket, A, T>>,
        buffer: &mut [u8],
    ) -> bool {
        let Some(open) = slot else { return false };
        let (now_ms, timeouts) = (self.now_ms, &self.site.timeouts);
        let is_due = open.due.is_over(now_ms) || self.anew;
        if is_due && open.wait == Wait::Pause {
            open.listens = false;
        }
        let listened = open.listens;
        let mut moves = Moves::default();
        let over = self.exchange(open, buffer, &mut moves);
        if listened && open.listens && !is_due && !moves.any() {
            return false;
        }
        open.note(&moves, now_ms, self.waited_since_ms, timeouts);
        let left_ms = open.remaining(now_ms, timeouts);
        let turn_ms = self
            .waited_since_ms
            .map_or(u32::MAX, |since| open.turn.remaining(now_ms, since, timeouts));
        // What has come by now may be the request that was waited for: this is behind the look.
        let evicted = self.evicts && turn_ms == 0;
        let late = open.wait != Wait::Pause && left_ms == 0;
        let reason = match over {
            Some(reason) => reason,
            None if evicted => open.evicted(),
            None if late => reason_of(open.wait),
            None => {
                let ms = if moves.more { 0 } else { left_ms.min(turn_ms) };
                open.due = Deadline::after(now_ms, ms);
                return moves.any();
            }
        };
        if over.is_none() && open.connection.time_out() {
            open.listens = false;
            if !evicted {
                open.late = Some(reason);
                open.due = Deadline::after(now_ms, 0);
                return true;
            }
            // What the stack does not take at once is not worth the time of one that waits.
            self.exchange(open, buffer, &mut moves);
        }
        self.close(slot, buffer, reason);
        true
    }

    /// Sends and receives until nothing moves, or a fair share has. Returns why it is over, if it is.
    fn exchange(
        &mut self,
        open: &mut Slot<S::TcpSocket, A, T>,
        buffer: &mut [u8],
        moves: &mut Moves,
    ) -> Option<CloseReason> {
        let half = buffer.len() / 2;
        let (rx, tx) = buffer.split_at_mut_checked(half)?;
        let Slot { connection, socket, client, listens, .. } = open;
        let (site, now_ms) = (self.site, self.now_ms);
        let mut context = Context { app: &mut *self.app, site, client, now_ms };
        if self.waited_since_ms.is_some() {
            connection.give_way();
        }
        for _ in 0..MOVES_PER_POLL {
            if !core::mem::take(listens) {
                connection.advance(rx, tx, &mut context);
                if connection.over().is_some() {
                    return connection.over();
                }
                let output = connection.output(tx);
                if !output.is_empty() {
                    match net::send(self.stack, socket, output) {
                        Ok(0) => return None,
                        Ok(n) => {
                            connection.sent(n);
                            moves.sent += n;
                        }
                        Err(_) => return Some(CloseReason::Broken),
                    }
                    continue;
                }
                // The next request is left for the next poll: one that has just been answered rarely
                // has it there already, and the others want their turn.
                if moves.any() && connection.is_idle() {
                    return None;
                }
            }
            let room = connection.room(rx);
            if room.is_empty() {
                return None;
            }
            match net::receive(self.stack, socket, room) {
                Ok(Received::Data(n)) => {
                    connection.received(n);
                    moves.received += n;
                }
                Ok(Received::End) => {
                    connection.end_of_input();
                    moves.ended = true;
                }
                Ok(Received::Idle) => {
                    *listens = true;
                    return None;
                }
                Err(_) => return Some(CloseReason::Broken),
            }
        }
        moves.more = true;
        None
    }
}

/// So often a connection sends or receives before the next gets its turn.
const MOVES_PER_POLL: usize = 16;

fn reason_of(wait: Wait) -> CloseReason {
    match wait {
        Wait::FirstRequest | Wait::NextRequest => CloseReason::IdleTooLong,
        Wait::Head => CloseReason::HeadTooSlow,
        Wait::Body | Wait::Piece => CloseReason::BodyTooSlow,
        Wait::Write | Wait::Pause => CloseReason::WriteTooSlow,
        Wait::Close => CloseReason::Complete,
    }
}
