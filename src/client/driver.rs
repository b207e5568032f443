//! Carries out what a [`Transaction`] says, over a [`Transport`]: never blocking, or until it is done.

mod blocking;
mod builder;
mod call;
pub(super) mod pool;
mod response;

pub use blocking::Client;
pub use call::Call;
pub use pool::Pool;
pub use response::Response;

use core::fmt;

use pool::Ticket;

use super::error::{Broken, Cause, Use};
use super::extra::Attempt;
use super::log;
use super::request::parts::Parts;
use super::request::proxy::Tunnelling;
use super::transaction::{Abilities, Goal, Recovery, Step, Transaction};
use super::{Error, ErrorOf, Failed, RequestError};
use crate::net::{Received, Sockets, Transport};
pub(super) use builder::client_builder;

/// A transaction with the socket of its connection.
pub(super) struct Driver<K> {
    pub(super) transaction: Transaction,
    pub(super) socket: Option<K>,
    /// Where in a [`Pool`] the connection has its place.
    ticket: Option<Ticket>,
}

/// How a step went.
pub(super) enum Outcome<T, D> {
    Moved,
    Blocked,
    Done(usize),
    /// The stack says so.
    Broken(Broken<T, D>),
    /// The transaction says so.
    Failed,
}

/// What a transport can do.
pub(super) const fn abilities<S: Sockets>() -> Abilities {
    Abilities { tls: S::TLS, tunnelling: if S::TUNNELS { Some(Tunnelling::NEW) } else { None } }
}

impl<K> Driver<K> {
    pub(super) const fn new() -> Self {
        Self { transaction: Transaction::new(), socket: None, ticket: None }
    }

    /// Writes the request into the buffer.
    pub(super) fn begin(
        &mut self,
        request: &Parts<'_>,
        buffer: &mut [u8],
        attempt: Attempt,
    ) -> Result<(), RequestError> {
        self.transaction.begin(request, buffer, attempt, false).map(|_| ())
    }

    /// Goes on until the goal is reached, or nothing can be done.
    pub(super) fn drive<S: Transport<Socket = K>>(
        &mut self,
        stack: &mut S,
        now_ms: u32,
        request: Option<&Parts<'_>>,
        buffer: &mut [u8],
        goal: &mut Goal<'_>,
    ) -> nb::Result<usize, ErrorOf<S>> {
        self.transaction.abilities = abilities::<S>();
        let mut broken = None;
        loop {
            let error = match self.carry_out(stack, now_ms, request, buffer, goal) {
                Outcome::Moved => continue,
                Outcome::Done(n) => return Ok(n),
                Outcome::Broken(error) => Some(error),
                Outcome::Failed => None,
                Outcome::Blocked => match self.transaction.blocked(now_ms) {
                    Ok(true) => continue,
                    Ok(false) => return Err(nb::Error::WouldBlock),
                    Err(Failed) => None,
                },
            };
            match self.recover(error, &mut broken, request, buffer) {
                Ok(()) => {}
                Err(error) if self.transaction.is_over() => {
                    self.close(stack);
                    return Err(nb::Error::Other(error));
                }
                Err(error) => return Err(nb::Error::Other(error)),
            }
        }
    }

    /// Goes on behind an error, or tells that of the call. `broken` is one that counts if no answer comes.
    #[inline]
    pub(super) fn recover<T: fmt::Debug, D: fmt::Debug>(
        &mut self,
        error: Option<Broken<T, D>>,
        broken: &mut Option<Broken<T, D>>,
        request: Option<&Parts<'_>>,
        buffer: &mut [u8],
    ) -> Result<(), Error<T, D>> {
        if !self.transaction.is_broken() {
            *broken = None;
        }
        let cause = error.as_ref().map_or(Cause::Message, Broken::cause);
        match self.transaction.recover(request, buffer, cause) {
            Recovery::Other => {}
            Recovery::Answer => *broken = error,
            Recovery::None => {
                let error = match broken.take().or(error) {
                    Some(error) => error.into(),
                    None => self.transaction.exchange.take_failure().into(),
                };
                log::failure(&error);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Does the next thing.
    fn carry_out<S: Transport<Socket = K>>(
        &mut self,
        stack: &mut S,
        now_ms: u32,
        request: Option<&Parts<'_>>,
        buffer: &mut [u8],
        goal: &mut Goal<'_>,
    ) -> Outcome<S::TcpError, S::DnsError> {
        let Self { transaction, socket, .. } = self;
        let (error, what) = match transaction.next(request, buffer, now_ms, goal) {
            Step::Resolve { host, kind } => {
                return match stack.resolve(host, kind) {
                    Ok(ip) => {
                        transaction.resolved(ip);
                        Outcome::Moved
                    }
                    Err(nb::Error::WouldBlock) => Outcome::Blocked,
                    Err(nb::Error::Other(error)) => Outcome::Broken(Broken::Dns(error)),
                };
            }
            Step::Connect { remote, tls } => {
                if socket.is_none() {
                    match stack.socket() {
                        Ok(new) => *socket = Some(new),
                        Err(error) => return Outcome::Broken(Broken::Socket(error)),
                    }
                }
                let Some(socket) = socket else { return Outcome::Failed };
                match stack.connect(socket, *remote, tls) {
                    Ok(()) => {
                        transaction.connected(request);
                        return Outcome::Moved;
                    }
                    Err(nb::Error::WouldBlock) => return Outcome::Blocked,
                    Err(nb::Error::Other(error)) => (error, Use::Connect),
                }
            }
            Step::Secure { host } => {
                let Some(socket) = socket else { return Outcome::Failed };
                match stack.secure(socket, host) {
                    Ok(()) => {
                        transaction.secured();
                        return Outcome::Moved;
                    }
                    Err(nb::Error::WouldBlock) => return Outcome::Blocked,
                    Err(nb::Error::Other(error)) => (error, Use::Connect),
                }
            }
            Step::Send(bytes) => {
                let Some(socket) = socket else { return Outcome::Failed };
                match stack.send(socket, bytes) {
                    Ok(sent) => {
                        transaction.sent(sent);
                        return Outcome::Moved;
                    }
                    Err(error) => (error, Use::Send),
                }
            }
            Step::Receive(room) => {
                let Some(open) = socket else { return Outcome::Failed };
                match stack.receive(open, room) {
                    Ok(received) => {
                        let done = match transaction.received(request, buffer, received) {
                            Ok(None) if received == Received::Idle => return Outcome::Blocked,
                            Ok(None) => return Outcome::Moved,
                            Ok(Some(done)) => done,
                            Err(Failed) => return Outcome::Failed,
                        };
                        return finish(stack, socket, done);
                    }
                    Err(error) => (error, Use::Receive),
                }
            }
            Step::Wait => return Outcome::Blocked,
            Step::Close => {
                close(stack, socket);
                return Outcome::Moved;
            }
            Step::Done(n, closes) => return finish(stack, socket, (n, closes)),
            Step::Failed => return Outcome::Failed,
        };
        let what = if transaction.is_connecting() { Use::Connect } else { what };
        Outcome::Broken(Broken::Connection(error, what))
    }

    /// Closes the socket, if it is open.
    pub(super) fn close<S: Sockets<Socket = K>>(&mut self, stack: &mut S) {
        self.transaction.close();
        close(stack, &mut self.socket);
    }
}

/// The goal is reached: so many bytes; whether the socket is to be closed.
pub(super) fn finish<S: Sockets, T, D>(
    stack: &mut S,
    socket: &mut Option<S::Socket>,
    (n, closes): (usize, bool),
) -> Outcome<T, D> {
    if closes {
        close(stack, socket);
    }
    Outcome::Done(n)
}

pub(super) fn close<S: Sockets>(stack: &mut S, socket: &mut Option<S::Socket>) {
    if let Some(socket) = socket.take() {
        stack.close(socket);
    }
}
