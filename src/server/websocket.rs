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
//! wait for a slot, a WebSocket keeps its for `turn_ms`, as an event stream. `permessage-deflate` is declined.
//!
//! The end is told: by [`Received::Closed`], where it was closed by frames or silence, or by a last call with
//! [`Request::is_aborted`](super::Request::is_aborted), where the connection went.

mod handshake;
mod socket;
mod upgrade;

pub use crate::wire::websocket::{CloseCode, Kind, Part};
pub(super) use handshake::HEADERS;
pub use socket::{Received, Socket};
pub use upgrade::Upgrade;

use crate::wire::websocket::FrameReader;

/// What is remembered of a WebSocket from call to call.
#[derive(Debug, Default)]
pub struct State {
    reader: FrameReader,
    phase: Phase,
    /// What of a message that is sent in parts has been sent.
    sending: Option<Kind>,
    /// So many bytes are missing of a pong: nothing else can be sent.
    pong_left: u8,
    /// When something came last, or a close frame was sent.
    heard_ms: u32,
    pinged: bool,
    protocol: Option<&'static str>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    #[default]
    New,
    Open,
    /// A close frame was sent, and its answer is waited for.
    Closing,
    /// It is over, and the handler is to be told.
    Closed(Option<CloseCode>),
    Over,
}

impl AsMut<Self> for State {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}
