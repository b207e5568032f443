use core::net::SocketAddr;

use embedded_nal::TcpFullStack;

use super::connection::Context;
use super::slot::{Slot, Step};
use super::turn::{Queue, Turn};
use super::{CloseReason, ConnectInfo, Event, Site, Timeouts};
use crate::net::{self, Received};

/// A connection with its socket.
pub(super) struct Open<K, A: 'static, T: 'static> {
    pub slot: Slot<A, T>,
    pub socket: K,
    client: ConnectInfo,
}

/// The slot for a client that has waited since `waited_since_ms`: a free one, or that of the
/// connection that deserves it least, if one has to give way.
pub(super) fn available<K, A, T>(
    slots: &[Option<Open<K, A, T>>],
    now_ms: u32,
    waited_since_ms: u32,
    timeouts: &Timeouts,
) -> Option<usize> {
    let (mut most, mut found) = (0, None);
    for (index, open) in slots.iter().enumerate() {
        let Some(open) = open else { return Some(index) };
        let demerit = open.slot.turn().demerit(now_ms, waited_since_ms, timeouts);
        if demerit > most {
            (most, found) = (demerit, Some(index));
        }
    }
    found
}

/// What a poll knows of the clients that wait.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    pub since_ms: Option<u32>,
    /// Whether this slot is wanted for them, if its connection has to give way.
    pub evicts: bool,
}

impl Queue for Waiting {
    fn since_ms(&self) -> Option<u32> {
        self.since_ms
    }

    fn turn_ms(&self, turn: &Turn, now_ms: u32, timeouts: &Timeouts) -> u32 {
        self.since_ms.map_or(u32::MAX, |since_ms| turn.remaining(now_ms, since_ms, timeouts))
    }

    fn evicts(&self) -> bool {
        self.evicts
    }
}

/// One round of one slot.
pub(super) struct Tick<'t, S, A: 'static, T: 'static> {
    pub stack: &'t mut S,
    pub app: &'t mut A,
    pub site: &'t Site<A, T>,
    pub now_ms: u32,
    pub index: usize,
    pub waiting: Waiting,
    /// Whether all slots are to be looked at, whatever they wait for.
    pub anew: bool,
}

impl<'t, S: TcpFullStack, A, T: Default> Tick<'t, S, A, T> {
    pub(super) fn new(stack: &'t mut S, app: &'t mut A, site: &'t Site<A, T>, now_ms: u32) -> Self {
        let waiting = Waiting { since_ms: None, evicts: false };
        Self { stack, app, site, now_ms, index: 0, waiting, anew: false }
    }

    /// Puts a client that was accepted into an empty slot.
    // Inlined, it would take 64 bytes more of stack while handlers are called.
    #[inline(never)]
    pub(super) fn open(
        &mut self,
        slot: &mut Option<Open<S::TcpSocket, A, T>>,
        socket: S::TcpSocket,
        peer: SocketAddr,
    ) {
        let open = slot.insert(Open {
            slot: Slot::new(self.now_ms, &self.site.timeouts),
            socket,
            client: ConnectInfo { peer, connection: self.index },
        });
        self.site.notify(self.app, &open.client, &Event::Accepted);
    }

    /// Closes the socket of a slot and empties it.
    // Inlined, it would take 48 bytes more of stack while handlers are called.
    #[inline(never)]
    pub(super) fn close(
        &mut self,
        slot: &mut Option<Open<S::TcpSocket, A, T>>,
        buffer: &mut [u8],
        reason: CloseReason,
    ) {
        let half = buffer.len() / 2;
        if let (Some(open), Some((rx, tx))) = (&mut *slot, buffer.split_at_mut_checked(half)) {
            let (site, client, now_ms) = (self.site, &open.client, self.now_ms);
            let mut context = Context { app: &mut *self.app, site, client, now_ms };
            open.slot.close(rx, tx, &mut context, reason);
        }
        // Told before, the slot need not be moved.
        if let Some(Open { socket, .. }) = slot.take() {
            // There is nobody left to tell of an error.
            let _ = self.stack.close(socket);
        }
    }

    /// Does what can be done now. Returns whether anything was.
    pub(super) fn drive(
        &mut self,
        slot: &mut Option<Open<S::TcpSocket, A, T>>,
        buffer: &mut [u8],
    ) -> bool {
        let half = buffer.len() / 2;
        let (Some(open), Some((rx, tx))) = (&mut *slot, buffer.split_at_mut_checked(half)) else {
            return false;
        };
        let Open { slot: brain, socket, client } = open;
        let (site, now_ms, waiting) = (self.site, self.now_ms, &self.waiting);
        let mut context = Context { app: &mut *self.app, site, client, now_ms };
        let mut look = brain.look(self.anew || brain.due.is_over(now_ms), waiting);
        let reason = loop {
            match brain.next(&mut look, rx, tx, &mut context, waiting) {
                Step::Send => match net::send(self.stack, socket, brain.output(tx)) {
                    Ok(0) => look.stop(),
                    Ok(n) => brain.sent(&mut look, n),
                    Err(_) => break CloseReason::Broken,
                },
                // The next request is left for the next poll: one that has just been answered rarely
                // has it there already, and the others want their turn.
                Step::Receive if brain.has_answered(&look) => look.stop(),
                Step::Receive => {
                    let room = brain.room(rx);
                    if room.is_empty() {
                        look.stop();
                        continue;
                    }
                    match net::receive(self.stack, socket, room) {
                        Ok(Received::Data(n)) => brain.received(&mut look, n),
                        Ok(Received::End) => brain.ended(&mut look),
                        Ok(Received::Idle) => brain.listens(&mut look),
                        Err(_) => break CloseReason::Broken,
                    }
                }
                Step::Rest => return look.moves(),
                Step::Over(reason) => break reason,
            }
        };
        self.close(slot, buffer, reason);
        true
    }
}
