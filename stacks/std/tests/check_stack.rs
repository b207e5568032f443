//! The conformance test of `nal-http`, run on this stack, on another, and on broken ones.

mod broken;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::thread::sleep;
use std::time::Duration;

use broken::{Broken, BrokenServer, Fault};
use embedded_nal::{TcpClientStack, TcpError, TcpErrorKind, TcpFullStack, nb};
use nal_http::net::ZeroIsIdle;
use nal_http::testing::{Report, Rig, check_stack};
use nal_std::{Error, Stack, TcpSocket};

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

/// A server stack of ours, and any client stack.
struct Pair<C> {
    server: Stack,
    client: C,
}

impl<C> Pair<C> {
    fn with(client: C) -> Self {
        Self { server: local(), client }
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
        self.server.wait(Duration::from_micros(200));
        // A try takes some time, however busy the machine is and whatever is ready.
        sleep(Duration::from_micros(100));
    }
}

fn local() -> Stack {
    Stack::bound_to(Ipv4Addr::LOCALHOST.into())
}

#[test]
fn this_stack_passes() {
    for ip in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
        let mut rig = Alone(Stack::bound_to(ip));
        let report = check_stack(&mut rig);
        assert!(report.is_ok() && report.notes().is_empty(), "{report}");
        assert_eq!(rig.0.open_sockets(), 0);
    }
}

/// Its clients do all that is asked of them, but for a `connect` that blocks. Its servers do not: an
/// accepted socket blocks when nothing has arrived, so no check of them would end.
#[test]
fn the_clients_of_std_embedded_nal_pass() {
    let mut rig = Pair::with(std_embedded_nal::Stack);
    let report = check_stack(&mut rig);
    assert!(report.is_ok() && report.notes().is_empty(), "{report}");
    assert_eq!(rig.server.open_sockets(), 0);
}

/// A stack that holds 256 bytes which nobody has received yet, of all connections together.
struct Small {
    stack: Stack,
    held: usize,
}

impl TcpClientStack for Small {
    type TcpSocket = TcpSocket;
    type Error = Error;

    fn socket(&mut self) -> Result<TcpSocket, Error> {
        self.stack.socket()
    }

    fn connect(&mut self, socket: &mut TcpSocket, remote: SocketAddr) -> nb::Result<(), Error> {
        self.stack.connect(socket, remote)
    }

    fn send(&mut self, socket: &mut TcpSocket, bytes: &[u8]) -> nb::Result<usize, Error> {
        let room = 256 - self.held;
        if room == 0 {
            return Err(nb::Error::WouldBlock);
        }
        let sent = self.stack.send(socket, &bytes[..bytes.len().min(room)])?;
        self.held += sent;
        Ok(sent)
    }

    fn receive(&mut self, socket: &mut TcpSocket, buffer: &mut [u8]) -> nb::Result<usize, Error> {
        let received = self.stack.receive(socket, buffer)?;
        self.held -= received;
        Ok(received)
    }

    fn close(&mut self, socket: TcpSocket) -> Result<(), Error> {
        self.stack.close(socket)
    }
}

impl TcpFullStack for Small {
    fn bind(&mut self, socket: &mut TcpSocket, port: u16) -> Result<(), Error> {
        self.stack.bind(socket, port)
    }

    fn listen(&mut self, socket: &mut TcpSocket) -> Result<(), Error> {
        self.stack.listen(socket)
    }

    fn accept(&mut self, socket: &mut TcpSocket) -> nb::Result<(TcpSocket, SocketAddr), Error> {
        self.stack.accept(socket)
    }
}

impl Rig for Small {
    type Server = Self;
    type Client = Self;

    fn server(&mut self) -> &mut Self {
        self
    }

    fn client(&mut self) -> &mut Self {
        self
    }

    fn port(&self) -> u16 {
        0
    }

    fn address(&mut self, listener: &TcpSocket) -> SocketAddr {
        self.stack.local_addr(listener).unwrap()
    }

    fn idle(&mut self) {
        self.stack.wait(Duration::from_millis(1));
    }
}

/// Boards give a socket a few hundred bytes: that is no fault of the stack.
#[test]
fn sockets_with_little_room_pass() {
    let mut rig = Small { stack: local(), held: 0 };
    let report = check_stack(&mut rig);
    assert!(report.is_ok() && report.notes().is_empty(), "{report}");
    assert_eq!((rig.stack.open_sockets(), rig.held), (0, 0));
}

/// The reports on a stack that is broken as client, and that is broken as server. Each check has
/// closed its sockets, whatever it found.
fn reports(fault: Fault) -> [Report; 2] {
    let broken = || Broken { stack: local(), fault };
    let mut as_client = Pair::with(broken());
    let mut as_server = BrokenServer { server: broken(), client: local() };
    let reports = [check_stack(&mut as_client), check_stack(&mut as_server)];
    assert_eq!(as_client.client.stack.open_sockets() + as_client.server.open_sockets(), 0);
    assert_eq!(as_server.client.open_sockets() + as_server.server.stack.open_sockets(), 0);
    reports
}

const IDLE: &str = "an idle connection is not at its end";
const WHOLE: &str = "bytes arrive whole and in order";
const REST: &str = "a small buffer leaves the rest for later";
const FULL: &str = "a peer that does not read stops the sender";
const END: &str = "what was sent before a close arrives, then the end, again and again";
const REFUSED: &str = "where nobody listens, connect is an error";
const AGAIN: &str = "sockets can be used again, 64 times";

#[test]
fn zero_when_idle_fails_and_the_report_names_the_adapter() {
    for report in reports(Fault::ZeroWhenIdle) {
        assert_eq!(report.failures()[0], IDLE, "{report}");
        // Whether the end is seen too early is a matter of luck.
        assert!(report.failures().iter().all(|name| [IDLE, END].contains(name)), "{report}");
        assert!(report.to_string().contains("nal_http::net::ZeroIsIdle"), "{report}");
    }
    let broken = Broken { stack: Stack::new(), fault: Fault::ZeroWhenIdle };
    let report = check_stack(&mut Pair::with(ZeroIsIdle(broken)));
    assert!(report.is_ok(), "{report}");
    assert_eq!(report.notes(), [END]);
}

#[test]
fn an_end_that_is_an_error_of_its_kind_passes_with_a_note() {
    assert_eq!(Error::PipeClosed.kind(), TcpErrorKind::PipeClosed);
    for report in reports(Fault::EndIsPipeClosed) {
        assert!(report.is_ok(), "{report}");
        assert_eq!(report.notes(), [END]);
    }
}

#[test]
fn a_lost_tail_or_end_fails() {
    for report in reports(Fault::LosesTheTail).into_iter().chain(reports(Fault::NoEnd)) {
        assert_eq!(report.failures(), [END], "{report}");
    }
}

#[test]
fn lost_and_other_bytes_fail() {
    for report in reports(Fault::Garbles) {
        let failures = report.failures();
        assert!([WHOLE, REST, END].iter().all(|name| failures.contains(name)), "{report}");
    }
    for report in reports(Fault::CutsOff) {
        let failures = report.failures();
        assert!(failures.contains(&REST) && !failures.contains(&IDLE), "{report}");
    }
}

#[test]
fn full_as_an_error_fails() {
    for report in reports(Fault::FullIsAnError) {
        assert!(report.failures().contains(&FULL), "{report}");
    }
}

#[test]
fn a_refusal_that_is_not_told_fails_for_clients() {
    let [as_client, as_server] = reports(Fault::RefusedIsIdle);
    assert_eq!(as_client.failures(), [REFUSED], "{as_client}");
    assert!(as_server.is_ok(), "{as_server}");
}

#[test]
fn sockets_that_do_not_come_back_fail() {
    let [as_client, _] = reports(Fault::Leaks(30));
    assert_eq!(as_client.failures(), [AGAIN], "{as_client}");
    assert!(as_client.to_string().contains("too many sockets"), "{as_client}");
}
