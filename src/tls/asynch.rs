use core::future::poll_fn;
use core::net::{IpAddr, SocketAddr};
use core::task::{Context, Poll, Waker};

use embedded_nal::AddrType;
use nal_tls::{Session, TlsError};

use super::{TlsSocket, TlsStack};
use crate::net::{AsyncTransport, Polled, Received, TransportError};

/// An async transport whose connections can be TLS: what an [async client](crate::client::asynch::Client) needs for
/// https (feature `async`).
///
/// It is [`TlsStack`] for async stacks: http goes through it as it is, and a session has one connection at a time. The
/// handshake computes between a tenth of a second and some seconds on a microcontroller, and holds up the executor for
/// pieces of that: an executor of a lower priority, by an interrupt or a thread of its own, is where it disturbs nobody.
///
/// ```
/// # use nal_http::{client::asynch::ErrorOf, hal::Timer, net::AsyncTransport, tls::Platform};
/// use core::pin::pin;
/// use nal_http::client::asynch::Client;
/// use nal_http::tls::{AsyncTlsStack, Link, Memory, Session, Trust, engine};
///
/// # async fn demo<S: AsyncTransport>(tcp: S, timer: impl Timer, board: impl Platform, ca: &[u8])
/// # -> Result<(), ErrorOf<S>> {
/// let authorities = [ca];
/// let (mut receive, mut send) = ([0; 4352], [0; 640]);
/// let memory = Memory { receive: &mut receive, send: &mut send };
/// let link = Link::<256>::new();
/// let mut engine = pin!(engine(&link, Trust::authorities(&authorities), memory, board));
/// let mut session = Session::new(&link, engine.as_mut());
///
/// // With embassy-net, `tcp` is `(&tcp_client, &dns_socket)`.
/// let mut client = Client::new(AsyncTlsStack::new(tcp, &mut session), timer);
/// let mut buffer = [0; 2560];
/// let mut response = client.get("https://mpython.cn/weather").send(&mut buffer).await?;
/// let text = response.text().await?;
/// # Ok(())
/// # }
/// ```
///
/// A future that is dropped in the handshake ends that connection; the next one begins anew.
pub struct AsyncTlsStack<'s, 'e, S, const N: usize = 256> {
    stack: S,
    session: &'s mut Session<'e, N>,
}

impl<'s, 'e, S: AsyncTransport, const N: usize> AsyncTlsStack<'s, 'e, S, N> {
    /// Puts TLS over a transport.
    pub fn new(stack: S, session: &'s mut Session<'e, N>) -> Self {
        Self { stack, session }
    }

    /// Does what can be done within a poll.
    fn within<R>(
        &mut self,
        context: &mut Context<'_>,
        act: impl FnOnce(&mut TlsStack<'_, 'e, Polled<'_, '_, S>, N>) -> R,
    ) -> R {
        let stack = &mut Polled { stack: &mut self.stack, context };
        act(&mut TlsStack::new(stack, self.session))
    }
}

impl<S: AsyncTransport, const N: usize> AsyncTlsStack<'_, '_, S, N> {
    fn poll_secure(
        &mut self,
        socket: &mut TlsSocket<S::Socket>,
        context: &mut Context<'_>,
        host: &str,
    ) -> Poll<Result<(), TransportError<S::TcpError>>> {
        match self.within(context, |tls| tls.shake_hands(socket, host)) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(nb::Error::Other(error)) => Poll::Ready(Err(error)),
            Err(nb::Error::WouldBlock) => Poll::Pending,
        }
    }
}

/// A connection that is closed if its handshake fails, or nobody waits for it any longer.
struct Opening<'o, 's, 'e, S: AsyncTransport, const N: usize> {
    stack: &'o mut AsyncTlsStack<'s, 'e, S, N>,
    socket: Option<TlsSocket<S::Socket>>,
}

impl<S: AsyncTransport, const N: usize> Opening<'_, '_, '_, S, N> {
    fn poll(
        &mut self,
        context: &mut Context<'_>,
        host: &str,
    ) -> Poll<Result<(), TransportError<S::TcpError>>> {
        match &mut self.socket {
            Some(socket) => self.stack.poll_secure(socket, context, host),
            None => Poll::Ready(Err(TransportError::Tls(TlsError::NotOpen))),
        }
    }
}

impl<S: AsyncTransport, const N: usize> Drop for Opening<'_, '_, '_, S, N> {
    fn drop(&mut self) {
        if let Some(socket) = self.socket.take() {
            self.stack.close(socket);
        }
    }
}

impl<S: AsyncTransport, const N: usize> AsyncTransport for AsyncTlsStack<'_, '_, S, N> {
    const TLS: bool = true;
    const TUNNELS: bool = true;
    type Socket = TlsSocket<S::Socket>;
    type TcpError = S::TcpError;
    type DnsError = S::DnsError;

    fn resolve(
        &mut self,
        host: &str,
        kind: AddrType,
    ) -> impl Future<Output = Result<IpAddr, Self::DnsError>> {
        self.stack.resolve(host, kind)
    }

    async fn connect(
        &mut self,
        remote: SocketAddr,
        tls: Option<&str>,
    ) -> Result<Self::Socket, TransportError<Self::TcpError>> {
        let socket = TlsSocket::new(self.stack.connect(remote, None).await?);
        let Some(host) = tls else { return Ok(socket) };
        let mut opening = Opening { stack: self, socket: Some(socket) };
        poll_fn(|context| opening.poll(context, host)).await?;
        opening.socket.take().ok_or(TransportError::Tls(TlsError::NotOpen))
    }

    fn secure(
        &mut self,
        socket: &mut Self::Socket,
        host: &str,
    ) -> impl Future<Output = Result<(), TransportError<Self::TcpError>>> {
        poll_fn(|context| match self.within(context, |tls| tls.shake_hands(socket, host)) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(nb::Error::Other(error)) => Poll::Ready(Err(error)),
            Err(nb::Error::WouldBlock) => Poll::Pending,
        })
    }

    fn poll_send(
        &mut self,
        socket: &mut Self::Socket,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<Option<usize>, TransportError<Self::TcpError>>> {
        match self.within(context, |tls| tls.encrypt(socket, bytes)) {
            Ok(Some(0)) => Poll::Pending,
            sent => Poll::Ready(sent),
        }
    }

    fn poll_receive(
        &mut self,
        socket: &mut Self::Socket,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, TransportError<Self::TcpError>>> {
        match self.within(context, |tls| tls.decrypt(socket, buffer)) {
            Ok(Received::Idle) => Poll::Pending,
            Ok(Received::End) => Poll::Ready(Ok(0)),
            Ok(Received::Data(n)) => Poll::Ready(Ok(n)),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    /// Says goodbye to the server, as far as the stack has room for it now.
    fn close(&mut self, socket: Self::Socket) {
        let context = &mut Context::from_waker(Waker::noop());
        self.within(context, |tls| tls.say_goodbye(socket));
    }
}
