use core::fmt;
use core::net::{IpAddr, SocketAddr};

use embedded_nal::{AddrType, Dns, TcpClientStack, TcpError, TcpErrorKind};

use super::Received;

/// What the client sends over.
///
/// Every `embedded-nal` stack with TCP and DNS is one, for http. For https there is
/// `nal_http::tls::TlsStack` over such a stack (feature `tls`); and a modem that has TLS of its own can
/// implement this itself.
///
/// # For authors of transports
/// No call blocks. [`close`](Self::close) is called exactly once for each socket. A transport that cannot carry
/// https leaves [`TLS`](Self::TLS) `false`, and is never asked to. One that can, but only from the connection's
/// first byte on, as modems that do it themselves, leaves [`TUNNELS`](Self::TUNNELS) `false`: then there is no https
/// through a proxy.
pub trait Transport {
    /// Whether it can carry https.
    const TLS: bool = false;
    /// Whether it can begin with TLS on a connection that is open: see [`secure`](Self::secure).
    const TUNNELS: bool = false;
    /// A connection.
    type Socket;
    /// An error of TCP.
    type TcpError: fmt::Debug;
    /// An error of DNS.
    type DnsError: fmt::Debug;

    /// Finds an address of the host.
    ///
    /// # Errors
    /// `WouldBlock` until it is found; else why there is none.
    fn resolve(&mut self, host: &str, kind: AddrType) -> nb::Result<IpAddr, Self::DnsError>;

    /// A new socket.
    ///
    /// # Errors
    /// There is none to give.
    fn socket(&mut self) -> Result<Self::Socket, Self::TcpError>;

    /// Connects to `remote`; over TLS if a host is given, which `remote` has to prove to be.
    ///
    /// # Errors
    /// `WouldBlock` until it is connected; else why it is not.
    fn connect(
        &mut self,
        socket: &mut Self::Socket,
        remote: SocketAddr,
        tls: Option<&str>,
    ) -> nb::Result<(), TransportError<Self::TcpError>>;

    /// Begins with TLS on a connection that was made without: the tunnel of a proxy, at the other end of which
    /// `host` is, and has to prove that. Of what comes from there, nothing was received yet.
    ///
    /// Only called if [`TUNNELS`](Self::TUNNELS) says so.
    ///
    /// # Errors
    /// `WouldBlock` until the handshake is over; else why there is no TLS.
    fn secure(
        &mut self,
        socket: &mut Self::Socket,
        host: &str,
    ) -> nb::Result<(), TransportError<Self::TcpError>> {
        let _ = (socket, host);
        Err(nb::Error::WouldBlock)
    }

    /// Sends of `bytes` what it has room for now: so many bytes. `None` if the peer takes no more.
    ///
    /// # Errors
    /// The connection broke.
    fn send(
        &mut self,
        socket: &mut Self::Socket,
        bytes: &[u8],
    ) -> Result<Option<usize>, TransportError<Self::TcpError>>;

    /// Receives into `buffer`, which is not empty.
    ///
    /// # Errors
    /// The connection broke.
    fn receive(
        &mut self,
        socket: &mut Self::Socket,
        buffer: &mut [u8],
    ) -> Result<Received, TransportError<Self::TcpError>>;

    /// Closes the connection. There is nothing to be done about an error.
    fn close(&mut self, socket: Self::Socket);
}

/// Why a connection could not be made, or broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportError<E> {
    /// The stack's TCP says so.
    Tcp(E),
    /// An [`AsyncTransport`](super::AsyncTransport) has no socket to give.
    #[cfg(feature = "async")]
    Socket(E),
    /// TLS refused the server, or lost the connection.
    #[cfg(feature = "tls")]
    Tls(nal_tls::TlsError),
}

impl<E> TransportError<E> {
    pub(crate) const fn is_tcp(&self) -> bool {
        matches!(self, Self::Tcp(_))
    }
}

impl<S: TcpClientStack + Dns> Transport for S {
    type Socket = S::TcpSocket;
    type TcpError = <S as TcpClientStack>::Error;
    type DnsError = <S as Dns>::Error;

    fn resolve(&mut self, host: &str, kind: AddrType) -> nb::Result<IpAddr, Self::DnsError> {
        self.get_host_by_name(host, kind)
    }

    fn socket(&mut self) -> Result<Self::Socket, Self::TcpError> {
        TcpClientStack::socket(self)
    }

    fn connect(
        &mut self,
        socket: &mut Self::Socket,
        remote: SocketAddr,
        _tls: Option<&str>,
    ) -> nb::Result<(), TransportError<Self::TcpError>> {
        TcpClientStack::connect(self, socket, remote)
            .map_err(|error| error.map(TransportError::Tcp))
    }

    fn send(
        &mut self,
        socket: &mut Self::Socket,
        bytes: &[u8],
    ) -> Result<Option<usize>, TransportError<Self::TcpError>> {
        match super::send(self, socket, bytes) {
            Ok(n) => Ok(Some(n)),
            Err(error) if error.kind() == TcpErrorKind::PipeClosed => Ok(None),
            Err(error) => Err(TransportError::Tcp(error)),
        }
    }

    fn receive(
        &mut self,
        socket: &mut Self::Socket,
        buffer: &mut [u8],
    ) -> Result<Received, TransportError<Self::TcpError>> {
        super::receive(self, socket, buffer).map_err(TransportError::Tcp)
    }

    fn close(&mut self, socket: Self::Socket) {
        let _ = TcpClientStack::close(self, socket);
    }
}
