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
//! Three layers, each of use by itself:
//! * [`Client`] and [`Response`] block, with an idle hook and deadlines from a [`Clock`].
//! * [`Call`] is the same request as a `poll` that never blocks, for a firmware with one loop.
//! * [`Exchange`] is the protocol alone: bytes in, bytes out, no stack and no clock.

mod accessors;
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
mod log;
mod message;
mod multipart;
mod payload;
mod pool;
mod proxy;
mod redirect;
mod request;
mod response;
mod resume;
mod session;
mod upload;

pub use call::Call;
pub use coding::Coding;
#[cfg(feature = "cookies")]
pub use cookies::Cookies;
pub use download::{DownloadError, DownloadErrorOf};
pub use error::{BodyTooLong, Error, ErrorOf, Phase, ProxyError, RequestError, ResponseError};
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
use session::Session;

use crate::hal::Clock;
use crate::net::{Timeouts, Transport};
use crate::wire::Method;

/// Sends requests over a stack.
///
/// 72 bytes on a 32-bit target, and its clock. Each request has a connection of its own, unless
/// [`keep_alive`](Self::keep_alive) says otherwise.
pub struct Client<'s, S, C> {
    stack: &'s mut S,
    clock: C,
    idle: fn(&mut S, u32),
    timeouts: Timeouts,
    pool: Option<&'s mut dyn Keep<S>>,
    session: Session<'s>,
}

impl<'s, S: Transport, C: Clock> Client<'s, S, C> {
    /// A client over `stack` that takes its deadlines from `clock`.
    pub fn new(stack: &'s mut S, clock: C) -> Self {
        let idle = |_: &mut S, _| core::hint::spin_loop();
        Self {
            stack,
            clock,
            idle,
            timeouts: Timeouts::default(),
            pool: None,
            session: Session::default(),
        }
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

    /// Sends these headers with every request, unless it sets them itself: `User-Agent`, an API key.
    ///
    /// They are for one server: that of the [base URL](Self::base_url) if there is one, else that of the
    /// request's URL. Another one, to which a redirect leads or an absolute URL, gets none of them. What a request
    /// says by [`header`](Request::header), [`auth`](Request::auth), `json`, `form` and the like takes their
    /// place.
    ///
    /// ```
    /// # fn demo<S>(stack: &mut S, clock: impl nal_http::hal::Clock) -> Result<(), nal_http::client::ErrorOf<S>>
    /// # where S: embedded_nal::TcpClientStack + embedded_nal::Dns {
    /// use nal_http::client::Client;
    ///
    /// let mut client = Client::new(stack, clock)
    ///     .base_url("http://192.168.0.9/api/")
    ///     .headers(&[("X-Api-Key", "301"), ("Accept", "application/json")]);
    /// let mut buffer = [0; 512];
    /// let code = client.get("light").send(&mut buffer)?.status_code();
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn headers(mut self, headers: &'s [(&'s str, &'s str)]) -> Self {
        self.session = self.session.headers(headers);
        self
    }

    /// Takes the URLs of requests as relative to this one (RFC 3986 section 5), as links in a page are to the
    /// page:
    ///
    /// | base | request | goes to |
    /// |---|---|---|
    /// | `http://h/api/` | `light` | `http://h/api/light` |
    /// | `http://h/api/` | `/light` | `http://h/light` |
    /// | `http://h/api` | `light` | `http://h/light`: what is behind the last `/` is no folder |
    /// | `http://h/api/v1/` | `../light?now` | `http://h/api/light?now` |
    /// | `http://h/api/` | empty | `http://h/api/` |
    /// | `http://h/api/` | `//other/light` | `http://other/light` |
    /// | `http://h/api/` | `https://other/light` | `https://other/light`: an absolute URL is taken as it is |
    ///
    /// A relative URL is resolved at the end of the buffer that the request is sent with, and takes its length from
    /// it, until the response is over. It must be valid when the first request is sent: what is wrong with it
    /// is [`RequestError::BaseUrl`].
    #[must_use]
    pub fn base_url(mut self, url: &'s str) -> Self {
        self.session = self.session.base(url);
        self
    }

    /// Sends all requests through an http proxy, such as `http://user:password@proxy.school:3128`; port 80 if none is
    /// given. In user name and password, `@`, `:`, `/` and `%` are written `%40`, `%3A`, `%2F` and `%25`.
    ///
    /// To http URLs the proxy passes on the request, whose target is the whole URL (RFC 9112 section 3.2.2). To https
    /// URLs it makes a tunnel (CONNECT, RFC 9110 section 9.3.6), in which TLS proves who the server is, as without a
    /// proxy: that needs a transport that can begin with TLS there, as `nal_http::tls::TlsStack` can, and counts as
    /// connecting for the time-outs. User name and password go to the proxy only (basic authentication); who sees
    /// the connection to it sees them. Only the proxy's own name is looked up here: it looks up the servers'.
    ///
    /// If the proxy refuses a request to an http URL, that is the response: with status 407, it wants a user name and
    /// a password, or others. If it refuses a tunnel, that is [`Error::Proxy`] with the status.
    ///
    /// A request that must not go through it is sent by another client: there is no list of exceptions.
    ///
    /// ```
    /// # fn demo<S>(stack: &mut S, clock: impl nal_http::hal::Clock) -> Result<(), nal_http::client::ErrorOf<S>>
    /// # where S: embedded_nal::TcpClientStack + embedded_nal::Dns {
    /// use nal_http::client::{Client, Error, ProxyError};
    ///
    /// let mut client = Client::new(stack, clock).proxy("http://me:301@proxy.school:3128");
    /// let mut buffer = [0; 512];
    /// match client.get("https://mpython.cn/").send(&mut buffer) {
    ///     Err(Error::Proxy(ProxyError::Status(407))) => { /* ask for name and password */ }
    ///     other => drop(other?),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn proxy(mut self, url: &'s str) -> Self {
        self.session = self.session.proxy(url);
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
        let mut request = Request::over(self, method, url);
        request.parts.timeouts = timeouts;
        request
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
