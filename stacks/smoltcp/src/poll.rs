//! What moves: frames in, frames out, and what follows from them.

use smoltcp::iface::{PollIngressSingleResult, PollResult};
use smoltcp::phy::Device;
use smoltcp::time::{Duration, Instant};

use crate::Stack;

/// How often it is looked for a socket while none listens on a port.
const RETRY: Duration = Duration::from_secs(1);

impl<D: Device> Stack<'_, D> {
    /// Receives and sends what there is. Returns whether anything was, and so whether a caller who
    /// waits should look at its sockets.
    pub fn poll(&mut self, now: Instant) -> bool {
        self.now = now;
        self.interface.poll_maintenance(now);
        let received = self.receive_all();
        let sent = self.send_all();
        self.poll_dhcp();
        self.note_new_clients();
        self.restart_listeners();
        let Self { slots, sockets, .. } = self;
        for slot in slots {
            slot.role = slot.role.after_close(sockets.get_mut(slot.handle), now);
        }
        self.free_closed_udp();
        self.refill();
        received || sent
    }

    /// Receives what has arrived; whether any socket may have changed.
    #[inline(never)] // what it needs of the stack is free again when the rest of the poll begins
    fn receive_all(&mut self) -> bool {
        let mut changed = false;
        self.filter.unsent = true;
        loop {
            let Self { interface, filter, sockets, now, .. } = self;
            match interface.poll_ingress_single(*now, filter, sockets) {
                PollIngressSingleResult::None => return changed,
                PollIngressSingleResult::PacketProcessed => {}
                PollIngressSingleResult::SocketStateChanged => {
                    changed = true;
                    self.note_new_clients();
                    // At once, so that more can connect in one poll than sockets listened before it.
                    self.refill();
                }
            }
        }
    }

    /// Sends what there is; whether any socket may have changed.
    #[inline(never)]
    fn send_all(&mut self) -> bool {
        let Self { interface, filter, sockets, now, .. } = self;
        let mut changed = false;
        filter.unsent = false;
        while interface.poll_egress(*now, filter, sockets) == PollResult::SocketStateChanged {
            changed = true;
        }
        changed
    }

    /// Whether a client that has waited can be let in now.
    fn has_ready_client(&mut self) -> bool {
        self.filter.queue.next(self.now).is_some()
    }

    /// For how long nothing has to be done unless something arrives; `None`: for ever.
    pub fn poll_delay(&mut self) -> Option<Duration> {
        if self.has_ready_client() {
            return Some(Duration::ZERO);
        }
        let delay = self.interface.poll_delay(self.now, &self.sockets);
        if self.filter.queue.full.is_empty() {
            return delay;
        }
        // Clients wait for a socket, and in some seconds one may be taken that cannot be now.
        Some(delay.map_or(RETRY, |delay| delay.min(RETRY)))
    }
}
