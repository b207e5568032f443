use core::fmt;

use embedded_nal::{Dns, TcpClientStack};
use heapless::Vec;

use super::payload::{Pairs, Payload, WritePairs};
use super::{Call, Client, ErrorOf, RequestError, Response};
use crate::hal::Clock;
use crate::net::Timeouts;
use crate::wire::{HeadRules, Method, write_pairs};

/// The most headers that one request can be given.
pub const MAX_HEADERS: usize = 8;

/// A request, while it is put together.
///
/// Made by [`Client::get`] and its like it is sent with [`send`](Self::send). Made by
/// [`Request::new`] it belongs to no client, and [`start`](Self::start) makes a [`Call`] of it.
/// What is wrong with it (a malformed URL, a line break in a header) is told by either.
///
/// It only refers to what it is given: 208 bytes on a 32-bit target, however long the body is.
#[must_use = "a request does nothing until it is sent"]
pub struct Request<'r, L = ()> {
    pub(super) method: Method<'r>,
    url: &'r str,
    pub(super) params: Option<(Pairs<'r>, WritePairs)>,
    pub(super) headers: Vec<(&'r str, &'r str), MAX_HEADERS, u8>,
    pub(super) too_many_headers: bool,
    pub(super) payload: Payload<'r>,
    pub(super) timeouts: Timeouts,
    pub(super) rules: HeadRules<'r>,
    launcher: L,
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
        Self {
            method,
            url,
            params: None,
            headers: Vec::new(),
            too_many_headers: false,
            payload: Payload::None,
            timeouts: Timeouts::default(),
            rules: HeadRules::default(),
            launcher,
        }
    }

    /// The URL, as it was given.
    pub fn url(&self) -> &'r str {
        self.url
    }

    /// Adds a header; at most [`MAX_HEADERS`].
    ///
    /// `Host`, `User-Agent`, `Connection` and `Content-Type` replace what the client would write.
    pub fn header(mut self, name: &'r str, value: &'r str) -> Self {
        self.too_many_headers |= self.headers.push((name, value)).is_err();
        self
    }

    /// Adds pairs to the URL's query, escaped, behind `?` or `&` as the URL needs it.
    pub fn params(mut self, pairs: &'r [(&'r str, &'r str)]) -> Self {
        self.params = Some((pairs, write_pairs));
        self
    }

    /// Sends bytes or text. Say what it is with a `Content-Type` header.
    ///
    /// What fits into the buffer behind the head is copied there and leaves with it; the rest goes
    /// from `data` straight to the stack.
    pub fn data<B: AsRef<[u8]> + ?Sized>(mut self, data: &'r B) -> Self {
        self.payload = Payload::Bytes(data.as_ref());
        self
    }

    /// Sends pairs as `application/x-www-form-urlencoded`, as an HTML form does.
    pub fn form(mut self, pairs: &'r [(&'r str, &'r str)]) -> Self {
        self.payload = Payload::Form(pairs, write_pairs);
        self
    }

    /// Sends a value as JSON; it must fit into the buffer behind the head.
    #[cfg(feature = "json")]
    pub fn json<T: serde::Serialize>(mut self, value: &'r T) -> Self {
        self.payload = Payload::Json(value);
        self
    }

    /// Gives each phase of the request so many milliseconds.
    pub fn timeout(self, ms: u32) -> Self {
        self.timeouts(Timeouts::each(ms))
    }

    /// Gives each phase of the request its own time.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Names response headers that must be kept. Others are kept while they fill less than half of
    /// the buffer.
    pub fn want(mut self, names: &'r [&'r str]) -> Self {
        self.rules.wanted = names;
        self
    }

    /// The most bytes that the response head may have; 16 KiB if this is not called.
    pub fn head_limit(mut self, bytes: usize) -> Self {
        self.rules.limit = bytes;
        self
    }

    /// Writes the request into `buffer` and makes a [`Call`] of it, which is then polled.
    ///
    /// # Errors
    /// What is wrong with the request; nothing has been sent.
    pub fn start<K>(self, buffer: &mut [u8]) -> Result<Call<'r, '_, K>, RequestError> {
        Call::new(&self, buffer)
    }
}

impl<'c, 's, S: TcpClientStack + Dns, C: Clock> Request<'_, &'c mut Client<'s, S, C>> {
    /// Sends the request and waits for the head of the response.
    ///
    /// Blocks for as long as its [`Timeouts`] allow.
    ///
    /// # Errors
    /// What went wrong; the connection is closed.
    pub fn send<'b>(self, buffer: &'b mut [u8]) -> Result<Response<'b, 'c, 's, S, C>, ErrorOf<S>> {
        let mut call = Call::new(&self, buffer)?;
        let client = self.launcher;
        client.block(&mut call, Call::poll)?;
        Ok(Response::new(client, call.detach()))
    }
}

impl<L> fmt::Debug for Request<'_, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.as_str(), self.url)
    }
}
