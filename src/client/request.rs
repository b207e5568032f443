pub(super) mod early;
mod follow;
pub(super) mod head;
#[cfg(feature = "json")]
mod json;
pub(super) mod multipart;
pub(super) mod parts;
pub(super) mod payload;
pub(super) mod proxy;
pub(super) mod session;
pub(super) mod trailers;
pub(super) mod upload;

use core::fmt;

use super::extra::Extra;
#[cfg(feature = "digest")]
use super::extras::digest;
use super::extras::redirects::{DEFAULT_LIMIT, Redirects};
use super::extras::{Cookies, basic, bearer};
use crate::net::Timeouts;
use crate::wire::{Method, Url, write_pairs};
pub use multipart::{Multipart, Part};
use parts::Parts;
use payload::Payload;
use proxy::Proxy;
pub use upload::Upload;

/// A request, while it is put together.
///
/// Made by [`Client::get`](crate::client::Client::get) and its like it is sent with [`send`](Self::send). Made by
/// [`Request::new`] it belongs to no client, and [`start`](Self::start) makes a [`Call`](crate::client::Call) of it.
/// What is wrong with it (a malformed URL, a line break in a header) is told by either.
///
/// It only refers to what it is given: 312 bytes on a 32-bit target, however long the body is.
#[must_use = "a request does nothing until it is sent"]
#[derive(Clone)]
pub struct Request<'r, L = ()> {
    pub(super) parts: Parts<'r>,
    pub(super) launcher: L,
}

impl<'r> Request<'r> {
    /// A request that belongs to no client yet.
    ///
    /// ```
    /// use nal_http::client::Request;
    /// use nal_http::wire::Method;
    ///
    /// let request = Request::new(Method::GET, "http://mpython.cn/").timeout(5_000);
    /// ```
    pub fn new(method: Method<'r>, url: &'r str) -> Self {
        Self::begin((), method, url)
    }
}

impl<'r, L> Request<'r, L> {
    pub(super) fn begin(launcher: L, method: Method<'r>, url: &'r str) -> Self {
        let request = Self { parts: Parts::new(method, url), launcher };
        // Without the feature, an image whose requests follow none does not hold the code either.
        let is_safe = matches!(method.as_str(), "GET" | "HEAD");
        if cfg!(feature = "redirects") && is_safe {
            request.redirects(DEFAULT_LIMIT)
        } else {
            request
        }
    }

    /// Gives it to a client, which [sends](Self::send) it: so one that is put together once can be sent again and again.
    /// It keeps its own time-outs.
    ///
    /// ```no_run
    /// # fn demo<S>(stack: &mut S, clock: impl nal_http::hal::Clock) -> Result<(), nal_http::client::ErrorOf<S>>
    /// # where S: embedded_nal::TcpClientStack + embedded_nal::Dns {
    /// use nal_http::client::{Client, Request};
    /// use nal_http::wire::Method;
    ///
    /// let request = Request::new(Method::GET, "http://192.168.0.9/light").header("Accept", "text/plain");
    /// let mut client = Client::new(stack, clock);
    /// let mut buffer = [0; 512];
    /// loop {
    ///     let mut response = request.clone().over(&mut client).send(&mut buffer)?;
    ///     let light = response.text()?;
    ///     # return Ok(());
    /// }
    /// # }
    /// ```
    pub fn over<C>(self, client: C) -> Request<'r, C> {
        Request { parts: self.parts, launcher: client }
    }

    /// The URL, as it was given; a password in it is still there.
    pub fn url(&self) -> &'r str {
        self.parts.url
    }

    /// Adds a header; at most [`MAX_HEADERS`](crate::client::MAX_HEADERS).
    ///
    /// `Host`, `User-Agent`, `Connection`, `Accept-Encoding` and `Content-Type` replace what the client would write.
    pub fn header(mut self, name: &'r str, value: &'r str) -> Self {
        self.parts.too_many_headers |= self.parts.headers.push((name, value)).is_err();
        self
    }

    /// Adds pairs to the URL's query, escaped, behind `?` or `&` if the URL needs it.
    pub fn params(mut self, pairs: &'r [(&'r str, &'r str)]) -> Self {
        self.parts.params = Some((pairs, write_pairs));
        self
    }

    /// Sends bytes or text. Say what it is with a `Content-Type` header.
    ///
    /// What fits into the buffer behind the head is copied there and leaves with it; the rest goes
    /// from `data` straight to the stack.
    pub fn data<B: AsRef<[u8]> + ?Sized>(mut self, data: &'r B) -> Self {
        self.parts.payload = Some(Payload::bytes(data.as_ref()));
        self
    }

    /// Sends pairs as `application/x-www-form-urlencoded`, as an HTML form does.
    pub fn form(mut self, pairs: &'r [(&'r str, &'r str)]) -> Self {
        self.parts.payload = Some(Payload::form(pairs));
        self
    }

    /// Sends a value as JSON; it must fit into the buffer behind the head.
    #[cfg(feature = "json")]
    pub fn json<T: serde::Serialize>(mut self, value: &'r T) -> Self {
        self.parts.payload = Some(Payload::written(value));
        self
    }

    /// Sends a body that is read while it is sent.
    pub fn upload(mut self, body: &'r Upload<'_>) -> Self {
        self.parts.payload = Some(Payload::source(body));
        self
    }

    /// Sends a form with files.
    pub fn files(mut self, form: &'r Multipart<'_, '_>) -> Self {
        self.parts.payload = Some(Payload::source(form));
        self
    }

    /// Sends user name and password (basic authentication, RFC 7617). Who sees the request sees
    /// them: over plain http that is everybody on the way. The name cannot have a colon:
    /// [`RequestError::UserName`](crate::client::RequestError::UserName).
    ///
    /// They can stand in the URL, too: `http://user:password@camera/snapshot.jpg`, with `@`, `:`, `/` and `%` as
    /// `%40`, `%3A`, `%2F` and `%25`. Those go to the server of that URL only. An `Authorization` header takes the place of
    /// this, and this that of the URL's.
    pub fn auth(mut self, user: &'r str, password: &'r str) -> Self {
        self.parts.auth = Some(basic::preset(user, password));
        self.adds_headers()
    }

    /// Proves to the server that user and password are known, without sending the password (digest
    /// authentication, RFC 7616, with SHA-256 or MD5).
    ///
    /// The request is first sent without; when the server answers with 401 and a challenge, it is sent
    /// again over another connection. `random` is 64 bits of the board's random numbers. A response with 401 means that
    /// the server does not accept them, or asks for another scheme. An [`Upload`] and a
    /// [`Multipart`] form cannot be sent again, so their 401 is the response: ask for something smaller first. The
    /// challenge and the second request have to fit into the buffer together.
    ///
    /// An `Authorization` header takes the place of this; this takes that of [`auth`](Self::auth).
    #[cfg(feature = "digest")]
    pub fn digest(mut self, user: &'r str, password: &'r str, random: u64) -> Self {
        self.parts.auth = Some(digest::preset(user, password, random));
        self.follows()
    }

    /// Sends a token (RFC 6750), as JSON APIs want it.
    ///
    /// An `Authorization` header takes the place of this.
    pub fn bearer(mut self, token: &'r str) -> Self {
        self.parts.auth = Some(bearer::preset(token));
        self.adds_headers()
    }

    /// Sends the request through an http proxy, as [`Client::proxy`](crate::client::Client::proxy) does with all of them: its URL, such as
    /// `http://user:password@proxy.school:3128`.
    ///
    /// ```
    /// use nal_http::client::Request;
    /// use nal_http::wire::Method;
    ///
    /// let request = Request::new(Method::GET, "http://mpython.cn/").proxy("http://proxy.school:3128");
    /// ```
    pub fn proxy(mut self, url: &'r str) -> Self {
        self.parts.proxy = Some(Proxy::new(url));
        self
    }

    /// Gives each phase of the request so many milliseconds.
    pub fn timeout(self, ms: u32) -> Self {
        self.timeouts(Timeouts::each(ms))
    }

    /// Gives each phase of the request its own time.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.parts.timeouts = timeouts;
        self
    }

    /// Follows so many redirects (301, 302, 303, 307, 308): 5 for GET and HEAD, none for other methods, if
    /// this is not called. With 0 the redirect itself is the response.
    ///
    /// As browsers do, a 303, and a 301 or 302 to a POST, are followed with a GET without a body. Credentials
    /// are not sent to another server, and https is never left for http. An [`Upload`] and a
    /// [`Multipart`] form cannot be sent again, so a redirect that wants them again is the
    /// response. Each redirect takes the length of its URL from the buffer, until the response is over. One whose
    /// `Location` has a user name in it is an error: the server may hide with it where it leads (RFC 9110 section
    /// 4.2.4).
    ///
    /// Without the crate's feature `redirects`, which is on by default, none is followed if this is not called.
    pub fn redirects(mut self, limit: u8) -> Self {
        self.parts.redirects = Some(Redirects::new(limit));
        self.follows()
    }

    /// Sends the cookies that are for this URL, and keeps those that the response sets, and the redirects on
    /// the way. A `Cookie` header takes the place of what would be sent.
    ///
    /// A `Set-Cookie` that does not fit into the buffer is lost, and counted by [`Cookies::dropped`].
    pub fn cookies<const N: usize, const M: usize>(mut self, cookies: &'r Cookies<N, M>) -> Self {
        // They see each response first, also one on which another extra sends the request again.
        self.parts.too_many_extras |= self.parts.with.insert(0, cookies).is_err();
        self.follows()
    }

    /// Says that trailers are welcome (`TE: trailers`, RFC 9110 section 10.1.4), and keeps them: what a server
    /// knows only behind a body in chunks, such as its hash. Then [`Response::trailers`](crate::client::Response::trailers) has them.
    pub fn trailers(mut self) -> Self {
        self.parts.keep_trailers = Some(trailers::keep);
        self
    }

    /// Adds something beside the plain request: see [`Extra`]. At most [`MAX_EXTRAS`](super::MAX_EXTRAS); they are asked in
    /// the order in which they were added, the first that has the request sent again decides.
    pub fn with(mut self, extra: &'r dyn Extra) -> Self {
        self.parts.too_many_extras |= self.parts.with.push(extra).is_err();
        self.follows()
    }

    /// It has an extra that adds headers.
    fn adds_headers(mut self) -> Self {
        self.parts.write_extras = Some(head::write_extras);
        self
    }

    /// It has an extra that looks at responses, too.
    fn follows(mut self) -> Self {
        self.parts.follow = Some(follow::FOLLOW);
        self.adds_headers()
    }

    /// Names response headers that must be kept. Others are kept while they fill less than half of
    /// the buffer.
    pub fn want(mut self, names: &'r [&'r str]) -> Self {
        self.parts.wanted = names;
        self
    }

    /// The most bytes that the response head may have; 16 KiB if this is not called.
    pub fn head_limit(mut self, bytes: usize) -> Self {
        self.parts.head_limit = bytes;
        self
    }
}

impl<L> fmt::Debug for Request<'_, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = self.parts.method;
        match Url::parse(self.parts.url) {
            Ok(url) => write!(f, "{method} {url}"),
            Err(error) => write!(f, "{method} ({error})"),
        }
    }
}
