//! What a stack says, until it is told: no larger than that.

use super::Error;
use crate::net::TransportError;

/// What the stack says.
pub(in crate::client) enum Broken<T, D> {
    Dns(D),
    Socket(T),
    Connection(TransportError<T>, Use),
}

/// What a connection was used for when it broke.
#[derive(Clone, Copy)]
pub(in crate::client) enum Use {
    Connect,
    Send,
    Receive,
}

impl<T, D> Broken<T, D> {
    /// Where it comes from.
    pub(in crate::client) const fn cause(&self) -> Cause {
        match self {
            Self::Dns(_) => Cause::Network,
            Self::Connection(error, _) if error.is_tcp() => Cause::Network,
            Self::Socket(_) | Self::Connection(..) => Cause::Transport,
        }
    }
}

impl<T, D> From<Broken<T, D>> for Error<T, D> {
    fn from(error: Broken<T, D>) -> Self {
        match error {
            Broken::Dns(error) => Self::Dns(error),
            Broken::Socket(error) => Self::Socket(error),
            #[cfg(feature = "async")]
            Broken::Connection(TransportError::Socket(error), _) => Self::Socket(error),
            Broken::Connection(TransportError::Tcp(error), what) => match what {
                Use::Connect => Self::Connect(error),
                Use::Send => Self::Send(error),
                Use::Receive => Self::Receive(error),
            },
            #[cfg(feature = "tls")]
            Broken::Connection(TransportError::Tls(error), _) => Self::Tls(error),
        }
    }
}

/// Where an error comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::client) enum Cause {
    /// TCP or DNS.
    Network,
    /// The transport's TLS, or a socket that it does not have.
    Transport,
    /// What is sent or received, or its time.
    Message,
}
