use core::net::SocketAddr;

use embedded_nal::{TcpClientStack, TcpFullStack};

/// Two stacks that can reach each other, or one that can reach itself: see [`check_stack`](super::check_stack).
pub trait Rig {
    /// The stack that listens.
    type Server: TcpFullStack;
    /// The stack that connects.
    type Client: TcpClientStack;

    /// The stack that listens.
    fn server(&mut self) -> &mut Self::Server;

    /// The stack that connects; it may be the one that listens.
    fn client(&mut self) -> &mut Self::Client;

    /// The port to listen on; 0 if the stack can then tell the real one.
    fn port(&self) -> u16;

    /// Where the client reaches `listener`, which listens.
    fn address(&mut self, listener: &<Self::Server as TcpClientStack>::TcpSocket) -> SocketAddr;

    /// Lets time pass: polls the devices, waits for the sockets. Called between two tries.
    fn idle(&mut self);
}
