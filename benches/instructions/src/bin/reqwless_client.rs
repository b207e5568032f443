//! reqwless in the place of the counted client, over blocking sockets of the operating system.
//! Arguments: port, requests, path, `keep` or `close`.

use std::future::Future;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use embedded_nal_async::{AddrType, Dns, TcpConnect};
use nal_http_instructions::{PIECE, number, word};
use reqwless::TryBufRead;
use reqwless::client::HttpClient;
use reqwless::request::Method;
use reqwless::response::Response;

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
    let (path, requests) = (word(3)?, number(2)?);
    let base = format!("http://127.0.0.1:{}", number(1)?);
    let keep = word(4)? == "keep";
    let all = pin!(async {
        if keep {
            get_kept(&base, &path, requests).await
        } else {
            get_each(&base, &path, requests).await
        }
    });
    match all.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result.map_err(|error| format!("{error:?}").into()),
        Poll::Pending => Err("its sockets block, and it waits".into()),
    }
}

async fn get_kept(base: &str, path: &str, requests: usize) -> Result<(), reqwless::Error> {
    let mut client = HttpClient::new(&Stack, &Stack);
    let mut resource = client.resource(base).await?;
    for _ in 0..requests {
        let mut buffer = [0; 2048];
        read(resource.get(path).send(&mut buffer).await?, path).await?;
    }
    Ok(())
}

async fn get_each(base: &str, path: &str, requests: usize) -> Result<(), reqwless::Error> {
    let url = format!("{base}{path}");
    for _ in 0..requests {
        let mut client = HttpClient::new(&Stack, &Stack);
        let mut buffer = [0; 2048];
        let mut request = client.request(Method::GET, &url).await?;
        read(request.send(&mut buffer).await?, path).await?;
    }
    Ok(())
}

async fn read<C: TryBufRead>(
    response: Response<'_, '_, C>,
    path: &str,
) -> Result<(), reqwless::Error> {
    if path == "/small" {
        response.body().read_to_end().await?;
        return Ok(());
    }
    let mut body = response.body().reader();
    let mut piece = [0; PIECE];
    while body.read(&mut piece).await? > 0 {}
    Ok(())
}
