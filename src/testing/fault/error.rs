use core::fmt;

use embedded_nal::{TcpError, TcpErrorKind};

/// An error of a [`FaultStack`](super::FaultStack): its own, or one of the stack that it wraps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FaultError<E> {
    /// The script said so.
    Injected(TcpErrorKind),
    /// The wrapped stack failed by itself.
    Stack(E),
}

impl<E: TcpError> TcpError for FaultError<E> {
    fn kind(&self) -> TcpErrorKind {
        match self {
            Self::Injected(kind) => *kind,
            Self::Stack(error) => error.kind(),
        }
    }
}

impl<E: fmt::Display> fmt::Display for FaultError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Injected(TcpErrorKind::PipeClosed) => {
                f.write_str("the test says that the peer has closed the connection")
            }
            Self::Injected(_) => f.write_str("the test says that the call fails"),
            Self::Stack(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for FaultError<E> {}
