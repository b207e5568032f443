//! edge-http in the place of the counted server: prints its port, and serves until it is killed. It sends head and body apart:
//! without `TCP_NODELAY` each answer would wait for the client's delayed ACK.

use core::fmt::{Debug, Display};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use edge_http::Method;
use edge_http::io::Error;
use edge_http::io::server::{Connection, Handler, Server};
use edge_nal::{TcpAccept, TcpBind, TcpSplit};
use edge_nal_std::{Stack, TcpAcceptor, TcpSocket};
use embassy_time as _; // edge-nal-std waits by its driver
use embedded_io_async::{Read, Write};

struct Hello;

impl Handler for Hello {
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
        if (head.method, head.path) != (Method::Get, "/") {
            return connection.initiate_response(404, Some("Not Found"), &[]).await;
        }
        let headers = [("Content-Type", "text/plain"), ("Content-Length", "12")];
        connection.initiate_response(200, Some("OK"), &headers).await?;
        connection.write_all(b"Hello, world").await
    }
}

/// Sets `TCP_NODELAY`, as all servers here do.
struct NoDelay(TcpAcceptor);

impl TcpAccept for NoDelay {
    type Error = std::io::Error;
    type Socket<'a> = TcpSocket;

    async fn accept(&self) -> std::io::Result<(SocketAddr, TcpSocket)> {
        let (peer, socket) = self.0.accept().await?;
        socket.as_ref().set_nodelay(true)?;
        Ok((peer, socket))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // edge-nal's listener does not tell its port: one that was free a moment ago is taken.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let mut server = Box::new(Server::<64, 2048, 16>::new());
    futures_lite::future::block_on(async {
        let listener = Stack::new().bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        println!("{port}");
        server.run(None, NoDelay(listener), Hello).await?;
        Ok(())
    })
}
