use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::time::{Duration, Instant};

use embedded_nal::{AddrType, Dns, TcpClientStack, TcpFullStack, nb};
use rustix::event::PollFlags;
use rustix::net::getsockname;

use crate::entry::{Entry, Outcome};
use crate::ready::Ready;
use crate::selector::Selector;
use crate::{Error, os};

/// The operating system's TCP as an `embedded-nal` stack.
///
/// It holds the sockets; what it hands out are numbers. So a socket must be given back to its own
/// stack by `close`, as `embedded-nal` has it; those that are not are closed with the stack.
#[derive(Debug, Default)]
pub struct Stack {
    /// The address that servers bind to; all of this machine's if there is none.
    address: Option<IpAddr>,
    entries: Vec<Option<Entry>>,
    selector: Selector,
    ready: Ready,
}

/// A socket of a [`Stack`].
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a socket that is not closed stays open as long as its stack"]
pub struct TcpSocket(usize);

impl Stack {
    /// A stack whose servers are reached at every address of this machine.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A stack whose servers are reached at one address only, such as 127.0.0.1.
    #[must_use]
    pub fn bound_to(address: IpAddr) -> Self {
        Self { address: Some(address), ..Self::default() }
    }

    /// The address of a socket on this machine: where a server bound to port 0 really is.
    ///
    /// # Errors
    /// [`Error::WrongState`] of a socket that is neither bound nor connected.
    pub fn local_addr(&self, socket: &TcpSocket) -> Result<SocketAddr, Error> {
        let name = getsockname(self.entry(socket)?.fd()?).map_err(Error::of)?;
        os::plain(name).map_err(Error::of)
    }

    /// How many sockets are open: a program that closes all has 0.
    #[must_use]
    pub fn open_sockets(&self) -> usize {
        self.entries.iter().flatten().count()
    }

    /// Sleeps until a socket can go on that waits, or `max` is over.
    ///
    /// A socket waits to be read after a `receive` or `accept` that would block, or a `receive` of less
    /// than there was room for; and to be written after a `send` or `connect` that would block; both, if
    /// so it is. It wakes once, and again only when it was asked and again has to wait. So a server that
    /// for the moment does not accept is not woken by the clients that connect, and nothing spins.
    ///
    /// A signal may end the sleep early. Where no socket waits, it sleeps for all of `max`.
    pub fn wait(&mut self, max: Duration) {
        let start = Instant::now();
        let mut left = max;
        // A signal, or no memory: whoever waits looks round, and comes again.
        while self.selector.wait(&self.entries, left).is_ok() {
            let mut found = self.selector.found().peekable();
            let is_over = found.peek().is_none();
            let mut woken = false;
            for (index, events) in found {
                let Some(Some(entry)) = self.entries.get_mut(index) else { continue };
                if entry.woken(events) {
                    woken = true;
                    if let Some(number) = entry.number {
                        self.ready.set(number, true);
                    }
                }
            }
            if woken || is_over {
                return;
            }
            // It was nothing that somebody waits for.
            left = max.saturating_sub(start.elapsed());
        }
    }

    /// From now on, [`next_ready`](Self::next_ready) tells of this socket by `number`, which no other
    /// socket has; until it is closed.
    pub fn watch(&mut self, socket: &TcpSocket, number: usize) {
        if let Some(Some(entry)) = self.entries.get_mut(socket.0) {
            entry.number = Some(number);
            self.ready.set(number, entry.may_be_ready());
        }
    }

    /// The smallest number, of `from` and those above it, of a socket that may be ready: on which
    /// something has happened that it has waited for, or of which that is not known. Nothing is asked of
    /// the system: what happens is found by [`wait`](Self::wait).
    ///
    /// With [`watch`](Self::watch), this is what `nal_http::net::Readiness` asks for.
    #[must_use]
    pub fn next_ready(&self, from: usize) -> Option<usize> {
        self.ready.next(from)
    }

    /// Notes how a call on a socket has ended.
    fn conclude<T>(
        &mut self,
        socket: &TcpSocket,
        event: PollFlags,
        result: nb::Result<T, Error>,
        is_short: impl FnOnce(&T) -> bool,
    ) -> nb::Result<T, Error> {
        let outcome = match &result {
            Err(nb::Error::WouldBlock) => Outcome::Blocked,
            Ok(value) if is_short(value) => Outcome::Drained,
            _ => Outcome::More,
        };
        if let Some(Some(entry)) = self.entries.get_mut(socket.0) {
            let select = |fd: &_| self.selector.add(fd, socket.0);
            entry.conclude(event, outcome, select).map_err(Error::of)?;
            if let Some(number) = entry.number {
                let is_ready = outcome != Outcome::Blocked && entry.may_be_ready();
                self.ready.set(number, is_ready);
            }
        }
        result
    }

    fn add(&mut self, entry: Entry) -> TcpSocket {
        let free = self.entries.iter().position(Option::is_none);
        let index = free.unwrap_or(self.entries.len());
        match self.entries.get_mut(index) {
            Some(place) => *place = Some(entry),
            None => self.entries.push(Some(entry)),
        }
        TcpSocket(index)
    }

    fn entry(&self, socket: &TcpSocket) -> Result<&Entry, Error> {
        self.entries.get(socket.0).and_then(Option::as_ref).ok_or(Error::WrongState)
    }

    fn entry_mut(&mut self, socket: &TcpSocket) -> Result<&mut Entry, Error> {
        self.entries.get_mut(socket.0).and_then(Option::as_mut).ok_or(Error::WrongState)
    }
}

impl TcpClientStack for Stack {
    type TcpSocket = TcpSocket;
    type Error = Error;

    fn socket(&mut self) -> Result<TcpSocket, Error> {
        Ok(self.add(Entry::new()))
    }

    /// After an error the next call starts anew, and may be for another address.
    fn connect(&mut self, socket: &mut TcpSocket, remote: SocketAddr) -> nb::Result<(), Error> {
        let result = self.entry_mut(socket)?.connect(remote);
        self.conclude(socket, PollFlags::OUT, result, |()| false)
    }

    fn send(&mut self, socket: &mut TcpSocket, bytes: &[u8]) -> nb::Result<usize, Error> {
        let result = self.entry(socket)?.send(bytes);
        self.conclude(socket, PollFlags::OUT, result, |_| false)
    }

    /// An empty buffer receives nothing, and `Ok(0)` is then no end.
    fn receive(&mut self, socket: &mut TcpSocket, buffer: &mut [u8]) -> nb::Result<usize, Error> {
        let result = self.entry(socket)?.receive(buffer);
        self.conclude(socket, PollFlags::IN, result, |n| (1..buffer.len()).contains(n))
    }

    fn close(&mut self, socket: TcpSocket) -> Result<(), Error> {
        let entry = self.entries.get_mut(socket.0).and_then(Option::take);
        let entry = entry.ok_or(Error::WrongState)?;
        if let Some(number) = entry.number {
            self.ready.set(number, false);
        }
        Ok(())
    }
}

impl TcpFullStack for Stack {
    /// Binds to the stack's address; [`Stack::new`] has none, and so takes all, of IPv6 and IPv4.
    fn bind(&mut self, socket: &mut TcpSocket, port: u16) -> Result<(), Error> {
        let every = [Ipv6Addr::UNSPECIFIED.into(), Ipv4Addr::UNSPECIFIED.into()];
        let addresses = self.address.map_or(every, |address| [address, address]);
        let addresses = addresses.map(|ip| SocketAddr::new(ip, port));
        self.entry_mut(socket)?.bind(&addresses)
    }

    fn listen(&mut self, socket: &mut TcpSocket) -> Result<(), Error> {
        self.entry_mut(socket)?.listen()
    }

    fn accept(&mut self, socket: &mut TcpSocket) -> nb::Result<(TcpSocket, SocketAddr), Error> {
        let result = self.entry(socket)?.accept();
        let (entry, peer) = self.conclude(socket, PollFlags::IN, result, |_| false)?;
        Ok((self.add(entry), peer))
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
