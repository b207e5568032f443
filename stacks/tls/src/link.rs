//! Where the two sides of TLS meet: the session, which the client talks to, and the engine.

use core::cell::RefCell;
use core::future::poll_fn;
use core::task::Poll;

use heapless::String;

use super::TlsError;
use super::keys::ALERT_RECORD;
use super::pipe::Pipe;

/// The longest DNS name has 253 bytes.
pub(super) type Host = String<253>;

/// The small buffers between a [`Session`](super::Session) and its [`engine`](super::engine()).
///
/// `N` bytes for each of four directions: to and from the connection, to and from the client. 256
/// are a good size; more are faster, and 24 are the least. On a 32-bit target it takes about
/// 4 × N + 350 bytes.
pub struct Link<const N: usize = 256> {
    state: RefCell<State<N>>,
}

pub(super) struct State<const N: usize> {
    pub(super) phase: Phase,
    /// Counts the connections.
    pub(super) connection: u32,
    /// For which host the connection is; empty when the engine has taken it.
    pub(super) host: Host,
    /// Bytes from the server, and whether they have ended.
    pub(super) wire_in: Pipe<N>,
    pub(super) wire_ended: bool,
    pub(super) wire_out: Pipe<N>,
    /// Decrypted bytes from the server, and the client's, not encrypted yet.
    pub(super) plain_in: Pipe<N>,
    pub(super) plain_out: Pipe<N>,
    /// What was written has to leave now, and need not wait for more.
    pub(super) flush: bool,
    /// The server asks the client to change its keys before it sends more (RFC 8446 section 4.6.3).
    pub(super) update: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// There is no connection.
    Idle,
    /// The engine shall begin a handshake.
    Opening,
    Handshake,
    Open,
    /// The engine shall send `close_notify`.
    Closing,
    /// The client has abandoned the connection: the engine has to drop it.
    Abandoned,
    /// The connection is over: orderly, or for a reason.
    Over(Result<(), TlsError>),
}

impl<const N: usize> Default for Link<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Link<N> {
    /// A link without a connection.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(N >= ALERT_RECORD, "a link needs 24 bytes in each direction or more") };
        Self {
            state: RefCell::new(State {
                phase: Phase::Idle,
                connection: 0,
                host: Host::new(),
                wire_in: Pipe::new(),
                wire_ended: false,
                wire_out: Pipe::new(),
                plain_in: Pipe::new(),
                plain_out: Pipe::new(),
                flush: false,
                update: false,
            }),
        }
    }

    /// Looks at the state, for a moment: it must not be kept over an `await`.
    pub(super) fn with<R>(&self, look: impl FnOnce(&mut State<N>) -> R) -> R {
        look(&mut self.state.borrow_mut())
    }

    /// Waits until `look` finds what it looks for.
    pub(super) async fn when<R>(&self, mut look: impl FnMut(&mut State<N>) -> Option<R>) -> R {
        poll_fn(|_| self.with(&mut look).map_or(Poll::Pending, Poll::Ready)).await
    }

    /// Fills `room` with bytes from the server.
    pub(super) async fn fill(&self, mut room: &mut [u8]) -> Result<(), TlsError> {
        while !room.is_empty() {
            let n = self.when(|state| take(state, room)).await?;
            room = room.get_mut(n..).unwrap_or_default();
        }
        Ok(())
    }

    /// Sends all of `bytes` to the server.
    pub(super) async fn send(&self, mut bytes: &[u8]) -> Result<(), TlsError> {
        while !bytes.is_empty() {
            let n = self.when(|state| give(state, bytes)).await?;
            bytes = bytes.get(n..).unwrap_or_default();
        }
        Ok(())
    }
}

impl<const N: usize> State<N> {
    /// Empties everything for a connection to `host`.
    pub(super) fn begin(&mut self, host: Host) {
        self.host = host;
        self.wire_in.clear();
        self.wire_out.clear();
        self.plain_in.clear();
        self.plain_out.clear();
        (self.wire_ended, self.flush, self.update) = (false, false, false);
        self.connection = self.connection.wrapping_add(1);
        self.phase = Phase::Opening;
    }
}

/// Bytes from the server, if there are any; an error when none will come.
fn take<const N: usize>(state: &mut State<N>, out: &mut [u8]) -> Option<Result<usize, TlsError>> {
    match state.phase {
        Phase::Abandoned => Some(Err(TlsError::NotOpen)),
        _ if !state.wire_in.is_empty() => Some(Ok(state.wire_in.pop(out))),
        _ => state.wire_ended.then_some(Err(TlsError::Truncated)),
    }
}

/// Room for bytes to the server, if there is any.
fn give<const N: usize>(state: &mut State<N>, bytes: &[u8]) -> Option<Result<usize, TlsError>> {
    match state.phase {
        Phase::Abandoned => Some(Err(TlsError::NotOpen)),
        _ => (!state.wire_out.is_full()).then(|| Ok(state.wire_out.push(bytes))),
    }
}
