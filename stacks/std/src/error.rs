use std::{fmt, io};

use embedded_nal::{TcpError, TcpErrorKind, nb};
use rustix::io::Errno;

/// Why a call failed.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// Nobody listens at that address.
    Refused,
    /// The peer has reset the connection.
    Reset,
    /// The peer has closed, and takes no more.
    PipeClosed,
    /// The operating system gave up connecting.
    TimedOut,
    /// Another socket has that port.
    AddressInUse,
    /// There is no way to that address.
    Unreachable,
    /// The call does not fit what the socket is: a listener, connected, or neither yet.
    WrongState,
    /// The host has no address of the kind that was asked for.
    HostNotFound,
    /// The operating system has no such call.
    Unsupported,
    /// Anything else, by the operating system's number.
    Os(i32),
}

impl Error {
    pub(crate) fn of(errno: Errno) -> Self {
        match errno {
            Errno::CONNREFUSED => Self::Refused,
            Errno::CONNRESET | Errno::CONNABORTED => Self::Reset,
            Errno::PIPE => Self::PipeClosed,
            Errno::TIMEDOUT => Self::TimedOut,
            Errno::ADDRINUSE => Self::AddressInUse,
            Errno::NETUNREACH | Errno::HOSTUNREACH => Self::Unreachable,
            other => Self::Os(other.raw_os_error()),
        }
    }

    /// `WouldBlock`, or what went wrong.
    pub(crate) fn nb(errno: Errno) -> nb::Error<Self> {
        match errno {
            Errno::AGAIN | Errno::INTR | Errno::INPROGRESS | Errno::ALREADY => {
                nb::Error::WouldBlock
            }
            other => nb::Error::Other(Self::of(other)),
        }
    }
}

impl TcpError for Error {
    fn kind(&self) -> TcpErrorKind {
        match self {
            Self::PipeClosed => TcpErrorKind::PipeClosed,
            _ => TcpErrorKind::Other,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "connection refused: nobody listens there",
            Self::Reset => "connection reset by the peer",
            Self::PipeClosed => "the peer has closed the connection",
            Self::TimedOut => "the operating system gave up connecting",
            Self::AddressInUse => "the port is in use",
            Self::Unreachable => "there is no way to that address",
            Self::WrongState => "the socket is in the wrong state for this call",
            Self::HostNotFound => "host name not found",
            Self::Unsupported => "the operating system has no such call",
            Self::Os(number) => return io::Error::from_raw_os_error(*number).fmt(f),
        })
    }
}

/// The same sentence as `Display`: code that is generic over stacks has only this.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
