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
    /// The peer does not answer, and the operating system gave up.
    TimedOut,
    /// Another socket has that port.
    AddressInUse,
    /// There is no way to that address.
    Unreachable,
    /// The system forbids it: ports under 1024 are often kept for root.
    NotPermitted,
    /// This program, or the machine, has as many sockets and files open as it may.
    TooManyOpen,
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
            Errno::ACCESS | Errno::PERM => Self::NotPermitted,
            Errno::MFILE | Errno::NFILE => Self::TooManyOpen,
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
            Self::TimedOut => "the peer does not answer: the operating system gave up",
            Self::AddressInUse => "the port is in use: stop who listens there, or take another",
            Self::Unreachable => "there is no way to that address: is the network up?",
            Self::NotPermitted => "not permitted: ports under 1024 are often kept for root, and a firewall may forbid more",
            Self::TooManyOpen => "too many sockets and files are open: close some",
            Self::WrongState => {
                "the socket is not ready for this call: connect comes before send and receive, \
                 bind before listen, listen before accept"
            }
            Self::HostNotFound => "the host has no such address: check its name, and the network",
            Self::Unsupported => "the operating system has no such call: do without it",
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
