use core::fmt;

use heapless::Vec;

use super::auth::Auth;
#[cfg(feature = "cookies")]
use super::cookies::{self, CookieJar, Cookies};
#[cfg(feature = "digest")]
use super::digest::{self, Digest};
use super::payload::{Pairs, Payload, WritePairs};
use super::proxy::Proxy;
use super::{Call, Client, ErrorOf, Multipart, RequestError, Response, Upload};
use super::{pool, redirect};
use crate::hal::Clock;
use crate::net::{Timeouts, Transport};
use crate::wire::{HeadRules, Method, Needed, Url, write_pairs};

/// What keeps a body from being taken for text: it was not asked for, and no room is too small for it.
const ENCODING: Needed = Needed { name: "Content-Encoding", codes: &[] };

/// The most headers that one request can be given, those of its client included.
pub const MAX_HEADERS: usize = 8;

/// A request, while it is put together.
///
/// Made by [`Client::get`] and its like it is sent with [`send`](Self::send). Made by
/// [`Request::new`] it belongs to no client, and [`start`](Self::start) makes a [`Call`] of it.
/// What is wrong with it (a malformed URL, a line break in a header) is told by either.
///
/// It only refers to what it is given: 256 bytes on a 32-bit target, however long the body is.
#[must_use = "a request does nothing until it is sent"]
pub struct Request<'r, L = ()> {
    pub(super) parts: Parts<'r>,
    launcher: L,
}

/// What a request is made of.
pub(super) struct Parts<'r> {
    pub(super) method: Method<'r>,
    pub(super) url: &'r str,
    /// So many bytes of the caller's buffer hold the URL.
    pub(super) taken: usize,
    pub(super) params: Option<(Pairs<'r>, WritePairs)>,
    pub(super) headers: Vec<(&'r str, &'r str), MAX_HEADERS, u8>,
    pub(super) too_many_headers: bool,
    /// So many of them are those of the client.
    pub(super) defaults: u8,
    pub(super) proxy: Option<Proxy<'r>>,
    pub(super) auth: Option<Auth<'r>>,
    #[cfg(feature = "digest")]
    pub(super) digest: Option<Digest<'r>>,
    pub(super) payload: Payload<'r>,
    #[cfg(feature = "cookies")]
    pub(super) cookies: Option<&'r dyn CookieJar>,
    #[cfg(feature = "trailers")]
    pub(super) trailers: bool,
    pub(super) timeouts: Timeouts,
    pub(super) rules: HeadRules<'r>,
    redirects: u8,
}

impl<'r> Parts<'r> {
    /// How many redirects are followed. Without the feature the compiler sees that none is, and drops
    /// what would follow them.
    pub(super) const fn redirects(&self) -> u8 {
        if cfg!(feature = "redirects") { self.redirects } else { 0 }
    }

    /// The headers that the caller has set. Those that the client adds are not for another server.
    pub(super) fn headers(&self, is_abroad: bool) -> &[(&'r str, &'r str)] {
        let is_left = cfg!(feature = "redirects") && is_abroad;
        let left = if is_left { self.defaults.into() } else { 0 };
        self.headers.get(..self.headers.len().saturating_sub(left)).unwrap_or_default()
    }

    /// The headers of a response that are kept for what is done about it here.
    pub(super) const fn needed(&self) -> &'static [Needed] {
        #[cfg(feature = "cookies")]
        if self.cookies.is_some() {
            const SET: Needed = Needed { name: cookies::NEEDED, codes: &[] };
            const DATE: Needed = Needed { name: "Date", codes: &[] };
            #[cfg(feature = "digest")]
            return &[ENCODING, redirect::NEEDED, SET, DATE, digest::CHALLENGE];
            #[cfg(not(feature = "digest"))]
            return &[ENCODING, redirect::NEEDED, SET, DATE];
        }
        #[cfg(feature = "digest")]
        if self.digest.is_some() {
            return &[ENCODING, redirect::NEEDED, digest::CHALLENGE];
        }
        if self.redirects() > 0 { &[ENCODING, redirect::NEEDED] } else { &[ENCODING] }
    }

    /// Whether it says by other means than a header who sends it.
    pub(super) const fn has_auth(&self) -> bool {
        #[cfg(feature = "digest")]
        if self.digest.is_some() {
            return true;
        }
        self.auth.is_some()
    }

    pub(super) fn new(method: Method<'r>, url: &'r str) -> Self {
        let is_safe = matches!(method.as_str(), "GET" | "HEAD");
        Self {
            method,
            url,
            taken: 0,
            params: None,
            headers: Vec::new(),
            too_many_headers: false,
            defaults: 0,
            proxy: None,
            auth: None,
            #[cfg(feature = "digest")]
            digest: None,
            payload: Payload::None,
            #[cfg(feature = "cookies")]
            cookies: None,
            #[cfg(feature = "trailers")]
            trailers: false,
            timeouts: Timeouts::default(),
            rules: HeadRules::default(),
            redirects: if is_safe { redirect::DEFAULT_LIMIT } else { 0 },
        }
    }
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
        Self::over((), method, url)
    }
}

impl<'r, L> Request<'r, L> {
    pub(super) fn over(launcher: L, method: Method<'r>, url: &'r str) -> Self {
        Self { parts: Parts::new(method, url), launcher }
    }

    /// The URL, as it was given; a password in it is still there.
    pub fn url(&self) -> &'r str {
        self.parts.url
    }

    /// Adds a header; at most [`MAX_HEADERS`].
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
        self.parts.payload = Payload::Bytes(data.as_ref());
        self
    }

    /// Sends pairs as `application/x-www-form-urlencoded`, as an HTML form does.
    pub fn form(mut self, pairs: &'r [(&'r str, &'r str)]) -> Self {
        self.parts.payload = Payload::Form(pairs, write_pairs);
        self
    }

    /// Sends a value as JSON; it must fit into the buffer behind the head.
    #[cfg(feature = "json")]
    pub fn json<T: serde::Serialize>(mut self, value: &'r T) -> Self {
        self.parts.payload = Payload::Json(value);
        self
    }

    /// Sends a body that is read while it is sent.
    pub fn upload(mut self, body: &'r Upload<'_>) -> Self {
        self.parts.payload = Payload::Source(body);
        self
    }

    /// Sends a form with files.
    pub fn files(mut self, form: &'r Multipart<'_, '_>) -> Self {
        self.parts.payload = Payload::Source(form);
        self
    }

    /// Sends user name and password (basic authentication, RFC 7617). Who sees the request sees
    /// them: over plain http that is everybody on the way. The name cannot have a colon:
    /// [`RequestError::UserName`].
    ///
    /// They can stand in the URL, too: `http://user:password@camera/snapshot.jpg`, with `@`, `:`, `/` and `%` as
    /// `%40`, `%3A`, `%2F` and `%25`. Those go to the server of that URL only. An `Authorization` header takes the place of
    /// this, and this that of the URL's.
    pub fn auth(mut self, user: &'r str, password: &'r str) -> Self {
        self.parts.auth = Some(Auth::basic(user, password));
        self
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
        self.parts.auth = None;
        self.parts.digest = Some(Digest::new(user, password, random));
        self
    }

    /// Sends a token (RFC 6750), as JSON APIs want it.
    ///
    /// An `Authorization` header takes the place of this.
    pub fn bearer(mut self, token: &'r str) -> Self {
        self.parts.auth = Some(Auth::bearer(token));
        self
    }

    /// Sends the request through an http proxy, as [`Client::proxy`] does with all of them: its URL, such as
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
    /// Without the crate's feature `redirects`, which is on by default, none is followed.
    pub fn redirects(mut self, limit: u8) -> Self {
        self.parts.redirects = limit;
        self
    }

    /// Sends the cookies that are for this URL, and keeps those that the response sets, and the redirects on
    /// the way. A `Cookie` header takes the place of what would be sent.
    ///
    /// A `Set-Cookie` that does not fit into the buffer is lost, and counted by [`Cookies::dropped`].
    #[cfg(feature = "cookies")]
    pub fn cookies<const N: usize, const M: usize>(mut self, cookies: &'r Cookies<N, M>) -> Self {
        self.parts.cookies = Some(cookies);
        self
    }

    /// Says that trailers are welcome (`TE: trailers`, RFC 9110 section 10.1.4), and keeps them: what a server
    /// knows only behind a body in chunks, such as its hash. Then [`Response::trailers`] has them.
    #[cfg(feature = "trailers")]
    pub fn trailers(mut self) -> Self {
        self.parts.trailers = true;
        self
    }

    /// Names response headers that must be kept. Others are kept while they fill less than half of
    /// the buffer.
    pub fn want(mut self, names: &'r [&'r str]) -> Self {
        self.parts.rules.wanted = names;
        self
    }

    /// The most bytes that the response head may have; 16 KiB if this is not called.
    pub fn head_limit(mut self, bytes: usize) -> Self {
        self.parts.rules.limit = bytes;
        self
    }

    /// Writes the request into `buffer` and makes a [`Call`] of it, which is then polled.
    ///
    /// # Errors
    /// What is wrong with the request; nothing has been sent.
    pub fn start<'q, 'b, K>(
        &'q self,
        buffer: &'b mut [u8],
    ) -> Result<Call<'q, 'b, K>, RequestError> {
        Call::new(&self.parts, buffer)
    }
}

impl<'c, 's, S: Transport, C: Clock> Request<'_, &'c mut Client<'s, S, C>> {
    /// Sends the request and waits for the head of the response.
    ///
    /// Blocks for as long as its [`Timeouts`] allow.
    ///
    /// # Errors
    /// What went wrong; the connection is closed.
    pub fn send<'b>(self, buffer: &'b mut [u8]) -> Result<Response<'b, 'c, 's, S, C>, ErrorOf<S>> {
        let Self { parts, launcher: client } = self;
        let mut parts: Parts<'_> = parts;
        let (url, buffer) = client.session.complete(&mut parts, buffer)?;
        if let Some(url) = url {
            (parts.url, parts.taken) = (url, url.len());
        }
        let url = Url::parse(parts.url).map_err(RequestError::from)?;
        let pool = client.pool.as_mut().filter(|_| cfg!(feature = "keep-alive"));
        let mut call = Call::idle(&parts, url, buffer, pool.is_some());
        match pool {
            Some(pool) => pool::prepare(*pool, client.stack, &mut call, &parts, &url)?,
            None => call.prepare(&parts, &url)?,
        }
        client.block(&mut call, Call::poll)?;
        Ok(Response::new(client, call.detach()))
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
