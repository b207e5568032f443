use core::hint::black_box;
use core::net::{IpAddr, SocketAddr};

use embedded_io_async::{ErrorKind, Read};
use embedded_nal_async::{AddrType, Dns, TcpConnect};
use nal_http_size::stub::Register;
use reqwless::client::HttpClient;
use reqwless::request::Method;

use crate::Wire;

impl TcpConnect for Wire {
    type Error = ErrorKind;
    type Connection<'a> = Self;

    async fn connect(&self, remote: SocketAddr) -> Result<Self, ErrorKind> {
        Self::open(remote).await
    }
}

impl Dns for Wire {
    type Error = ErrorKind;

    async fn get_host_by_name(&self, host: &str, _: AddrType) -> Result<IpAddr, ErrorKind> {
        Self::find(host).await
    }

    async fn get_host_by_address(&self, _: IpAddr, _: &mut [u8]) -> Result<usize, ErrorKind> {
        Err(ErrorKind::Unsupported)
    }
}

/// A GET whose body is read in pieces, as nal-http's.
pub async fn get() {
    Register::Result.set(exchange().await.map_or(0, usize::from));
}

async fn exchange() -> Result<u16, reqwless::Error> {
    let mut client = HttpClient::new(&Wire, &Wire);
    let mut buffer = [0; 512];
    let mut request = client.request(Method::GET, black_box("http://mpython.cn/weather")).await?;
    let response = request.send(&mut buffer).await?;
    let status = response.status.0;
    let mut body = response.body().reader();
    let mut piece = [0; 100];
    loop {
        match body.read(&mut piece).await? {
            0 => return Ok(status),
            n => Register::Result.set(n),
        }
    }
}
