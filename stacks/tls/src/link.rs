//! Where the two sides of TLS meet: the session, which the client talks to, and the engine.

use core::cell::RefCell;
use core::future::poll_fn;
use core::task::Poll;

use embedded_io::{ErrorKind, ErrorType};
use heapless::String;

use super::engine::GOODBYE;
use super::guard::Guard;
use super::pipe::Pipe;
use super::{Alert, TlsError};

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
    /// What the server has said, and what it is to be told.
    pub(super) plain_in: Pipe<N>,
    pub(super) plain_out: Pipe<N>,
    /// What was written has to leave now, and need not wait for more.
    pub(super) flush: bool,
    pub(super) guard: Guard,
    /// What the guard has found.
    pub(super) fault: Option<TlsError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// There is no connection.
    Idle,
    /// The engine shall begin a handshake.
    Opening,
    Handshake,
    Open,
    /// The engine shall say goodbye.
    Closing,
    /// The client does not want the connection any more: the engine has to forget it.
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
        const { assert!(N >= GOODBYE, "a link needs 24 bytes in each direction or more") };
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
                guard: Guard::new(0),
                fault: None,
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
}

impl<const N: usize> State<N> {
    /// Empties everything for a connection to `host`.
    pub(super) fn begin(&mut self, host: Host) {
        self.host = host;
        self.wire_in.clear();
        self.wire_out.clear();
        self.plain_in.clear();
        self.plain_out.clear();
        (self.wire_ended, self.flush, self.fault) = (false, false, None);
        self.connection = self.connection.wrapping_add(1);
        self.phase = Phase::Opening;
    }

    /// The alert that the server has sent instead of its hello.
    pub(super) fn clear_alert(&self) -> Option<Alert> {
        self.guard.clear_alert()
    }
}

/// The connection as `embedded-tls` sees it.
#[derive(Clone, Copy)]
pub(super) struct Wire<'l, const N: usize>(pub(super) &'l Link<N>);

/// Stands for the fault that is in the state, or for a connection that was given up.
#[derive(Debug)]
pub(super) struct WireError;

impl core::fmt::Display for WireError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("connection was given up")
    }
}

impl core::error::Error for WireError {}

impl embedded_io::Error for WireError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::ConnectionAborted
    }
}

impl<const N: usize> ErrorType for Wire<'_, N> {
    type Error = WireError;
}

impl<const N: usize> embedded_io_async::Read for Wire<'_, N> {
    async fn read(&mut self, out: &mut [u8]) -> Result<usize, WireError> {
        self.0.when(|state| read(state, out)).await
    }
}

impl<const N: usize> embedded_io_async::Write for Wire<'_, N> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, WireError> {
        let push = |state: &mut State<N>| match state.phase {
            Phase::Abandoned => Some(Err(WireError)),
            _ if state.wire_out.is_full() => None,
            _ => Some(Ok(state.wire_out.push(bytes))),
        };
        self.0.when(push).await
    }

    async fn flush(&mut self) -> Result<(), WireError> {
        Ok(())
    }
}

fn read<const N: usize>(state: &mut State<N>, out: &mut [u8]) -> Option<Result<usize, WireError>> {
    if state.phase == Phase::Abandoned || state.fault.is_some() {
        return Some(Err(WireError));
    }
    if state.wire_in.is_empty() {
        return state.wire_ended.then_some(Ok(0));
    }
    let there = state.wire_in.content();
    let n = there.len().min(out.len());
    match state.guard.admit(there.get(..n).unwrap_or_default()) {
        Ok(n) => Some(Ok(state.wire_in.pop(out.get_mut(..n).unwrap_or_default()))),
        Err(fault) => {
            state.fault = Some(fault);
            Some(Err(WireError))
        }
    }
}
