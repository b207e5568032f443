//! What handlers and groups ask before they do anything: plain functions that answer `Ok`, or the
//! [`Failure`](super::Failure) that a handler returns with `?`.
//!
//! ```
//! use nal_http::server::{Answer, Reply, Request, Route, Site, guards};
//!
//! fn restart(_: &mut (), request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
//!     guards::host(request, &["board.local", "192.168.4.1"])?;
//!     guards::basic(request, "admin", "secret", "Basic realm=\"board\"")?;
//!     reply.no_content()
//! }
//!
//! const SITE: Site<()> = Site::new(&[Route::post("/restart", restart)]).want(&["Host", "Authorization"]);
//! # let _ = SITE;
//! ```
//!
//! Or in front of a whole [`Group`](super::Group) of routes, before a body has come:
//!
//! ```
//! use nal_http::server::{Group, Route, guards};
//!
//! const ADMIN: &Group<()> = &Group::new(&[Route::post("/restart", |_, _, reply| reply.no_content())])
//!     .guard(|_, request| guards::basic(request, "admin", "secret", "Basic realm=\"board\""));
//! # let _ = ADMIN;
//! ```
//!
//! The headers that they look at have to be [wanted](super::Site::want). One that was dropped for want of
//! room is as if it had not been sent: nobody is let in by that.

mod cors;
mod credentials;
mod host;
mod origin;
mod rate_limit;
mod secure;

pub use cors::Cors;
#[cfg(feature = "session")]
pub(super) use credentials::is_equal;
pub use credentials::{basic, bearer, is_secret};
pub use host::host;
pub use origin::origin;
#[cfg(feature = "websocket")]
pub(super) use origin::{is_doubled, is_from};
pub use rate_limit::RateLimit;
pub use secure::secure_headers;
