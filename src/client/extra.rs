//! What comes beside the plain request, behind one trait.

use core::net::SocketAddr;
use core::ops::Range;

use super::request::payload::Pairs;
use super::{RequestError, ResponseError};
use crate::wire::{HeadReader, Headers, Method, Needed, ResponseHead, Url, Writer};

/// The most extras that one request can be given with [`Request::with`](super::Request::with), its cookies among them.
pub const MAX_EXTRAS: usize = 4;

/// Something beside the plain request: who sends it, cookies, a signature, where a response leads to.
///
/// A request is given extras with [`Request::with`](super::Request::with); they only look at heads, and never see a
/// socket. Each may add headers, name headers of the response that it needs, and have the request sent again when it
/// has seen the response. What is kept in between is kept in cells, since requests only refer to their extras. An image
/// holds the extras that its program uses, and no others.
///
/// This one sends a token, and has the request sent again, once, with another when the server does not take it:
///
/// ```
/// use core::cell::Cell;
/// use nal_http::client::{Extra, IncomingHead, Next, OutgoingHead, Request, RequestError, ResponseError};
/// use nal_http::wire::Method;
///
/// struct Token {
///     text: Cell<&'static str>,
///     spare: Cell<Option<&'static str>>,
/// }
///
/// impl Extra for Token {
///     fn request(&self, head: &mut OutgoingHead<'_>) -> Result<(), RequestError> {
///         head.header("X-Token", self.text.get())
///     }
///
///     fn response(&self, head: &mut IncomingHead<'_>) -> Result<Next, ResponseError> {
///         match self.spare.take() {
///             Some(spare) if head.status_code() == 401 => {
///                 self.text.set(spare);
///                 Ok(Next::Again)
///             }
///             spare => {
///                 self.spare.set(spare);
///                 Ok(Next::Proceed)
///             }
///         }
///     }
/// }
///
/// let token = Token { text: Cell::new("301"), spare: Cell::new(Some("302")) };
/// let request = Request::new(Method::GET, "http://mpython.cn/light").with(&token);
/// ```
pub trait Extra {
    /// Adds headers to a request that is about to be sent, for the first time or again.
    ///
    /// # Errors
    /// What makes the request impossible; nothing of it is sent then.
    fn request(&self, head: &mut OutgoingHead<'_>) -> Result<(), RequestError> {
        let _ = head;
        Ok(())
    }

    /// The response headers that [`response`](Self::response) looks at: they are kept before all that nobody wants.
    fn needs(&self) -> &'static [Needed] {
        &[]
    }

    /// Looks at the head of the response, and says how to go on.
    ///
    /// # Errors
    /// What makes the response unusable: the call is over then.
    fn response(&self, head: &mut IncomingHead<'_>) -> Result<Next, ResponseError> {
        let _ = head;
        Ok(Next::Proceed)
    }

    /// Whether it also adds headers where a redirect has led to another server. An extra that has secrets does not,
    /// unless it knows by itself whom they are for, as cookies do.
    fn is_for_other_origins(&self) -> bool {
        false
    }
}

impl<E: Extra + ?Sized> Extra for &E {
    fn request(&self, head: &mut OutgoingHead<'_>) -> Result<(), RequestError> {
        E::request(self, head)
    }

    fn needs(&self) -> &'static [Needed] {
        E::needs(self)
    }

    fn response(&self, head: &mut IncomingHead<'_>) -> Result<Next, ResponseError> {
        E::response(self, head)
    }

    fn is_for_other_origins(&self) -> bool {
        E::is_for_other_origins(self)
    }
}

/// How a call goes on behind the head of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Next {
    /// This is the response.
    Proceed,
    /// The request is sent again to the same URL, over another connection. If its body was read while it was sent
    /// ([`IncomingHead::is_repeatable`]), this is the response all the same.
    Again,
    /// As [`Again`](Self::Again); and while its head is written, the response's headers of this name are still there:
    /// [`OutgoingHead::response_headers`].
    Answer(&'static str),
    /// The request is sent to where [`IncomingHead`] was told to go.
    Elsewhere,
    /// There would have to be room for so many bytes more than the request's head has.
    NoRoom(usize),
}

/// The head of a request, while it is written.
pub struct OutgoingHead<'x> {
    pub(super) writer: Writer<'x>,
    pub(super) method: Method<'x>,
    pub(super) url: &'x Url<'x>,
    /// Where the target stands in the writer.
    pub(super) target: Range<usize>,
    pub(super) attempt: &'x Attempt,
    pub(super) given: Pairs<'x>,
    pub(super) body: Option<&'x [u8]>,
    /// What was kept of the response that it answers.
    pub(super) response: &'x [u8],
}

impl<'x> OutgoingHead<'x> {
    /// The method.
    #[must_use]
    pub fn method(&self) -> &'x str {
        self.method.as_str()
    }

    /// The URL that it goes to: that of the request, or where a redirect has led.
    #[must_use]
    pub const fn url(&self) -> &'x Url<'x> {
        self.url
    }

    /// Path and query as they are sent, escapes and all; without what a buffer has no room for.
    #[must_use]
    pub fn target(&self) -> &str {
        let target = self.writer.written().get(self.target.clone()).unwrap_or_default();
        core::str::from_utf8(target).unwrap_or_default()
    }

    /// The body, if there is none (then it is empty) or all of it is in memory: for signatures.
    #[must_use]
    pub const fn body(&self) -> Option<&'x [u8]> {
        self.body
    }

    /// How often the request was sent again to this URL by [`Next::Again`] and [`Next::Answer`].
    #[must_use]
    pub const fn attempts(&self) -> u8 {
        self.attempt.answers
    }

    /// Whether a redirect has led to another server (scheme, host or port) than that of the request.
    #[must_use]
    pub const fn is_cross_origin(&self) -> bool {
        self.attempt.is_cross_origin
    }

    /// The headers of the response that were to be kept for this ([`Next::Answer`]); none the first time.
    #[must_use]
    pub fn response_headers(&self) -> Headers<'x> {
        ResponseHead::new(self.response).headers()
    }

    /// Whether the application has set this header: then it should be left alone.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.given
            .iter()
            .any(|(given, _)| given.eq_ignore_ascii_case(name) && !self.attempt.leaves_out(given))
    }

    /// Adds a header.
    ///
    /// # Errors
    /// It has characters that would make it another header.
    pub fn header(&mut self, name: &str, value: &str) -> Result<(), RequestError> {
        Ok(self.writer.header(name, value)?)
    }

    /// Adds a header line of the client's own, unless the application has set that header.
    #[inline(never)]
    pub(super) fn default_line(&mut self, line: &str) {
        let is_set = self.given.iter().any(|(name, _)| {
            let (own, rest) = line.as_bytes().split_at_checked(name.len()).unwrap_or_default();
            rest.first() == Some(&b':')
                && own.eq_ignore_ascii_case(name.as_bytes())
                && !self.attempt.leaves_out(name)
        });
        if !is_set {
            self.writer.str(line);
        }
    }

    pub(super) fn writer(&mut self) -> &mut Writer<'x> {
        &mut self.writer
    }
}

/// The head of a response that may not be the last one.
pub struct IncomingHead<'x> {
    pub(super) head: &'x mut HeadReader,
    /// What is kept of it, and behind that the room for a request.
    pub(super) buffer: &'x mut [u8],
    pub(super) url: &'x str,
    pub(super) method: Method<'x>,
    pub(super) attempt: &'x mut Attempt,
    pub(super) given: Pairs<'x>,
    pub(super) is_repeatable: bool,
}

impl<'x> IncomingHead<'x> {
    /// The status code.
    #[must_use]
    pub const fn status_code(&self) -> u16 {
        self.head.code()
    }

    /// The URL that has answered.
    #[must_use]
    pub const fn url(&self) -> &'x str {
        self.url
    }

    /// The method of the request.
    #[must_use]
    pub fn method(&self) -> &'x str {
        self.method.as_str()
    }

    /// The headers that were kept.
    #[must_use]
    pub fn headers(&self) -> Headers<'_> {
        let kept = self.buffer.get(..self.head.kept()).unwrap_or_default();
        ResponseHead::new(kept).headers()
    }

    /// How often the request was sent again to this URL.
    #[must_use]
    pub const fn attempts(&self) -> u8 {
        self.attempt.answers
    }

    /// Whether a redirect has led to another server than that of the request.
    #[must_use]
    pub const fn is_cross_origin(&self) -> bool {
        self.attempt.is_cross_origin
    }

    /// Whether the request can be sent again: its body is not one that was read while it was sent.
    #[must_use]
    pub const fn is_repeatable(&self) -> bool {
        self.is_repeatable
    }

    /// Whether the application has set this header of the request.
    #[must_use]
    pub fn has_sent(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| given.eq_ignore_ascii_case(name))
    }

    /// How many headers that are [needed](Extra::needs) whatever the status is there was no room for.
    #[must_use]
    pub const fn lost(&self) -> u8 {
        self.head.lost()
    }
}

/// A buffer in two: what a message can be put into, and the URLs at its end.
pub(super) fn split(buffer: &mut [u8], taken: usize) -> (&mut [u8], &[u8]) {
    let at = buffer.len().saturating_sub(taken);
    match buffer.split_at_mut_checked(at) {
        Some((room, urls)) => (room, urls),
        None => (&mut [], &[]),
    }
}

/// How a request is sent this time: redirects and challenges change it.
#[derive(Clone, Copy)]
pub(super) struct Attempt {
    /// So many bytes at the end of the buffer hold URLs.
    pub(super) taken: usize,
    /// So many of them, the first, hold the one that counts, if that is not the request's own.
    pub(super) url: usize,
    pub(super) moved: Option<&'static Moved>,
    /// So many redirects were followed.
    pub(super) hops: u8,
    /// So often it was sent again to this URL.
    pub(super) answers: u8,
    /// One of them led to another server, which gets no credentials.
    pub(super) is_cross_origin: bool,
    /// One of them has made it a GET without a body.
    pub(super) is_get: bool,
}

impl Attempt {
    pub(super) const FIRST: Self = Self {
        taken: 0,
        url: 0,
        moved: None,
        hops: 0,
        answers: 0,
        is_cross_origin: false,
        is_get: false,
    };

    /// The URL that it goes to: the request's own, or the one at the end of the buffer.
    pub(super) fn url_of<'u>(&self, own: &'u str, urls: &'u [u8]) -> &'u str {
        match self.moved {
            Some(moved) => (moved.text)(urls.get(..self.url).unwrap_or_default()),
            None => own,
        }
    }

    /// User name and password in the URL of the request itself, which is this one unless it has moved.
    pub(super) fn user_info<'u>(&self, own: &'u str, url: &Url<'u>) -> Option<&'u str> {
        match self.moved {
            Some(moved) => (moved.user_info)(own),
            None => url.user_info(),
        }
    }

    /// Whether a header that the application has set is not sent this time.
    pub(super) fn leaves_out(&self, name: &str) -> bool {
        self.moved.is_some_and(|moved| (moved.leaves_out)(self, name))
    }
}

/// What is done about a URL that stands in the buffer. What puts one there points to it, so that an image whose requests
/// all go to their own does not hold the code.
pub(super) struct Moved {
    text: for<'u> fn(&'u [u8]) -> &'u str,
    user_info: for<'u> fn(&'u str) -> Option<&'u str>,
    leaves_out: fn(&Attempt, &str) -> bool,
}

impl Moved {
    pub(super) const INTO_BUFFER: &Self = &Self {
        text: |url| core::str::from_utf8(url).unwrap_or_default(),
        user_info: |own| Url::parse(own).ok().and_then(|url| url.user_info()),
        leaves_out,
    };
}

fn leaves_out(attempt: &Attempt, name: &str) -> bool {
    const SECRETS: &[&str] = &["Authorization", "Cookie", "Proxy-Authorization", "Host"];
    const OF_BODY: &[&str] = &["Content-Type", "Content-Encoding", "Content-Language"];
    let is_among = |names: &[&str]| names.iter().any(|own| name.eq_ignore_ascii_case(own));
    attempt.is_cross_origin && is_among(SECRETS) || attempt.is_get && is_among(OF_BODY)
}

/// What is connected to.
#[derive(Clone, Copy)]
pub(super) struct Target {
    /// Where the host stands in the URL.
    pub(super) host: (usize, usize),
    /// The address of the server or the proxy, once it is known.
    pub(super) remote: Option<SocketAddr>,
    /// Its port.
    pub(super) port: u16,
    pub(super) is_https: bool,
}

impl Target {
    pub(super) const NONE: Self = Self { host: (0, 0), remote: None, port: 0, is_https: false };
}

/// An extra whose settings are in the request itself, so that nobody has to keep them.
///
/// It holds a pointer to what it does, so that an image whose requests have none does not hold that code.
#[derive(Clone, Copy)]
pub(super) struct Preset<'r> {
    pub(super) kind: &'static dyn Kind,
    pub(super) texts: (&'r str, &'r str),
    pub(super) number: u64,
}

/// What a [`Preset`] does: see [`Extra`].
pub(super) trait Kind: Sync {
    fn request(&self, _: &Preset<'_>, _: &mut OutgoingHead<'_>) -> Result<(), RequestError> {
        Ok(())
    }

    fn needs(&self) -> &'static [Needed] {
        &[]
    }

    fn response(&self, _: &Preset<'_>, _: &mut IncomingHead<'_>) -> Result<Next, ResponseError> {
        Ok(Next::Proceed)
    }
}

impl Extra for Preset<'_> {
    fn request(&self, head: &mut OutgoingHead<'_>) -> Result<(), RequestError> {
        self.kind.request(self, head)
    }

    fn needs(&self) -> &'static [Needed] {
        self.kind.needs()
    }

    fn response(&self, head: &mut IncomingHead<'_>) -> Result<Next, ResponseError> {
        self.kind.response(self, head)
    }
}
