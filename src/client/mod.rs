//! The client: a request as easy as MicroPython's `urequests`, in the caller's buffer.
//!
//! ```no_run
//! # fn demo<S>(stack: &mut S, clock: impl nal_http::hal::Clock) -> Result<(), nal_http::client::ErrorOf<S>>
//! # where S: embedded_nal::TcpClientStack + embedded_nal::Dns {
//! use nal_http::client::Client;
//!
//! let mut client = Client::new(stack, clock);
//! let mut buffer = [0; 1024];
//! let mut response = client
//!     .get("http://mpython.cn/weather")
//!     .params(&[("city", "深圳")])
//!     .send(&mut buffer)?;
//! if response.status_code() == 200 {
//!     let text = response.text()?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The buffer first holds the request's head, and a small body with it, so that they leave in one
//! `send`; then the response's head; then what [`Response::content`] collects. 512 bytes serve most
//! APIs. Larger bodies in either direction go straight between the stack and the caller's slice.
//!
//! Three layers, each of use by itself:
//! * [`Client`] and [`Response`] block, with an idle hook and deadlines from a [`Clock`].
//! * [`Call`] is the same request as a `poll` that never blocks, for a firmware with one loop.
//! * [`Exchange`] is the protocol alone: bytes in, bytes out, no stack and no clock.

mod auth;
mod call;
mod coding;
#[cfg(feature = "cookies")]
mod cookies;
#[cfg(feature = "digest")]
mod digest;
mod download;
mod error;
mod events;
mod exchange;
mod get;
mod message;
mod multipart;
mod payload;
mod pool;
mod redirect;
mod request;
mod response;
mod resume;
mod upload;

pub use call::Call;
pub use coding::Coding;
#[cfg(feature = "cookies")]
pub use cookies::Cookies;
pub use download::{DownloadError, DownloadErrorOf};
pub use error::{BodyTooLong, Error, ErrorOf, Phase, RequestError, ResponseError};
pub use events::{Event, EventError, EventSource, EventsRequest, NextError};
pub use exchange::{Exchange, Turn};
pub use get::{http_get, http_get_with};
pub use multipart::{Multipart, Part};
pub use pool::Pool;
pub use redirect::RedirectError;
pub use request::{MAX_HEADERS, Request};
pub use response::Response;
pub use resume::{Piece, RangeRequest, Resume, ResumeError};
pub use upload::{Upload, UploadError};

#[cfg(feature = "json")]
pub use crate::json::{JsonError, JsonProblem};

use pool::Keep;

use crate::hal::Clock;
use crate::net::{Timeouts, Transport};
use crate::wire::Method;

/// Sends requests over a stack.
///
/// 36 bytes on a 32-bit target, and its clock. Each request has a connection of its own, unless
/// [`keep_alive`](Self::keep_alive) says otherwise.
pub struct Client<'s, S, C> {
    stack: &'s mut S,
    clock: C,
    idle: fn(&mut S, u32),
    timeouts: Timeouts,
    pool: Option<&'s mut dyn Keep<S>>,
}

impl<'s, S: Transport, C: Clock> Client<'s, S, C> {
    /// A client over `stack` that takes its deadlines from `clock`.
    pub fn new(stack: &'s mut S, clock: C) -> Self {
        let idle = |_: &mut S, _| core::hint::spin_loop();
        Self { stack, clock, idle, timeouts: Timeouts::default(), pool: None }
    }

    /// Keeps connections in `pool` for the next requests to the same servers, also those of another client.
    ///
    /// ```no_run
    /// # fn demo<S>(stack: &mut S, clock: impl nal_http::hal::Clock) -> Result<(), nal_http::client::ErrorOf<S>>
    /// # where S: embedded_nal::TcpClientStack + embedded_nal::Dns {
    /// use nal_http::client::{Client, Pool};
    ///
    /// let mut pool = Pool::<S::TcpSocket, 1>::new();
    /// let mut buffer = [0; 512];
    /// let mut client = Client::new(stack, clock).keep_alive(&mut pool);
    /// for _ in 0..100 {
    ///     let mut response = client.get("http://192.168.0.9/light").send(&mut buffer)?;
    ///     let light = response.text()?;
    /// }
    /// pool.close(stack);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn keep_alive<const N: usize>(mut self, pool: &'s mut Pool<S::Socket, N>) -> Self
    where
        S::Socket: 's,
    {
        self.pool = Some(pool);
        self
    }

    /// What to do while there is nothing to do: poll the stack's device, feed a watchdog, sleep.
    ///
    /// It gets the stack and the time in ms that may pass at most before it has to return.
    #[must_use]
    pub fn idle(mut self, hook: fn(&mut S, u32)) -> Self {
        self.idle = hook;
        self
    }

    /// How long each phase of a request may take, where the request does not say.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Begins a request with any method; [`Request::send`] sends it.
    pub fn request<'r>(&mut self, method: Method<'r>, url: &'r str) -> Request<'r, &mut Self> {
        let timeouts = self.timeouts;
        Request::over(self, method, url).timeouts(timeouts)
    }

    /// Begins a GET.
    pub fn get<'r>(&mut self, url: &'r str) -> Request<'r, &mut Self> {
        self.request(Method::GET, url)
    }

    /// Begins a HEAD: the response has headers, and no body.
    pub fn head<'r>(&mut self, url: &'r str) -> Request<'r, &mut Self> {
        self.request(Method::HEAD, url)
    }

    /// Begins a POST.
    pub fn post<'r>(&mut self, url: &'r str) -> Request<'r, &mut Self> {
        self.request(Method::POST, url)
    }

    /// Begins a PUT.
    pub fn put<'r>(&mut self, url: &'r str) -> Request<'r, &mut Self> {
        self.request(Method::PUT, url)
    }

    /// Begins a PATCH.
    pub fn patch<'r>(&mut self, url: &'r str) -> Request<'r, &mut Self> {
        self.request(Method::PATCH, url)
    }

    /// Begins a DELETE.
    pub fn delete<'r>(&mut self, url: &'r str) -> Request<'r, &mut Self> {
        self.request(Method::DELETE, url)
    }

    /// Begins an OPTIONS: what the server can do with the URL.
    pub fn options<'r>(&mut self, url: &'r str) -> Request<'r, &mut Self> {
        self.request(Method::OPTIONS, url)
    }

    /// Polls `call` until it no longer would block.
    fn block<'r, 'b, T, E>(
        &mut self,
        call: &mut Call<'r, 'b, S::Socket>,
        mut poll: impl FnMut(&mut Call<'r, 'b, S::Socket>, &mut S, u32) -> nb::Result<T, E>,
    ) -> Result<T, E> {
        loop {
            let now = self.clock.now_ms();
            match poll(call, self.stack, now) {
                Ok(value) => return Ok(value),
                Err(nb::Error::Other(error)) => return Err(error),
                Err(nb::Error::WouldBlock) => (self.idle)(self.stack, call.remaining_ms(now)),
            }
        }
    }
}

impl<S, C> core::fmt::Debug for Client<'_, S, C> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Client").field("timeouts", &self.timeouts).finish_non_exhaustive()
    }
}
