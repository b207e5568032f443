use core::cell::{RefCell, RefMut};
use core::fmt;
use core::future::poll_fn;
use core::net::{IpAddr, SocketAddr};
use core::task::Poll;
use std::rc::Rc;

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use embedded_nal::{AddrType, Dns, TcpClientStack, TcpError, TcpErrorKind, TcpFullStack};

use super::SimTime;
use crate::net::{self, Received};

/// An `embedded-nal` stack as an async one: what would block is tried again by the [`Executor`](super::Executor).
/// A clone is the same stack.
#[derive(Debug)]
pub struct AsyncStack<S> {
    stack: Rc<RefCell<S>>,
    time: SimTime,
}

impl<S> Clone for AsyncStack<S> {
    fn clone(&self) -> Self {
        Self { stack: Rc::clone(&self.stack), time: self.time.clone() }
    }
}

impl<S> AsyncStack<S> {
    /// The stack, in this time.
    pub fn new(stack: S, time: &SimTime) -> Self {
        Self { stack: Rc::new(RefCell::new(stack)), time: time.clone() }
    }

    /// The stack itself, to look at it or to go on with its script: what waits for it is tried again then.
    ///
    /// # Panics
    /// It is borrowed already.
    #[must_use]
    pub fn borrow(&self) -> RefMut<'_, S> {
        self.time.stir();
        self.stack.borrow_mut()
    }

    /// Tries again until the stack does not answer `WouldBlock`.
    async fn call<T, E>(&self, mut call: impl FnMut(&mut S) -> nb::Result<T, E>) -> Result<T, E> {
        poll_fn(|context| match call(&mut self.stack.borrow_mut()) {
            Err(nb::Error::WouldBlock) => {
                self.time.blocks(context.waker());
                Poll::Pending
            }
            done => {
                self.time.stir();
                Poll::Ready(done.map_err(|error| match error {
                    nb::Error::Other(error) => error,
                    nb::Error::WouldBlock => unreachable!("it would block"),
                }))
            }
        })
        .await
    }
}

impl<S: TcpFullStack> AsyncStack<S> {
    /// A socket that listens.
    ///
    /// # Errors
    /// The stack's.
    pub fn listen(&self, port: u16) -> Result<AsyncListener<S>, StackError<S::Error>> {
        let mut stack = self.stack.borrow_mut();
        let mut socket = stack.socket()?;
        stack.bind(&mut socket, port)?;
        stack.listen(&mut socket)?;
        Ok(AsyncListener(RefCell::new(self.socket(socket))))
    }
}

/// A socket of an [`AsyncStack`] that listens, for any number of tasks.
pub struct AsyncListener<S: TcpFullStack>(RefCell<AsyncSocket<S>>);

impl<S: TcpFullStack> AsyncListener<S> {
    /// The next client.
    ///
    /// # Errors
    /// The stack's.
    pub async fn accept(&self) -> Result<(AsyncSocket<S>, SocketAddr), StackError<S::Error>> {
        let stack = self.0.borrow().stack.clone();
        let accepted = stack.call(|stack| stack.accept(self.0.borrow_mut().get())).await;
        let (socket, peer) = accepted?;
        Ok((stack.socket(socket), peer))
    }
}

impl<S: TcpFullStack> fmt::Debug for AsyncListener<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncListener").finish_non_exhaustive()
    }
}

impl<S: TcpClientStack> AsyncStack<S> {
    fn socket(&self, socket: S::TcpSocket) -> AsyncSocket<S> {
        AsyncSocket { stack: self.clone(), socket: Some(socket) }
    }
}

/// A socket of an [`AsyncStack`], which is closed when it is dropped.
pub struct AsyncSocket<S: TcpClientStack> {
    stack: AsyncStack<S>,
    /// There until it is dropped.
    socket: Option<S::TcpSocket>,
}

impl<S: TcpClientStack> AsyncSocket<S> {
    /// The stack's own socket.
    ///
    /// # Panics
    /// Never: it is there until it is dropped.
    pub fn get(&mut self) -> &mut S::TcpSocket {
        self.socket.as_mut().unwrap_or_else(|| unreachable!("it is open"))
    }
}

impl<S: TcpClientStack> fmt::Debug for AsyncSocket<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncSocket").finish_non_exhaustive()
    }
}

impl<S: TcpClientStack> Drop for AsyncSocket<S> {
    fn drop(&mut self) {
        if let (Some(socket), Ok(mut stack)) =
            (self.socket.take(), self.stack.stack.try_borrow_mut())
        {
            let _ = stack.close(socket);
        }
    }
}

impl<S: TcpClientStack> ErrorType for AsyncSocket<S> {
    type Error = StackError<S::Error>;
}

impl<S: TcpClientStack> Read for AsyncSocket<S> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let stack = self.stack.clone();
        let socket = self.get();
        let call = |stack: &mut S| match net::receive(stack, socket, buffer) {
            Ok(Received::Data(n)) => Ok(n),
            Ok(Received::End) => Ok(0),
            Ok(Received::Idle) => Err(nb::Error::WouldBlock),
            Err(error) => Err(nb::Error::Other(error)),
        };
        Ok(stack.call(call).await?)
    }
}

impl<S: TcpClientStack> Write for AsyncSocket<S> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let stack = self.stack.clone();
        let socket = self.get();
        let call = |stack: &mut S| match net::send(stack, socket, bytes) {
            Ok(0) => Err(nb::Error::WouldBlock),
            Ok(n) => Ok(n),
            Err(error) => Err(nb::Error::Other(error)),
        };
        Ok(stack.call(call).await?)
    }

    /// The stack has no buffer that could be told to empty itself.
    async fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

impl<S: TcpClientStack> embedded_nal_async::TcpConnect for AsyncStack<S> {
    type Error = StackError<S::Error>;
    type Connection<'a>
        = AsyncSocket<S>
    where
        Self: 'a;

    async fn connect(&self, remote: SocketAddr) -> Result<AsyncSocket<S>, Self::Error> {
        let socket = self.stack.borrow_mut().socket()?;
        let mut socket = self.socket(socket);
        let inner = socket.get();
        self.call(|stack| stack.connect(inner, remote)).await?;
        Ok(socket)
    }
}

impl<S: Dns> embedded_nal_async::Dns for AsyncStack<S> {
    type Error = S::Error;

    async fn get_host_by_name(&self, name: &str, kind: AddrType) -> Result<IpAddr, S::Error> {
        self.call(|stack| stack.get_host_by_name(name, kind.clone())).await
    }

    async fn get_host_by_address(
        &self,
        address: IpAddr,
        result: &mut [u8],
    ) -> Result<usize, S::Error> {
        self.call(|stack| stack.get_host_by_address(address, result)).await
    }
}

/// An error of an `embedded-nal` stack as one of `embedded-io`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StackError<E>(pub E);

impl<E> From<E> for StackError<E> {
    fn from(error: E) -> Self {
        Self(error)
    }
}

impl<E: fmt::Debug> fmt::Display for StackError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the stack says {:?}", self.0)
    }
}

impl<E: fmt::Debug> core::error::Error for StackError<E> {}

impl<E: TcpError> embedded_io_async::Error for StackError<E> {
    fn kind(&self) -> ErrorKind {
        match self.0.kind() {
            TcpErrorKind::PipeClosed => ErrorKind::BrokenPipe,
            _ => ErrorKind::ConnectionReset,
        }
    }
}
