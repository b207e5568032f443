use core::cell::RefCell;
use embassy_net::Stack;
use embassy_net::tcp::{State, TcpSocket};
use embassy_time::{Duration, with_timeout};
use light_app::LightApp;
use nal_http::hal::{Display, LightSensor};

use crate::backlog::{Backlog, HANDSHAKE};

/// Connections at once, each with a task of its own.
pub const TASKS: usize = 8;
/// So many clients more can wait; each takes 128 bytes.
pub const WAITING: usize = 48;
const PORT: u16 = 80;
/// So long a client may take to close its side behind us.
const LINGER: Duration = Duration::from_secs(1);

/// The memory of a connection: what the socket receives into and sends from, the server's buffer.
pub struct Buffers {
    receive: [u8; 2048],
    send: [u8; 2048],
    http: [u8; 1024],
}

impl Buffers {
    /// Zeros.
    pub const ZERO: Self = Self { receive: [0; 2048], send: [0; 2048], http: [0; 1024] };
}

/// Serves one connection after another, for ever.
pub async fn serve(stack: Stack<'_>, backlog: &Backlog<TASKS, WAITING>, buffers: &mut Buffers) {
    let mut socket = TcpSocket::new(stack, &mut buffers.receive, &mut buffers.send);
    socket.set_timeout(Some(HANDSHAKE));
    socket.set_nagle_enabled(false);
    loop {
        let listening = backlog.listen();
        let _ = socket.accept(PORT).await;
        listening.accepted(socket.remote_endpoint());
        let _ = socket.read(&mut buffers.http).await;
        let _ = socket
            .write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            .await;
        close(&mut socket).await;
    }
}

/// Closes: what was written still goes out, and the client has a second to close its side.
async fn close(socket: &mut TcpSocket<'_>) {
    socket.close();
    let _ = with_timeout(LINGER, async {
        while let Ok(1..) = socket.read(&mut [0; 64]).await {}
        socket.flush().await
    })
    .await;
    if !matches!(socket.state(), State::Closed | State::TimeWait) {
        socket.abort();
        let _ = with_timeout(LINGER, socket.flush()).await;
    }
}
