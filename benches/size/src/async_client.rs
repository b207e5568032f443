//! The async client that is measured: the device as a stack that connects, and the smallest executor.

use core::hint::black_box;
use core::net::{IpAddr, SocketAddr};
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use nal_http::client::Request;
use nal_http::client::asynch::{Client, ErrorOf, Response};
use nal_http::embedded_io_async::ErrorKind;
use nal_http::embedded_nal_async::{AddrType, Dns, TcpConnect};

use crate::asynch::{Device, DeviceTimer};
use crate::stub::Register;

/// It connects at once.
pub struct Stack;

impl TcpConnect for Stack {
    type Error = ErrorKind;
    type Connection<'a> = Device;

    async fn connect(&self, _: SocketAddr) -> Result<Device, ErrorKind> {
        Ok(Device::default())
    }
}

impl Dns for Stack {
    type Error = ErrorKind;

    #[expect(clippy::cast_possible_truncation, reason = "registers have 32 bits here")]
    async fn get_host_by_name(&self, _: &str, _: AddrType) -> Result<IpAddr, ErrorKind> {
        Ok(IpAddr::V4((Register::Address.get() as u32).into()))
    }

    async fn get_host_by_address(&self, _: IpAddr, _: &mut [u8]) -> Result<usize, ErrorKind> {
        Err(ErrorKind::Unsupported)
    }
}

pub type Transport = &'static Stack;
pub type Board = Client<'static, Transport, DeviceTimer>;

/// A GET whose body is read in pieces, as [`client::get`](crate::client::get).
pub fn get() {
    let (mut buffer, mut piece) = ([0; 512], [0; 100]);
    let mut future = pin!(page(&mut buffer, &mut piece));
    loop {
        if let Poll::Ready(result) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Register::Result.set(result.map_or(0, usize::from));
            return;
        }
    }
}

/// The client is in it, the buffers are not.
pub async fn page(buffer: &mut [u8], piece: &mut [u8]) -> Result<u16, ErrorOf<Transport>> {
    let mut client = Client::new(&Stack, DeviceTimer);
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
