use core::net::SocketAddr;

use embedded_nal::{TcpClientStack, TcpFullStack, nb};
use smoltcp::phy::Device;
use smoltcp::socket::tcp::{ConnectError, RecvError, State};
use smoltcp::wire::IpEndpoint;

use crate::slot::{Role, Slot};
use crate::{Error, Stack};

/// A socket of a [`Stack`].
#[derive(Debug, PartialEq, Eq)]
pub struct TcpSocket(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing yet: it takes a socket of smoltcp when it is known what it will be.
    New,
    Bound(u16),
    Listening(u16),
    Connected(usize),
}

impl<D: Device> Stack<'_, D> {
    /// The slot that a connected socket stands for.
    fn connected(&self, socket: &TcpSocket) -> Result<&Slot, Error> {
        let Kind::Connected(index) = socket.0 else { return Err(Error::WrongState) };
        self.slots.get(index).filter(|slot| slot.role == Role::Taken).ok_or(Error::WrongState)
    }

    fn begin_to_connect(&mut self, remote: SocketAddr) -> Result<usize, Error> {
        let local_port = self.ephemeral_port();
        let index = self.take_free().ok_or(Error::NoSocket)?;
        let handle = self.slots.get(index).ok_or(Error::NoSocket)?.handle;
        let context = self.interface.context();
        let socket = self.sockets.get_mut::<smoltcp::socket::tcp::Socket<'_>>(handle);
        let result = socket.connect(context, IpEndpoint::from(remote), local_port);
        if let Err(error) = result {
            self.set_role(index, Role::Free);
            return Err(match error {
                ConnectError::InvalidState => Error::WrongState,
                ConnectError::Unaddressable => Error::Unreachable,
            });
        }
        Ok(index)
    }

    fn set_role(&mut self, index: usize, role: Role) {
        if let Some(slot) = self.slots.get_mut(index) {
            slot.role = role;
        }
    }
}

impl<D: Device> TcpClientStack for Stack<'_, D> {
    type TcpSocket = TcpSocket;
    type Error = Error;

    fn socket(&mut self) -> Result<TcpSocket, Error> {
        Ok(TcpSocket(Kind::New))
    }

    fn connect(&mut self, socket: &mut TcpSocket, remote: SocketAddr) -> nb::Result<(), Error> {
        if socket.0 == Kind::New {
            socket.0 = Kind::Connected(self.begin_to_connect(remote)?);
            return Err(nb::Error::WouldBlock);
        }
        let handle = self.connected(socket)?.handle;
        match self.tcp(handle).state() {
            State::SynSent | State::SynReceived => Err(nb::Error::WouldBlock),
            State::Closed => Err(nb::Error::Other(Error::Refused)),
            _ => Ok(()),
        }
    }

    fn send(&mut self, socket: &mut TcpSocket, bytes: &[u8]) -> nb::Result<usize, Error> {
        let handle = self.connected(socket)?.handle;
        match self.tcp(handle).send_slice(bytes) {
            Ok(0) if !bytes.is_empty() => Err(nb::Error::WouldBlock),
            Ok(n) => Ok(n),
            Err(_) => Err(nb::Error::Other(Error::Reset)),
        }
    }

    /// An empty buffer receives nothing, and `Ok(0)` is then no end.
    fn receive(&mut self, socket: &mut TcpSocket, buffer: &mut [u8]) -> nb::Result<usize, Error> {
        let handle = self.connected(socket)?.handle;
        match self.tcp(handle).recv_slice(buffer) {
            Ok(0) if !buffer.is_empty() => Err(nb::Error::WouldBlock),
            Ok(n) => Ok(n),
            Err(RecvError::Finished) => Ok(0),
            Err(RecvError::InvalidState) => Err(nb::Error::Other(Error::Reset)),
        }
    }

    /// Sends what is queued, then closes; the next polls see to that.
    fn close(&mut self, socket: TcpSocket) -> Result<(), Error> {
        match socket.0 {
            Kind::New | Kind::Bound(_) => {}
            Kind::Connected(index) => {
                let handle = self.connected(&socket)?.handle;
                let since = self.now;
                self.tcp(handle).close();
                self.set_role(index, Role::Closing { since });
            }
            Kind::Listening(closed) => {
                self.ports.retain(|port| *port != closed);
                for index in 0..self.slots.len() {
                    let Some(Slot { handle, role: Role::Backlog { port, .. } }) =
                        self.slots.get(index)
                    else {
                        continue;
                    };
                    let (handle, port) = (*handle, *port);
                    if port == closed {
                        // Clients that were never accepted are told so by a reset.
                        self.tcp(handle).abort();
                        let since = self.now;
                        self.set_role(index, Role::Closing { since });
                    }
                }
                self.refill();
            }
        }
        Ok(())
    }
}

impl<D: Device> TcpFullStack for Stack<'_, D> {
    /// Binds to every address of the interface. Port 0 takes any that is free.
    fn bind(&mut self, socket: &mut TcpSocket, port: u16) -> Result<(), Error> {
        if socket.0 != Kind::New {
            return Err(Error::WrongState);
        }
        if self.ports.contains(&port) {
            return Err(Error::AddressInUse);
        }
        socket.0 = Kind::Bound(if port == 0 { self.ephemeral_port() } else { port });
        Ok(())
    }

    fn listen(&mut self, socket: &mut TcpSocket) -> Result<(), Error> {
        let Kind::Bound(port) = socket.0 else { return Err(Error::WrongState) };
        if !self.listen_once_more(port) {
            return Err(Error::NoSocket);
        }
        self.ports.push(port).map_err(|_| Error::NoSocket)?;
        self.refill();
        socket.0 = Kind::Listening(port);
        Ok(())
    }

    fn accept(&mut self, socket: &mut TcpSocket) -> nb::Result<(TcpSocket, SocketAddr), Error> {
        let Kind::Listening(wanted) = socket.0 else {
            return Err(nb::Error::Other(Error::WrongState));
        };
        for index in 0..self.slots.len() {
            let Some(Slot { handle, role: Role::Backlog { port, .. } }) = self.slots.get(index)
            else {
                continue;
            };
            let (handle, port) = (*handle, *port);
            let tcp = self.tcp(handle);
            let ready = matches!(tcp.state(), State::Established | State::CloseWait);
            if let (true, true, Some(remote)) = (port == wanted, ready, tcp.remote_endpoint()) {
                self.set_role(index, Role::Taken);
                self.refill();
                return Ok((TcpSocket(Kind::Connected(index)), remote.into()));
            }
        }
        Err(nb::Error::WouldBlock)
    }
}
