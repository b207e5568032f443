use core::net::SocketAddr;
use std::fmt;
use std::format;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use embedded_nal::{TcpClientStack, TcpError, TcpErrorKind, TcpFullStack};

/// Two stacks that can reach each other, or one that can reach itself.
pub trait Rig {
    /// The stack that listens.
    type Server: TcpFullStack;
    /// The stack that connects.
    type Client: TcpClientStack;

    /// The stack that listens.
    fn server(&mut self) -> &mut Self::Server;

    /// The stack that connects.
    fn client(&mut self) -> &mut Self::Client;

    /// The port to listen on; 0 if the stack can then tell the real one.
    fn port(&self) -> u16;

    /// Where the client reaches `listener`.
    fn address(&mut self, listener: &<Self::Server as TcpClientStack>::TcpSocket) -> SocketAddr;

    /// Lets time pass: polls the devices, waits for the sockets. Called between two tries.
    fn idle(&mut self);
}

/// What [`check_stack`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Each expectation, and whether it is met.
    pub verdicts: Vec<(&'static str, Verdict)>,
}

/// Whether an expectation is met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Passed,
    /// It is not: what happened instead.
    Failed(String),
}

impl Report {
    /// Whether every expectation is met.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.failures().is_empty()
    }

    /// The expectations that are not met.
    #[must_use]
    pub fn failures(&self) -> Vec<&'static str> {
        let failed = self.verdicts.iter().filter(|(_, verdict)| *verdict != Verdict::Passed);
        failed.map(|(name, _)| *name).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, verdict) in &self.verdicts {
            match verdict {
                Verdict::Passed => writeln!(f, "ok    {name}")?,
                Verdict::Failed(what) => writeln!(f, "FAIL  {name}: {what}")?,
            }
        }
        Ok(())
    }
}

/// Checks that a stack does what this crate needs of it; see the table in [`net`](crate::net).
///
/// For the authors of stacks: implement [`Rig`] for a test of yours and print the report. A stack
/// that fails "an idle connection is not at its end" answers `Ok(0)` where nothing has arrived; it
/// works in a [`ZeroIsIdle`](crate::net::ZeroIsIdle).
///
/// Nothing depends on the clock: a check that waits gives up after so many calls of [`Rig::idle`].
pub fn check_stack<R: Rig>(rig: &mut R) -> Report {
    type Check<R> = fn(&mut R) -> Result<(), String>;
    let checks: [(&'static str, Check<R>); 9] = [
        ("nobody knocks: accept would block", nobody_knocks),
        ("a client connects and is accepted", connects),
        ("an idle connection is not at its end", idle_is_not_the_end),
        ("bytes arrive whole and in order", bytes_arrive),
        ("a small buffer leaves the rest for later", small_buffers),
        ("a peer that does not read stops the sender", full_is_not_an_error),
        ("what was sent before a close arrives, then the end, again and again", end_comes_last),
        ("several clients can knock before one is accepted", several_knock),
        ("sockets can be used again, 64 times", sockets_come_back),
    ];
    let verdict = |result| match result {
        Ok(()) => Verdict::Passed,
        Err(what) => Verdict::Failed(what),
    };
    Report { verdicts: checks.map(|(name, check)| (name, verdict(check(rig)))).into() }
}

/// So many tries before a check gives up.
const TRIES: usize = 2_000;

type ServerSocket<R> = <<R as Rig>::Server as TcpClientStack>::TcpSocket;
type ClientSocket<R> = <<R as Rig>::Client as TcpClientStack>::TcpSocket;

/// A listener and one connection to it.
struct Joined<R: Rig> {
    listener: ServerSocket<R>,
    server: ServerSocket<R>,
    client: ClientSocket<R>,
}

fn said(what: &str, error: impl fmt::Debug) -> String {
    format!("{what} failed: {error:?}")
}

/// Tries until it no longer would block.
fn wait<R: Rig, T, E: fmt::Debug>(
    rig: &mut R,
    what: &str,
    mut call: impl FnMut(&mut R) -> nb::Result<T, E>,
) -> Result<T, String> {
    for _ in 0..TRIES {
        match call(rig) {
            Ok(value) => return Ok(value),
            Err(nb::Error::WouldBlock) => rig.idle(),
            Err(nb::Error::Other(error)) => return Err(said(what, error)),
        }
    }
    Err(format!("{what} still would block after {TRIES} tries"))
}

fn listen<R: Rig>(rig: &mut R) -> Result<(ServerSocket<R>, SocketAddr), String> {
    let port = rig.port();
    let stack = rig.server();
    let mut listener = stack.socket().map_err(|error| said("socket", error))?;
    stack.bind(&mut listener, port).map_err(|error| said("bind", error))?;
    stack.listen(&mut listener).map_err(|error| said("listen", error))?;
    let address = rig.address(&listener);
    Ok((listener, address))
}

fn connect<R: Rig>(rig: &mut R, address: SocketAddr) -> Result<ClientSocket<R>, String> {
    let mut client = rig.client().socket().map_err(|error| said("socket", error))?;
    wait(rig, "connect", |rig| rig.client().connect(&mut client, address))?;
    Ok(client)
}

fn accept<R: Rig>(rig: &mut R, listener: &mut ServerSocket<R>) -> Result<ServerSocket<R>, String> {
    wait(rig, "accept", |rig| rig.server().accept(listener)).map(|(socket, _)| socket)
}

fn join<R: Rig>(rig: &mut R) -> Result<Joined<R>, String> {
    let (mut listener, address) = listen(rig)?;
    let client = connect(rig, address)?;
    let server = accept(rig, &mut listener)?;
    Ok(Joined { listener, server, client })
}

fn part<R: Rig>(rig: &mut R, joined: Joined<R>) -> Result<(), String> {
    let closed = rig.client().close(joined.client);
    closed.map_err(|error| said("close of the client", error))?;
    for socket in [joined.server, joined.listener] {
        rig.server().close(socket).map_err(|error| said("close of the server", error))?;
    }
    rig.idle();
    Ok(())
}

fn nobody_knocks<R: Rig>(rig: &mut R) -> Result<(), String> {
    let (mut listener, _) = listen(rig)?;
    let result = match rig.server().accept(&mut listener) {
        Err(nb::Error::WouldBlock) => Ok(()),
        Err(nb::Error::Other(error)) => Err(said("accept", error)),
        Ok(_) => Err("accept gave a connection that nobody asked for".into()),
    };
    rig.server().close(listener).map_err(|error| said("close", error))?;
    result
}

fn connects<R: Rig>(rig: &mut R) -> Result<(), String> {
    let joined = join(rig)?;
    part(rig, joined)
}

fn idle_is_not_the_end<R: Rig>(rig: &mut R) -> Result<(), String> {
    let mut joined = join(rig)?;
    let mut buffer = [0; 16];
    let mut result = Ok(());
    for _ in 0..3 {
        rig.idle();
        let at_client = is_idle(rig.client().receive(&mut joined.client, &mut buffer));
        let at_server = is_idle(rig.server().receive(&mut joined.server, &mut buffer));
        result = result.and(at_client).and(at_server);
    }
    part(rig, joined)?;
    result
}

fn is_idle<E: fmt::Debug>(received: nb::Result<usize, E>) -> Result<(), String> {
    match received {
        Err(nb::Error::WouldBlock) => Ok(()),
        Ok(n) => Err(format!("receive answered Ok({n}) where nothing was sent")),
        Err(nb::Error::Other(error)) => Err(said("receive", error)),
    }
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 + index / 251).to_le_bytes()[0]).collect()
}

/// Sends all of `bytes` from client to server and checks what arrives.
fn transfer<R: Rig>(
    rig: &mut R,
    joined: &mut Joined<R>,
    bytes: &[u8],
    buffer: &mut [u8],
) -> Result<(), String> {
    let (mut sent, mut received) = (0, Vec::new());
    for _ in 0..TRIES + bytes.len() {
        let (before, now) = (received.len(), &bytes[sent..]);
        if !now.is_empty() {
            match rig.client().send(&mut joined.client, now) {
                Ok(n) => sent += n,
                Err(nb::Error::WouldBlock) => {}
                Err(nb::Error::Other(error)) => return Err(said("send", error)),
            }
        }
        match rig.server().receive(&mut joined.server, buffer) {
            Ok(n) => received.extend_from_slice(&buffer[..n]),
            Err(nb::Error::WouldBlock) => {}
            Err(nb::Error::Other(error)) => return Err(said("receive", error)),
        }
        if received.len() == bytes.len() {
            let same = received == bytes;
            return if same { Ok(()) } else { Err("other bytes arrived than were sent".into()) };
        }
        if received.len() == before {
            rig.idle();
        }
    }
    Err(format!("{} of {} bytes arrived", received.len(), bytes.len()))
}

fn bytes_arrive<R: Rig>(rig: &mut R) -> Result<(), String> {
    let mut joined = join(rig)?;
    let result = transfer(rig, &mut joined, &pattern(100_000), &mut [0; 1024]);
    let back = b"and back";
    wait(rig, "send", |rig| rig.server().send(&mut joined.server, back))?;
    let mut buffer = [0; 16];
    let n = wait(rig, "receive", |rig| rig.client().receive(&mut joined.client, &mut buffer))?;
    part(rig, joined)?;
    if !back.starts_with(&buffer[..n]) || n == 0 {
        return Err("what the server sent did not arrive".into());
    }
    result
}

fn small_buffers<R: Rig>(rig: &mut R) -> Result<(), String> {
    let mut joined = join(rig)?;
    let result = transfer(rig, &mut joined, &pattern(500), &mut [0; 3]);
    part(rig, joined)?;
    result
}

fn full_is_not_an_error<R: Rig>(rig: &mut R) -> Result<(), String> {
    const MOST: usize = 64 << 20;
    let mut joined = join(rig)?;
    let bytes = pattern(16 * 1024);
    let (mut sent, mut full) = (0, 0);
    // Full is full when it is so a few times, with time in between.
    while full < 8 {
        match rig.client().send(&mut joined.client, &bytes) {
            Ok(0) | Err(nb::Error::WouldBlock) => {
                full += 1;
                rig.idle();
            }
            Ok(n) => {
                sent += n;
                full = 0;
            }
            Err(nb::Error::Other(error)) => return Err(said("send", error)),
        }
        if sent > MOST {
            return Err("send took 64 MiB that nobody received".into());
        }
    }
    let mut buffer = vec![0; 64 * 1024];
    let mut received = 0;
    while received < sent {
        received +=
            wait(rig, "receive", |rig| rig.server().receive(&mut joined.server, &mut buffer))?;
    }
    let result = wait(rig, "send after the peer has read", |rig| {
        match rig.client().send(&mut joined.client, &bytes) {
            Ok(0) => Err(nb::Error::WouldBlock),
            other => other,
        }
    });
    part(rig, joined)?;
    result.map(|_| ())
}

fn end_comes_last<R: Rig>(rig: &mut R) -> Result<(), String> {
    let Joined { mut listener, server, mut client } = join(rig)?;
    let (bytes, mut server) = (pattern(2_000), server);
    let mut sent = 0;
    while sent < bytes.len() {
        sent += wait(rig, "send", |rig| rig.server().send(&mut server, &bytes[sent..]))?;
    }
    rig.server().close(server).map_err(|error| said("close", error))?;
    let mut received = Vec::new();
    let mut ends = 0;
    let mut buffer = [0; 100];
    let result = loop {
        let answer =
            wait(rig, "receive", |rig| match rig.client().receive(&mut client, &mut buffer) {
                Err(nb::Error::Other(error)) if error.kind() == TcpErrorKind::PipeClosed => Ok(0),
                other => other,
            });
        match answer {
            Ok(0) if received.len() < bytes.len() => {
                break Err(format!(
                    "the end came after {} of {} bytes",
                    received.len(),
                    bytes.len()
                ));
            }
            Ok(0) if ends == 2 => break Ok(()),
            Ok(0) => ends += 1,
            Ok(_) if ends > 0 => break Err("bytes came after the end".into()),
            Ok(n) => received.extend_from_slice(&buffer[..n]),
            Err(what) => break Err(what),
        }
    };
    let wrong = result.is_ok() && received != bytes;
    rig.client().close(client).map_err(|error| said("close", error))?;
    // A listener that is closed while clients knock must not mind, so it is asked once more.
    let _ = rig.server().accept(&mut listener);
    rig.server().close(listener).map_err(|error| said("close", error))?;
    if wrong { Err("other bytes arrived than were sent".to_string()) } else { result }
}

fn several_knock<R: Rig>(rig: &mut R) -> Result<(), String> {
    let (mut listener, address) = listen(rig)?;
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(connect(rig, address)?);
    }
    for _ in 0..3 {
        let server = accept(rig, &mut listener)?;
        rig.server().close(server).map_err(|error| said("close", error))?;
    }
    for client in clients {
        rig.client().close(client).map_err(|error| said("close", error))?;
    }
    rig.server().close(listener).map_err(|error| said("close", error))?;
    rig.idle();
    Ok(())
}

fn sockets_come_back<R: Rig>(rig: &mut R) -> Result<(), String> {
    let (mut listener, address) = listen(rig)?;
    for round in 0..64 {
        let round = |what: String| format!("round {round}: {what}");
        let client = connect(rig, address).map_err(round)?;
        let server = accept(rig, &mut listener).map_err(round)?;
        rig.client().close(client).map_err(|error| round(said("close", error)))?;
        rig.server().close(server).map_err(|error| round(said("close", error)))?;
        rig.idle();
    }
    rig.server().close(listener).map_err(|error| said("close", error))
}
