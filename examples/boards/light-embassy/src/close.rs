use embassy_net::tcp::{State, TcpSocket};
use embassy_time::{Duration, Timer, with_timeout};

use crate::syn_queue::SynQueue;

/// So long a client may take to close its side behind us.
const CLOSING: Duration = Duration::from_millis(250);
/// smoltcp acknowledges 10 ms late, in the hope of something to send.
const ACK_DELAY: Duration = Duration::from_millis(12);

/// Closes a connection: what was written still goes out, and the client has a moment to close its side. `queue` is that of the
/// clients who wait for the socket.
pub async fn close<const N: usize, const W: usize>(
    socket: &mut TcpSocket<'_>,
    queue: &SynQueue<N, W>,
) {
    socket.close();
    let closed = async {
        while let Ok(1..) = socket.read(&mut [0; 64]).await {}
        socket.flush().await
    };
    let _ = with_timeout(CLOSING, closed).await;
    match socket.state() {
        // Without the last ACK, the client is reset when it asks for it: it may go out if others listen.
        State::TimeWait if queue.is_listening() => Timer::after(ACK_DELAY).await,
        State::Closed | State::TimeWait => {}
        _ => {
            socket.abort();
            let _ = with_timeout(CLOSING, socket.flush()).await;
        }
    }
}
