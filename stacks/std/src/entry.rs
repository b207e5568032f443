//! One socket: what it is, and what it waits for.

use std::net::SocketAddr;
use std::os::fd::OwnedFd;

use embedded_nal::nb;
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::{RecvFlags, connect, getpeername, listen, recv, send, sockopt};

use crate::{Error, os};

/// Clients that may connect before they are accepted.
const BACKLOG: i32 = 128;

#[derive(Debug)]
pub(crate) struct Entry {
    state: State,
    /// `IN` while its last `receive` or `accept` found no more, `OUT` while its last `send` or
    /// `connect` had to wait, and nothing has happened since.
    waits_for: PollFlags,
    /// What happens to it is found.
    is_selected: bool,
    /// The peer has closed: what has arrived is not all that there is to receive.
    ended: bool,
    /// The number that it is watched under.
    pub(crate) number: Option<usize>,
}

/// Whether a call on a socket has to be made again later, and when.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There may be more now.
    More,
    /// All that there was has been received.
    Drained,
    /// Nothing could be done.
    Blocked,
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

impl Entry {
    pub(crate) fn new() -> Self {
        Self::with(State::New)
    }

    fn with(state: State) -> Self {
        let waits_for = PollFlags::empty();
        Self { state, waits_for, is_selected: false, ended: false, number: None }
    }

    pub(crate) fn fd(&self) -> Result<&OwnedFd, Error> {
        match &self.state {
            State::New => Err(Error::WrongState),
            State::Connecting(fd)
            | State::Connected(fd)
            | State::Bound(fd)
            | State::Listening(fd) => Ok(fd),
        }
    }

    /// What it waits for, if it does.
    #[allow(dead_code, reason = "epoll knows it without being told")]
    pub(crate) fn waits(&self) -> Option<(&OwnedFd, PollFlags)> {
        let fd = self.fd().ok().filter(|_| !self.waits_for.is_empty())?;
        Some((fd, self.waits_for))
    }

    /// Whether it is to be asked, for all that is known.
    pub(crate) fn may_be_ready(&self) -> bool {
        !self.waits_for.contains(PollFlags::IN)
    }

    /// Notes what happened to it; whether it waited for that. The next call tells whether there still
    /// is something to wait for. So a socket that nobody asks does not wake again and again.
    pub(crate) fn woken(&mut self, events: PollFlags) -> bool {
        let broken = events.intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL);
        self.ended |= broken || events.contains(PollFlags::RDHUP);
        let met = if broken { PollFlags::all() } else { events } & self.waits_for;
        self.waits_for -= met;
        !met.is_empty()
    }

    /// Notes how a call that waits for `event` has ended. What happens to a socket is found once a call
    /// on it has had to wait: most connections of one request never do.
    pub(crate) fn conclude(
        &mut self,
        event: PollFlags,
        outcome: Outcome,
        select: impl FnOnce(&OwnedFd) -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        let waits = match outcome {
            Outcome::More => false,
            Outcome::Drained => self.is_selected && !self.ended,
            Outcome::Blocked => true,
        };
        self.waits_for.set(event, waits);
        if let (true, false, Ok(fd)) = (waits, self.is_selected, self.fd()) {
            select(fd)?;
            self.is_selected = true;
        }
        Ok(())
    }

    pub(crate) fn connect(&mut self, remote: SocketAddr) -> nb::Result<(), Error> {
        if matches!(self.state, State::Bound(_) | State::Listening(_)) {
            return Err(nb::Error::Other(Error::WrongState));
        }
        let result = self.go_on_connecting(remote).map_err(Error::nb);
        if let Err(nb::Error::Other(_)) = result {
            // The next call starts anew: the system tells only once why this one failed.
            *self = Self { number: self.number, ..Self::new() };
        }
        result
    }

    fn go_on_connecting(&mut self, remote: SocketAddr) -> Result<(), Errno> {
        if let State::New = self.state {
            let fd = os::socket(&remote)?;
            let result = connect(&fd, &remote);
            self.state = State::Connecting(fd);
            result?;
        }
        let State::Connecting(fd) = &self.state else { return Ok(()) };
        sockopt::socket_error(fd)??;
        // Without an error it is connected once it knows its peer.
        match getpeername(fd) {
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

    pub(crate) fn send(&self, bytes: &[u8]) -> nb::Result<usize, Error> {
        send(self.connected()?, bytes, os::SEND_FLAGS).map_err(Error::nb)
    }

    pub(crate) fn receive(&self, buffer: &mut [u8]) -> nb::Result<usize, Error> {
        let result = recv(self.connected()?, buffer, RecvFlags::empty());
        result.map(|(n, _)| n).map_err(Error::nb)
    }

    pub(crate) fn bind(&mut self, addresses: &[SocketAddr]) -> Result<(), Error> {
        if !matches!(self.state, State::New) {
            return Err(Error::WrongState);
        }
        let mut result = Err(Error::Unsupported);
        for address in addresses {
            result = os::bound(address).map_err(Error::of);
            // Only where the system lacks the family of one address is the next one tried.
            if !matches!(result, Err(Error::Os(_))) {
                break;
            }
        }
        self.state = State::Bound(result?);
        Ok(())
    }

    pub(crate) fn listen(&mut self) -> Result<(), Error> {
        match std::mem::replace(&mut self.state, State::New) {
            State::Bound(fd) => {
                let result = listen(&fd, BACKLOG).map_err(Error::of);
                self.state = if result.is_ok() { State::Listening(fd) } else { State::Bound(fd) };
                result
            }
            other => {
                self.state = other;
                Err(Error::WrongState)
            }
        }
    }

    pub(crate) fn accept(&self) -> nb::Result<(Self, SocketAddr), Error> {
        let State::Listening(listener) = &self.state else {
            return Err(nb::Error::Other(Error::WrongState));
        };
        let result = os::accept(listener).and_then(|(fd, peer)| {
            let peer = os::plain(peer.ok_or(Errno::CONNABORTED)?)?;
            // It fails only where the client has gone, as the first `receive` will tell.
            let _ = sockopt::set_tcp_nodelay(&fd, true);
            Ok((Self::with(State::Connected(fd)), peer))
        });
        match result {
            // What happened to a client that has gone again is no error of the listener.
            Err(
                Errno::CONNABORTED
                | Errno::HOSTUNREACH
                | Errno::NETDOWN
                | Errno::NETUNREACH
                | Errno::PROTO,
            ) => Err(nb::Error::WouldBlock),
            other => other.map_err(Error::nb),
        }
    }

    fn connected(&self) -> Result<&OwnedFd, Error> {
        match &self.state {
            State::Connected(fd) => Ok(fd),
            _ => Err(Error::WrongState),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use rustix::fs::OFlags;
    use rustix::io::FdFlags;

    use super::*;

    #[test]
    fn sockets_never_block_or_delay_and_are_not_inherited() {
        let mut listener = Entry::new();
        listener.bind(&[SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0)]).unwrap();
        listener.listen().unwrap();
        let name = rustix::net::getsockname(listener.fd().unwrap()).unwrap();
        let mut client = Entry::new();
        while client.connect(os::plain(name.clone()).unwrap()).is_err() {}
        let server = loop {
            match listener.accept() {
                Ok((server, _)) => break server,
                Err(error) => assert_eq!(error, nb::Error::WouldBlock),
            }
        };
        for entry in [&listener, &client, &server] {
            let fd = entry.fd().unwrap();
            assert!(rustix::fs::fcntl_getfl(fd).unwrap().contains(OFlags::NONBLOCK));
            assert!(rustix::io::fcntl_getfd(fd).unwrap().contains(FdFlags::CLOEXEC));
        }
        assert!(sockopt::socket_reuseaddr(listener.fd().unwrap()).unwrap());
        for entry in [client, server] {
            assert!(sockopt::tcp_nodelay(entry.fd().unwrap()).unwrap());
        }
    }
}
