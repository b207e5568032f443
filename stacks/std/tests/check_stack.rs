//! The conformance test of `nal-http`, run on this stack, on another, and on broken ones.

use std::net::SocketAddr;
use std::time::Duration;

use embedded_nal::{TcpClientStack, TcpFullStack, nb};
use nal_http::net::ZeroIsIdle;
use nal_http::testing::{Rig, check_stack};
use nal_std::{Error, Stack, TcpSocket};

/// A server stack of ours, and any client stack.
struct Pair<C> {
    server: Stack,
    client: C,
}

impl<C> Pair<C> {
    fn with(client: C) -> Self {
        Self { server: Stack::bound_to([127, 0, 0, 1].into()), client }
    }
}

impl<C: TcpClientStack> Rig for Pair<C> {
    type Server = Stack;
    type Client = C;

    fn server(&mut self) -> &mut Stack {
        &mut self.server
    }

    fn client(&mut self) -> &mut C {
        &mut self.client
    }

    fn port(&self) -> u16 {
        0
    }

    fn address(&mut self, listener: &TcpSocket) -> SocketAddr {
        self.server.local_addr(listener).unwrap()
    }

    fn idle(&mut self) {
        self.server.wait(Duration::from_millis(1));
    }
}

/// The same stack on both ends.
struct Alone(Stack);

impl Rig for Alone {
    type Server = Stack;
    type Client = Stack;

    fn server(&mut self) -> &mut Stack {
        &mut self.0
    }

    fn client(&mut self) -> &mut Stack {
        &mut self.0
    }

    fn port(&self) -> u16 {
        0
    }

    fn address(&mut self, listener: &TcpSocket) -> SocketAddr {
        self.0.local_addr(listener).unwrap()
    }

    fn idle(&mut self) {
        self.0.wait(Duration::from_millis(1));
    }
}

#[test]
fn this_stack_passes() {
    for ip in ["127.0.0.1", "::1"] {
        let mut rig = Alone(Stack::bound_to(ip.parse().unwrap()));
        let report = check_stack(&mut rig);
        assert!(report.is_ok(), "{report}");
        assert_eq!(rig.0.open_sockets(), 0);
    }
}

/// Its clients do all that is asked of them. Its servers do not: an accepted socket blocks when
/// nothing has arrived, so none can be checked.
#[test]
fn the_clients_of_std_embedded_nal_pass() {
    let report = check_stack(&mut Pair::with(std_embedded_nal::Stack));
    assert!(report.is_ok(), "{report}");
}

/// A client stack with one fault.
struct Broken {
    stack: Stack,
    fault: Fault,
}

#[derive(PartialEq)]
enum Fault {
    /// As in smoltcp-nal 0.7: `Ok(0)` where nothing has arrived.
    ZeroWhenIdle,
    /// As in w5500 0.6: what was not read when the peer closes is lost.
    LosesTheTail,
    /// Sockets are never given back.
    Leaks(usize),
    /// Every seventh byte is another.
    Garbles,
}

impl TcpClientStack for Broken {
    type TcpSocket = TcpSocket;
    type Error = Error;

    fn socket(&mut self) -> Result<TcpSocket, Error> {
        if let Fault::Leaks(left) = &mut self.fault {
            *left = left.checked_sub(1).ok_or(Error::WrongState)?;
        }
        self.stack.socket()
    }

    fn connect(&mut self, socket: &mut TcpSocket, remote: SocketAddr) -> nb::Result<(), Error> {
        self.stack.connect(socket, remote)
    }

    fn send(&mut self, socket: &mut TcpSocket, bytes: &[u8]) -> nb::Result<usize, Error> {
        if self.fault == Fault::Garbles && bytes.len() > 7 {
            let mut other = bytes.to_vec();
            other[6] ^= 1;
            return self.stack.send(socket, &other);
        }
        self.stack.send(socket, bytes)
    }

    fn receive(&mut self, socket: &mut TcpSocket, buffer: &mut [u8]) -> nb::Result<usize, Error> {
        match (&self.fault, self.stack.receive(socket, buffer)) {
            (Fault::ZeroWhenIdle, Err(nb::Error::WouldBlock)) => Ok(0),
            (Fault::ZeroWhenIdle, Ok(0)) => Err(nb::Error::Other(Error::PipeClosed)),
            (Fault::LosesTheTail, Ok(n)) if n == buffer.len() => Ok(0),
            (_, other) => other,
        }
    }

    fn close(&mut self, socket: TcpSocket) -> Result<(), Error> {
        self.stack.close(socket)
    }
}

fn failures(fault: Fault) -> Vec<&'static str> {
    check_stack(&mut Pair::with(Broken { stack: Stack::new(), fault })).failures()
}

#[test]
fn broken_stacks_fail_by_name() {
    let idle = "an idle connection is not at its end";
    assert!(failures(Fault::ZeroWhenIdle).contains(&idle));
    let end = "what was sent before a close arrives, then the end, again and again";
    assert_eq!(failures(Fault::LosesTheTail), [end]);
    let again = "sockets can be used again, 64 times";
    assert_eq!(failures(Fault::Leaks(20)), [again]);
    assert!(failures(Fault::Garbles).contains(&"bytes arrive whole and in order"));
}

#[test]
fn the_adapter_mends_zero_when_idle() {
    let broken = Broken { stack: Stack::new(), fault: Fault::ZeroWhenIdle };
    let report = check_stack(&mut Pair::with(ZeroIsIdle(broken)));
    assert!(report.is_ok(), "{report}");
}

#[test]
fn a_full_stack_is_full() {
    fn is_full_stack<S: TcpFullStack>() {}
    is_full_stack::<Stack>();
}
