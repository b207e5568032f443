use smoltcp::iface::SocketHandle;
use smoltcp::time::{Duration, Instant};

/// The most UDP sockets that a [`Stack`](crate::Stack) can have.
pub const MAX_UDP_SOCKETS: usize = 4;

/// A socket that was closed may try so long to send what is queued: its host may not exist.
pub(crate) const CLOSING: Duration = Duration::from_secs(10);

/// A UDP socket of smoltcp, and whether a caller holds it.
#[derive(Debug)]
pub(crate) struct UdpSlot {
    pub(crate) handle: SocketHandle,
    pub(crate) state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Free,
    Taken,
    /// It was closed, and still has to send what is queued.
    Closing {
        since: Instant,
    },
}
