use core::net::SocketAddr;

use embedded_nal::AddrType;

/// What is to be done next for a transaction, which is then told how it went.
pub(super) enum Step<'x> {
    /// Find an address of the host; then `resolved`.
    Resolve { host: &'x str, kind: AddrType },
    /// Open a socket, if there is none, and connect it, with TLS if a host is given; then `connected`.
    Connect { remote: &'x SocketAddr, tls: Option<&'x str> },
    /// Begin with TLS; then `secured`.
    Secure { host: &'x str },
    /// Send of these bytes what there is room for; then `sent`.
    Send(&'x [u8]),
    /// Receive; then `received`.
    Receive(&'x mut [u8]),
    /// Nothing can be done now: `blocked`.
    Wait,
    /// Close the socket.
    Close,
    /// The goal is reached: so many bytes; whether the socket is to be closed.
    Done(usize, bool),
    /// It has failed: what is made of it says `recover`.
    Failed,
}
