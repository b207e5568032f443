//! Carries out what a [`Transaction`] says, over a [`Transport`]: never blocking, or until it is done.

mod blocking;
mod call;
mod pool;
mod response;

pub use blocking::Client;
pub use call::Call;
pub use pool::Pool;
pub use response::Response;

use pool::Ticket;

use super::extra::Attempt;
use super::log;
use super::request::parts::Parts;
use super::transaction::{Abilities, Goal, Recovery, Step, Transaction, Tunnelling};
use super::{Error, ErrorOf, RequestError, ResponseError};
use crate::net::{Received, Transport};

/// A transaction with the socket of its connection.
struct Driver<K> {
    transaction: Transaction,
    socket: Option<K>,
    /// Where in a [`Pool`] the connection has its place.
    ticket: Option<Ticket>,
}

/// How a step went.
enum Outcome {
    Moved,
    Blocked,
    Done(usize),
}

/// What a transport can do.
const fn abilities<S: Transport>() -> Abilities {
    Abilities { tls: S::TLS, tunnelling: if S::TUNNELS { Some(Tunnelling::NEW) } else { None } }
}

impl<K> Driver<K> {
    const IDLE: Self = Self { transaction: Transaction::IDLE, socket: None, ticket: None };

    /// Writes the request into the buffer.
    fn begin(
        &mut self,
        request: &Parts<'_>,
        buffer: &mut [u8],
        attempt: Attempt,
    ) -> Result<(), RequestError> {
        self.transaction.begin(request, buffer, attempt, false).map(|_| ())
    }

    /// Goes on until the goal is reached, or nothing can be done.
    fn drive<S: Transport<Socket = K>>(
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
                Ok(Outcome::Moved) => continue,
                Ok(Outcome::Done(n)) => return Ok(n),
                Ok(Outcome::Blocked) => match self.transaction.blocked(now_ms) {
                    Ok(true) => continue,
                    Ok(false) => return Err(nb::Error::WouldBlock),
                    Err(error) => error.into(),
                },
                Err(error) => error,
            };
            if !self.transaction.is_broken() {
                broken = None;
            }
            match self.transaction.recover(request, buffer, error.cause()) {
                Recovery::Other => {}
                Recovery::Answer => broken = Some(error),
                Recovery::None => {
                    let error = broken.unwrap_or(error);
                    log::failure(&error);
                    if self.transaction.is_over() {
                        self.close(stack);
                    }
                    return Err(nb::Error::Other(error));
                }
            }
        }
    }

    /// Does the next thing.
    fn carry_out<S: Transport<Socket = K>>(
        &mut self,
        stack: &mut S,
        now_ms: u32,
        request: Option<&Parts<'_>>,
        buffer: &mut [u8],
        goal: &mut Goal<'_>,
    ) -> Result<Outcome, ErrorOf<S>> {
        let Self { transaction, socket, .. } = self;
        let blocked = match transaction.next(request, buffer, now_ms, goal)? {
            Step::Resolve { host, kind } => match stack.resolve(host, kind) {
                Ok(ip) => {
                    transaction.resolved(ip);
                    false
                }
                Err(error) => is_blocked(error.map(Error::Dns))?,
            },
            Step::Connect { remote, tls } => {
                if socket.is_none() {
                    *socket = Some(stack.socket().map_err(Error::Socket)?);
                }
                match stack.connect(open(socket)?, remote, tls) {
                    Ok(()) => {
                        transaction.connected(request);
                        false
                    }
                    Err(error) => is_blocked(error.map(|error| Error::of(error, Error::Connect)))?,
                }
            }
            Step::Secure { host } => match stack.secure(open(socket)?, host) {
                Ok(()) => {
                    transaction.secured();
                    false
                }
                Err(error) => is_blocked(error.map(|error| Error::of(error, Error::Connect)))?,
            },
            Step::Send(bytes) => {
                let sent = stack.send(open(socket)?, bytes);
                let what = if transaction.is_connecting() { Error::Connect } else { Error::Send };
                transaction.sent(sent.map_err(|error| Error::of(error, what))?);
                false
            }
            Step::Receive(room) => {
                let received = stack.receive(open(socket)?, room);
                let what =
                    if transaction.is_connecting() { Error::Connect } else { Error::Receive };
                let received = received.map_err(|error| Error::of(error, what))?;
                transaction.received(request, buffer, received)?;
                received == Received::Idle
            }
            Step::Wait => true,
            Step::Close => {
                close(stack, socket);
                false
            }
            Step::Done(n, closes) => {
                if closes {
                    close(stack, socket);
                }
                return Ok(Outcome::Done(n));
            }
        };
        Ok(if blocked { Outcome::Blocked } else { Outcome::Moved })
    }

    /// Closes the socket, if it is open.
    fn close<S: Transport<Socket = K>>(&mut self, stack: &mut S) {
        self.transaction.close();
        close(stack, &mut self.socket);
    }
}

fn close<S: Transport>(stack: &mut S, socket: &mut Option<S::Socket>) {
    if let Some(socket) = socket.take() {
        stack.close(socket);
    }
}

fn open<K, T, D>(socket: &mut Option<K>) -> Result<&mut K, Error<T, D>> {
    socket.as_mut().ok_or(Error::Response(ResponseError::Over))
}

fn is_blocked<E>(error: nb::Error<E>) -> Result<bool, E> {
    match error {
        nb::Error::WouldBlock => Ok(true),
        nb::Error::Other(error) => Err(error),
    }
}
