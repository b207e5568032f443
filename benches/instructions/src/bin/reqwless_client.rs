//! reqwless in the place of the counted client, over blocking sockets of the operating system.
//! Arguments: port, requests, path.

use std::future::Future;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use embedded_nal_async::{AddrType, Dns, TcpConnect};
use nal_http_instructions::number;
use reqwless::client::HttpClient;
use reqwless::request::Method;

struct Stack;

struct Connection(TcpStream);

impl ErrorType for Connection {
    type Error = ErrorKind;
}

impl Read for Connection {
    async fn read(&mut self, out: &mut [u8]) -> Result<usize, ErrorKind> {
        self.0.read(out).map_err(|_| ErrorKind::Other)
    }
}

impl Write for Connection {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.0.write(bytes).map_err(|_| ErrorKind::Other)
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl TcpConnect for Stack {
    type Error = ErrorKind;
    type Connection<'a> = Connection;

    async fn connect(&self, remote: SocketAddr) -> Result<Connection, ErrorKind> {
        let stream = TcpStream::connect(remote).map_err(|_| ErrorKind::Other)?;
        stream.set_nodelay(true).map_err(|_| ErrorKind::Other)?;
        Ok(Connection(stream))
    }
}

impl Dns for Stack {
    type Error = ErrorKind;

    async fn get_host_by_name(&self, _: &str, _: AddrType) -> Result<IpAddr, ErrorKind> {
        Ok(Ipv4Addr::LOCALHOST.into())
    }

    async fn get_host_by_address(&self, _: IpAddr, _: &mut [u8]) -> Result<usize, ErrorKind> {
        Err(ErrorKind::Unsupported)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(3).ok_or("no path")?;
    let url = format!("http://127.0.0.1:{}{path}", number(1)?);
    let all = pin!(async {
        for _ in 0..number(2)? {
            get(&url, &path).await.map_err(|error| format!("{error:?}"))?;
        }
        Ok(())
    });
    match all.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err("its sockets block, and it waits".into()),
    }
}

async fn get(url: &str, path: &str) -> Result<(), reqwless::Error> {
    let mut client = HttpClient::new(&Stack, &Stack);
    let mut buffer = [0; 2048];
    let mut request = client.request(Method::GET, url).await?;
    let response = request.send(&mut buffer).await?;
    if path == "/" {
        response.body().read_to_end().await?;
        return Ok(());
    }
    let mut body = response.body().reader();
    let mut piece = [0; 2048];
    while body.read(&mut piece).await? > 0 {}
    Ok(())
}
