//! tokio's sockets as a stack of `embedded-nal-async`, and its time as a timer.

use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::time::{Duration, Instant};

use nal_http::embedded_hal_async::delay::DelayNs;
use nal_http::embedded_io_async::{self, ErrorType, Read, Write};
use nal_http::embedded_nal_async::{AddrType, Dns, TcpConnect};
use nal_http::hal::{DelayTimer, Timer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Counts its open connections.
#[derive(Default)]
pub struct Tokio {
    open: Cell<usize>,
}

impl Tokio {
    pub fn open_sockets(&self) -> usize {
        self.open.get()
    }
}

impl TcpConnect for Tokio {
    type Error = Error;
    type Connection<'a> = Connection<'a>;

    async fn connect(&self, remote: SocketAddr) -> Result<Connection<'_>, Error> {
        let stream = TcpStream::connect(remote).await?;
        self.open.set(self.open.get() + 1);
        Ok(Connection { stream, open: &self.open })
    }
}

impl Dns for Tokio {
    type Error = io::Error;

    async fn get_host_by_name(&self, host: &str, kind: AddrType) -> io::Result<IpAddr> {
        let addresses = tokio::net::lookup_host((host, 0)).await?;
        let fits = |ip: &IpAddr| match kind {
            AddrType::IPv4 => ip.is_ipv4(),
            AddrType::IPv6 => ip.is_ipv6(),
            AddrType::Either => true,
        };
        let found = addresses.map(|address| address.ip()).find(fits);
        found.ok_or_else(|| ErrorKind::NotFound.into())
    }

    async fn get_host_by_address(&self, _: IpAddr, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::Unsupported.into())
    }
}

pub struct Connection<'a> {
    stream: TcpStream,
    open: &'a Cell<usize>,
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        self.open.set(self.open.get() - 1);
    }
}

impl ErrorType for Connection<'_> {
    type Error = Error;
}

impl Read for Connection<'_> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut buffer = ReadBuf::new(buffer);
        poll_fn(|context| Pin::new(&mut self.stream).poll_read(context, &mut buffer)).await?;
        Ok(buffer.filled().len())
    }
}

impl Write for Connection<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        Ok(poll_fn(|context| Pin::new(&mut self.stream).poll_write(context, bytes)).await?)
    }

    async fn flush(&mut self) -> Result<(), Error> {
        Ok(poll_fn(|context| Pin::new(&mut self.stream).poll_flush(context)).await?)
    }
}

/// An error of the system.
#[derive(Debug)]
pub struct Error(io::Error);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {}

impl embedded_io_async::Error for Error {
    fn kind(&self) -> embedded_io_async::ErrorKind {
        match self.0.kind() {
            ErrorKind::BrokenPipe => embedded_io_async::ErrorKind::BrokenPipe,
            ErrorKind::ConnectionReset => embedded_io_async::ErrorKind::ConnectionReset,
            ErrorKind::ConnectionRefused => embedded_io_async::ErrorKind::ConnectionRefused,
            _ => embedded_io_async::ErrorKind::Other,
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self(error)
    }
}

#[derive(Clone)]
struct Delay;

impl DelayNs for Delay {
    async fn delay_ns(&mut self, ns: u32) {
        tokio::time::sleep(Duration::from_nanos(ns.into())).await;
    }

    async fn delay_ms(&mut self, ms: u32) {
        tokio::time::sleep(Duration::from_millis(ms.into())).await;
    }
}

/// The time of this machine.
pub fn timer() -> impl Timer + Clone {
    let start = Instant::now();
    let now_ms = move || u32::try_from(start.elapsed().as_millis()).unwrap();
    DelayTimer::new(now_ms, Delay)
}

pub fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(future)
}
