//! What is put into a head when its status is known.

use super::Reply;
use crate::server::Cookie;
use crate::wire::{RequestHead, Status, write_date};

/// What is still to be done for the head of a response, and what does it: so that is in no image that does not need it.
#[derive(Debug, Clone, Copy)]
pub(in crate::server) struct Late<'c> {
    pub finish: fn(&Self, &mut Reply<'_>),
    /// When the response is made, in seconds since 1970.
    pub seconds: Option<u32>,
    pub head: RequestHead<'c>,
    /// The site, whose groups are shown it.
    pub shown: Option<&'c dyn Shown>,
}

/// Whoever has functions that are shown a response; see [`After`](crate::server::After).
pub(in crate::server) trait Shown {
    fn show(&self, outcome: &mut Outcome<'_, '_>);
}

impl core::fmt::Debug for dyn Shown + '_ {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Site")
    }
}

impl Late<'_> {
    pub(in crate::server) fn finish<const HAS_DATE: bool, const HAS_AFTERS: bool>(
        &self,
        reply: &mut Reply<'_>,
    ) {
        if HAS_AFTERS {
            if let Some(shown) = self.shown {
                shown.show(&mut Outcome { head: self.head, reply });
            }
        }
        if let (true, false, Some(seconds)) = (HAS_DATE, reply.has_date, self.seconds) {
            let writer = reply.header_writer();
            writer.str("Date: ");
            write_date(writer, seconds);
            writer.str("\r\n");
        }
    }
}

/// A response whose status is known, and whose head is about to leave; see [`Group::after`](crate::server::Group::after).
///
/// ```
/// use nal_http::server::{After, Outcome};
///
/// const AFTER: After = |outcome: &mut Outcome<'_, '_>| {
///     if outcome.status().is_server_error() {
///         outcome.header("Retry-After", "10");
///     }
/// };
/// # let _ = AFTER;
/// ```
#[derive(Debug)]
pub struct Outcome<'r, 'c> {
    head: RequestHead<'r>,
    reply: &'r mut Reply<'c>,
}

impl<'r> Outcome<'r, '_> {
    /// The method of the request as it was sent; empty if that could not be parsed.
    #[must_use]
    pub fn method(&self) -> &'r str {
        self.head.method()
    }

    /// The target of the request as it was sent; empty if that could not be parsed.
    #[must_use]
    pub fn target(&self) -> &'r str {
        self.head.target()
    }

    /// The value of the first header `name` of the request, if it was kept and is UTF-8.
    #[must_use]
    pub fn request_header(&self, name: &str) -> Option<&'r str> {
        self.head.headers().get(name)
    }

    /// The status of the response.
    #[must_use]
    pub fn status(&self) -> Status {
        self.reply.out.status
    }

    /// Adds a header to the response; see [`Reply::header`].
    pub fn header(&mut self, name: &str, value: &str) {
        self.reply.header(name, value);
    }

    /// Sets a cookie; see [`Reply::cookie`].
    pub fn cookie(&mut self, cookie: Cookie<'_>) {
        self.reply.cookie(cookie);
    }
}
