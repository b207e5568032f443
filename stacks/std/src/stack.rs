use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::os::fd::OwnedFd;

use embedded_nal::{AddrType, Dns, TcpClientStack, TcpFullStack, nb};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, acceptfrom_with, bind, connect,
    getsockname, listen, recv, send, socket_with, sockopt,
};

use crate::Error;

/// The operating system's TCP as an `embedded-nal` stack.
///
/// It holds the sockets; what it hands out are numbers. So a socket must be given back by `close`,
/// as `embedded-nal` has it; those that are not are closed with the stack.
#[derive(Debug, Default)]
pub struct Stack {
    /// The address that servers bind to; all of this machine's if there is none.
    address: Option<IpAddr>,
    pub(crate) entries: Vec<Option<Entry>>,
}

/// A socket of a [`Stack`].
#[derive(Debug, PartialEq, Eq)]
pub struct TcpSocket(usize);

#[derive(Debug)]
pub(crate) struct Entry {
    state: State,
    pub(crate) interest: Interest,
}

#[derive(Debug)]
enum State {
    /// There is nothing yet: the family of the address decides what there will be.
    New,
    Connecting(OwnedFd),
    Connected(OwnedFd),
    Bound(OwnedFd),
    Listening(OwnedFd),
}

/// What a socket waits for: what its last call could not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interest {
    None,
    Read,
    Write,
}

/// Clients that may knock before they are accepted.
const BACKLOG: i32 = 128;

impl Stack {
    /// A stack whose servers are reached at every address of this machine.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A stack whose servers are reached at one address only, such as 127.0.0.1.
    #[must_use]
    pub fn bound_to(address: IpAddr) -> Self {
        Self { address: Some(address), entries: Vec::new() }
    }

    /// The address of a socket on this machine: where a server bound to port 0 really is.
    ///
    /// # Errors
    /// [`Error::WrongState`] of a socket that is neither bound nor connected.
    pub fn local_addr(&self, socket: &TcpSocket) -> Result<SocketAddr, Error> {
        let entry = self.entries.get(socket.0).and_then(Option::as_ref).ok_or(Error::WrongState)?;
        let name = getsockname(entry.fd().ok_or(Error::WrongState)?).map_err(Error::of)?;
        SocketAddr::try_from(name).map(plain).map_err(Error::of)
    }

    /// How many sockets are open: a program that closes all has 0.
    #[must_use]
    pub fn open_sockets(&self) -> usize {
        self.entries.iter().flatten().count()
    }

    fn add(&mut self, state: State) -> TcpSocket {
        let entry = Some(Entry { state, interest: Interest::None });
        let free = self.entries.iter().position(Option::is_none);
        let index = free.unwrap_or(self.entries.len());
        match self.entries.get_mut(index) {
            Some(place) => *place = entry,
            None => self.entries.push(entry),
        }
        TcpSocket(index)
    }

    fn entry(&mut self, socket: &TcpSocket) -> Result<&mut Entry, Error> {
        self.entries.get_mut(socket.0).and_then(Option::as_mut).ok_or(Error::WrongState)
    }
}

impl Entry {
    pub(crate) fn fd(&self) -> Option<&OwnedFd> {
        match &self.state {
            State::New => None,
            State::Connecting(fd)
            | State::Connected(fd)
            | State::Bound(fd)
            | State::Listening(fd) => Some(fd),
        }
    }

    fn connected(&self) -> Result<&OwnedFd, Error> {
        match &self.state {
            State::Connected(fd) => Ok(fd),
            _ => Err(Error::WrongState),
        }
    }

    /// Notes what the call has to wait for, if it could not do its work.
    fn conclude<T>(
        &mut self,
        result: Result<T, Errno>,
        interest: Interest,
    ) -> nb::Result<T, Error> {
        let result = result.map_err(Error::nb);
        let waits = matches!(result, Err(nb::Error::WouldBlock));
        self.interest = if waits { interest } else { Interest::None };
        result
    }

    fn connect(&mut self, remote: SocketAddr) -> Result<(), Errno> {
        let fd = match &self.state {
            State::New => {
                let fd = open(remote)?;
                let result = connect(&fd, &remote);
                self.state = State::Connecting(fd);
                return match result {
                    Ok(()) => self.connect(remote),
                    Err(error) => Err(error),
                };
            }
            State::Connecting(fd) => fd,
            State::Connected(_) => return Ok(()),
            State::Bound(_) | State::Listening(_) => return Err(Errno::INVAL),
        };
        sockopt::socket_error(fd)??;
        // Without an error it is connected once it knows its peer.
        match rustix::net::getpeername(fd) {
            Ok(_) => {}
            Err(Errno::NOTCONN) => return Err(Errno::INPROGRESS),
            Err(error) => return Err(error),
        }
        sockopt::set_tcp_nodelay(fd, true)?;
        if let State::Connecting(fd) = std::mem::replace(&mut self.state, State::New) {
            self.state = State::Connected(fd);
        }
        Ok(())
    }
}

impl TcpClientStack for Stack {
    type TcpSocket = TcpSocket;
    type Error = Error;

    fn socket(&mut self) -> Result<TcpSocket, Error> {
        Ok(self.add(State::New))
    }

    fn connect(&mut self, socket: &mut TcpSocket, remote: SocketAddr) -> nb::Result<(), Error> {
        let entry = self.entry(socket)?;
        let result = entry.connect(remote);
        entry.conclude(result, Interest::Write)
    }

    fn send(&mut self, socket: &mut TcpSocket, bytes: &[u8]) -> nb::Result<usize, Error> {
        let entry = self.entry(socket)?;
        let result = send(entry.connected()?, bytes, SendFlags::NOSIGNAL);
        entry.conclude(result, Interest::Write)
    }

    /// An empty buffer receives nothing, and `Ok(0)` is then no end.
    fn receive(&mut self, socket: &mut TcpSocket, buffer: &mut [u8]) -> nb::Result<usize, Error> {
        let entry = self.entry(socket)?;
        let result = recv(entry.connected()?, buffer, RecvFlags::empty()).map(|(n, _)| n);
        entry.conclude(result, Interest::Read)
    }

    fn close(&mut self, socket: TcpSocket) -> Result<(), Error> {
        let entry = self.entries.get_mut(socket.0).ok_or(Error::WrongState)?;
        entry.take().map(drop).ok_or(Error::WrongState)
    }
}

impl TcpFullStack for Stack {
    /// Binds to the stack's address; [`Stack::new`] has none, and so takes all, of IPv6 and IPv4.
    fn bind(&mut self, socket: &mut TcpSocket, port: u16) -> Result<(), Error> {
        let address = self.address;
        let entry = self.entry(socket)?;
        if !matches!(entry.state, State::New) {
            return Err(Error::WrongState);
        }
        let every = [Ipv6Addr::UNSPECIFIED.into(), Ipv4Addr::UNSPECIFIED.into()];
        let addresses = address.as_ref().map_or(&every[..], std::slice::from_ref);
        let mut result = Err(Error::Unsupported);
        for address in addresses {
            result = bound(SocketAddr::new(*address, port)).map_err(Error::of);
            // Machines without IPv6 have no such family.
            if !matches!(result, Err(Error::Os(_))) {
                break;
            }
        }
        entry.state = State::Bound(result?);
        Ok(())
    }

    fn listen(&mut self, socket: &mut TcpSocket) -> Result<(), Error> {
        let entry = self.entry(socket)?;
        match std::mem::replace(&mut entry.state, State::New) {
            State::Bound(fd) => {
                listen(&fd, BACKLOG).map_err(Error::of)?;
                entry.state = State::Listening(fd);
                Ok(())
            }
            other => {
                entry.state = other;
                Err(Error::WrongState)
            }
        }
    }

    fn accept(&mut self, socket: &mut TcpSocket) -> nb::Result<(TcpSocket, SocketAddr), Error> {
        let entry = self.entry(socket)?;
        let State::Listening(listener) = &entry.state else {
            return Err(nb::Error::Other(Error::WrongState));
        };
        let result = loop {
            match acceptfrom_with(listener, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC) {
                // That client has gone again; there may be others.
                Err(Errno::CONNABORTED) => {}
                other => break other,
            }
        };
        let (fd, peer) = entry.conclude(result, Interest::Read)?;
        let peer = peer.and_then(|peer| SocketAddr::try_from(peer).ok()).map(plain);
        let peer = peer.ok_or(nb::Error::Other(Error::WrongState))?;
        sockopt::set_tcp_nodelay(&fd, true).map_err(Error::of)?;
        Ok((self.add(State::Connected(fd)), peer))
    }
}

impl Dns for Stack {
    type Error = Error;

    /// Asks the operating system's resolver. This blocks, for seconds where the network is down.
    fn get_host_by_name(&mut self, name: &str, kind: AddrType) -> nb::Result<IpAddr, Error> {
        let found = (name, 0).to_socket_addrs().map_err(|_| Error::HostNotFound)?;
        let fits = |address: &IpAddr| match kind {
            AddrType::IPv4 => address.is_ipv4(),
            AddrType::IPv6 => address.is_ipv6(),
            AddrType::Either => true,
        };
        let mut addresses = found.map(|address| address.ip()).filter(fits);
        addresses.next().ok_or(nb::Error::Other(Error::HostNotFound))
    }

    /// Not possible: the standard library has no such call.
    fn get_host_by_address(&mut self, _: IpAddr, _: &mut [u8]) -> nb::Result<usize, Error> {
        Err(nb::Error::Other(Error::Unsupported))
    }
}

fn open(address: SocketAddr) -> Result<OwnedFd, Errno> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    socket_with(family, SocketType::STREAM, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC, None)
}

fn bound(address: SocketAddr) -> Result<OwnedFd, Errno> {
    let fd = open(address)?;
    sockopt::set_socket_reuseaddr(&fd, true)?;
    if address.is_ipv6() {
        // The unspecified address takes IPv4 as well.
        sockopt::set_ipv6_v6only(&fd, !address.ip().is_unspecified())?;
    }
    bind(&fd, &address)?;
    Ok(fd)
}

/// An IPv4 client of an IPv6 socket is shown as what it is.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
