use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp::{Socket, State};
use smoltcp::time::{Duration, Instant};

/// A connection that was closed may go so long without progress; then its socket may be taken by another.
pub(crate) const CLOSING: Duration = Duration::from_secs(10);
/// A peer that is not heard of for this time is gone.
///
/// smoltcp sends again after 1, 3, 7, 15, 31 and 63 seconds; RFC 1122, 4.2.3.5 wants 100 seconds at least.
pub(crate) const SILENCE: Duration = Duration::from_secs(120);

/// A TCP socket of smoltcp, and what it is used for.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) handle: SocketHandle,
    pub(crate) role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It can be taken for anything.
    Free,
    /// It listens on the port, or has a client that was not accepted yet.
    Backlog { port: u16, client: Option<Newcomer> },
    /// A caller holds it.
    Taken,
    /// It was closed, and still has to send what is queued and hear the peer close.
    Closing {
        /// Since when nothing more of what is queued has arrived.
        since: Instant,
        /// So many bytes were queued then.
        queued: usize,
    },
}

/// A client that knocks, or waits to be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Newcomer {
    pub(crate) since: Instant,
    /// Its place in the order of all that have come.
    pub(crate) turn: u32,
}

impl Role {
    /// How gladly the socket is taken for something else, least first; `None`: not at all.
    ///
    /// Longer ago is better among those that were closed.
    pub(crate) fn reluctance(self, socket: &Socket<'_>, now: Instant) -> Option<(u8, Instant)> {
        let since = match self {
            Self::Free => now,
            Self::Closing { since, .. } => since,
            Self::Backlog { .. } | Self::Taken => return None,
        };
        let rank = match socket.state() {
            State::Closed if socket.remote_endpoint().is_none() => 0,
            // It only waits for stray segments.
            State::TimeWait => 1,
            // It has a reset to send.
            State::Closed => 2,
            _ if now - since >= CLOSING => 3,
            _ => return None,
        };
        Some((rank, since))
    }

    /// Sees to a connection that was closed, and answers what it is then.
    pub(crate) fn after_close(self, socket: &mut Socket<'_>, now: Instant) -> Self {
        let Self::Closing { mut since, mut queued } = self else { return self };
        // Nobody will read it, but as long as it lies there the peer cannot send its FIN.
        while matches!(socket.recv(|bytes| (bytes.len(), bytes.len())), Ok(1..)) {}
        if socket.send_queue() != queued {
            (since, queued) = (now, socket.send_queue());
        }
        let patience = match socket.state() {
            State::Closed => return Self::Free,
            State::TimeWait => return self,
            // All has arrived, and the peer does not close.
            State::FinWait2 => CLOSING,
            _ => SILENCE,
        };
        if now - since >= patience {
            socket.abort();
        }
        Self::Closing { since, queued }
    }

    /// When a closed connection is looked at next, if nothing arrives.
    pub(crate) fn deadline(self, socket: &Socket<'_>) -> Option<Instant> {
        let Self::Closing { since, .. } = self else { return None };
        match socket.state() {
            State::Closed | State::TimeWait => None,
            State::FinWait2 => Some(since + CLOSING),
            _ => Some(since + SILENCE),
        }
    }
}
