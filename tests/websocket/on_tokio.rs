//! The echo by the server of futures, over tokio's sockets.

use std::cell::RefCell;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use nal_http::embedded_hal_async::delay::DelayNs;
use nal_http::embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use nal_http::hal::DelayTimer;
use nal_http::server::asynch::serve_connection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio::task::LocalSet;

use super::frames::{App, SITE};

struct Socket(TcpStream);

impl ErrorType for Socket {
    type Error = ErrorKind;
}

impl Read for Socket {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.0.read(buffer).await.map_err(|_| ErrorKind::ConnectionReset)
    }
}

impl Write for Socket {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.0.write(bytes).await.map_err(|_| ErrorKind::ConnectionReset)
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
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

/// A server that echoes, on a port of its own, as long as the test runs.
pub fn serve() -> u16 {
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let local = LocalSet::new();
        local.block_on(&runtime, async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            sender.send(listener.local_addr().unwrap().port()).unwrap();
            let (app, begun) = (Rc::new(RefCell::new(App::default())), Instant::now());
            loop {
                let (stream, peer) = listener.accept().await.unwrap();
                let app = Rc::clone(&app);
                local.spawn_local(async move {
                    let now = || u32::try_from(begun.elapsed().as_millis()).unwrap();
                    let timer = DelayTimer::new(now, Delay);
                    let (mut socket, mut buffer) = (Socket(stream), [0; 2048]);
                    serve_connection(&mut socket, peer, &SITE, &*app, &mut buffer, &timer).await
                });
            }
        });
    });
    receiver.recv().unwrap()
}
