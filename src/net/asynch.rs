use core::fmt;
use core::future::pending;
use core::net::{IpAddr, SocketAddr};
use core::pin::pin;
use core::task::{Context, Poll};

use embedded_io_async::{Error, ErrorKind, Read, Write};
use embedded_nal::AddrType;
use embedded_nal_async::{Dns, TcpConnect};

use super::{Received, Sockets, TransportError};

/// What the async client sends over (feature `async`).
///
/// A pair of references is one, for http: `(&tcp, &dns)`, whose parts are a `TcpConnect` and a `Dns` of
/// `embedded-nal-async`, as embassy-net has them; so is a reference to a stack that is both. For https there is
/// `nal_http::tls::AsyncTlsStack` over such a transport (feature `tls`); and a modem that has TLS of its own can implement
/// this itself.
///
/// # What is asked of connections
/// A `read` or `write` is polled once and dropped if it has to wait, so that sending and listening for an early answer go
/// on side by side, and a client's own future can be dropped anywhere. So a future of theirs that is dropped while it waits
/// must have moved no byte ("cancel-safe", as `embedded-io-async` asks for), and must still wake the task when
/// there is something to do. embassy-net's sockets and tokio's are such. A dropped connection is closed, as
/// `embedded-nal-async` says; whether the peer learns of it is the stack's.
///
/// # For authors of transports
/// [`close`](Self::close) is called exactly once for each socket that [`connect`](Self::connect) gave. Futures that are
/// dropped leave nothing open. A transport that cannot carry https leaves [`TLS`](Self::TLS) `false`, and is never asked
/// to. One that can, but only from the connection's first byte on, leaves [`TUNNELS`](Self::TUNNELS) `false`: then there is
/// no https through a proxy.
pub trait AsyncTransport {
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
    /// Why there is none.
    fn resolve(
        &mut self,
        host: &str,
        kind: AddrType,
    ) -> impl Future<Output = Result<IpAddr, Self::DnsError>>;

    /// Connects to `remote`; over TLS if a host is given, which `remote` has to prove to be.
    ///
    /// # Errors
    /// Why it is not connected; [`TransportError::Socket`] if there is no socket to give.
    fn connect(
        &mut self,
        remote: SocketAddr,
        tls: Option<&str>,
    ) -> impl Future<Output = Result<Self::Socket, TransportError<Self::TcpError>>>;

    /// Begins with TLS on a connection that was made without: the tunnel of a proxy, at the other end of which
    /// `host` is, and has to prove that. Of what comes from there, nothing was received yet.
    ///
    /// Only called if [`TUNNELS`](Self::TUNNELS) says so.
    ///
    /// # Errors
    /// Why there is no TLS.
    fn secure(
        &mut self,
        socket: &mut Self::Socket,
        host: &str,
    ) -> impl Future<Output = Result<(), TransportError<Self::TcpError>>> {
        let _ = (socket, host);
        pending()
    }

    /// Sends of `bytes`, which is not empty, what it has room for now: so many bytes, at least one. `None` if the peer takes
    /// no more. If it has no room, the task is woken when it has.
    ///
    /// # Errors
    /// The connection broke.
    fn poll_send(
        &mut self,
        socket: &mut Self::Socket,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<Option<usize>, TransportError<Self::TcpError>>>;

    /// Receives into `buffer`, which is not empty: so many bytes, 0 if the peer has closed. What was sent is on its way
    /// to the peer as well. If nothing has arrived, the task is woken when something has.
    ///
    /// # Errors
    /// The connection broke.
    fn poll_receive(
        &mut self,
        socket: &mut Self::Socket,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, TransportError<Self::TcpError>>>;

    /// Closes the connection, at once.
    fn close(&mut self, socket: Self::Socket) {
        drop(socket);
    }
}

impl<T: AsyncTransport> AsyncTransport for &mut T {
    const TLS: bool = T::TLS;
    const TUNNELS: bool = T::TUNNELS;
    type Socket = T::Socket;
    type TcpError = T::TcpError;
    type DnsError = T::DnsError;

    fn resolve(
        &mut self,
        host: &str,
        kind: AddrType,
    ) -> impl Future<Output = Result<IpAddr, Self::DnsError>> {
        T::resolve(self, host, kind)
    }

    fn connect(
        &mut self,
        remote: SocketAddr,
        tls: Option<&str>,
    ) -> impl Future<Output = Result<Self::Socket, TransportError<Self::TcpError>>> {
        T::connect(self, remote, tls)
    }

    fn secure(
        &mut self,
        socket: &mut Self::Socket,
        host: &str,
    ) -> impl Future<Output = Result<(), TransportError<Self::TcpError>>> {
        T::secure(self, socket, host)
    }

    fn poll_send(
        &mut self,
        socket: &mut Self::Socket,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<Option<usize>, TransportError<Self::TcpError>>> {
        T::poll_send(self, socket, context, bytes)
    }

    fn poll_receive(
        &mut self,
        socket: &mut Self::Socket,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, TransportError<Self::TcpError>>> {
        T::poll_receive(self, socket, context, buffer)
    }

    fn close(&mut self, socket: Self::Socket) {
        T::close(self, socket);
    }
}

/// A connection of an `embedded-nal-async` stack.
#[derive(Debug)]
pub struct Connection<K> {
    io: K,
    /// What was written may still be in a buffer of the connection's.
    is_written: bool,
}

impl<'s, T: TcpConnect, D: Dns> AsyncTransport for (&'s T, &'s D) {
    type Socket = Connection<T::Connection<'s>>;
    type TcpError = T::Error;
    type DnsError = D::Error;

    fn resolve(
        &mut self,
        host: &str,
        kind: AddrType,
    ) -> impl Future<Output = Result<IpAddr, Self::DnsError>> {
        self.1.get_host_by_name(host, kind)
    }

    fn connect(
        &mut self,
        remote: SocketAddr,
        _tls: Option<&str>,
    ) -> impl Future<Output = Result<Self::Socket, TransportError<Self::TcpError>>> {
        connect(self.0, remote)
    }

    fn poll_send(
        &mut self,
        socket: &mut Self::Socket,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<Option<usize>, TransportError<Self::TcpError>>> {
        let sent = pin!(socket.io.write(bytes)).poll(context);
        sent.map(|sent| match sent {
            Ok(0) => Ok(None),
            Ok(n) => {
                socket.is_written = true;
                Ok(Some(n.min(bytes.len())))
            }
            Err(error) if is_closed(&error) => Ok(None),
            Err(error) => Err(TransportError::Tcp(error)),
        })
    }

    fn poll_receive(
        &mut self,
        socket: &mut Self::Socket,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, TransportError<Self::TcpError>>> {
        // An error comes again when something is received.
        if socket.is_written && pin!(socket.io.flush()).poll(context).is_ready() {
            socket.is_written = false;
        }
        let received = pin!(socket.io.read(buffer)).poll(context);
        received.map(|received| match received {
            Ok(n) => Ok(n.min(buffer.len())),
            Err(error) if is_closed(&error) => Ok(0),
            Err(error) => Err(TransportError::Tcp(error)),
        })
    }
}

#[expect(clippy::manual_async_fn, reason = "an async function holds its arguments twice")]
fn connect<T: TcpConnect>(
    tcp: &T,
    remote: SocketAddr,
) -> impl Future<Output = Result<Connection<T::Connection<'_>>, TransportError<T::Error>>> {
    async move {
        let io = tcp.connect(remote).await.map_err(TransportError::Tcp)?;
        Ok(Connection { io, is_written: false })
    }
}

/// Whether the peer has closed that direction.
fn is_closed(error: &impl Error) -> bool {
    matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::WriteZero)
}

impl<'s, S: TcpConnect + Dns> AsyncTransport for &'s S {
    type Socket = <(&'s S, &'s S) as AsyncTransport>::Socket;
    type TcpError = <S as TcpConnect>::Error;
    type DnsError = <S as Dns>::Error;

    fn resolve(
        &mut self,
        host: &str,
        kind: AddrType,
    ) -> impl Future<Output = Result<IpAddr, Self::DnsError>> {
        self.get_host_by_name(host, kind)
    }

    fn connect(
        &mut self,
        remote: SocketAddr,
        _tls: Option<&str>,
    ) -> impl Future<Output = Result<Self::Socket, TransportError<Self::TcpError>>> {
        connect(*self, remote)
    }

    fn poll_send(
        &mut self,
        socket: &mut Self::Socket,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<Option<usize>, TransportError<Self::TcpError>>> {
        (*self, *self).poll_send(socket, context, bytes)
    }

    fn poll_receive(
        &mut self,
        socket: &mut Self::Socket,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, TransportError<Self::TcpError>>> {
        (*self, *self).poll_receive(socket, context, buffer)
    }
}

/// An async transport within one poll of its task.
pub(crate) struct Polled<'p, 'c, S> {
    pub(crate) stack: &'p mut S,
    pub(crate) context: &'p mut Context<'c>,
}

impl<S: AsyncTransport> Sockets for Polled<'_, '_, S> {
    const TLS: bool = S::TLS;
    const TUNNELS: bool = S::TUNNELS;
    type Socket = S::Socket;
    type TcpError = S::TcpError;

    fn send(
        &mut self,
        socket: &mut Self::Socket,
        bytes: &[u8],
    ) -> Result<Option<usize>, TransportError<Self::TcpError>> {
        match self.stack.poll_send(socket, self.context, bytes) {
            Poll::Ready(sent) => sent,
            Poll::Pending => Ok(Some(0)),
        }
    }

    fn receive(
        &mut self,
        socket: &mut Self::Socket,
        buffer: &mut [u8],
    ) -> Result<Received, TransportError<Self::TcpError>> {
        match self.stack.poll_receive(socket, self.context, buffer) {
            Poll::Ready(Ok(0)) => Ok(Received::End),
            Poll::Ready(Ok(n)) => Ok(Received::Data(n)),
            Poll::Ready(Err(error)) => Err(error),
            Poll::Pending => Ok(Received::Idle),
        }
    }

    #[cfg(feature = "tls")]
    fn again(&mut self) {
        self.context.waker().wake_by_ref();
    }

    fn close(&mut self, socket: Self::Socket) {
        self.stack.close(socket);
    }
}
