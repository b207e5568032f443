use core::net::{IpAddr, SocketAddr};
use std::fmt::Debug;
use std::vec::Vec;

use embedded_nal::{AddrType, Dns, TcpClientStack, TcpError, TcpErrorKind, TcpFullStack};

/// The calls of a stack that a [`FaultStack`] can disturb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// `TcpClientStack::socket`
    Socket,
    /// `TcpClientStack::connect`
    Connect,
    /// `TcpClientStack::send`
    Send,
    /// `TcpClientStack::receive`
    Receive,
    /// `TcpFullStack::accept`
    Accept,
    /// `Dns::get_host_by_name`
    Resolve,
}

/// What a [`FaultStack`] does instead of what it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It answers `WouldBlock` (an error from `socket`, which cannot block).
    WouldBlock,
    /// It fails as if the peer had reset the connection.
    Reset,
    /// It fails with the kind `PipeClosed`.
    PipeClosed,
    /// `send` and `receive` answer `Ok(0)`: no room, and the end.
    Zero,
}

/// A stack that misbehaves on a script, and otherwise is the one that it wraps.
///
/// ```
/// use nal_http::testing::{Call, Fault, FaultStack, ScriptStack};
///
/// let stack = FaultStack::new(ScriptStack::new())
///     .at_most(1) // sends and receives one byte at a time
///     .every_other(Call::Receive, Fault::WouldBlock)
///     .once(Call::Send, 3, Fault::Reset); // the fourth send
/// ```
#[derive(Debug)]
pub struct FaultStack<S> {
    stack: S,
    rules: Vec<Rule>,
    counts: [usize; 6],
    at_most: usize,
    opened: usize,
    closed: usize,
}

#[derive(Debug)]
struct Rule {
    call: Call,
    when: When,
    fault: Fault,
}

#[derive(Debug)]
enum When {
    Nth(usize),
    From(usize),
    EveryOther,
}

impl<S> FaultStack<S> {
    /// A stack that does what `stack` does.
    pub fn new(stack: S) -> Self {
        Self { stack, rules: Vec::new(), counts: [0; 6], at_most: usize::MAX, opened: 0, closed: 0 }
    }

    /// Disturbs the call that is the `n`th of its kind, from 0.
    #[must_use]
    pub fn once(self, call: Call, n: usize, fault: Fault) -> Self {
        self.rule(call, When::Nth(n), fault)
    }

    /// Disturbs the `n`th call of a kind, and all that come after it.
    #[must_use]
    pub fn from(self, call: Call, n: usize, fault: Fault) -> Self {
        self.rule(call, When::From(n), fault)
    }

    /// Disturbs the first call of a kind, the third, the fifth.
    #[must_use]
    pub fn every_other(self, call: Call, fault: Fault) -> Self {
        self.rule(call, When::EveryOther, fault)
    }

    /// Sends and receives at most so many bytes in one call.
    #[must_use]
    pub fn at_most(mut self, bytes: usize) -> Self {
        self.at_most = bytes;
        self
    }

    /// How often a call was made.
    #[must_use]
    pub fn calls(&self, call: Call) -> usize {
        self.counts[call as usize]
    }

    /// How many sockets were opened or accepted and not closed again.
    ///
    /// # Panics
    /// More were closed than opened.
    #[must_use]
    pub fn open_sockets(&self) -> usize {
        assert!(self.closed <= self.opened, "a socket was closed twice");
        self.opened - self.closed
    }

    /// The wrapped stack.
    #[must_use]
    pub fn inner(&self) -> &S {
        &self.stack
    }

    fn rule(mut self, call: Call, when: When, fault: Fault) -> Self {
        self.rules.push(Rule { call, when, fault });
        self
    }

    /// Counts a call and says whether it is to fail.
    fn fault(&mut self, call: Call) -> Option<Fault> {
        let n = self.counts[call as usize];
        self.counts[call as usize] += 1;
        let applies = |rule: &&Rule| match rule.when {
            When::Nth(nth) => n == nth,
            When::From(first) => n >= first,
            When::EveryOther => n.is_multiple_of(2),
        };
        let rule = self.rules.iter().filter(|rule| rule.call == call).find(applies);
        rule.map(|rule| rule.fault)
    }

    fn disturb<E>(&mut self, call: Call) -> nb::Result<Option<usize>, FaultError<E>> {
        match self.fault(call) {
            None => Ok(None),
            Some(Fault::Zero) => Ok(Some(0)),
            Some(Fault::WouldBlock) => Err(nb::Error::WouldBlock),
            Some(Fault::Reset) => Err(nb::Error::Other(FaultError::Injected(TcpErrorKind::Other))),
            Some(Fault::PipeClosed) => {
                Err(nb::Error::Other(FaultError::Injected(TcpErrorKind::PipeClosed)))
            }
        }
    }
}

/// An error of a [`FaultStack`]: its own, or one of the stack that it wraps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FaultError<E> {
    /// The script said so.
    Injected(TcpErrorKind),
    /// The wrapped stack failed by itself.
    Stack(E),
}

impl<E: TcpError> TcpError for FaultError<E> {
    fn kind(&self) -> TcpErrorKind {
        match self {
            Self::Injected(kind) => *kind,
            Self::Stack(error) => error.kind(),
        }
    }
}

fn pass<T, E>(result: nb::Result<T, E>) -> nb::Result<T, FaultError<E>> {
    result.map_err(|error| error.map(FaultError::Stack))
}

impl<S: TcpClientStack> TcpClientStack for FaultStack<S> {
    type TcpSocket = S::TcpSocket;
    type Error = FaultError<S::Error>;

    fn socket(&mut self) -> Result<Self::TcpSocket, Self::Error> {
        if self.fault(Call::Socket).is_some() {
            return Err(FaultError::Injected(TcpErrorKind::Other));
        }
        let socket = self.stack.socket().map_err(FaultError::Stack)?;
        self.opened += 1;
        Ok(socket)
    }

    fn connect(
        &mut self,
        socket: &mut Self::TcpSocket,
        remote: SocketAddr,
    ) -> nb::Result<(), Self::Error> {
        self.disturb(Call::Connect)?;
        pass(self.stack.connect(socket, remote))
    }

    fn send(
        &mut self,
        socket: &mut Self::TcpSocket,
        bytes: &[u8],
    ) -> nb::Result<usize, Self::Error> {
        if let Some(n) = self.disturb(Call::Send)? {
            return Ok(n);
        }
        let n = bytes.len().min(self.at_most);
        pass(self.stack.send(socket, &bytes[..n]))
    }

    fn receive(
        &mut self,
        socket: &mut Self::TcpSocket,
        buffer: &mut [u8],
    ) -> nb::Result<usize, Self::Error> {
        if let Some(n) = self.disturb(Call::Receive)? {
            return Ok(n);
        }
        let n = buffer.len().min(self.at_most);
        pass(self.stack.receive(socket, &mut buffer[..n]))
    }

    fn close(&mut self, socket: Self::TcpSocket) -> Result<(), Self::Error> {
        self.closed += 1;
        self.stack.close(socket).map_err(FaultError::Stack)
    }
}

impl<S: TcpFullStack> TcpFullStack for FaultStack<S> {
    fn bind(&mut self, socket: &mut Self::TcpSocket, port: u16) -> Result<(), Self::Error> {
        self.stack.bind(socket, port).map_err(FaultError::Stack)
    }

    fn listen(&mut self, socket: &mut Self::TcpSocket) -> Result<(), Self::Error> {
        self.stack.listen(socket).map_err(FaultError::Stack)
    }

    fn accept(
        &mut self,
        socket: &mut Self::TcpSocket,
    ) -> nb::Result<(Self::TcpSocket, SocketAddr), Self::Error> {
        self.disturb(Call::Accept)?;
        let accepted = pass(self.stack.accept(socket))?;
        self.opened += 1;
        Ok(accepted)
    }
}

impl<S: Dns> Dns for FaultStack<S>
where
    S::Error: Debug,
{
    type Error = FaultError<S::Error>;

    fn get_host_by_name(&mut self, name: &str, kind: AddrType) -> nb::Result<IpAddr, Self::Error> {
        self.disturb(Call::Resolve)?;
        pass(self.stack.get_host_by_name(name, kind))
    }

    fn get_host_by_address(
        &mut self,
        address: IpAddr,
        result: &mut [u8],
    ) -> nb::Result<usize, Self::Error> {
        pass(self.stack.get_host_by_address(address, result))
    }
}
