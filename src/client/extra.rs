//! What comes beside the plain request, behind one trait.

mod attempt;
mod preset;

use core::ops::Range;

use super::{RequestError, ResponseError};
use crate::wire::{HeadReader, Headers, Method, Needed, ResponseHead, Url, Writer};
pub(super) use attempt::{Attempt, Moved, Target, split};
pub(super) use preset::{Kind, Preset};

/// Pairs of name and value.
pub(super) type Pairs<'r> = &'r [(&'r str, &'r str)];

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
