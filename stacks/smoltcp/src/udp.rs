use core::net::SocketAddr;

use embedded_nal::{UdpClientStack, UdpFullStack, nb};
use smoltcp::iface::SocketHandle;
use smoltcp::phy::Device;
use smoltcp::socket::udp::{self, PacketBuffer, RecvError, SendError};
use smoltcp::wire::IpEndpoint;

use crate::udp_slot::{CLOSING, State, UdpSlot};
use crate::{Error, Stack};

/// A UDP socket of a [`Stack`].
#[derive(Debug, PartialEq, Eq)]
pub struct UdpSocket {
    handle: SocketHandle,
    /// Whom it is connected to, or has written to last.
    remote: Option<IpEndpoint>,
    /// Whether datagrams of others are dropped.
    connected: bool,
}

impl<'a, D: Device> Stack<'a, D> {
    /// Adds a UDP socket with these buffers; `false` if there are [`MAX_UDP_SOCKETS`](crate::MAX_UDP_SOCKETS) already.
    ///
    /// # Panics
    /// The storage of the socket set is full.
    pub fn add_udp_socket(&mut self, rx: PacketBuffer<'a>, tx: PacketBuffer<'a>) -> bool {
        if self.udp_slots.is_full() {
            return false;
        }
        let handle = self.sockets.add(udp::Socket::new(rx, tx));
        self.udp_slots.push(UdpSlot { handle, state: State::Free }).is_ok()
    }

    fn udp(&mut self, socket: &UdpSocket) -> &mut udp::Socket<'a> {
        self.sockets.get_mut(socket.handle)
    }

    /// Frees sockets that were closed and have sent all.
    pub(crate) fn free_closed_udp(&mut self) {
        for slot in &mut self.udp_slots {
            let socket = self.sockets.get_mut::<udp::Socket<'_>>(slot.handle);
            let State::Closing { since } = slot.state else { continue };
            if socket.send_queue() == 0 || self.now - since >= CLOSING {
                socket.close();
                slot.state = State::Free;
            }
        }
    }

    /// Binds, to any free port if `port` is 0.
    fn bind_udp(&mut self, socket: &UdpSocket, port: u16) -> Result<(), Error> {
        if self.udp(socket).is_open() {
            return Err(Error::WrongState);
        }
        let mut chosen = port;
        while chosen == 0 || self.is_udp_port_in_use(chosen) {
            if port != 0 {
                return Err(Error::AddressInUse);
            }
            chosen = self.ephemeral_port(None);
        }
        self.udp(socket).bind(chosen).map_err(|_| Error::WrongState)
    }
}

impl<D: Device> Stack<'_, D> {
    fn is_udp_port_in_use(&self, port: u16) -> bool {
        let is_bound = |slot: &UdpSlot| {
            self.sockets.get::<udp::Socket<'_>>(slot.handle).endpoint().port == port
        };
        self.udp_slots.iter().any(is_bound)
    }
}

impl<D: Device> UdpClientStack for Stack<'_, D> {
    type UdpSocket = UdpSocket;
    type Error = Error;

    fn socket(&mut self) -> Result<UdpSocket, Error> {
        let free = self.udp_slots.iter_mut().find(|slot| slot.state == State::Free);
        let slot = free.ok_or(Error::NoSocket)?;
        slot.state = State::Taken;
        Ok(UdpSocket { handle: slot.handle, remote: None, connected: false })
    }

    /// Sends to `remote` from now on, and drops datagrams of others.
    fn connect(&mut self, socket: &mut UdpSocket, remote: SocketAddr) -> Result<(), Error> {
        if !self.udp(socket).is_open() {
            self.bind_udp(socket, 0)?;
        }
        socket.remote = Some(remote.into());
        socket.connected = true;
        Ok(())
    }

    /// Queues a datagram, or `WouldBlock` if there is no room; the next poll sends it.
    fn send(&mut self, socket: &mut UdpSocket, bytes: &[u8]) -> nb::Result<(), Error> {
        let remote = socket.remote.ok_or(Error::WrongState)?;
        self.send_to(socket, remote.into(), bytes)
    }

    /// Receives a datagram. What of it `buffer` has no room for is lost.
    fn receive(
        &mut self,
        socket: &mut UdpSocket,
        buffer: &mut [u8],
    ) -> nb::Result<(usize, SocketAddr), Error> {
        let (only, connected) = (socket.remote, socket.connected);
        loop {
            let (bytes, from) = match self.udp(socket).recv() {
                Ok((bytes, meta)) => (bytes, meta.endpoint),
                Err(RecvError::Exhausted | RecvError::Truncated) => {
                    return Err(nb::Error::WouldBlock);
                }
            };
            if connected && only != Some(from) {
                continue;
            }
            let n = bytes.len().min(buffer.len());
            if let (Some(room), Some(bytes)) = (buffer.get_mut(..n), bytes.get(..n)) {
                room.copy_from_slice(bytes);
            }
            return Ok((n, from.into()));
        }
    }

    /// Sends what is queued, then closes; the next polls see to that, for 10 seconds at most.
    fn close(&mut self, socket: UdpSocket) -> Result<(), Error> {
        let slot = self.udp_slots.iter_mut().find(|slot| slot.handle == socket.handle);
        slot.ok_or(Error::WrongState)?.state = State::Closing { since: self.now };
        self.free_closed_udp();
        Ok(())
    }
}

impl<D: Device> UdpFullStack for Stack<'_, D> {
    /// Binds to a port of every address of the interface; 0 takes any that is free.
    fn bind(&mut self, socket: &mut UdpSocket, local_port: u16) -> Result<(), Error> {
        self.bind_udp(socket, local_port)
    }

    fn send_to(
        &mut self,
        socket: &mut UdpSocket,
        remote: SocketAddr,
        bytes: &[u8],
    ) -> nb::Result<(), Error> {
        if !self.udp(socket).is_open() {
            self.bind_udp(socket, 0)?;
        }
        match self.udp(socket).send_slice(bytes, IpEndpoint::from(remote)) {
            Ok(()) => {
                if !socket.connected {
                    socket.remote = Some(remote.into());
                }
                Ok(())
            }
            Err(SendError::BufferFull)
                if self.udp(socket).payload_send_capacity() < bytes.len() =>
            {
                Err(nb::Error::Other(Error::TooLong))
            }
            Err(SendError::BufferFull) => Err(nb::Error::WouldBlock),
            Err(SendError::Unaddressable) => Err(nb::Error::Other(Error::Unreachable)),
        }
    }
}
