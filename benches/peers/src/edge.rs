use core::fmt::{Debug, Display};
use core::hint::black_box;
use core::net::SocketAddr;

use edge_http::Method;
use edge_http::io::Error;
use edge_http::io::client::Connection as Client;
use edge_http::io::server::{Connection, Handler, handle_connection};
use edge_nal::{Close, Readable, TcpConnect, TcpShutdown, TcpSplit};
use embedded_io_async::{ErrorKind, Read, Write};
use nal_http_size::stub::Register;

use crate::Wire;

impl Readable for Wire {
    async fn readable(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl TcpShutdown for Wire {
    async fn close(&mut self, _: Close) -> Result<(), ErrorKind> {
        Ok(())
    }

    async fn abort(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl TcpSplit for Wire {
    type Read<'a> = Self;
    type Write<'a> = Self;

    fn split(&mut self) -> (Self, Self) {
        (Self, Self)
    }
}

impl TcpConnect for Wire {
    type Error = ErrorKind;
    type Socket<'a> = Self;

    async fn connect(&self, remote: SocketAddr) -> Result<Self, ErrorKind> {
        Self::open(remote).await
    }
}

/// A GET whose body is read in pieces, as nal-http's. The URL is taken apart already.
pub async fn get() {
    Register::Result.set(exchange().await.map_or(0, usize::from));
}

async fn exchange() -> Result<u16, Error<ErrorKind>> {
    let ip = Wire::find(black_box("mpython.cn")).await.map_err(Error::Io)?;
    let mut buffer = [0; 512];
    let mut client = Client::<_, 16>::new(&mut buffer, &Wire, SocketAddr::new(ip, 80));
    let headers = [("Host", "mpython.cn")];
    client.initiate_request(true, Method::Get, black_box("/weather"), &headers).await?;
    client.initiate_response().await?;
    let status = client.headers()?.code;
    let mut piece = [0; 100];
    loop {
        match client.read(&mut piece).await? {
            0 => return Ok(status),
            n => Register::Result.set(n),
        }
    }
}

struct App;

impl Handler for App {
    type Error<E>
        = Error<E>
    where
        E: Debug;

    async fn handle<T, const N: usize>(
        &self,
        _: impl Display + Copy,
        connection: &mut Connection<'_, T, N>,
    ) -> Result<(), Error<T::Error>>
    where
        T: Read + Write + TcpSplit,
    {
        let head = connection.headers()?;
        match (head.method, head.path) {
            (Method::Get, "/") => {
                let headers = [("Content-Type", "text/plain"), ("Content-Length", "28")];
                connection.initiate_response(200, Some("OK"), &headers).await?;
                connection.write_all(b"Hello from a microcontroller").await
            }
            (Method::Get, "/light") => {
                let headers = [("Content-Type", "application/json")];
                connection.initiate_response(200, Some("OK"), &headers).await?;
                let mut text = heapless::String::<32>::new();
                let level = Register::Light.get();
                let _ =
                    core::fmt::Write::write_fmt(&mut text, format_args!("{{\"light\":{level}}}"));
                connection.write_all(text.as_bytes()).await
            }
            (Method::Post, "/echo") => {
                let mut bytes = [0; 128];
                let n = connection.read(&mut bytes).await?;
                let headers = [("Content-Type", "text/plain")];
                connection.initiate_response(200, Some("OK"), &headers).await?;
                connection.write_all(bytes.get(..n).unwrap_or_default()).await
            }
            _ => connection.initiate_response(404, Some("Not Found"), &[]).await,
        }
    }
}

/// One connection, for as long as it lives.
pub async fn serve() {
    let mut buffer = [0; 1024];
    handle_connection::<_, _, 16>(Wire, &mut buffer, None, 0, App).await;
}
