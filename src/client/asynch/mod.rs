//! The client on async stacks, such as embassy's (feature `async`): what has the same name is the same as in
//! [`client`](super), and what blocks there is awaited here. It names no executor, and no future has to be `Send`.
//!
//! ```
//! use nal_http::client::asynch::{Client, ErrorOf};
//! use nal_http::hal::Timer;
//! use nal_http::net::AsyncTransport;
//!
//! // With embassy-net, `stack` is `(&tcp_client, &dns_socket)`.
//! async fn weather<S: AsyncTransport>(stack: S, timer: impl Timer) -> Result<(), ErrorOf<S>> {
//!     let mut client = Client::new(stack, timer);
//!     let mut buffer = [0; 2560];
//!     let request = client.get("http://mpython.cn/weather").params(&[("city", "深圳")]);
//!     let mut response = request.send(&mut buffer).await?;
//!     response.raise_for_status()?;
//!     let text = response.text().await?;
//!     Ok(())
//! }
//! ```
//!
//! # Waiting
//! A future that waits has told the connection and the timer to wake its task, and is polled for these only. The
//! [time-outs](crate::net::Timeouts) are those of the client that blocks. Bodies are still taken from readers that
//! block ([`Upload`](super::Upload), [`Multipart`](super::Multipart)): a task that uploads waits for its flash or its file.
//!
//! # Dropping futures
//! Any future here can be dropped while it waits, as `select` and time-outs around it do, and nothing is left locked:
//!
//! | dropped | the connection | then |
//! |---|---|---|
//! | [`send`](super::Request::send) | is closed, or was not made yet | the next request works |
//! | `read`, `content`, `text`, `json` of a [`Response`] | stays as it is | called again, they go on, and so does their time: no byte is lost |
//! | a [`Response`] | is kept if the body was read to its end, else closed | the next request works |
//! | [`Client::download`] | is closed | what was written is a part of the file |
//! | `receive` of a `WebSocket` (feature `websocket`) | stays as it is | called again, it goes on: no byte is lost |
//! | its `send_text`, `send_binary`, `send_part` | stays open, and is of no further use for sending if a part of a message was sent | close it |
//!
//! To close a connection is to drop it, as `embedded-nal-async` says. What the peer learns of that is the stack's: embassy-net
//! drops the socket with what it has not sent yet, and tells the peer nothing.

mod client;
mod download;
mod driver;
mod get;
mod response;
mod wait;
#[cfg(feature = "websocket")]
mod websocket;

use super::Error;
pub use super::Pool;
use crate::net::AsyncTransport;
pub use client::Client;
pub use download::DownloadErrorOf;
pub use get::{http_get, http_get_with};
pub use response::Response;
#[cfg(feature = "websocket")]
pub use websocket::WebSocket;

/// The [`Error`] of requests over the transport `S`.
pub type ErrorOf<S> = Error<<S as AsyncTransport>::TcpError, <S as AsyncTransport>::DnsError>;
