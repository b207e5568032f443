use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::collections::VecDeque;
use std::fmt;
use std::string::String;
use std::vec::Vec;

use embedded_nal::{AddrType, Dns, TcpClientStack, TcpError, TcpErrorKind, TcpFullStack};

/// What a peer of a [`ScriptStack`] does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It sends these bytes.
    Send(Vec<u8>),
    /// It hesitates for one call.
    Idle,
    /// It closes.
    Close,
    /// It resets the connection.
    Reset,
}

impl<B: AsRef<[u8]> + ?Sized> From<&B> for Step {
    fn from(bytes: &B) -> Self {
        Self::Send(bytes.as_ref().to_vec())
    }
}

/// A stack in memory whose peers follow a script, for tests that need no network.
///
/// ```
/// use nal_http::client::Client;
/// use nal_http::testing::{ScriptStack, MockClock};
///
/// let mut stack = ScriptStack::new();
/// stack.answers([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".into()]);
/// let mut clock = MockClock::new();
/// clock.expect_now_ms().return_const(0_u32);
///
/// let mut buffer = [0; 256];
/// let mut client = Client::new(&mut stack, clock);
/// let mut response = client.get("http://mpython.cn/").send(&mut buffer).unwrap();
/// assert_eq!(response.text(), Ok("hi"));
/// drop(response);
/// assert!(stack.sent(0).starts_with(b"GET / HTTP/1.1\r\nHost: mpython.cn\r\n"));
/// assert_eq!(stack.open_sockets(), 0);
/// ```
#[derive(Debug, Default)]
pub struct ScriptStack {
    answers: VecDeque<Vec<Step>>,
    incoming: VecDeque<Vec<Step>>,
    names: Vec<(String, IpAddr)>,
    sockets: Vec<Peer>,
}

#[derive(Debug, Default)]
struct Peer {
    steps: VecDeque<Step>,
    sent: Vec<u8>,
    open: bool,
    remote: Option<SocketAddr>,
    sends: usize,
    receives: usize,
}

/// A socket of a [`ScriptStack`]: the number of its connection, from 0.
#[derive(Debug, PartialEq, Eq)]
pub struct ScriptSocket(usize);

/// An error of a [`ScriptStack`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptError {
    /// The script says that the peer resets.
    Reset,
    /// No script is left for another connection, or the name has no address.
    Refused,
    /// The socket was closed before, or is not what the call needs.
    Misused,
}

impl TcpError for ScriptError {
    fn kind(&self) -> TcpErrorKind {
        TcpErrorKind::Other
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reset => "the script resets the connection",
            Self::Refused => "the script has no such connection or name",
            Self::Misused => "the socket was used wrongly",
        })
    }
}

impl std::error::Error for ScriptError {}

impl ScriptStack {
    /// A stack with no script.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the server does that the next client reaches. When the steps are over, it is idle.
    pub fn answers(&mut self, steps: impl IntoIterator<Item = Step>) {
        self.answers.push_back(steps.into_iter().collect());
    }

    /// What the next client does that connects to the server.
    pub fn connects(&mut self, steps: impl IntoIterator<Item = Step>) {
        self.incoming.push_back(steps.into_iter().collect());
    }

    /// What a client that has connected does next; `socket` counts from 0.
    pub fn continues(&mut self, socket: usize, steps: impl IntoIterator<Item = Step>) {
        if let Some(peer) = self.sockets.get_mut(socket) {
            peer.steps.extend(steps);
        }
    }

    /// The address that a name has. As soon as one name has been given an address, there are no
    /// others; before, any name has 192.168.0.1, but for `nowhere`, which has none.
    pub fn resolves(&mut self, name: &str, address: IpAddr) {
        self.names.push((name.into(), address));
    }

    /// The address of a socket's peer, once it is connected.
    #[must_use]
    pub fn remote(&self, socket: usize) -> Option<SocketAddr> {
        self.sockets.get(socket)?.remote
    }

    /// What was sent over a socket.
    #[must_use]
    pub fn sent(&self, socket: usize) -> &[u8] {
        self.sockets.get(socket).map_or(&[], |peer| &peer.sent)
    }

    /// Whether a socket is open.
    #[must_use]
    pub fn is_open(&self, socket: usize) -> bool {
        self.sockets.get(socket).is_some_and(|peer| peer.open)
    }

    /// How many sockets are open.
    #[must_use]
    pub fn open_sockets(&self) -> usize {
        self.sockets.iter().filter(|peer| peer.open).count()
    }

    /// How often bytes were sent over a socket and received from it.
    #[must_use]
    pub fn moves(&self, socket: usize) -> (usize, usize) {
        self.sockets.get(socket).map_or((0, 0), |peer| (peer.sends, peer.receives))
    }

    fn add(&mut self, peer: Peer) -> ScriptSocket {
        self.sockets.push(peer);
        ScriptSocket(self.sockets.len() - 1)
    }

    fn peer(&mut self, socket: &ScriptSocket) -> Result<&mut Peer, ScriptError> {
        let peer = self.sockets.get_mut(socket.0).filter(|peer| peer.open);
        peer.ok_or(ScriptError::Misused)
    }
}

impl TcpClientStack for ScriptStack {
    type TcpSocket = ScriptSocket;
    type Error = ScriptError;

    fn socket(&mut self) -> Result<ScriptSocket, ScriptError> {
        Ok(self.add(Peer { open: true, ..Peer::default() }))
    }

    /// The next of the [`answers`](ScriptStack::answers); without any, the connection is refused.
    fn connect(
        &mut self,
        socket: &mut ScriptSocket,
        remote: SocketAddr,
    ) -> nb::Result<(), ScriptError> {
        let steps = self.answers.pop_front().ok_or(ScriptError::Refused)?;
        let peer = self.peer(socket)?;
        peer.steps = steps.into();
        peer.remote = Some(remote);
        Ok(())
    }

    fn send(&mut self, socket: &mut ScriptSocket, bytes: &[u8]) -> nb::Result<usize, ScriptError> {
        let peer = self.peer(socket)?;
        if peer.remote.is_none() {
            return Err(nb::Error::Other(ScriptError::Misused));
        }
        peer.sends += 1;
        peer.sent.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn receive(
        &mut self,
        socket: &mut ScriptSocket,
        buffer: &mut [u8],
    ) -> nb::Result<usize, ScriptError> {
        let peer = self.peer(socket)?;
        if peer.remote.is_none() || buffer.is_empty() {
            return Err(nb::Error::Other(ScriptError::Misused));
        }
        match peer.steps.pop_front() {
            Some(Step::Send(bytes)) => {
                let n = bytes.len().min(buffer.len());
                buffer[..n].copy_from_slice(&bytes[..n]);
                if n < bytes.len() {
                    peer.steps.push_front(Step::Send(bytes[n..].to_vec()));
                }
                peer.receives += 1;
                // An empty piece is no end.
                if n == 0 { Err(nb::Error::WouldBlock) } else { Ok(n) }
            }
            Some(Step::Close) => {
                peer.steps.push_front(Step::Close);
                Ok(0)
            }
            Some(Step::Reset) => Err(nb::Error::Other(ScriptError::Reset)),
            Some(Step::Idle) | None => Err(nb::Error::WouldBlock),
        }
    }

    fn close(&mut self, socket: ScriptSocket) -> Result<(), ScriptError> {
        self.peer(&socket)?.open = false;
        Ok(())
    }
}

impl TcpFullStack for ScriptStack {
    fn bind(&mut self, socket: &mut ScriptSocket, _: u16) -> Result<(), ScriptError> {
        self.peer(socket).map(|_| ())
    }

    fn listen(&mut self, socket: &mut ScriptSocket) -> Result<(), ScriptError> {
        self.peer(socket).map(|_| ())
    }

    fn accept(
        &mut self,
        socket: &mut ScriptSocket,
    ) -> nb::Result<(ScriptSocket, SocketAddr), ScriptError> {
        self.peer(socket)?;
        let steps = self.incoming.pop_front().ok_or(nb::Error::WouldBlock)?;
        let address = SocketAddr::from(([192, 168, 0, 2], 50_000));
        let remote = Some(address);
        let peer = Peer { steps: steps.into(), open: true, remote, ..Peer::default() };
        Ok((self.add(peer), address))
    }
}

impl Dns for ScriptStack {
    type Error = ScriptError;

    fn get_host_by_name(&mut self, name: &str, kind: AddrType) -> nb::Result<IpAddr, ScriptError> {
        let any = IpAddr::V4(Ipv4Addr::new(192, 168, 0, 1));
        let mut found = self.names.iter().filter(|(known, _)| known == name).map(|(_, ip)| *ip);
        let unscripted = (self.names.is_empty() && name != "nowhere").then_some(any);
        let fits = |address: &IpAddr| match kind {
            AddrType::IPv4 => address.is_ipv4(),
            AddrType::IPv6 => address.is_ipv6(),
            AddrType::Either => true,
        };
        let address = found.find(fits).or(unscripted.filter(fits));
        address.ok_or(nb::Error::Other(ScriptError::Refused))
    }

    fn get_host_by_address(&mut self, _: IpAddr, _: &mut [u8]) -> nb::Result<usize, ScriptError> {
        Err(nb::Error::Other(ScriptError::Misused))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WOULD_BLOCK: nb::Error<ScriptError> = nb::Error::WouldBlock;

    fn connected(steps: impl IntoIterator<Item = Step>) -> (ScriptStack, ScriptSocket) {
        let mut stack = ScriptStack::new();
        stack.answers(steps);
        let mut socket = stack.socket().unwrap();
        stack.connect(&mut socket, SocketAddr::from(([192, 168, 0, 1], 80))).unwrap();
        (stack, socket)
    }

    #[test]
    fn pieces_come_in_order_and_small_buffers_leave_the_rest() {
        let steps = ["ab".into(), Step::Idle, "".into(), "cde".into(), Step::Close];
        let (mut stack, mut socket) = connected(steps);
        let mut buffer = [0; 2];
        assert_eq!(stack.receive(&mut socket, &mut buffer), Ok(2));
        assert_eq!(stack.receive(&mut socket, &mut buffer), Err(WOULD_BLOCK));
        assert_eq!(stack.receive(&mut socket, &mut buffer), Err(WOULD_BLOCK), "no end");
        assert_eq!((stack.receive(&mut socket, &mut buffer), &buffer), (Ok(2), b"cd"));
        assert_eq!((stack.receive(&mut socket, &mut buffer), buffer[0]), (Ok(1), b'e'));
        assert_eq!(stack.receive(&mut socket, &mut buffer), Ok(0));
        assert_eq!(stack.receive(&mut socket, &mut buffer), Ok(0));
        assert_eq!(stack.remote(0), Some(SocketAddr::from(([192, 168, 0, 1], 80))));
    }

    #[test]
    fn what_the_script_does_not_have_is_refused() {
        let mut stack = ScriptStack::new();
        let mut socket = stack.socket().unwrap();
        let misused = Err(nb::Error::Other(ScriptError::Misused));
        assert_eq!(stack.receive(&mut socket, &mut [0; 1]), misused);
        assert_eq!(stack.send(&mut socket, b"x"), misused);
        let refused = stack.connect(&mut socket, SocketAddr::from(([192, 168, 0, 1], 80)));
        assert_eq!(refused, Err(nb::Error::Other(ScriptError::Refused)));
        assert_eq!(stack.close(ScriptSocket(0)), Ok(()));
        assert_eq!(stack.close(socket), Err(ScriptError::Misused), "closed twice");
    }

    #[test]
    fn a_server_accepts_who_connects() {
        let mut stack = ScriptStack::new();
        let mut listener = stack.socket().unwrap();
        stack.bind(&mut listener, 80).unwrap();
        stack.listen(&mut listener).unwrap();
        assert_eq!(stack.accept(&mut listener).err(), Some(WOULD_BLOCK));
        stack.connects([Step::Reset]);
        let (mut socket, _) = stack.accept(&mut listener).unwrap();
        assert_eq!(stack.send(&mut socket, b"hello"), Ok(5));
        assert_eq!((stack.sent(1), stack.moves(1)), (&b"hello"[..], (1, 0)));
        let reset = Err(nb::Error::Other(ScriptError::Reset));
        assert_eq!(stack.receive(&mut socket, &mut [0; 1]), reset);
        stack.close(socket).unwrap();
        assert_eq!((stack.is_open(0), stack.is_open(1), stack.open_sockets()), (true, false, 1));
    }

    #[test]
    fn names_have_the_addresses_that_they_are_given() {
        let mut stack = ScriptStack::new();
        let refused = Err(nb::Error::Other(ScriptError::Refused));
        let any = IpAddr::from([192, 168, 0, 1]);
        assert_eq!(stack.get_host_by_name("any", AddrType::Either), Ok(any));
        assert_eq!(stack.get_host_by_name("any", AddrType::IPv6), refused);
        assert_eq!(stack.get_host_by_name("nowhere", AddrType::IPv4), refused);
        let (v4, v6) = (IpAddr::from([10, 0, 0, 7]), "fe80::7".parse().unwrap());
        stack.resolves("board.local", v4);
        stack.resolves("board.local", v6);
        assert_eq!(stack.get_host_by_name("board.local", AddrType::Either), Ok(v4));
        assert_eq!(stack.get_host_by_name("board.local", AddrType::IPv6), Ok(v6));
        assert_eq!(stack.get_host_by_name("any", AddrType::Either), refused);
    }
}
