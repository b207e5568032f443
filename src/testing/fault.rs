mod calls;
mod error;

use std::vec::Vec;

use embedded_nal::TcpErrorKind;

pub use error::FaultError;

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
    /// `TcpFullStack::bind`
    Bind,
    /// `TcpFullStack::listen`
    Listen,
    /// `TcpClientStack::close`: the socket is closed all the same
    Close,
}

/// How many kinds of calls there are.
const CALLS: usize = Call::Close as usize + 1;

/// What a [`FaultStack`] does instead of what it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It answers `WouldBlock`; an error from calls that cannot block.
    WouldBlock,
    /// It fails as if the peer had reset the connection.
    Reset,
    /// It fails with the kind `PipeClosed`.
    PipeClosed,
    /// `send` and `receive` answer `Ok(0)`: no room, and the end. Other calls are not disturbed.
    Zero,
    /// `send` and `receive` take so many bytes at most, and at least one. Other calls are not
    /// disturbed.
    AtMost(usize),
}

/// A stack that misbehaves on a script, and otherwise is the one that it wraps.
///
/// ```
/// use nal_http::testing::{Call, Fault, FaultStack, ScriptStack};
///
/// let stack = FaultStack::new(ScriptStack::new())
///     .at_most(1) // sends and receives one byte at a time
///     .would_block_every_other()
///     .once(Call::Send, 3, Fault::Reset); // the fourth send
/// // Now run what is to be tested on `stack`, and then ask:
/// assert_eq!((stack.calls(Call::Send), stack.open_sockets()), (0, 0));
/// ```
/// Where several rules fit a call, the first one that was given counts.
#[derive(Debug)]
pub struct FaultStack<S> {
    stack: S,
    rules: Vec<Rule>,
    counts: [usize; CALLS],
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
        Self {
            stack,
            rules: Vec::new(),
            counts: [0; CALLS],
            at_most: usize::MAX,
            opened: 0,
            closed: 0,
        }
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

    /// Has every other call of connect, send, receive and accept answer `WouldBlock`, from the
    /// first on.
    #[must_use]
    pub fn would_block_every_other(self) -> Self {
        let calls = [Call::Connect, Call::Send, Call::Receive, Call::Accept];
        calls.into_iter().fold(self, |stack, call| stack.every_other(call, Fault::WouldBlock))
    }

    /// Sends and receives at most so many bytes in one call, and at least one.
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

    /// How many bytes a call may move, or what it answers instead.
    fn disturb<E>(&mut self, call: Call) -> nb::Result<usize, FaultError<E>> {
        let injected = |kind| Err(nb::Error::Other(FaultError::Injected(kind)));
        match self.fault(call) {
            None => Ok(self.at_most.max(1)),
            Some(Fault::AtMost(bytes)) => Ok(bytes.min(self.at_most).max(1)),
            Some(Fault::Zero) => Ok(0),
            Some(Fault::WouldBlock) => Err(nb::Error::WouldBlock),
            Some(Fault::Reset) => injected(TcpErrorKind::Other),
            Some(Fault::PipeClosed) => injected(TcpErrorKind::PipeClosed),
        }
    }

    /// Disturbs a call that cannot block.
    fn disturb_now<E>(&mut self, call: Call) -> Result<(), FaultError<E>> {
        match self.disturb(call) {
            Ok(_) => Ok(()),
            Err(nb::Error::WouldBlock) => Err(FaultError::Injected(TcpErrorKind::Other)),
            Err(nb::Error::Other(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use core::net::SocketAddr;

    use embedded_nal::{AddrType, Dns, TcpClientStack, TcpFullStack};

    use super::*;
    use crate::testing::{ScriptError, ScriptSocket, ScriptStack, Step};

    type Stack = FaultStack<ScriptStack>;
    type Answer = nb::Result<usize, FaultError<ScriptError>>;

    const WOULD_BLOCK: Answer = Err(nb::Error::WouldBlock);

    fn injected(kind: TcpErrorKind) -> Answer {
        Err(nb::Error::Other(FaultError::Injected(kind)))
    }

    fn peer() -> ScriptStack {
        let mut stack = ScriptStack::new();
        stack.answers(["abcdef".into(), Step::Close]);
        stack
    }

    fn connected(mut stack: Stack) -> (Stack, ScriptSocket) {
        let mut socket = stack.socket().unwrap();
        let remote = SocketAddr::from(([192, 168, 0, 1], 80));
        while stack.connect(&mut socket, remote) == Err(nb::Error::WouldBlock) {}
        (stack, socket)
    }

    #[test]
    fn each_call_is_disturbed_by_its_own_count() {
        let stack = FaultStack::new(peer())
            .once(Call::Receive, 1, Fault::WouldBlock)
            .once(Call::Receive, 2, Fault::AtMost(2))
            .from(Call::Receive, 4, Fault::Reset)
            .once(Call::Send, 0, Fault::Zero)
            .once(Call::Send, 1, Fault::PipeClosed)
            .at_most(3);
        let (mut stack, mut socket) = connected(stack);
        let mut buffer = [0; 16];
        assert_eq!(stack.receive(&mut socket, &mut buffer), Ok(3));
        assert_eq!(stack.receive(&mut socket, &mut buffer), WOULD_BLOCK);
        assert_eq!(stack.receive(&mut socket, &mut buffer), Ok(2));
        assert_eq!((stack.receive(&mut socket, &mut buffer), buffer[0]), (Ok(1), b'f'));
        assert_eq!(stack.receive(&mut socket, &mut buffer), injected(TcpErrorKind::Other));
        assert_eq!(stack.receive(&mut socket, &mut buffer), injected(TcpErrorKind::Other));
        assert_eq!(stack.send(&mut socket, b"hello"), Ok(0));
        assert_eq!(stack.send(&mut socket, b"hello"), injected(TcpErrorKind::PipeClosed));
        assert_eq!(stack.send(&mut socket, b"hello"), Ok(3));
        assert_eq!((stack.calls(Call::Receive), stack.calls(Call::Send)), (6, 3));
        assert_eq!(stack.inner().sent(0), b"hel");
    }

    #[test]
    fn every_other_call_would_block() {
        let (mut stack, mut socket) = connected(FaultStack::new(peer()).would_block_every_other());
        assert_eq!(stack.calls(Call::Connect), 2);
        assert_eq!(stack.send(&mut socket, b"x"), WOULD_BLOCK);
        assert_eq!(stack.send(&mut socket, b"x"), Ok(1));
        assert_eq!(stack.receive(&mut socket, &mut [0; 8]), WOULD_BLOCK);
        assert_eq!(stack.receive(&mut socket, &mut [0; 8]), Ok(6));
    }

    #[test]
    fn calls_that_cannot_block_fail_and_sockets_are_counted() {
        let mut stack = FaultStack::new(ScriptStack::new())
            .once(Call::Socket, 0, Fault::WouldBlock)
            .once(Call::Bind, 0, Fault::Reset)
            .once(Call::Listen, 0, Fault::Reset)
            .once(Call::Close, 0, Fault::Reset);
        let failed = FaultError::Injected(TcpErrorKind::Other);
        assert_eq!(stack.socket(), Err(failed));
        let mut socket = stack.socket().unwrap();
        assert_eq!(
            (stack.bind(&mut socket, 80), stack.bind(&mut socket, 80)),
            (Err(failed), Ok(()))
        );
        assert_eq!((stack.listen(&mut socket), stack.listen(&mut socket)), (Err(failed), Ok(())));
        assert_eq!(stack.open_sockets(), 1);
        assert_eq!(stack.close(socket), Err(failed));
        assert_eq!((stack.open_sockets(), stack.inner().open_sockets()), (0, 0));
    }

    #[test]
    fn names_can_fail_too() {
        let mut stack =
            FaultStack::new(ScriptStack::new()).once(Call::Resolve, 0, Fault::WouldBlock);
        assert_eq!(stack.get_host_by_name("a", AddrType::IPv4), Err(nb::Error::WouldBlock));
        assert!(stack.get_host_by_name("a", AddrType::IPv4).is_ok());
        let own = stack.get_host_by_name("nowhere", AddrType::IPv4);
        assert_eq!(own, Err(nb::Error::Other(FaultError::Stack(ScriptError::Refused))));
    }
}
