use core::cell::Cell;
use core::net::SocketAddr;

use embedded_nal::{TcpClientStack, TcpFullStack};

/// How many bytes have gone over the stacks and sockets that are [`Counted`] with it: heads, bodies and framing, in both
/// directions. Both begin at 0, and have 64 bits. [`Metric::traffic`](crate::server::Metric::traffic) tells Prometheus.
///
/// It is made of cells, so all who have it are in one thread; on a board in a `StaticCell`.
#[derive(Debug, Default)]
pub struct Traffic {
    sent: Cell<u64>,
    received: Cell<u64>,
}

impl Traffic {
    /// Nothing has been sent or received.
    #[must_use]
    pub const fn new() -> Self {
        Self { sent: Cell::new(0), received: Cell::new(0) }
    }

    /// So many bytes the stack has taken.
    pub fn sent(&self) -> u64 {
        self.sent.get()
    }

    /// So many bytes it has handed over.
    pub fn received(&self) -> u64 {
        self.received.get()
    }
}

/// Counts the bytes of a stack, of client or server, or of a socket of an async one (feature `async`). What is not counted
/// costs nothing: a server knows nothing of this.
///
/// ```
/// use nal_http::net::{Counted, Traffic};
/// use nal_http::server::{Route, Server, Site};
/// # use nal_http::testing::ScriptStack;
///
/// struct App {
///     traffic: &'static Traffic,
/// }
///
/// const SITE: Site<App> = Site::new(&[Route::get("/sent", |app, _, reply| {
///     reply.write("text/plain", |body| body.number(app.traffic.sent()))
/// })]);
///
/// # fn main() -> Result<(), nal_http::testing::ScriptError> {
/// # let stack = ScriptStack::new();
/// // On a board: `static TRAFFIC: StaticCell<Traffic> = StaticCell::new();`, `TRAFFIC.init(Traffic::new())`
/// let traffic: &'static Traffic = Box::leak(Box::new(Traffic::new()));
/// let (mut stack, mut app) = (Counted::new(stack, traffic), App { traffic });
/// let mut server: Server<_, App, 4, 1024> = Server::new(SITE);
/// server.listen(&mut stack, 80)?;
/// let _ = server.poll(&mut stack, &mut app, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Counted<'t, S> {
    /// What is counted.
    pub inner: S,
    traffic: &'t Traffic,
}

impl<'t, S> Counted<'t, S> {
    /// Counts what goes over `inner` from now on.
    #[must_use]
    pub const fn new(inner: S, traffic: &'t Traffic) -> Self {
        Self { inner, traffic }
    }

    fn sent(&self, n: usize) {
        self.traffic.sent.set(self.traffic.sent.get().wrapping_add(n as u64));
    }

    fn received(&self, n: usize) {
        self.traffic.received.set(self.traffic.received.get().wrapping_add(n as u64));
    }
}

impl<S: TcpClientStack> TcpClientStack for Counted<'_, S> {
    type TcpSocket = S::TcpSocket;
    type Error = S::Error;

    fn socket(&mut self) -> Result<Self::TcpSocket, Self::Error> {
        self.inner.socket()
    }

    fn connect(
        &mut self,
        socket: &mut Self::TcpSocket,
        remote: SocketAddr,
    ) -> nb::Result<(), Self::Error> {
        self.inner.connect(socket, remote)
    }

    fn send(
        &mut self,
        socket: &mut Self::TcpSocket,
        bytes: &[u8],
    ) -> nb::Result<usize, Self::Error> {
        let n = self.inner.send(socket, bytes)?;
        self.sent(n);
        Ok(n)
    }

    fn receive(
        &mut self,
        socket: &mut Self::TcpSocket,
        buffer: &mut [u8],
    ) -> nb::Result<usize, Self::Error> {
        let n = self.inner.receive(socket, buffer)?;
        self.received(n);
        Ok(n)
    }

    fn close(&mut self, socket: Self::TcpSocket) -> Result<(), Self::Error> {
        self.inner.close(socket)
    }
}

impl<S: TcpFullStack> TcpFullStack for Counted<'_, S> {
    fn bind(&mut self, socket: &mut Self::TcpSocket, port: u16) -> Result<(), Self::Error> {
        self.inner.bind(socket, port)
    }

    fn listen(&mut self, socket: &mut Self::TcpSocket) -> Result<(), Self::Error> {
        self.inner.listen(socket)
    }

    fn accept(
        &mut self,
        socket: &mut Self::TcpSocket,
    ) -> nb::Result<(Self::TcpSocket, SocketAddr), Self::Error> {
        self.inner.accept(socket)
    }
}

#[cfg(feature = "async")]
mod asynch {
    use embedded_io_async::{ErrorType, Read, Write};

    use super::Counted;

    impl<S: ErrorType> ErrorType for Counted<'_, S> {
        type Error = S::Error;
    }

    impl<S: Read> Read for Counted<'_, S> {
        async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, S::Error> {
            let n = self.inner.read(buffer).await?;
            self.received(n);
            Ok(n)
        }
    }

    impl<S: Write> Write for Counted<'_, S> {
        async fn write(&mut self, bytes: &[u8]) -> Result<usize, S::Error> {
            let n = self.inner.write(bytes).await?;
            self.sent(n);
            Ok(n)
        }

        async fn flush(&mut self) -> Result<(), S::Error> {
            self.inner.flush().await
        }
    }
}
