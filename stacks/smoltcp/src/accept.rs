//! The accept queue: sockets that listen, and clients that were not accepted yet.

use smoltcp::phy::Device;
use smoltcp::socket::tcp::{Socket, State};
use smoltcp::wire::IpEndpoint;

use crate::Stack;
use crate::slot::{Cost, Pending, Role};

impl<D: Device> Stack<'_, D> {
    /// Keeps enough sockets listening on each port that is listened on, as long as there are any.
    pub(crate) fn refill(&mut self) {
        self.filter.queue.full.clear();
        for index in 0..self.filter.queue.ports.len() {
            let Some(port) = self.filter.queue.ports.get(index).copied() else { continue };
            let mut listening = self.listening(port);
            while listening < self.backlog {
                // If somebody waits, one must listen; more are no reason to give a connection up.
                let urgent = listening == 0 && self.filter.queue.has_client_for(port, self.now);
                let most = if urgent { Cost::Connection } else { Cost::Memory };
                if !self.listen_once_more(port, most) {
                    break;
                }
                listening += 1;
            }
            if listening == 0 {
                // There is room: it holds as many ports as can be listened on.
                let _ = self.filter.queue.full.push(port);
            }
        }
    }

    /// Puts another socket to listen on the port. `false` if there is none.
    fn listen_once_more(&mut self, port: u16, most: Cost) -> bool {
        let Some(index) = self.take(most) else { return false };
        let Some(slot) = self.slots.get_mut(index) else { return false };
        slot.role = listen_again(self.sockets.get_mut(slot.handle), port);
        slot.role != Role::Free
    }

    /// So many sockets listen on the port and have no client.
    fn listening(&self, port: u16) -> usize {
        let listens = |index: &usize| {
            self.backlog_of(*index).is_some_and(|(other, _)| other == port)
                && self.state(*index) == Some(State::Listen)
        };
        (0..self.slots.len()).filter(listens).count()
    }

    fn backlog_of(&self, index: usize) -> Option<(u16, Option<Pending>)> {
        match self.slots.get(index)?.role {
            Role::Backlog { port, client } => Some((port, client)),
            _ => None,
        }
    }

    /// The client that waits longest to be accepted on the port.
    pub(crate) fn next_client(&self, wanted: u16) -> Option<usize> {
        let waits = |index: usize| {
            let (port, client) = self.backlog_of(index)?;
            let ready = matches!(self.state(index)?, State::Established | State::CloseWait);
            (port == wanted && ready).then_some((self.arrivals.wrapping_sub(client?.turn), index))
        };
        (0..self.slots.len())
            .filter_map(waits)
            .max_by_key(|(waited, _)| *waited)
            .map(|(_, index)| index)
    }

    /// Gives clients that have just begun to connect their turn.
    ///
    /// smoltcp gives a SYN to the first socket that listens, also one that is sent again by a client
    /// that another socket already deals with. Left alone, the second socket would answer with
    /// numbers of its own, and the client reset both. So it is put back to listen, without a word.
    pub(crate) fn note_new_clients(&mut self) {
        for index in 0..self.slots.len() {
            let Some((port, client)) = self.backlog_of(index) else { continue };
            let role = match (self.state(index), client) {
                (Some(State::Listen), Some(_)) => Role::Backlog { port, client: None },
                (Some(State::SynReceived), None) if self.is_duplicate(index) => {
                    let Some(slot) = self.slots.get(index) else { continue };
                    listen_again(self.sockets.get_mut(slot.handle), port)
                }
                (Some(State::SynReceived), None) => {
                    self.arrivals = self.arrivals.wrapping_add(1);
                    let client = Pending { since: self.now, turn: self.arrivals };
                    Role::Backlog { port, client: Some(client) }
                }
                _ => continue,
            };
            self.set_role(index, role);
        }
    }

    /// Whether another socket is connected, or connecting, to the same client.
    fn is_duplicate(&self, index: usize) -> bool {
        let own = self.ends(index);
        own.is_some()
            && (0..self.slots.len()).any(|other| other != index && self.ends(other) == own)
    }

    /// Both ends of a connection.
    fn ends(&self, index: usize) -> Option<(IpEndpoint, IpEndpoint)> {
        let socket = self.sockets.get::<Socket<'_>>(self.slots.get(index)?.handle);
        let gone = matches!(socket.state(), State::Closed | State::TimeWait);
        if gone { None } else { socket.local_endpoint().zip(socket.remote_endpoint()) }
    }

    /// Sees to clients that went away before they were accepted: their sockets listen again.
    pub(crate) fn restart_listeners(&mut self) {
        for index in 0..self.slots.len() {
            let Some((port, _)) = self.backlog_of(index) else { continue };
            let Some(slot) = self.slots.get_mut(index) else { continue };
            let socket = self.sockets.get_mut::<Socket<'_>>(slot.handle);
            if matches!(socket.state(), State::Closed | State::TimeWait) {
                slot.role = listen_again(socket, port);
            }
        }
    }
}

/// Puts a socket to listen, without a word to the client that it may have had: a client that has
/// received nothing yet can then send its SYN again, where a reset would turn it away.
fn listen_again(socket: &mut Socket<'_>, port: u16) -> Role {
    socket.abort();
    // Listening at once takes back the reset that `abort` would send.
    match socket.listen(port) {
        Ok(()) => Role::Backlog { port, client: None },
        Err(_) => Role::Free,
    }
}
