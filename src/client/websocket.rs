//! WebSocket (RFC 6455) of a client: messages both ways on a connection that began as a request. Needs the feature
//! `websocket`.
//!
//! ```no_run
//! # fn demo<S>(stack: &mut S, clock: impl nal_http::hal::Clock, mut random: impl FnMut() -> u32)
//! # -> Result<(), nal_http::client::ErrorOf<S>>
//! # where S: embedded_nal::TcpClientStack + embedded_nal::Dns {
//! use nal_http::client::Client;
//! use nal_http::client::websocket::{Received, Upgrade};
//!
//! let mut client = Client::new(stack, clock);
//! let mut buffer = [0; 1024];
//! let upgrade = Upgrade::new();
//! let mut socket = client.get("ws://192.168.0.9/ws").websocket(&upgrade).open(random, &mut buffer)?;
//! socket.send_text("on")?;
//! while let Received::Part(part) = socket.receive()? {
//!     println!("{:?}", part.text());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! URLs begin with `ws://` or, over a stack with TLS, `wss://`; `http` and `https` mean the same. All that a request can
//! have it has: headers, credentials, cookies, redirects. An http proxy is asked for a tunnel (RFC 6455 section 4.1), for
//! `ws` as well as for `wss`.
//!
//! | | opens | receives and sends |
//! |---|---|---|
//! | [`WebSocket`] | [`Opening::open`] | blocking |
//! | [`Call`] | [`Opening::start`] | polled, in a firmware with one loop |
//! | `client::asynch::WebSocket` | the same `open`, awaited | awaited (feature `async`) |
//!
//! # Buffers
//! The buffer first holds the request and the head of its answer: 400 bytes and the URL are enough. Then its first half
//! receives, and its second sends. A message that is one frame and fits into the first half comes whole; others come in
//! parts, of any length in all. A message of any length is sent, in fragments that fit into the second half.
//!
//! # What is done for you
//! The handshake is checked, and each frame; masks come from the random source that you give, 32 bits for each frame, which
//! nobody should be able to guess (RFC 6455 section 10.3). Pings are answered; a server that says nothing is
//! [pinged](Upgrade::ping_ms), and given up if it does not answer; the closing handshake. That happens while
//! something is received: call it again and again, also if only sending matters. `permessage-deflate` is not asked for.

mod blocking;
mod call;
mod error;
mod link;
mod upgrade;

pub use crate::wire::websocket::{CloseCode, Kind, Part, Received};
pub use blocking::WebSocket;
pub use call::Call;
pub use error::WebSocketError;
pub(super) use link::{Arrived, Link, Message};
pub use upgrade::{Opening, Upgrade};
