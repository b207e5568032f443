use core::net::SocketAddr;

use embedded_nal::{TcpClientStack, TcpFullStack, nb};
use smoltcp::phy::Device;
use smoltcp::socket::tcp::{self, ConnectError, RecvError, State};
use smoltcp::wire::IpEndpoint;

use crate::slot::{Cost, Role, Slot};
use crate::tcp_socket::Kind;
use crate::watched::Waits;
use crate::{Error, Stack, TcpSocket};

impl<D: Device> Stack<'_, D> {
    /// The slot that a connected socket stands for.
    fn connected(&self, socket: &TcpSocket) -> Result<&Slot, Error> {
        let Kind::Connected(index) = socket.0 else { return Err(Error::WrongState) };
        self.slots.get(index).filter(|slot| slot.role == Role::Taken).ok_or(Error::WrongState)
    }

    /// Takes a socket and sends the SYN; would block if the last one is still closing.
    fn begin_to_connect(&mut self, remote: SocketAddr) -> nb::Result<usize, Error> {
        let remote = IpEndpoint::from(remote);
        let Some(index) = self.take(Cost::Connection) else {
            let soon = self.some_will_be_free();
            return Err(if soon { nb::Error::WouldBlock } else { Error::NoSocket.into() });
        };
        let local_port = self.ephemeral_port(Some(remote));
        let handle = self.slots.get(index).ok_or(Error::NoSocket)?.handle;
        let context = self.interface.context();
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(handle);
        socket.connect(context, remote, local_port).map_err(|error| {
            self.set_role(index, Role::Free);
            match error {
                ConnectError::InvalidState => Error::WrongState,
                ConnectError::Unaddressable => Error::Unreachable,
            }
        })?;
        Ok(index)
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
            let index = self.begin_to_connect(remote)?;
            self.forget(index);
            socket.0 = Kind::Connected(index);
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
        let result = match self.tcp(handle).send_slice(bytes) {
            Ok(0) if !bytes.is_empty() => Err(nb::Error::WouldBlock),
            Ok(n) => Ok(n),
            Err(_) => Err(nb::Error::Other(Error::Reset)),
        };
        self.noted(socket, Waits::Send, result)
    }

    /// An empty buffer receives nothing, and `Ok(0)` is then no end.
    fn receive(&mut self, socket: &mut TcpSocket, buffer: &mut [u8]) -> nb::Result<usize, Error> {
        let handle = self.connected(socket)?.handle;
        let result = match self.tcp(handle).recv_slice(buffer) {
            Ok(0) if !buffer.is_empty() => Err(nb::Error::WouldBlock),
            Ok(n) => Ok(n),
            Err(RecvError::Finished) => Ok(0),
            Err(RecvError::InvalidState) => Err(nb::Error::Other(Error::Reset)),
        };
        self.noted(socket, Waits::Receive, result)
    }

    /// Sends what is queued, then closes; the next polls see to that.
    fn close(&mut self, socket: TcpSocket) -> Result<(), Error> {
        match socket.0 {
            Kind::New | Kind::Bound(_) => {}
            Kind::Connected(index) => {
                let handle = self.connected(&socket)?.handle;
                let socket = self.tcp(handle);
                socket.close();
                let left = socket.send_queue() + 1;
                self.set_role(index, Role::Closing { since: self.now, left });
            }
            Kind::Listening(closed) => {
                self.filter.queue.ports.retain(|port| *port != closed);
                self.listeners.retain(|(port, _)| *port != closed);
                for slot in &mut self.slots {
                    if matches!(slot.role, Role::Backlog { port, .. } if port == closed) {
                        // Clients that were never accepted are told so by a reset.
                        self.sockets.get_mut::<tcp::Socket<'_>>(slot.handle).abort();
                        slot.role = Role::Closing { since: self.now, left: 0 };
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
        if self.filter.queue.ports.contains(&port) {
            return Err(Error::AddressInUse);
        }
        socket.0 = Kind::Bound(if port == 0 { self.ephemeral_port(None) } else { port });
        Ok(())
    }

    fn listen(&mut self, socket: &mut TcpSocket) -> Result<(), Error> {
        let Kind::Bound(port) = socket.0 else { return Err(Error::WrongState) };
        if self.filter.queue.ports.contains(&port) {
            return Err(Error::AddressInUse);
        }
        if self.slots.iter().all(|slot| slot.role == Role::Taken) {
            return Err(Error::NoSocket);
        }
        self.filter.queue.ports.push(port).map_err(|_| Error::NoSocket)?;
        // If all are closing still, the first clients wait.
        self.refill();
        socket.0 = Kind::Listening(port);
        Ok(())
    }

    fn accept(&mut self, socket: &mut TcpSocket) -> nb::Result<(TcpSocket, SocketAddr), Error> {
        let Kind::Listening(wanted) = socket.0 else {
            return Err(nb::Error::Other(Error::WrongState));
        };
        let index = self.next_client(wanted).ok_or(nb::Error::WouldBlock)?;
        let handle = self.slots.get(index).ok_or(nb::Error::WouldBlock)?.handle;
        let remote = self.tcp(handle).remote_endpoint().ok_or(nb::Error::WouldBlock)?;
        self.set_role(index, Role::Taken);
        self.forget(index);
        self.refill();
        Ok((TcpSocket(Kind::Connected(index)), remote.into()))
    }
}
