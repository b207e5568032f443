//! No HTTP: whatever comes is answered by the same bytes. What the other programs take more is theirs.

use embassy_executor::Spawner;
use embassy_net::Stack;
use embassy_net::tcp::TcpSocket;
use static_cell::ConstStaticCell;

use crate::{SOCKET, TASKS};

const RESPONSE: &[u8] =
    b"HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Type: application/json\r\n\
    Content-Length: 13\r\n\r\n{\"light\":301}";

type Buffers = [[u8; SOCKET]; 2];

#[embassy_executor::task(pool_size = TASKS)]
async fn serve(stack: Stack<'static>, buffers: &'static mut Buffers) {
    let [receive, send] = buffers;
    loop {
        let mut socket = TcpSocket::new(stack, receive, send);
        let _ = socket.accept(80).await;
        while let Ok(1..) = socket.read(&mut [0; 1024]).await {
            let _ = socket.write(RESPONSE).await;
        }
        socket.close();
        let _ = socket.flush().await;
    }
}

pub fn spawn(spawner: Spawner, stack: Stack<'static>) -> Stack<'static> {
    static BUFFERS: ConstStaticCell<[Buffers; TASKS]> =
        ConstStaticCell::new([[[0; SOCKET]; 2]; TASKS]);

    for buffers in BUFFERS.take() {
        spawner.spawn(serve(stack, buffers).unwrap());
    }
    stack
}
