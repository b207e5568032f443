use super::{Received, Transport, TransportError};

/// Connections that are open, asked without waiting: those of a [`Transport`], or of an async one within one poll of its
/// task.
///
/// What a pool decides, and TLS, is written over this, once for both. It is no part of the interface.
pub trait Sockets {
    const TLS: bool;
    const TUNNELS: bool;
    type Socket;
    type TcpError;

    /// Sends of `bytes` what there is room for now: so many bytes. `None` if the peer takes no more.
    #[cfg(any(feature = "async", feature = "tls", feature = "websocket"))]
    fn send(
        &mut self,
        socket: &mut Self::Socket,
        bytes: &[u8],
    ) -> Result<Option<usize>, TransportError<Self::TcpError>>;

    /// Receives into `buffer`, which is not empty.
    fn receive(
        &mut self,
        socket: &mut Self::Socket,
        buffer: &mut [u8],
    ) -> Result<Received, TransportError<Self::TcpError>>;

    /// More could have been done now: it is to be asked again at once.
    #[cfg(feature = "tls")]
    fn again(&mut self);

    fn close(&mut self, socket: Self::Socket);
}

impl<S: Transport> Sockets for S {
    const TLS: bool = S::TLS;
    const TUNNELS: bool = S::TUNNELS;
    type Socket = S::Socket;
    type TcpError = S::TcpError;

    #[cfg(any(feature = "async", feature = "tls", feature = "websocket"))]
    #[inline]
    fn send(
        &mut self,
        socket: &mut Self::Socket,
        bytes: &[u8],
    ) -> Result<Option<usize>, TransportError<Self::TcpError>> {
        Transport::send(self, socket, bytes)
    }

    #[inline]
    fn receive(
        &mut self,
        socket: &mut Self::Socket,
        buffer: &mut [u8],
    ) -> Result<Received, TransportError<Self::TcpError>> {
        Transport::receive(self, socket, buffer)
    }

    /// It is polled all the time.
    #[cfg(feature = "tls")]
    fn again(&mut self) {}

    #[inline]
    fn close(&mut self, socket: Self::Socket) {
        Transport::close(self, socket);
    }
}
