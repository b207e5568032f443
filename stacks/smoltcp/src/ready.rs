//! Which sockets are ready, for a loop that looks only at those.

use embedded_nal::nb;
use smoltcp::phy::Device;
use smoltcp::socket::tcp::Socket;

use crate::slot::Role;
use crate::tcp_socket::Kind;
use crate::watched::{Waits, Watched};
use crate::{Error, Stack, TcpSocket};

impl<D: Device> Stack<'_, D> {
    /// From now on, [`next_ready`](Self::next_ready) tells of this socket by `number`, which no other
    /// socket has, 65,535 at most; until it is closed. Only sockets that listen or are connected are
    /// told of.
    pub fn watch(&mut self, socket: &TcpSocket, number: usize) {
        let Ok(number) = u16::try_from(number) else { return };
        match socket.0 {
            Kind::New | Kind::Bound(_) => {}
            Kind::Listening(port) => {
                self.listeners.retain(|(other, _)| *other != port);
                // There is room: it holds as many ports as can be listened on.
                let _ = self.listeners.push((port, number));
            }
            Kind::Connected(index) => {
                if let Some(slot) = self.slots.get_mut(index) {
                    slot.watched = Watched { number: Some(number), waits_for: None };
                }
            }
        }
    }

    /// The smallest number, of `from` and those above it, of a socket that is ready: a client waits to be
    /// accepted; what its last call could not do, it can now; or its last call did not have to wait.
    ///
    /// With [`watch`](Self::watch), this is what `nal_http::net::Readiness` asks for. Things happen in
    /// [`poll`](Self::poll).
    #[must_use]
    pub fn next_ready(&self, from: usize) -> Option<usize> {
        let from = u16::try_from(from).ok()?;
        let connected = self.slots.iter().filter_map(|slot| {
            let number = slot.watched.number.filter(|number| *number >= from)?;
            let socket = self.sockets.get::<Socket<'_>>(slot.handle);
            let is_ready = match slot.watched.waits_for {
                Some(Waits::Receive) => socket.can_recv() || !socket.may_recv(),
                Some(Waits::Send) => socket.can_send() || !socket.may_send(),
                None => true,
            };
            (is_ready && slot.role == Role::Taken).then_some(number)
        });
        let listening = self.listeners.iter().filter_map(|(port, number)| {
            (*number >= from && self.next_client(*port).is_some()).then_some(*number)
        });
        connected.chain(listening).min().map(usize::from)
    }

    /// A socket has a new owner, who has not watched it yet.
    pub(crate) fn forget(&mut self, index: usize) {
        if let Some(slot) = self.slots.get_mut(index) {
            slot.watched = Watched::default();
        }
    }

    /// Notes how a call on a connected socket has ended.
    pub(crate) fn noted<T>(
        &mut self,
        socket: &TcpSocket,
        call: Waits,
        result: nb::Result<T, Error>,
    ) -> nb::Result<T, Error> {
        if let Kind::Connected(index) = socket.0
            && let Some(slot) = self.slots.get_mut(index)
        {
            let waits = matches!(result, Err(nb::Error::WouldBlock));
            slot.watched.waits_for = waits.then_some(call);
        }
        result
    }
}
