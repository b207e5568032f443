//! The async client that is measured: the device of the stub as an async stack, and the smallest executor.

use core::future::poll_fn;
use core::hint::black_box;
use core::net::{IpAddr, SocketAddr};
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use embedded_nal::TcpClientStack;
use nal_http::client::Request;
use nal_http::client::asynch::{Client, ErrorOf, Response};
use nal_http::embedded_io_async::{Error, ErrorKind, ErrorType, Read, Write};
use nal_http::embedded_nal_async::{AddrType, Dns, TcpConnect};
use nal_http::hal::{Clock, Timer};

use crate::nb;
use crate::stub::{Broken, DeviceClock, Register, Socket, Stub};

/// The device, whatever the number of its connections.
pub struct AsyncStub;

pub struct Connection;

impl Error for Broken {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl core::fmt::Display for Broken {
    fn fmt(&self, _: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        Ok(())
    }
}

impl core::error::Error for Broken {}

impl Drop for Connection {
    fn drop(&mut self) {
        let _ = Stub::default().close(Socket);
    }
}

fn poll<T>(result: nb::Result<T, Broken>) -> Poll<Result<T, Broken>> {
    match result {
        Ok(value) => Poll::Ready(Ok(value)),
        Err(nb::Error::WouldBlock) => Poll::Pending,
        Err(nb::Error::Other(error)) => Poll::Ready(Err(error)),
    }
}

impl TcpConnect for AsyncStub {
    type Error = Broken;
    type Connection<'a> = Connection;

    async fn connect(&self, remote: SocketAddr) -> Result<Connection, Broken> {
        poll_fn(|_| poll(Stub::default().connect(&mut Socket, remote))).await?;
        Ok(Connection)
    }
}

impl Dns for AsyncStub {
    type Error = Broken;

    async fn get_host_by_name(&self, host: &str, kind: AddrType) -> Result<IpAddr, Broken> {
        let mut stub = Stub::default();
        poll_fn(|_| poll(embedded_nal::Dns::get_host_by_name(&mut stub, host, kind.clone()))).await
    }

    async fn get_host_by_address(&self, _: IpAddr, _: &mut [u8]) -> Result<usize, Broken> {
        Err(Broken)
    }
}

impl ErrorType for Connection {
    type Error = Broken;
}

impl Read for Connection {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Broken> {
        poll_fn(|_| poll(Stub::default().receive(&mut Socket, buffer))).await
    }
}

impl Write for Connection {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Broken> {
        poll_fn(|_| poll(Stub::default().send(&mut Socket, bytes))).await
    }

    async fn flush(&mut self) -> Result<(), Broken> {
        Ok(())
    }
}

/// The device's clock, which is looked at in each poll.
pub struct DeviceTimer;

impl Timer for DeviceTimer {
    fn now_ms(&self) -> u32 {
        DeviceClock.now_ms()
    }

    async fn wait_ms(&self, ms: u32) {
        let start = self.now_ms();
        poll_fn(|_| {
            if self.now_ms().wrapping_sub(start) < ms { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }
}

pub type Transport = &'static AsyncStub;
pub type Board = Client<'static, Transport, DeviceTimer>;

/// A GET whose body is read in pieces, as [`client::get`](crate::client::get).
pub fn get() {
    let mut buffer = [0; 512];
    let mut piece = [0; 100];
    let result = block_on(page(&mut buffer, &mut piece));
    Register::Result.set(result.map_or(0, usize::from));
}

/// The client is in it, the buffers are not.
pub async fn page(buffer: &mut [u8], piece: &mut [u8]) -> Result<u16, ErrorOf<Transport>> {
    let mut client = Client::new(&AsyncStub, DeviceTimer);
    let mut response = client.get(black_box("http://mpython.cn/weather")).send(buffer).await?;
    loop {
        match response.read(piece).await? {
            0 => return Ok(response.status_code()),
            n => Register::Result.set(n),
        }
    }
}

/// What a `send` takes.
pub fn send<'a>(
    request: Request<'a, &'a mut Board>,
    buffer: &'a mut [u8],
) -> impl Future<Output = Result<Response<'a, 'a, 'static, Transport, DeviceTimer>, ErrorOf<Transport>>>
{
    request.send(buffer)
}

/// What a `read` takes.
pub fn read<'a>(
    response: &'a mut Response<'static, 'static, 'static, Transport, DeviceTimer>,
    piece: &'a mut [u8],
) -> impl Future<Output = Result<usize, ErrorOf<Transport>>> {
    response.read(piece)
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}
