use core::fmt;

use embedded_nal::{TcpError, TcpErrorKind};

/// Why a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// Nobody listens at that address, or nobody answered.
    Refused,
    /// The peer has reset the connection, or nothing arrived from it for too long.
    Reset,
    /// Every socket of the kind is in use: give the stack more, or close some.
    NoSocket,
    /// There is no address of this stack from which that address can be reached.
    Unreachable,
    /// The port is listened on already.
    AddressInUse,
    /// The call does not fit what the socket is: a listener, connected, or neither yet.
    WrongState,
    /// The stack was made without a DNS socket.
    NoDns,
    /// The name has no address of the kind that was asked for, or no server answered.
    HostNotFound,
    /// The datagram is longer than the buffer of its socket.
    TooLong,
    /// There is no such call here.
    Unsupported,
}

impl TcpError for Error {
    fn kind(&self) -> TcpErrorKind {
        TcpErrorKind::Other
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "connection refused: nobody listens there",
            Self::Reset => "connection reset by the peer",
            Self::NoSocket => "every socket of that kind is in use: give the stack more",
            Self::Unreachable => "this stack has no address from which that one can be reached",
            Self::AddressInUse => "the port is listened on already",
            Self::WrongState => "the socket is in the wrong state for this call",
            Self::NoDns => "the stack was made without a DNS socket",
            Self::HostNotFound => "host name not found",
            Self::TooLong => "the datagram is longer than the buffer of its socket",
            Self::Unsupported => "there is no such call",
        })
    }
}

impl core::error::Error for Error {}
