use core::future::{Future, poll_fn};
use core::net::{IpAddr, SocketAddr};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use embassy_time_driver::Driver;
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use nal_http_size::embedded_nal::{AddrType, Dns, TcpClientStack};
use nal_http_size::stub::{Register, Socket, Stub};

/// A connection over the device, and the stack that makes it.
#[derive(Clone, Copy)]
pub struct Wire;

impl ErrorType for Wire {
    type Error = ErrorKind;
}

impl Read for Wire {
    async fn read(&mut self, out: &mut [u8]) -> Result<usize, ErrorKind> {
        poll_fn(|_| ready(Stub::default().receive(&mut Socket, out))).await
    }
}

impl Write for Wire {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        poll_fn(|_| ready(Stub::default().send(&mut Socket, bytes))).await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl Wire {
    /// Connects, which a client cannot leave out.
    pub async fn open(remote: SocketAddr) -> Result<Self, ErrorKind> {
        poll_fn(|_| ready(Stub::default().connect(&mut Socket, remote))).await.map(|()| Self)
    }

    pub async fn find(host: &str) -> Result<IpAddr, ErrorKind> {
        poll_fn(|_| ready(Stub::default().get_host_by_name(host, AddrType::IPv4))).await
    }
}

/// Nothing wakes anybody: who waits is polled again.
fn ready<T, E>(answer: nal_http_size::nb::Result<T, E>) -> Poll<Result<T, ErrorKind>> {
    match answer {
        Ok(value) => Poll::Ready(Ok(value)),
        Err(nal_http_size::nb::Error::WouldBlock) => Poll::Pending,
        Err(nal_http_size::nb::Error::Other(_)) => Poll::Ready(Err(ErrorKind::Other)),
    }
}

/// The clock of embassy, which edge-nal's time-outs read.
struct Clock;

impl Driver for Clock {
    fn now(&self) -> u64 {
        Register::TimeMs.get() as u64
    }

    fn schedule_wake(&self, _: u64, _: &Waker) {}
}

embassy_time_driver::time_driver_impl!(static CLOCK: Clock = Clock);

/// Polls a future once.
pub fn once<F: Future>(future: Pin<&mut F>) -> Option<F::Output> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
