//! One side of a link: what the client talks to.

use core::convert::Infallible;
use core::pin::Pin;
use core::task::{Context, Waker};

use super::link::{Host, Link, Phase};
use super::{TlsError, name};

/// TLS as bytes in, bytes out: it sees no socket, no clock, and never blocks.
///
/// ```text
///   write, read            begin, close
///        |                      |
///      plain bytes ---- Session, engine ---- encrypted bytes
///                                                 |
///                                    wire_received, wire_to_send
/// ```
///
/// Bytes only move while it [turns](Self::turn). It takes three pointers.
pub struct Session<'e, const N: usize = 256> {
    link: &'e Link<N>,
    engine: Pin<&'e mut (dyn Future<Output = Infallible> + 'e)>,
}

/// What there is to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// So many bytes.
    Data(usize),
    /// Nothing yet.
    Idle,
    /// The server has sent `close_notify`: no more will come.
    End,
}

impl<'e, const N: usize> Session<'e, N> {
    /// A session on this link, with its [`engine`](super::engine()).
    pub fn new(
        link: &'e Link<N>,
        engine: Pin<&'e mut (dyn Future<Output = Infallible> + 'e)>,
    ) -> Self {
        Self { link, engine }
    }

    /// Begins a connection to `host`: a DNS name, or an IP address.
    ///
    /// A connection that was under way is abandoned.
    ///
    /// # Errors
    /// [`TlsError::Host`].
    pub fn begin(&mut self, host: &str) -> Result<(), TlsError> {
        let host = name::trimmed(host);
        name::parse(host)?;
        let host = Host::try_from(host).map_err(|_| TlsError::Host)?;
        self.abandon();
        self.link.with(|state| state.begin(host));
        self.turn();
        Ok(())
    }

    /// Counts the connections that were begun: says whether the one that somebody began is still the one.
    #[must_use]
    pub fn connection(&self) -> u32 {
        self.link.with(|state| state.connection)
    }

    /// Lets the engine do what it can do now.
    ///
    /// In a handshake, this computes: a tenth of a second to some seconds on a microcontroller.
    pub fn turn(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        // The engine has no end.
        let _ = self.engine.as_mut().poll(&mut context);
    }

    /// Whether the handshake is over, and the server the one that was meant.
    ///
    /// # Errors
    /// Why there will be no connection, or is none any longer.
    pub fn is_open(&self) -> Result<bool, TlsError> {
        self.link.with(|state| match state.phase {
            Phase::Open | Phase::Closing | Phase::Over(Ok(())) => Ok(true),
            Phase::Opening | Phase::Handshake => Ok(false),
            Phase::Over(Err(error)) => Err(error),
            Phase::Idle | Phase::Abandoned => Err(TlsError::NotOpen),
        })
    }

    /// Hands over bytes for the server, and says how many were taken: as many as there is room.
    ///
    /// They may wait for more, until there is a record full of them, or something is
    /// [read](Self::read) or [flushed](Self::flush).
    ///
    /// # Errors
    /// Why the connection is not open.
    pub fn write(&mut self, bytes: &[u8]) -> Result<usize, TlsError> {
        if !self.is_open()? {
            return Ok(0);
        }
        let mut taken = 0;
        loop {
            let rest = bytes.get(taken..).unwrap_or_default();
            let n = self.link.with(|state| match state.phase {
                Phase::Open => Ok(state.plain_out.push(rest)),
                _ => Err(TlsError::NotOpen),
            })?;
            taken += n;
            if n == 0 {
                return Ok(taken);
            }
            self.turn();
            self.is_open()?;
        }
    }

    /// Lets what was written leave, even if it is little.
    pub fn flush(&mut self) {
        self.link.with(|state| state.flush = true);
        self.turn();
    }

    /// Takes bytes that the server has sent.
    ///
    /// # Errors
    /// Why the connection broke, after all that came before was read.
    pub fn read(&mut self, out: &mut [u8]) -> Result<Read, TlsError> {
        self.flush();
        let mut n = 0;
        loop {
            let more =
                self.link.with(|state| state.plain_in.pop(out.get_mut(n..).unwrap_or_default()));
            n += more;
            if more == 0 {
                break;
            }
            self.turn();
        }
        if n > 0 || out.is_empty() {
            return Ok(Read::Data(n));
        }
        self.link.with(|state| match state.phase {
            Phase::Over(Ok(())) => Ok(Read::End),
            Phase::Over(Err(error)) => Err(error),
            Phase::Idle | Phase::Abandoned => Err(TlsError::NotOpen),
            _ => Ok(Read::Idle),
        })
    }

    /// Takes bytes from the connection, and says how many: as many as there is room.
    pub fn wire_received(&mut self, bytes: &[u8]) -> usize {
        let n = self.link.with(|state| state.wire_in.push(bytes));
        self.turn();
        n
    }

    /// Lets `receive` put bytes from the connection where there is room for them; it says how many. Returns
    /// that, and 0 if there is no room.
    ///
    /// # Errors
    /// That of `receive`.
    pub fn wire_receive<E>(
        &mut self,
        receive: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        if self.wire_room() == 0 {
            return Ok(0);
        }
        let n = self.link.with(|state| {
            let n = receive(state.wire_in.room())?;
            state.wire_in.put(n);
            Ok(n)
        })?;
        self.turn();
        Ok(n)
    }

    /// The room for bytes from the connection.
    #[must_use]
    pub fn wire_room(&self) -> usize {
        self.link.with(|state| match state.phase {
            _ if state.wire_ended => 0,
            Phase::Handshake | Phase::Open | Phase::Closing => state.wire_in.room().len(),
            _ => 0,
        })
    }

    /// The connection has ended: no more bytes will come.
    pub fn wire_ended(&mut self) {
        self.link.with(|state| state.wire_ended = true);
        self.turn();
    }

    /// Shows `send` bytes for the connection, which says how many of them it has sent.
    ///
    /// # Errors
    /// That of `send`.
    pub fn wire_to_send<E>(
        &mut self,
        send: impl FnOnce(&[u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let n = self.link.with(|state| {
            if state.wire_out.is_empty() {
                return Ok(0);
            }
            let n = send(state.wire_out.content())?;
            state.wire_out.take(n);
            Ok(n)
        })?;
        if n > 0 {
            self.turn();
        }
        Ok(n)
    }

    /// Closes the connection with a `close_notify` to the server. What is then to send has to be sent before the
    /// socket is closed.
    pub fn close(&mut self) {
        self.link.with(|state| match state.phase {
            Phase::Open => {
                state.phase = Phase::Closing;
                state.flush = true;
            }
            Phase::Opening | Phase::Handshake => state.phase = Phase::Abandoned,
            _ => {}
        });
        self.turn();
    }

    /// Abandons the connection: nothing more is sent or received.
    pub fn abandon(&mut self) {
        self.link.with(|state| {
            if state.phase != Phase::Idle {
                state.phase = Phase::Abandoned;
            }
        });
        self.turn();
    }
}
