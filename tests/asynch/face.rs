//! A transport that is polled as an async one, and a clock as a timer.

use core::future::poll_fn;
use core::net::{IpAddr, SocketAddr};
use core::task::{Context, Poll};
use std::cell::{Cell, RefCell, RefMut};
use std::rc::Rc;

use real::embedded_nal::AddrType;
use real::hal::{Clock, Deadline, Timer};
use real::nb;
use real::net::{AsyncTransport, Received, Transport, TransportError};

/// What would block is pending, and polled again by who runs the future.
pub(crate) struct Face<'s, S>(Rc<RefCell<&'s mut S>>);

impl<S> Clone for Face<'_, S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<'s, S: Transport> Face<'s, S> {
    pub(crate) fn new(stack: &'s mut S) -> Self {
        Self(Rc::new(RefCell::new(stack)))
    }

    pub(crate) fn stack(&self) -> RefMut<'_, &'s mut S> {
        self.0.borrow_mut()
    }
}

fn poll<T, E>(result: nb::Result<T, E>) -> Poll<Result<T, E>> {
    match result {
        Ok(value) => Poll::Ready(Ok(value)),
        Err(nb::Error::WouldBlock) => Poll::Pending,
        Err(nb::Error::Other(error)) => Poll::Ready(Err(error)),
    }
}

/// A socket that is closed if nobody takes it, when a future is dropped, say.
struct Opening<'f, 's, S: Transport>(&'f Face<'s, S>, Option<S::Socket>);

impl<S: Transport> Drop for Opening<'_, '_, S> {
    fn drop(&mut self) {
        if let Some(socket) = self.1.take() {
            self.0.stack().close(socket);
        }
    }
}

impl<S: Transport> AsyncTransport for Face<'_, S> {
    const TLS: bool = S::TLS;
    const TUNNELS: bool = S::TUNNELS;
    type Socket = S::Socket;
    type TcpError = S::TcpError;
    type DnsError = S::DnsError;

    async fn resolve(&mut self, host: &str, kind: AddrType) -> Result<IpAddr, S::DnsError> {
        poll_fn(|_| poll(self.stack().resolve(host, kind.clone()))).await
    }

    async fn connect(
        &mut self,
        remote: SocketAddr,
        tls: Option<&str>,
    ) -> Result<S::Socket, TransportError<S::TcpError>> {
        let socket = self.stack().socket().map_err(TransportError::Socket)?;
        let mut opening = Opening(self, Some(socket));
        poll_fn(|_| match &mut opening.1 {
            Some(socket) => poll(opening.0.stack().connect(socket, remote, tls)),
            None => Poll::Pending,
        })
        .await?;
        Ok(opening.1.take().unwrap())
    }

    async fn secure(
        &mut self,
        socket: &mut S::Socket,
        host: &str,
    ) -> Result<(), TransportError<S::TcpError>> {
        poll_fn(|_| poll(self.stack().secure(socket, host))).await
    }

    fn poll_send(
        &mut self,
        socket: &mut S::Socket,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<Option<usize>, TransportError<S::TcpError>>> {
        match self.stack().send(socket, bytes) {
            Ok(Some(0)) => Poll::Pending,
            sent => Poll::Ready(sent),
        }
    }

    fn poll_receive(
        &mut self,
        socket: &mut S::Socket,
        _: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, TransportError<S::TcpError>>> {
        match self.stack().receive(socket, buffer) {
            Ok(Received::Data(n)) => Poll::Ready(Ok(n)),
            Ok(Received::End) => Poll::Ready(Ok(0)),
            Ok(Received::Idle) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    fn close(&mut self, socket: S::Socket) {
        self.stack().close(socket);
    }
}

/// A clock that is looked at once for each poll.
pub(crate) struct Time<C>(Rc<Shared<C>>);

struct Shared<C> {
    clock: RefCell<C>,
    now_ms: Cell<u32>,
    /// What is left of a wait, for the idle hook.
    left_ms: Cell<u32>,
}

impl<C> Clone for Time<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C: Clock> Time<C> {
    pub(crate) fn new(clock: C) -> Self {
        let shared =
            Shared { clock: RefCell::new(clock), now_ms: Cell::new(0), left_ms: Cell::new(0) };
        Self(Rc::new(shared))
    }

    pub(crate) fn goes_on(&self) {
        self.0.now_ms.set(self.0.clock.borrow_mut().now_ms());
    }

    pub(crate) fn left_ms(&self) -> u32 {
        self.0.left_ms.get()
    }
}

impl<C: Clock> Timer for Time<C> {
    fn now_ms(&self) -> u32 {
        self.0.now_ms.get()
    }

    async fn wait_ms(&self, ms: u32) {
        let deadline = Deadline::after(self.now_ms(), ms);
        poll_fn(|_| {
            let left = deadline.remaining(self.now_ms());
            self.0.left_ms.set(left);
            if left == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}
