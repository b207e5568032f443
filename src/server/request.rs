use core::cell::Cell;
use core::fmt;
use core::net::SocketAddr;
use core::str::FromStr;

use super::target::{path, split_target};
use super::{ConnectInfo, Failure, Mistake, cookies, pattern};
use crate::wire::{
    BodyReader, Encoded, HeadReader, Headers, Pairs, RequestHead, Version, split_first, text,
};

/// A request, as a [`Handler`](super::Handler) sees it.
#[derive(Debug)]
pub struct Request<'c, T = ()> {
    /// What the handler remembers from one call to the next of the same request; `T::default()` in the
    /// first. It lives in the connection, and is dropped behind the last call. Handlers of one table
    /// that remember different things have an enum or a struct for it.
    pub state: &'c mut T,
    pub(super) head: RequestHead<'c>,
    pub(super) reader: &'c HeadReader,
    pub(super) pattern: &'static str,
    /// So many segments of the path are in front of what fits the pattern: prefixes of groups.
    pub(super) depth: u8,
    pub(super) body: Body<'c>,
    /// So much of the body the handler is done with, if not with all.
    pub(super) taken: Option<usize>,
    pub(super) offset: usize,
    pub(super) is_first: bool,
    pub(super) is_aborted: bool,
    /// How what comes behind the head is framed: a handler may have it be something else than HTTP.
    pub(super) framing: &'c mut BodyReader,
    /// So much of it has room at once.
    #[cfg(feature = "websocket")]
    pub(super) room: usize,
    /// It is shown as it comes.
    #[cfg(feature = "websocket")]
    pub(super) in_pieces: bool,
    pub(super) is_shut_down: bool,
    pub(super) client: &'c ConnectInfo,
    pub(super) now_ms: u32,
    pub(super) begun_ms: u32,
}

/// What has arrived of a body. It can be looked at, as often as one likes, or be taken: JSON's escapes are
/// undone in its place.
pub(super) struct Body<'c>(Cell<Held<'c>>);

enum Held<'c> {
    Whole(&'c mut [u8]),
    /// Somebody has looked, and may still do.
    Shown(&'c [u8]),
    /// It was used up in an earlier call.
    Gone,
}

impl fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It may be a password, and looking at it would change what can be done with it.
        f.debug_struct("Body").finish_non_exhaustive()
    }
}

impl Default for Held<'_> {
    fn default() -> Self {
        Self::Shown(&[])
    }
}

impl<'c> Body<'c> {
    pub(super) const fn new(bytes: &'c mut [u8]) -> Self {
        Self(Cell::new(Held::Whole(bytes)))
    }

    pub(super) const fn gone() -> Self {
        Self(Cell::new(Held::Gone))
    }

    fn show(&self) -> &'c [u8] {
        let bytes = match self.0.take() {
            Held::Whole(bytes) => bytes,
            Held::Shown(bytes) => bytes,
            Held::Gone => {
                self.0.set(Held::Gone);
                return &[];
            }
        };
        self.0.set(Held::Shown(bytes));
        bytes
    }

    fn is_gone(&self) -> bool {
        let held = self.0.take();
        let is_gone = matches!(held, Held::Gone);
        self.0.set(held);
        is_gone
    }
}

#[cfg(any(feature = "json", feature = "websocket"))]
impl<'c> Body<'c> {
    /// `None` if it was looked at or taken before.
    pub(super) fn take(&self) -> Option<&'c mut [u8]> {
        match self.0.take() {
            Held::Whole(bytes) => Some(bytes),
            held => {
                self.0.set(held);
                None
            }
        }
    }

    #[cfg(feature = "json")]
    pub(super) fn put_back(&self, bytes: &'c mut [u8]) {
        self.0.set(Held::Whole(bytes));
    }
}

impl<'c, T> Request<'c, T> {
    /// The method as it was sent.
    #[must_use]
    pub fn method(&self) -> &'c str {
        self.head.method()
    }

    /// The target as it was sent, such as `/light?unit=lux`.
    #[must_use]
    pub fn target(&self) -> &'c str {
        self.head.target()
    }

    /// The path of the target, escapes and all. With its escapes undone, none of its segments is
    /// `..`: such a request is refused with 400, and so is one with `%00`.
    #[must_use]
    pub fn path(&self) -> &'c str {
        text(path(self.head.parts().1)).unwrap_or_default()
    }

    /// The host that the client asks for, with its port if it gave one, such as `board.local:8080`:
    /// that of a target that is a whole URL, else that of the header `Host` (RFC 9112 section 3.2.2).
    /// It is valid by RFC 3986; letters may be in either case.
    ///
    /// `None` where there is none, as HTTP/1.0 allows, and where `Host` was dropped since there was no
    /// room for it: put `"Host"` among what the [`Site` wants](super::Site::want), if it decides
    /// something, as against DNS rebinding.
    #[must_use]
    pub fn host(&self) -> Option<&'c str> {
        let (authority, _) = split_target(self.head.parts().1);
        authority.map_or_else(|| self.header("Host"), text)
    }

    /// The pairs behind the `?` of the target.
    #[must_use]
    pub fn query(&self) -> Pairs<'c> {
        Pairs::new(split_first(self.target(), b'?').1.unwrap_or_default())
    }

    /// The part of the path that stands for `{name}` in the route's path.
    ///
    /// Decoded, it may have any character but NUL: also slashes, which were sent as `%2F`, or which
    /// are in the tail that a `{*name}` stands for. But it never climbs: see [`path`](Self::path).
    #[must_use]
    pub fn param(&self, name: &str) -> Option<Encoded<'c>> {
        pattern::parameter(self.pattern, self.path(), self.depth, name)
    }

    /// [`param`](Self::param) as a number, or anything else that can be parsed.
    ///
    /// # Errors
    /// A failure with status 400 that names it, if it is not such a value, or longer than 64 bytes; with
    /// 500 if the route has no such parameter.
    pub fn param_as<V: FromStr>(&self, name: &'static str) -> Result<V, Failure> {
        let Some(value) = self.param(name) else {
            return Err(Failure::internal("a route has no such parameter in its path").field(name));
        };
        parse(Some(value)).map_err(|message| Failure::bad_request(message).field(name))
    }

    /// The value of `name` in the [query](Self::query) as a number, or anything else that can be parsed,
    /// such as a `heapless::String`.
    ///
    /// # Errors
    /// A failure with status 400 that names it, if it is missing, not such a value, or longer than 64
    /// bytes.
    pub fn query_as<V: FromStr>(&self, name: &'static str) -> Result<V, Failure> {
        parse(self.query().get(name)).map_err(|message| Failure::bad_request(message).field(name))
    }

    /// The same, or `default` where the query has no such name.
    ///
    /// # Errors
    /// As [`query_as`](Self::query_as), but for what is missing.
    pub fn query_or<V: FromStr>(&self, name: &'static str, default: V) -> Result<V, Failure> {
        if self.query().get(name).is_some() { self.query_as(name) } else { Ok(default) }
    }

    /// The version of the request.
    #[must_use]
    pub fn version(&self) -> Version {
        self.reader.version()
    }

    /// The headers that were kept; see [`Site::want`](super::Site::want).
    #[must_use]
    pub fn headers(&self) -> Headers<'c> {
        self.head.headers()
    }

    /// The value of the first header `name`, if it was kept and is UTF-8.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'c str> {
        self.headers().get(name)
    }

    /// The value of the cookie `name`, if its header was kept; see
    /// [`Site::want_cookies`](super::Site::want_cookies).
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&'c str> {
        cookies::find(&self.headers(), name)
    }

    /// Whether headers were dropped because there was no room for them.
    #[must_use]
    pub fn headers_dropped(&self) -> bool {
        self.reader.dropped()
    }

    /// The announced length of the body in bytes; `None` if there is no body, or it is chunked.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.reader.fields().content_length()
    }

    /// Whether the request has a body of any length.
    #[must_use]
    pub fn has_body(&self) -> bool {
        self.reader.fields().is_chunked() || self.content_length().is_some_and(|length| length > 0)
    }

    /// The body; of a route [in pieces](super::Route::in_pieces) what has arrived of it since the last
    /// call, and was not taken then. Empty in a later call, and once `json` has taken it.
    #[must_use]
    pub fn body(&self) -> &'c [u8] {
        self.body.show().get(self.taken.unwrap_or(0)..).unwrap_or_default()
    }

    /// The first `n` bytes of [`body`](Self::body) are done with; the rest comes again in the next call,
    /// with what arrives until then. Without this, all of it is done with.
    ///
    /// A handler that waits for more without taking anything, such as for the end of a line, can do so
    /// as long as there is room for more: then the response is a 413.
    pub fn take(&mut self, n: usize) {
        self.taken = Some(self.taken.unwrap_or(0).saturating_add(n));
    }

    /// Whether there is no more of the body to come.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.framing.is_done() && !self.is_aborted
    }

    /// Whether all of the body has arrived, and was [taken](Self::take).
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.is_complete() && self.body().is_empty()
    }

    /// Whether the handler is called for the first time for this request.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.is_first
    }

    /// How many bytes of the body came before [`body`](Self::body); on 32 bits it starts anew behind
    /// 4 GiB.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset.wrapping_add(self.taken.unwrap_or(0))
    }

    /// Whether this is a last call, since the client has left, took too long or sent chunks that are
    /// malformed, or since the server was closed. There is no more of the body, and what is replied
    /// goes nowhere.
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.is_aborted
    }

    /// Whether the server is being shut down: this is the time for a last word, and to be done. A stream
    /// that goes on is cut off at the end of the server's deadline, and so is a handler that waits; see
    /// [`Server::poll_shutdown`](super::Server::poll_shutdown).
    #[must_use]
    pub fn is_shutting_down(&self) -> bool {
        self.is_shut_down
    }

    /// The time of the server's clock in ms: that of its [`poll`](super::Server::poll).
    #[must_use]
    pub fn now_ms(&self) -> u32 {
        self.now_ms
    }

    /// How many milliseconds ago the head of the request was complete.
    #[must_use]
    pub fn elapsed_ms(&self) -> u32 {
        self.now_ms.wrapping_sub(self.begun_ms)
    }

    /// The body as text.
    ///
    /// # Errors
    /// A failure with status 400 if it is not UTF-8; with 500 if it was used up in an earlier call.
    pub fn text(&self) -> Result<&'c str, Failure> {
        if self.body.is_gone() {
            return Err(Mistake::BodyGone.into());
        }
        text(self.body()).ok_or(Failure::bad_request("body is not UTF-8 text"))
    }

    #[cfg(feature = "json")]
    pub(super) fn take_body(&self) -> Result<&'c mut [u8], Mistake> {
        let mistake = if self.body.is_gone() { Mistake::BodyGone } else { Mistake::BodyTaken };
        self.body.take().ok_or(mistake)
    }

    /// The address of the client.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.client.peer
    }

    /// Which of the server's connections this is, from 0.
    #[must_use]
    pub fn connection(&self) -> usize {
        self.client.connection
    }
}

/// A value out of a path, a query or a form, or what is wrong with it.
pub(super) fn parse<V: FromStr>(value: Option<Encoded<'_>>) -> Result<V, &'static str> {
    let mut buffer = [0; 64];
    let value = value.ok_or("a value is missing")?;
    let text = value.decode(&mut buffer).ok();
    text.and_then(|text| text.parse().ok()).ok_or("a value is not what it must be")
}
