//! The sockets of one check of [`check_stack`](super::check_stack), and what is done with them.

use core::net::SocketAddr;
use std::fmt::Debug;
use std::string::String;
use std::vec::Vec;
use std::{format, vec};

use embedded_nal::{TcpClientStack, TcpError, TcpErrorKind, TcpFullStack};

use super::rig::Rig;

pub(super) type Outcome = Result<(), String>;

/// So many tries that change nothing before a check gives up.
pub(super) const TRIES: usize = 2_000;

pub(super) type ServerSocket<R> = <<R as Rig>::Server as TcpClientStack>::TcpSocket;
pub(super) type ClientSocket<R> = <<R as Rig>::Client as TcpClientStack>::TcpSocket;

/// The sockets of one check. Connection `n` is between `clients[n]` and `servers[n]`.
pub(super) struct Bench<'r, R: Rig> {
    pub(super) rig: &'r mut R,
    pub(super) listener: Option<ServerSocket<R>>,
    pub(super) address: Option<SocketAddr>,
    pub(super) servers: Vec<Option<ServerSocket<R>>>,
    pub(super) clients: Vec<Option<ClientSocket<R>>>,
    pub(super) note: Option<&'static str>,
}

/// An end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Client,
    Server,
}

pub(super) const BOTH: [(Side, Side); 2] =
    [(Side::Client, Side::Server), (Side::Server, Side::Client)];

#[derive(Debug, PartialEq)]
pub(super) enum Received {
    Data(usize),
    Idle,
    Zero,
    PipeClosed,
}

pub(super) fn said(what: &str, error: impl Debug) -> String {
    format!("{what} failed: {error:?}")
}

fn received<E: TcpError>(answer: nb::Result<usize, E>, room: usize) -> Result<Received, String> {
    match answer {
        Ok(0) => Ok(Received::Zero),
        Ok(n) if n > room => Err(format!("receive answered Ok({n}) for a buffer of {room}")),
        Ok(n) => Ok(Received::Data(n)),
        Err(nb::Error::WouldBlock) => Ok(Received::Idle),
        Err(nb::Error::Other(error)) if error.kind() == TcpErrorKind::PipeClosed => {
            Ok(Received::PipeClosed)
        }
        Err(nb::Error::Other(error)) => Err(said("receive", error)),
    }
}

fn sent<E: TcpError>(answer: nb::Result<usize, E>, bytes: usize) -> Result<usize, String> {
    match answer {
        Ok(n) if n > bytes => Err(format!("send answered Ok({n}) for {bytes} bytes")),
        Ok(n) => Ok(n),
        Err(nb::Error::WouldBlock) => Ok(0),
        Err(nb::Error::Other(error)) => Err(said("send", error)),
    }
}

pub(super) const GONE: &str = "the check itself is wrong: it has closed that socket";

impl<'r, R: Rig> Bench<'r, R> {
    pub(super) fn new(rig: &'r mut R) -> Self {
        let (listener, address, note) = (None, None, None);
        Self { rig, listener, address, servers: Vec::new(), clients: Vec::new(), note }
    }

    /// Tries until it no longer would block.
    pub(super) fn wait<T, E: Debug>(
        &mut self,
        what: &str,
        mut call: impl FnMut(&mut R) -> nb::Result<T, E>,
    ) -> Result<T, String> {
        for _ in 0..TRIES {
            match call(self.rig) {
                Ok(value) => return Ok(value),
                Err(nb::Error::WouldBlock) => self.rig.idle(),
                Err(nb::Error::Other(error)) => return Err(said(what, error)),
            }
        }
        Err(format!("{what} still would block after {TRIES} tries"))
    }

    pub(super) fn listen(&mut self) -> Outcome {
        self.listen_on(self.rig.port())
    }

    pub(super) fn listen_on(&mut self, port: u16) -> Outcome {
        let stack = self.rig.server();
        let listener = stack.socket().map_err(|error| said("socket", error))?;
        let listener = self.listener.insert(listener);
        stack.bind(listener, port).map_err(|error| said("bind", error))?;
        stack.listen(listener).map_err(|error| said("listen", error))?;
        self.address = Some(self.rig.address(listener));
        Ok(())
    }

    pub(super) fn connect(&mut self) -> Outcome {
        let address = self.address.ok_or(GONE)?;
        let mut client = self.rig.client().socket().map_err(|error| said("socket", error))?;
        let connected = self.wait("connect", |rig| rig.client().connect(&mut client, address));
        self.clients.push(Some(client));
        connected
    }

    pub(super) fn accept(&mut self) -> Outcome {
        let mut listener = self.listener.take().ok_or(GONE)?;
        let accepted = self.wait("accept", |rig| rig.server().accept(&mut listener));
        self.listener = Some(listener);
        self.servers.push(Some(accepted?.0));
        Ok(())
    }

    /// Opens a connection, listening if nobody does.
    pub(super) fn join(&mut self) -> Outcome {
        if self.listener.is_none() {
            self.listen()?;
        }
        self.connect()?;
        self.accept()
    }

    pub(super) fn send(&mut self, side: Side, n: usize, bytes: &[u8]) -> Result<usize, String> {
        match side {
            Side::Client => {
                let socket = self.clients.get_mut(n).and_then(Option::as_mut).ok_or(GONE)?;
                sent(self.rig.client().send(socket, bytes), bytes.len())
            }
            Side::Server => {
                let socket = self.servers.get_mut(n).and_then(Option::as_mut).ok_or(GONE)?;
                sent(self.rig.server().send(socket, bytes), bytes.len())
            }
        }
    }

    pub(super) fn receive(
        &mut self,
        side: Side,
        n: usize,
        buffer: &mut [u8],
    ) -> Result<Received, String> {
        let room = buffer.len();
        match side {
            Side::Client => {
                let socket = self.clients.get_mut(n).and_then(Option::as_mut).ok_or(GONE)?;
                received(self.rig.client().receive(socket, buffer), room)
            }
            Side::Server => {
                let socket = self.servers.get_mut(n).and_then(Option::as_mut).ok_or(GONE)?;
                received(self.rig.server().receive(socket, buffer), room)
            }
        }
    }

    /// Sends `bytes` until all are taken, or the stack has no room; says how many were taken.
    pub(super) fn fill(&mut self, from: Side, n: usize, bytes: &[u8]) -> Result<usize, String> {
        // Full is full when it is so a few times, with time in between.
        let (mut sent, mut full) = (0, 0);
        while sent < bytes.len() && full < 8 {
            match self.send(from, n, &bytes[sent..])? {
                0 => {
                    full += 1;
                    self.rig.idle();
                }
                more => {
                    sent += more;
                    full = 0;
                }
            }
        }
        Ok(sent)
    }

    /// Sends `bytes` over a connection, and receives and compares them as they come.
    ///
    /// `Ok(0)` from `receive` is taken for "nothing yet": that it is none has a check of its own.
    pub(super) fn transfer(
        &mut self,
        way: (Side, Side),
        n: usize,
        bytes: &[u8],
        room: usize,
    ) -> Outcome {
        let (from, to) = way;
        let (mut sent, mut arrived, mut buffer) = (0, 0, vec![0; room]);
        let mut tries = 0;
        while arrived < bytes.len() {
            let progress = (sent, arrived);
            if sent < bytes.len() {
                sent += self.send(from, n, &bytes[sent..])?;
            }
            if let Received::Data(count) = self.receive(to, n, &mut buffer)? {
                if !bytes[arrived..].starts_with(&buffer[..count]) {
                    return Err(format!("{to:?} received other bytes than were sent"));
                }
                arrived += count;
            }
            if progress == (sent, arrived) {
                tries += 1;
                self.rig.idle();
            }
            if tries > TRIES {
                return Err(format!("{to:?} received {arrived} of {} bytes", bytes.len()));
            }
        }
        Ok(())
    }

    pub(super) fn close(&mut self, side: Side, n: usize) -> Outcome {
        let closed = match side {
            Side::Client => {
                let socket = self.clients.get_mut(n).and_then(Option::take).ok_or(GONE)?;
                self.rig.client().close(socket).map_err(|error| said("close", error))
            }
            Side::Server => {
                let socket = self.servers.get_mut(n).and_then(Option::take).ok_or(GONE)?;
                self.rig.server().close(socket).map_err(|error| said("close", error))
            }
        };
        self.rig.idle();
        closed
    }

    /// Closes what is open; the first error is what it answers.
    pub(super) fn close_all(&mut self) -> Outcome {
        let mut result = Ok(());
        for n in 0..self.clients.len() {
            if self.clients[n].is_some() {
                result = result.and(self.close(Side::Client, n));
            }
        }
        for n in 0..self.servers.len() {
            if self.servers[n].is_some() {
                result = result.and(self.close(Side::Server, n));
            }
        }
        self.clients.clear();
        self.servers.clear();
        if let Some(listener) = self.listener.take() {
            let closed = self.rig.server().close(listener);
            result = result.and(closed.map_err(|error| said("close of the listener", error)));
        }
        self.rig.idle();
        result
    }
}
