use core::net::SocketAddr;

use embedded_nal::TcpFullStack;

use super::CloseReason;
use super::tick::{self, Open, Tick};
use crate::hal::Deadline;
use crate::net::Readiness;

/// A listener, and what is known of all slots together.
pub(super) struct Driver<S: TcpFullStack> {
    pub listener: Option<S::TcpSocket>,
    /// Whether the stack tells by the slots' numbers which of the sockets are ready.
    pub is_watched: bool,
    /// The client that has the next slot. So it is known whether one waits.
    pub waiting: Option<(S::TcpSocket, SocketAddr)>,
    /// Since when there has been one at the end of each poll.
    waited_since_ms: u32,
    /// When it was polled last.
    pub polled_ms: u32,
    /// When the first of the slots is due; where the stack tells who is ready, at the earliest.
    due: Deadline,
}

impl<S: TcpFullStack> Driver<S> {
    pub(super) const fn new() -> Self {
        Self {
            listener: None,
            is_watched: false,
            waiting: None,
            waited_since_ms: 0,
            polled_ms: 0,
            due: Deadline::after(0, 0),
        }
    }

    pub(super) fn remaining(&self, now_ms: u32) -> u32 {
        self.due.remaining(now_ms)
    }

    /// The slots are looked at in the next poll.
    pub(super) const fn hurry(&mut self) {
        self.due = Deadline::after(self.polled_ms, 0);
    }

    /// Gives the client that has waited for a slot for `wait_ms` to `other`. Returns whether there was one.
    pub(super) fn hand_over(&mut self, other: &mut Self, wait_ms: u32, now_ms: u32) -> bool {
        if self.waiting.is_none() || other.waiting.is_some() {
            return false;
        }
        let left_ms = wait_ms.saturating_sub(now_ms.wrapping_sub(self.waited_since_ms));
        if left_ms > 0 {
            self.due = Deadline::after(now_ms, self.due.remaining(now_ms).min(left_ms));
            return false;
        }
        (other.waiting, other.waited_since_ms) = (self.waiting.take(), now_ms);
        for driver in [self, other] {
            driver.due = Deadline::after(now_ms, 0);
        }
        true
    }

    fn somebody_waits_since(&self) -> Option<u32> {
        self.waiting.as_ref().map(|_| self.waited_since_ms)
    }
}

/// Which sockets have to be asked.
pub(super) trait Ready<S: TcpFullStack> {
    /// Whether some need not be.
    const TELLS: bool;

    fn watch(&self, stack: &mut S, socket: &S::TcpSocket, number: usize);

    /// The first, from this number on, that may be ready.
    fn next(&self, stack: &S, from: usize) -> Option<usize>;
}

/// All: the stack does not tell.
#[derive(Clone, Copy)]
pub(super) struct Every;

impl<S: TcpFullStack> Ready<S> for Every {
    const TELLS: bool = false;

    fn watch(&self, _: &mut S, _: &S::TcpSocket, _: usize) {}

    fn next(&self, _: &S, from: usize) -> Option<usize> {
        Some(from)
    }
}

impl<S: TcpFullStack> Ready<S> for Readiness<S> {
    const TELLS: bool = true;

    fn watch(&self, stack: &mut S, socket: &S::TcpSocket, number: usize) {
        (self.watch)(stack, socket, number);
    }

    fn next(&self, stack: &S, from: usize) -> Option<usize> {
        (self.next)(stack, from)
    }
}

/// One poll of all slots. It knows them as slices, so it is compiled once.
pub(super) struct Round<'t, S: TcpFullStack, A: 'static, T: 'static, R> {
    pub tick: Tick<'t, S, A, T>,
    pub driver: &'t mut Driver<S>,
    pub slots: &'t mut [Option<Open<S::TcpSocket, A, T>>],
    /// Of `size` bytes for each slot.
    pub buffers: &'t mut [u8],
    pub size: usize,
    pub ready: R,
}

impl<S: TcpFullStack, A, T: Default, R: Ready<S>> Round<'_, S, A, T, R> {
    /// Accepts, and does what can be done for the connections.
    pub(super) fn poll(&mut self) -> nb::Result<(), S::Error> {
        self.driver.polled_ms = self.tick.now_ms;
        self.watch();
        let waited = self.driver.waiting.is_some();
        let mut busy = false;
        let accepted = self.accept(&mut busy);
        self.tick.waiting.since_ms = self.driver.somebody_waits_since();
        // Whether a client waits says what each of the others has to be done by.
        self.tick.anew |= waited != self.driver.waiting.is_some();
        busy |= self.drive();
        accepted?;
        if busy { Ok(()) } else { Err(nb::Error::WouldBlock) }
    }

    /// Has the stack tell when the sockets are ready that there are already: those of the slots by
    /// their numbers, the listener by the one behind them.
    fn watch(&mut self) {
        if R::TELLS && !self.driver.is_watched {
            let open = self.slots.iter().map(|slot| slot.as_ref().map(|slot| &slot.socket));
            let sockets = open.chain([self.driver.listener.as_ref()]);
            for (number, socket) in sockets.enumerate() {
                if let Some(socket) = socket {
                    self.ready.watch(self.tick.stack, socket, number);
                }
            }
        }
        self.driver.is_watched = R::TELLS;
    }

    /// Closes all connections, and stops listening.
    pub(super) fn close(&mut self) {
        for (index, slot) in self.slots.iter_mut().enumerate() {
            self.tick.index = index;
            let buffer = buffer(self.buffers, self.size, index);
            self.tick.close(slot, buffer, CloseReason::ServerClosed);
        }
        self.stop_listening();
    }

    /// Goes on with what has begun, and with nothing else, until `deadline` at the latest. Returns whether
    /// all is over.
    pub(super) fn shut_down(&mut self, deadline: Deadline) -> bool {
        let now_ms = self.tick.now_ms;
        self.driver.polled_ms = now_ms;
        self.stop_listening();
        let (mut is_over, mut left_ms) = (true, u32::MAX);
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let Some(open) = slot else { continue };
            self.tick.index = index;
            open.slot.shut_down(now_ms, deadline);
            // What is in the stack is read before: a request that has arrived is answered.
            let buffer = buffer(self.buffers, self.size, index);
            let moves = self.tick.drive(slot, &mut *buffer);
            let Some(open) = slot else { continue };
            if open.slot.shut_down(now_ms, deadline) {
                self.tick.close(slot, buffer, CloseReason::ServerClosed);
                continue;
            }
            is_over = false;
            left_ms = left_ms.min(if moves { 0 } else { open.slot.due.remaining(now_ms) });
        }
        self.driver.due = Deadline::after(now_ms, left_ms);
        is_over
    }

    fn stop_listening(&mut self) {
        let waiting = self.driver.waiting.take().map(|(socket, _)| socket);
        for socket in [waiting, self.driver.listener.take()].into_iter().flatten() {
            let _ = self.tick.stack.close(socket);
        }
    }

    /// Gives slots to clients that have connected, until one has to wait or none is left. Notes whether
    /// anything was done.
    fn accept(&mut self, busy: &mut bool) -> Result<(), S::Error> {
        let now_ms = self.tick.now_ms;
        if self.driver.waiting.is_none() {
            self.driver.waited_since_ms = now_ms;
        }
        // Each slot is vacated and taken once at most, so that a flood keeps nobody from its turn.
        let rounds = 2 * self.slots.len() + 1;
        for _ in 0..rounds {
            self.accept_one()?;
            self.tick.waiting.since_ms = self.driver.somebody_waits_since();
            let Some(since) = self.tick.waiting.since_ms else { break };
            let timeouts = &self.tick.site.timeouts;
            let index = tick::available(self.slots, now_ms, since, timeouts);
            let Some(index) = index else { break };
            self.tick.index = index;
            let Some(slot) = self.slots.get_mut(index) else { break };
            if slot.is_none() {
                if let Some((socket, peer)) = self.driver.waiting.take() {
                    self.ready.watch(self.tick.stack, &socket, index);
                    self.tick.open(slot, socket, peer);
                }
            } else {
                (self.tick.waiting.evicts, self.tick.anew) = (true, true);
                self.tick.drive(slot, buffer(self.buffers, self.size, index));
                self.tick.waiting.evicts = false;
            }
            *busy = true;
        }
        Ok(())
    }

    /// Accepts a client, if none waits for a slot.
    fn accept_one(&mut self) -> Result<(), S::Error> {
        let number = self.slots.len();
        let Some(listener) = &mut self.driver.listener else { return Ok(()) };
        if self.driver.waiting.is_none() && self.ready.next(self.tick.stack, number) == Some(number)
        {
            match self.tick.stack.accept(listener) {
                Ok(client) => self.driver.waiting = Some(client),
                Err(nb::Error::WouldBlock) => {}
                Err(nb::Error::Other(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Does what can be done for the connections whose socket is ready, and those that are due; or
    /// for all. Returns whether anything was.
    fn drive(&mut self) -> bool {
        let (now_ms, all) = (self.tick.now_ms, self.tick.anew);
        let mut left_ms = self.driver.due.remaining(now_ms);
        let each = all || !R::TELLS || left_ms == 0;
        if each {
            left_ms = u32::MAX;
        }
        let (mut busy, mut index) = (false, 0);
        while let Some(slot) = self.slots.get_mut(index) {
            self.tick.index = index;
            let ready = self.ready.next(self.tick.stack, index);
            let is_ready = ready == Some(index);
            index += 1;
            if !each && !is_ready {
                match ready {
                    Some(ready) if ready > index => index = ready,
                    Some(_) => {}
                    None => break,
                }
                continue;
            }
            let Some(open) = slot else { continue };
            if is_ready || all || open.slot.due.is_over(now_ms) {
                let buffer = buffer(self.buffers, self.size, self.tick.index);
                busy |= self.tick.drive(slot, buffer);
            }
            if let Some(open) = slot {
                left_ms = left_ms.min(open.slot.due.remaining(now_ms));
            }
        }
        self.driver.due = Deadline::after(now_ms, left_ms);
        busy
    }
}

/// That of the slot `index`.
fn buffer(buffers: &mut [u8], size: usize, index: usize) -> &mut [u8] {
    let from = buffers.get_mut(index * size..).unwrap_or_default();
    from.get_mut(..size).unwrap_or_default()
}
