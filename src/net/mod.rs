//! What the drivers of client and server need of an `embedded-nal` stack, on common ground.
//!
//! Published stacks differ in what "nothing there yet" and "the peer has closed" look like. Here
//! `receive` answers one of three things, and so the rest of the crate needs to know no stack:
//!
//! | the stack says | here it means |
//! |---|---|
//! | `Ok(n)` | n bytes |
//! | `WouldBlock` | nothing yet |
//! | `Ok(0)`, or an error of kind `PipeClosed` | the peer has closed |
//! | any other error | the connection is broken |
//!
//! A stack whose `Ok(0)` means "nothing yet" (`smoltcp-nal` 0.7, `w5500` 0.6) must be wrapped in
//! [`ZeroIsIdle`]; `testing::check_stack` tells which kind a stack is. `Ok(0)` of `send`
//! always means that there is no room yet.
//!
//! Async stacks, of `embedded-nal-async`, are asked for by `AsyncTransport` (feature `async`).

#[cfg(feature = "async")]
mod asynch;
mod counted;
mod readiness;
mod sockets;
mod timeouts;
mod transport;
mod zero_is_idle;

#[cfg(feature = "async")]
pub(crate) use asynch::Polled;
#[cfg(feature = "async")]
pub use asynch::{AsyncTransport, Connection};
pub use counted::{Counted, Traffic};
pub use readiness::Readiness;
pub(crate) use sockets::Sockets;
pub use timeouts::Timeouts;
pub use transport::{Transport, TransportError};
pub use zero_is_idle::ZeroIsIdle;

use embedded_nal::{TcpClientStack, TcpError, TcpErrorKind};

/// What a [`Transport`] has received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// So many bytes, at least one.
    Data(usize),
    /// Nothing yet.
    Idle,
    /// The peer has closed, and all it sent was received.
    End,
}

/// Receives into `buffer`, which must not be empty: no room would look like the end.
pub(crate) fn receive<S: TcpClientStack>(
    stack: &mut S,
    socket: &mut S::TcpSocket,
    buffer: &mut [u8],
) -> Result<Received, S::Error> {
    match stack.receive(socket, buffer) {
        Ok(0) => Ok(Received::End),
        Ok(n) => Ok(Received::Data(n.min(buffer.len()))),
        Err(nb::Error::WouldBlock) => Ok(Received::Idle),
        Err(nb::Error::Other(error)) if error.kind() == TcpErrorKind::PipeClosed => {
            Ok(Received::End)
        }
        Err(nb::Error::Other(error)) => Err(error),
    }
}

/// Sends of `bytes` what the stack takes now: so many bytes, 0 if it has no room.
pub(crate) fn send<S: TcpClientStack>(
    stack: &mut S,
    socket: &mut S::TcpSocket,
    bytes: &[u8],
) -> Result<usize, S::Error> {
    match stack.send(socket, bytes) {
        Ok(n) => Ok(n.min(bytes.len())),
        Err(nb::Error::WouldBlock) => Ok(0),
        Err(nb::Error::Other(error)) => Err(error),
    }
}
