//! The server as futures, over any socket of `embedded-io-async` (feature `async`).
//!
//! The routes, the handlers, the deadlines and the events are those of the [`Server`](super::Server); what
//! waits is a future. There are two ways to have one:
//!
//! | | for |
//! |---|---|
//! | [`serve_connection`] | one client, however it has connected |
//! | [`Tasks`] | a server on embassy-net, where each of `N` tasks has a socket that listens, and serves the client that it gets |
//!
//! ```
//! use core::cell::RefCell;
//!
//! use nal_http::hal::DelayTimer;
//! use nal_http::server::asynch::Tasks;
//! use nal_http::server::{Answer, Reply, Request, Route, Site};
//! # mod embassy {
//! #     use nal_http::embedded_io_async::{ErrorKind, ErrorType, Read, Write};
//! #     use nal_http::embedded_hal_async::delay::DelayNs;
//! #     pub struct TcpSocket;
//! #     impl TcpSocket {
//! #         pub async fn accept(&mut self, _: u16) -> Result<(), ErrorKind> { Ok(()) }
//! #         pub fn remote_endpoint(&self) -> Option<std::net::SocketAddr> { None }
//! #         pub fn close(&mut self) {}
//! #         pub fn abort(&mut self) {}
//! #     }
//! #     impl ErrorType for TcpSocket { type Error = ErrorKind; }
//! #     impl Read for TcpSocket {
//! #         async fn read(&mut self, _: &mut [u8]) -> Result<usize, ErrorKind> { Ok(0) }
//! #     }
//! #     impl Write for TcpSocket {
//! #         async fn write(&mut self, _: &[u8]) -> Result<usize, ErrorKind> { Ok(0) }
//! #         async fn flush(&mut self) -> Result<(), ErrorKind> { Ok(()) }
//! #     }
//! #     #[derive(Clone)]
//! #     pub struct Delay;
//! #     impl DelayNs for Delay { async fn delay_ns(&mut self, _: u32) {} }
//! #     pub struct Duration;
//! #     impl Duration { pub fn from_millis(_: u64) -> Self { Self } }
//! #     pub async fn with_timeout<F: Future>(_: Duration, f: F) -> F::Output { f.await }
//! # }
//! # use embassy::{Delay, Duration, TcpSocket, with_timeout};
//! # fn millis() -> u32 { 0 }
//!
//! struct App {
//!     level: u16,
//! }
//!
//! const SITE: Site<App> = Site::new(&[Route::get("/light", light)]);
//!
//! fn light(app: &mut App, _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
//!     reply.write("text/plain", |body| body.number(app.level.into()))
//! }
//!
//! // #[embassy_executor::task(pool_size = 4)]
//! async fn web(tasks: &'static Tasks<4>, app: &'static RefCell<App>, mut socket: TcpSocket) {
//!     let timer = DelayTimer::new(millis, Delay); // || Instant::now().as_millis() as u32
//!     let mut buffer = [0; 1024];
//!     let Some(mut task) = tasks.join() else { return };
//!     loop {
//!         let (client, accepted) = task.listen(socket.accept(80)).await;
//!         if let (Ok(()), Some(peer)) = (accepted, socket.remote_endpoint()) {
//!             client.serve(&mut socket, peer, &SITE, app, &mut buffer, &timer).await;
//!         }
//!         // Let it have the end of the response, and not for ever.
//!         socket.close();
//!         # use nal_http::embedded_io_async::Write;
//!         let _ = with_timeout(Duration::from_millis(250), socket.flush()).await;
//!         socket.abort();
//!         let _ = socket.flush().await;
//!     }
//! }
//! ```
//!
//! # The socket
//! It is the caller's, who closes it when the connection is over, or aborts it when the future was
//! dropped. What is left to the server is to wait until the client can be expected to have read the
//! response ([`Timeouts::linger_ms`](super::Timeouts::linger_ms)): so a socket that is closed behind it needs
//! only to deliver what it has. With embassy-net's `TcpSocket` that is `close`, `flush` with a limit, and
//! then `abort`, so that it can listen again whatever the client does.
//!
//! It has to send by itself what is written, as sockets do: `flush`, which on embassy-net waits until the
//! client has acknowledged all, is not called.
//!
//! # Cancellation
//! Where the future waits, it may be dropped: nothing is left locked, and a handler that was to be called
//! again is told ([`Request::is_aborted`](super::Request::is_aborted)), unless somebody else has the application
//! at that moment. What was sent of a response stays sent, so the connection cannot be used for another.
//! `read` and `write` of the socket are dropped while they wait, when a handler's time has come: they must
//! not have lost anything then, as `embedded-io-async` encourages, and sockets of embassy-net and tokio have
//! it.
//!
//! # Shutting down
//! [`Tasks::shutdown`] has tasks finish what they have begun, if each of them listens with
//! [`listen_until_shutdown`](Task::listen_until_shutdown). What does not, has nothing of that in its image.
//!
//! # Memory
//! A future holds one connection: its state, and what its socket and its timer have to keep while they
//! wait, 432 bytes with those of embassy on a 32-bit target. The buffer is the caller's, half of it for the request and half
//! for the response, as that of a slot of the [`Server`](super::Server#memory); 256 bytes are the least that the
//! server's own answers fit into. Nothing grows.
//!
//! # Safety on a hostile network
//! All that the [`Server`](super::Server) does holds here, too. But embassy-net keeps no queue: while no task
//! listens, a newcomer is refused, and nobody learns that there was one. So as soon as no task listens, one
//! counts as waiting. Then connections give way by the same table, the one that deserves its place least
//! first, until a task listens again: a connection between two requests 50 ms after its response
//! (`grace_ms`), one that stalls after 500 ms (`stall_ms`), and one that gets on after 10 s (`turn_ms`). And a
//! response that begins while no task listens closes its connection.
//!
//! So a task listens again within
//!
//! > `stall_ms`, and the time that closing takes
//!
//! after the last had stopped, whatever the clients do; where they get on, `turn_ms` stands in place of
//! `stall_ms`. On a stack with a queue, a client that has `Q` others before it is served within
//!
//! > `grace_ms` + (⌊`Q` / `N`⌋ + 1) · `stall_ms`
//!
//! and the time that closing takes, for which the others are spared for `stall_ms` at most; as with the [`Server`](super::Server#safety-on-a-hostile-network). `N` tasks thus
//! keep `N` − 1 connections alive. One event stream or upload more than that ends after `turn_ms`: give a
//! server a task more than it has such clients, or set [`turn_ms`](super::Timeouts::turn_ms).

mod driver;
mod share;
mod tasks;

pub use share::Share;
pub use tasks::{Accepted, Task, Tasks};

use core::net::SocketAddr;

use embedded_io_async::{Read, Write};

use super::slot::Slot;
use super::{CloseReason, ConnectInfo, Site};
use crate::hal::Timer;
use driver::{Served, Work};
use tasks::Place;

/// Serves one client, until the connection is to be closed, and says why.
///
/// For a client that has connected by whatever means: a socket of embassy-net, a serial line, one end
/// of a pipe. No other connection is known here, so none has to give way; nor can a handler that waits be
/// called before its time. Both is what [`Tasks`] are for.
///
/// The caller then closes `io`; see [its part](self#the-socket). The future may be
/// [dropped](self#cancellation).
///
/// ```
/// use core::cell::RefCell;
///
/// use nal_http::server::asynch::serve_connection;
/// use nal_http::server::{CloseReason, Route, Site};
/// use nal_http::testing::ScriptStack;
/// use nal_http::testing::asynch::{AsyncStack, SimTime};
///
/// const SITE: Site<u16> = Site::new(&[Route::get("/light", |level, _, reply| {
///     reply.write("text/plain", |body| body.number((*level).into()))
/// })]);
///
/// let mut script = ScriptStack::new();
/// script.connects(["GET /light HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".into()]);
///
/// let timer = SimTime::new(0);
/// let stack = AsyncStack::new(script, &timer);
/// let app = RefCell::new(301);
/// let reason = timer.block_on(async {
///     let listener = stack.listen(80).unwrap();
///     let (mut socket, peer) = listener.accept().await.unwrap();
///     let mut buffer = [0; 512];
///     serve_connection(&mut socket, peer, &SITE, &app, &mut buffer, &timer).await
/// });
/// assert_eq!(reason, CloseReason::Complete);
/// assert!(stack.borrow().sent(1).ends_with(b"\r\n\r\n301"));
/// ```
pub fn serve_connection<'s, I: Read + Write, A, T: Default>(
    io: &'s mut I,
    peer: SocketAddr,
    site: &'s Site<A, T>,
    app: &'s impl Share<A>,
    buffer: &'s mut [u8],
    timer: &'s impl Timer,
) -> impl Future<Output = CloseReason> {
    serve(Place::ALONE, io, peer, site, app, buffer, timer)
}

// No `async fn`: that would keep each of its arguments beside what is made of them.
fn serve<'s, I: Read + Write, A, T: Default, const ENDS: bool>(
    place: Place<'s, ENDS>,
    io: &'s mut I,
    peer: SocketAddr,
    site: &'s Site<A, T>,
    app: &'s impl Share<A>,
    buffer: &'s mut [u8],
    timer: &'s impl Timer,
) -> impl Future<Output = CloseReason> {
    let half = buffer.len() / 2;
    let (rx, tx) = buffer.split_at_mut_checked(half).unwrap_or_default();
    let client = ConnectInfo { peer, connection: place.index };
    let slot = Slot::new(timer.now_ms(), &site.timeouts);
    let mut served =
        Served { io, site, app, timer, client, place, work: Work { slot, rx, tx }, is_open: false };
    async move { served.run().await }
}
