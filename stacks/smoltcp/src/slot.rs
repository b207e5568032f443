use smoltcp::iface::SocketHandle;
use smoltcp::time::Instant;

/// A TCP socket of smoltcp, and what it is used for.
#[derive(Debug)]
pub(crate) struct Slot {
    pub handle: SocketHandle,
    pub role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It can be taken for anything.
    Free,
    /// It listens on the port, or has a client that was not accepted yet.
    Backlog {
        port: u16,
        /// Since when its client has begun to connect and not finished.
        half_open: Option<Instant>,
    },
    /// A caller holds it.
    Taken,
    /// It was closed, and still has to send what is queued and hear the peer close.
    Closing { since: Instant },
}
