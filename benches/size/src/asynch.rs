//! The same server by tasks: four of them, with a socket of the device each.

use core::cell::RefCell;
use core::convert::Infallible;
use core::future::{pending, poll_fn};
use core::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use core::task::Poll;

use embedded_nal::{TcpClientStack, TcpFullStack, nb};
use nal_http::embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use nal_http::hal::Timer;
use nal_http::server::CloseReason;
use nal_http::server::asynch::{Tasks, serve_connection};

use crate::server::{App, SITE};
use crate::stub::{Register, Socket, Stub};

/// A socket as async stacks have them: a task that is polled asks the device again.
#[derive(Default)]
pub struct Device(Stub);

impl Device {
    async fn call<T>(
        &mut self,
        mut call: impl FnMut(&mut Stub) -> nb::Result<T, crate::stub::Broken>,
    ) -> Result<T, ErrorKind> {
        poll_fn(|_| match call(&mut self.0) {
            Ok(done) => Poll::Ready(Ok(done)),
            Err(nb::Error::WouldBlock) => Poll::Pending,
            Err(nb::Error::Other(_)) => Poll::Ready(Err(ErrorKind::ConnectionReset)),
        })
        .await
    }

    async fn accept(&mut self) -> Option<SocketAddr> {
        self.call(|stub| stub.accept(&mut Socket)).await.ok().map(|(_, peer)| peer)
    }
}

impl ErrorType for Device {
    type Error = ErrorKind;
}

impl Read for Device {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.call(|stub| stub.receive(&mut Socket, buffer)).await
    }
}

impl Write for Device {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.call(|stub| stub.send(&mut Socket, bytes)).await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

/// The device's clock.
pub struct DeviceTimer;

impl Timer for DeviceTimer {
    #[expect(clippy::cast_possible_truncation, reason = "registers have 32 bits here")]
    fn now_ms(&self) -> u32 {
        Register::TimeMs.get() as u32
    }

    async fn wait_ms(&self, ms: u32) {
        let start = self.now_ms();
        poll_fn(|_| {
            let is_over = self.now_ms().wrapping_sub(start) >= ms;
            if is_over { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// One task of the server.
pub async fn web(tasks: &Tasks<4>, app: &RefCell<App>) -> Infallible {
    let (mut socket, mut buffer) = (Device::default(), [0; 512]);
    let Some(mut task) = tasks.join() else { return pending().await };
    loop {
        let (client, peer) = task.listen(socket.accept()).await;
        if let Some(peer) = peer {
            client.serve(&mut socket, peer, &SITE, app, &mut buffer, &DeviceTimer).await;
            let _ = socket.0.close(Socket);
        }
    }
}

/// The future of one connection, for its size.
pub fn connection<'s>(
    io: &'s mut Device,
    app: &'s RefCell<App>,
    buffer: &'s mut [u8],
) -> impl Future<Output = CloseReason> {
    let peer = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0));
    serve_connection(io, peer, &SITE, app, buffer, &DeviceTimer)
}
