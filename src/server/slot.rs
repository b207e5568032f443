use core::net::SocketAddr;

use embedded_nal::TcpFullStack;

use super::connection::{Host, Wait};
use super::{CloseReason, Connection, Event, Site, Timeouts};
use crate::hal::Deadline;
use crate::net::{self, Received};

/// A connection with its socket.
pub(super) struct Slot<K, A: 'static> {
    connection: Connection<A>,
    socket: K,
    peer: SocketAddr,
    wait: Wait,
    /// When it began to wait, or last got on with what may take long.
    since_ms: u32,
}

impl<K, A> Slot<K, A> {
    /// How many milliseconds may pass before it must be looked at.
    pub(super) fn remaining(&self, now_ms: u32, timeouts: &Timeouts) -> u32 {
        let ms = match self.wait {
            Wait::FirstRequest => timeouts.first_request_ms,
            Wait::NextRequest => timeouts.next_request_ms,
            Wait::Head => timeouts.head_ms,
            Wait::Body | Wait::Piece => timeouts.body_ms,
            Wait::Write => timeouts.write_ms,
            Wait::Pause => self.connection.pause_ms(),
            Wait::Close => timeouts.linger_ms,
        };
        Deadline::after(self.since_ms, ms).remaining(now_ms)
    }

    /// For how long it has waited for a request, or for a client to close; `None` while it works.
    pub(super) fn idle_for(&self, now_ms: u32) -> Option<u32> {
        let idle = matches!(self.wait, Wait::FirstRequest | Wait::NextRequest | Wait::Close);
        idle.then(|| now_ms.wrapping_sub(self.since_ms))
    }
}

/// The slot for the next client: a free one, or the one that has been idle longest, if it has been
/// so for `grace_ms`.
pub(super) fn available<K, A>(
    slots: &[Option<Slot<K, A>>],
    now_ms: u32,
    grace_ms: u32,
) -> Option<usize> {
    if let Some(free) = slots.iter().position(Option::is_none) {
        return Some(free);
    }
    let idle = slots.iter().enumerate().filter_map(|(index, slot)| {
        let idle_for = slot.as_ref()?.idle_for(now_ms)?;
        (idle_for >= grace_ms).then_some((idle_for, index))
    });
    idle.max_by_key(|(idle_for, _)| *idle_for).map(|(_, index)| index)
}

/// One round of one slot.
pub(super) struct Tick<'t, S, A: 'static> {
    pub stack: &'t mut S,
    pub app: &'t mut A,
    pub site: &'t Site<A>,
    pub now_ms: u32,
    pub index: usize,
}

impl<S: TcpFullStack, A> Tick<'_, S, A> {
    /// Puts a client that was accepted into an empty slot.
    pub(super) fn open(
        &mut self,
        slot: &mut Option<Slot<S::TcpSocket, A>>,
        socket: S::TcpSocket,
        peer: SocketAddr,
    ) {
        self.site.tell(self.app, &peer, &Event::Accepted);
        let (connection, wait) = (Connection::new(), Wait::FirstRequest);
        *slot = Some(Slot { connection, socket, peer, wait, since_ms: self.now_ms });
    }

    /// Closes the socket of a slot and empties it.
    pub(super) fn close(
        &mut self,
        slot: &mut Option<Slot<S::TcpSocket, A>>,
        buffer: &mut [u8],
        reason: CloseReason,
    ) {
        if let Some(mut closed) = slot.take() {
            let half = buffer.len() / 2;
            if let Some((rx, tx)) = buffer.split_at_mut_checked(half) {
                let (site, peer) = (self.site, &closed.peer);
                let mut host = Host { app: &mut *self.app, site, peer, connection: self.index };
                closed.connection.abandon(rx, tx, &mut host);
            }
            // There is nobody left to tell of an error.
            let _ = self.stack.close(closed.socket);
            self.site.tell(self.app, &closed.peer, &Event::Closed(reason));
        }
    }

    /// Does what can be done now. Returns whether anything was.
    pub(super) fn drive(
        &mut self,
        slot: &mut Option<Slot<S::TcpSocket, A>>,
        buffer: &mut [u8],
    ) -> bool {
        let Some(open) = slot else { return false };
        if open.wait == Wait::Pause && self.is_late(open) {
            open.connection.end_pause();
            open.since_ms = self.now_ms;
        }
        let (busy, over) = self.exchange(open, buffer);
        let wait = open.connection.waits_for();
        let renews = matches!(wait, Wait::Write | Wait::Piece | Wait::NextRequest | Wait::Pause);
        if wait != open.wait || (busy && renews) {
            open.wait = wait;
            open.since_ms = self.now_ms;
        }
        let late = wait != Wait::Pause && self.is_late(open);
        match over.or_else(|| late.then(|| reason_of(wait))) {
            Some(reason) => {
                self.close(slot, buffer, reason);
                true
            }
            None => busy,
        }
    }

    fn is_late(&self, open: &Slot<S::TcpSocket, A>) -> bool {
        open.remaining(self.now_ms, &self.site.timeouts) == 0
    }

    /// Sends and receives until nothing moves, or a fair share has.
    fn exchange(
        &mut self,
        open: &mut Slot<S::TcpSocket, A>,
        buffer: &mut [u8],
    ) -> (bool, Option<CloseReason>) {
        let half = buffer.len() / 2;
        let Some((rx, tx)) = buffer.split_at_mut_checked(half) else { return (false, None) };
        let Slot { connection, socket, .. } = open;
        let mut busy = false;
        for _ in 0..MOVES_PER_POLL {
            let mut host = Host {
                app: &mut *self.app,
                site: self.site,
                peer: &open.peer,
                connection: self.index,
            };
            connection.advance(rx, tx, &mut host);
            if let Some(reason) = connection.over() {
                return (busy, Some(reason));
            }
            let output = connection.output(tx);
            if !output.is_empty() {
                match net::send(self.stack, socket, output) {
                    Ok(0) => break,
                    Ok(n) => connection.sent(n),
                    Err(_) => return (busy, Some(CloseReason::Broken)),
                }
                busy = true;
                continue;
            }
            // The next request is left for the next poll: one that has just been answered rarely
            // has it there already, and the others want their turn.
            if busy && connection.is_idle() {
                break;
            }
            let room = connection.room(rx);
            if room.is_empty() {
                break;
            }
            match net::receive(self.stack, socket, room) {
                Ok(Received::Data(n)) => connection.received(n),
                Ok(Received::End) => connection.end_of_input(),
                Ok(Received::Idle) => break,
                Err(_) => return (busy, Some(CloseReason::Broken)),
            }
            busy = true;
        }
        (busy, connection.over())
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
