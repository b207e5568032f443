//! The client: a request as easy as MicroPython's `urequests`, in the caller's buffer.
//!
//! ```no_run
//! # fn demo<S>(stack: &mut S, clock: impl nal_http::hal::Clock) -> Result<(), nal_http::client::ErrorOf<S>>
//! # where S: embedded_nal::TcpClientStack + embedded_nal::Dns {
//! use nal_http::client::Client;
//!
//! let mut client = Client::new(stack, clock);
//! let mut buffer = [0; 2560];
//! let mut response = client
//!     .get("http://mpython.cn/weather")
//!     .params(&[("city", "深圳")])
//!     .send(&mut buffer)?;
//! response.raise_for_status()?; // 4xx and 5xx are errors from here on
//! let text = response.text()?;
//! # Ok(())
//! # }
//! ```
//!
//! The buffer first holds the request's head, and a small body with it, so that they leave in one
//! `send`; then the response's head; then what [`Response::content`] collects. 512 bytes serve most
//! APIs. A redirect takes its URL twice, and some 150 bytes: 2560 bytes follow those of GitHub's downloads, which have
//! 850 to 1100. An error names the size that would have been enough. Larger bodies in either direction go straight between the stack and the caller's slice.
//!
//! A client can have what all its requests share: [headers](Client::headers), a [base URL](Client::base_url), an
//! http [proxy](Client::proxy), [kept connections](Client::keep_alive).
//!
//! # Blocking and polled
//! [`Client`] and [`Response`] block, with an idle hook and deadlines from a [`Clock`](crate::hal::Clock). [`Call`] is the
//! same request as a `poll` that never blocks, for a firmware with one loop; `client::asynch` has a client whose calls are
//! awaited (feature `async`). They only carry out what one transaction
//! without I/O says: resolve, connect, send, receive, close. It is in their own memory and does not move, so a client
//! takes some 420 bytes of RAM on a 32-bit target, a call 360, and a request 312 while it is put together.
//!
//! # Extras
//! What comes beside the plain request is an [`Extra`], given with [`Request::with`]: it adds headers, names those of the
//! response that it needs, and may have the request sent again. [`Cookies`], [`Conditional`] requests and
//! [`EventsRequest`] are extras; so are, within the crate, passwords, tokens and redirects. A signature for a cloud, or a
//! token that is fetched anew when the server does not take the old one, is one that an application writes itself:
//! `examples/extras.rs` has both. An image holds only what its program uses: most of it without a feature, since
//! requests point to the code of what they are given.
//!
//! # On top
//! [`http_get`], [`Client::download`] with [`Resume`], and [`EventSource`] are made of the rest, and could be an
//! application's.

#[cfg(feature = "async")]
pub mod asynch;
mod coding;
mod download;
mod driver;
mod error;
mod events;
mod exchange;
mod extra;
mod extras;
mod get;
mod head;
mod log;
mod request;
mod resume;
mod step;
mod transaction;
#[cfg(feature = "websocket")]
pub mod websocket;

pub use coding::Coding;
pub use download::{DownloadError, DownloadErrorOf};
pub use driver::{Call, Client, Pool, Response};
pub use error::{
    BodyTooLong, Error, ErrorOf, MAX_EXTRAS, MAX_HEADERS, Phase, ProxyError, RedirectError,
    RequestError, ResponseError, UploadError,
};
use error::{CallError, Failed};
pub use events::{Event, EventError, EventSource, NextError};
pub use extra::{Extra, IncomingHead, Next, OutgoingHead};
pub use extras::{Conditional, Cookies, EventsRequest};
pub use get::{http_get, http_get_with};
pub use head::Head;
pub use request::{Multipart, Part, Request, Upload};
pub use resume::{Piece, RangeRequest, Resume, ResumeError};

#[cfg(feature = "json")]
pub use crate::json::{JsonError, JsonProblem};
