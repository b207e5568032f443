use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp::{Socket, State};
use smoltcp::time::{Duration, Instant};

use crate::watched::Watched;

/// A connection that was closed may go so long without progress before its socket is taken for another.
const CLOSING: Duration = Duration::from_secs(10);
/// A client that has begun to connect may take so long before its socket is taken for another.
///
/// Both sides send again after one second (RFC 6298, 2.1), and what is lost once has then arrived.
const HALF_OPEN: Duration = Duration::from_secs(2);
/// A peer of which nothing arrives for this time is gone.
///
/// smoltcp sends again after 1, 3, 7, 15, 31, 63 and 127 seconds; RFC 1122, 4.2.3.5 wants 100 seconds at least.
pub(crate) const PEER_TIMEOUT: Duration = Duration::from_secs(130);

/// A TCP socket of smoltcp, and what it is used for.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) handle: SocketHandle,
    pub(crate) role: Role,
    pub(crate) watched: Watched,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It can be taken for anything.
    Free,
    /// It listens on the port, or has a client that was not accepted yet.
    Backlog { port: u16, client: Option<Pending> },
    /// A caller holds it.
    Taken,
    /// It was closed, and still has to send what is queued and receive the peer's FIN.
    Closing {
        /// Since when nothing more of what is left has arrived.
        since: Instant,
        /// So much was left to send then: bytes, and the FIN.
        left: usize,
    },
}

/// A client that connects, or waits to be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) since: Instant,
    /// Its place in the order of all that have come.
    pub(crate) turn: u32,
}

/// What is lost with a socket that is taken for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cost {
    /// It is free.
    Nothing,
    /// It only waits for stray segments (TIME-WAIT).
    Memory,
    /// It has a reset to send.
    Reset,
    /// What is queued, or a client that is slow to connect.
    Connection,
}

impl Role {
    /// How much is lost if the socket is taken for something else; `None`: it must not be.
    ///
    /// Of two that cost the same, the one that has waited longer is better.
    pub(crate) fn cost(self, socket: &Socket<'_>, now: Instant) -> Option<(Cost, Instant)> {
        let (since, patience) = match self {
            Self::Free => (now, CLOSING),
            Self::Closing { since, .. } => (since, CLOSING),
            Self::Backlog { client: Some(client), .. } => (client.since, HALF_OPEN),
            Self::Backlog { client: None, .. } | Self::Taken => return None,
        };
        let cost = match (self, socket.state()) {
            (Self::Backlog { .. }, state) if state != State::SynReceived => return None,
            (_, State::Closed) if socket.remote_endpoint().is_none() => Cost::Nothing,
            (_, State::TimeWait) => Cost::Memory,
            (_, State::Closed) => Cost::Reset,
            _ if now - since >= patience => Cost::Connection,
            _ => return None,
        };
        Some((cost, since))
    }

    /// Sees to a connection that was closed, and answers what it is then.
    pub(crate) fn after_close(self, socket: &mut Socket<'_>, now: Instant) -> Self {
        let Self::Closing { mut since, mut left } = self else { return self };
        // Nobody will read it, but as long as it lies there the peer cannot send its FIN.
        while matches!(socket.recv(|bytes| (bytes.len(), bytes.len())), Ok(1..)) {}
        let fin = matches!(socket.state(), State::FinWait1 | State::Closing | State::LastAck);
        let still_left = socket.send_queue() + usize::from(fin);
        if still_left != left {
            (since, left) = (now, still_left);
        }
        let patience = match socket.state() {
            State::Closed => return Self::Free,
            State::TimeWait => return self,
            // All has arrived, and the peer does not close.
            State::FinWait2 => CLOSING,
            _ => PEER_TIMEOUT,
        };
        if now - since >= patience {
            socket.abort();
        }
        Self::Closing { since, left }
    }
}
