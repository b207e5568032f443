//! WebSocket (RFC 6455): messages both ways on a connection that began as a request.
//!
//! A route for it is made with [`Route::websocket`](super::Route::websocket), and its handler is a plain
//! [`Handler`](super::Handler): called for the request, then for what arrives, and whenever the time
//! has come that it [waits](Socket::wait) for, or [`Server::wake`](super::Server::wake) says that there is something to be
//! sent. It begins with [`Reply::websocket`](super::Reply::websocket), the first time and each other.
//!
//! ```
//! use nal_http::server::websocket::{Received, State};
//! use nal_http::server::{Answer, Reply, Request, Route, Site};
//!
//! struct App {
//!     led: bool,
//! }
//!
//! const SITE: Site<App, State> = Site::new(&[Route::websocket("/ws", led)]);
//!
//! fn led(app: &mut App, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
//!     let mut socket = reply.websocket(request)?;
//!     while let Some(Received::Part(part)) = socket.receive() {
//!         app.led = part.text() == Some("on");
//!         socket.send_text(if app.led { "it is on" } else { "it is off" });
//!     }
//!     socket.wait(60_000)
//! }
//! # let _ = SITE;
//! ```
//!
//! # What it remembers
//! The type that handlers [remember](super::Request::state) is [`State`], or has one and says so by [`AsMut`].
//!
//! # What is done for the handler
//! The handshake, with a check of the [origin](Upgrade::origins); pings are answered; a peer that says
//! nothing is [pinged](Upgrade::ping_ms), and given up if it does not answer; the closing handshake.
//! Frames that break the protocol close it with 1002, text that is not UTF-8 with 1007. While other clients
//! wait for a slot, a WebSocket keeps its for `turn_ms`, as an event stream; then it is closed with 1013, if that can
//! be sent without waiting. While the server is [shut down](super::Request::is_shutting_down), it is closed with 1001.
//! `permessage-deflate` is declined.
//!
//! The end is told: by [`Received::Closed`], where it was closed by frames or silence, or by a last call with
//! [`Request::is_aborted`](super::Request::is_aborted), where the connection went.

mod handshake;
mod socket;
mod upgrade;

pub use crate::wire::websocket::{CloseCode, Kind, Part, Received};
pub(super) use handshake::HEADERS;
pub use socket::Socket;
pub use upgrade::Upgrade;

use crate::wire::websocket::Side;

/// What is remembered of a WebSocket from call to call.
#[derive(Debug)]
pub struct State {
    side: Side,
    protocol: Option<&'static str>,
}

impl Default for State {
    fn default() -> Self {
        Self { side: Side::of_server(), protocol: None }
    }
}

impl AsMut<Self> for State {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}
