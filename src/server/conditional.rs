//! Requests that are only to be answered if something has changed, or has not (RFC 9110 section 13).

use heapless::String;

use super::{Failure, Reply, Request};
use crate::wire::{
    Comparison, Headers, Status, hex_digit, is_entity_tag, is_http_date, lists_tag, parse_date,
};

/// What tells one state of a resource from another: an entity tag, the time of its last change, or both.
///
/// [`Reply::is_fresh`] compares it with what the client has. The tag is best a strong one, such as `"1a"` with
/// its quotes: it changes with every byte of the body. A weak one (`W/"1a"`) will do for a cache, never for
/// `If-Match`.
///
/// ```
/// use nal_http::server::Validators;
///
/// let validators = Validators::etag("\"1a\"").last_modified("Sun, 06 Nov 1994 08:49:37 GMT");
/// # let _ = validators;
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Validators<'v> {
    etag: Option<&'v str>,
    modified: Option<Modified<'v>>,
    is_there: bool,
}

/// A date, and what compares it with another: so that is in no image that has none.
#[derive(Debug, Clone, Copy)]
struct Modified<'v> {
    date: &'v str,
    is_unchanged: fn(&str, &[u8]) -> Option<bool>,
}

impl Validators<'static> {
    /// The headers that [`Reply::is_fresh`] looks at. A route that changes something when it should not have
    /// [wants](super::Route::want) them: the request is refused with 431 if there is no room, instead of being
    /// carried out without its condition.
    pub const HEADERS: &'static [&'static str] =
        &["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"];

    /// Those of something that is there, and has no validators.
    pub const NONE: Self = Self { etag: None, modified: None, is_there: true };

    /// Those of something that is not there yet: `If-None-Match: *` lets it be made, `If-Match` does not.
    pub const MISSING: Self = Self { etag: None, modified: None, is_there: false };
}

impl<'v> Validators<'v> {
    /// An entity tag with its quotes (RFC 9110 section 8.8.3). What is none counts as no tag.
    #[must_use]
    pub const fn etag(tag: &'v str) -> Self {
        let etag = if is_entity_tag(tag) { Some(tag) } else { None };
        Self { etag, modified: None, is_there: true }
    }

    /// When it has changed last, as [`wire::write_date`](crate::wire::write_date) writes it; about 0.7 KB of flash.
    #[must_use]
    pub const fn last_modified(mut self, date: &'v str) -> Self {
        self.modified = Some(Modified { date, is_unchanged });
        self
    }

    /// The entity tag.
    pub(super) const fn tag(&self) -> Option<&'v str> {
        self.etag
    }

    /// What a request's conditions make of it, in the order of RFC 9110 section 13.2.2.
    fn evaluate(&self, method: &[u8], headers: &Headers<'_>) -> Condition {
        let is_read = matches!(method, b"GET" | b"HEAD");
        if matches!(method, b"CONNECT" | b"OPTIONS" | b"TRACE") {
            return Condition::True;
        }
        let unchanged_since = |name| {
            let modified = self.modified?;
            (modified.is_unchanged)(modified.date, headers.get_bytes(name)?)
        };
        let is_failed = match self.matches(headers, "If-Match", Comparison::Strong) {
            Some(matches) => !matches,
            None => unchanged_since("If-Unmodified-Since") == Some(false),
        };
        if is_failed {
            return Condition::False;
        }
        match self.matches(headers, "If-None-Match", Comparison::Weak) {
            Some(true) if is_read => Condition::NotModified,
            Some(true) => Condition::False,
            None if is_read && unchanged_since("If-Modified-Since") == Some(true) => {
                Condition::NotModified
            }
            _ => Condition::True,
        }
    }

    /// Whether any header `name` lists the tag; `None` if there is none.
    fn matches(&self, headers: &Headers<'_>, name: &str, comparison: Comparison) -> Option<bool> {
        let mut found = None;
        for list in headers.values(name) {
            let matches = match self.etag {
                _ if list == b"*" => self.is_there,
                Some(tag) => lists_tag(list, tag, comparison),
                None => false,
            };
            found = Some(matches || found == Some(true));
        }
        found
    }

    /// Says them in a reply.
    pub(super) fn set(&self, reply: &mut Reply<'_>) {
        if let Some(tag) = self.etag {
            reply.header("ETag", tag);
        }
        if let Some(modified) = self.modified {
            reply.header("Last-Modified", modified.date);
        }
    }
}

/// What the conditions of a request come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    /// It is carried out.
    True,
    /// The client has what it asks for: 304.
    NotModified,
    /// It is not carried out: 412.
    False,
}

/// Whether what has changed at `date` has not changed since `other`; `None` if one of them is no date, so that the
/// condition does not count.
fn is_unchanged(date: &str, other: &[u8]) -> Option<bool> {
    let other = crate::wire::text(other).filter(|text| is_http_date(text))?;
    Some(parse_date(date)? <= parse_date(other)?)
}

impl Reply<'_> {
    /// Says the validators of what is asked for (`ETag`, `Last-Modified`), and whether the client has it already.
    /// Then the status is 304, and [`no_content`](Self::no_content) is the answer. To be asked when nothing else
    /// is wrong with the request, before its body is begun and before anything is changed; `false` in any later
    /// call of the handler, once a body has begun.
    ///
    /// `If-Match`, `If-Unmodified-Since`, `If-None-Match` and `If-Modified-Since` count in the order of RFC 9110
    /// section 13.2.2; see [`Validators::HEADERS`]. Headers that a 304 has to repeat (`Cache-Control`, `Vary`,
    /// `Content-Location`, `Expires`) are set before. To a request that changes something, nothing is said of the
    /// validators: they are those from before.
    ///
    /// ```
    /// use nal_http::server::{Answer, Etag, Reply, Request, Validators};
    ///
    /// struct App {
    ///     revision: u32,
    ///     name: heapless::String<32>,
    /// }
    ///
    /// fn name(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    ///     let etag = Etag::number(app.revision.into());
    ///     if reply.is_fresh(request, &Validators::etag(etag.as_str()))? {
    ///         return reply.no_content();
    ///     }
    ///     reply.text(&app.name)
    /// }
    /// ```
    ///
    /// # Errors
    /// A failure with status 412 if the request is not to be carried out.
    pub fn is_fresh<T>(
        &mut self,
        request: &Request<'_, T>,
        validators: &Validators<'_>,
    ) -> Result<bool, Failure> {
        self.check_condition(request.head.parts().0, &request.headers(), validators)
    }

    /// The same, once for all types of state.
    #[inline(never)]
    fn check_condition(
        &mut self,
        method: &[u8],
        headers: &Headers<'_>,
        validators: &Validators<'_>,
    ) -> Result<bool, Failure> {
        if !self.has_open_head() {
            return Ok(false);
        }
        if matches!(method, b"GET" | b"HEAD") {
            validators.set(self);
        }
        match validators.evaluate(method, headers) {
            Condition::True => Ok(false),
            Condition::NotModified => {
                self.status(Status::NOT_MODIFIED);
                Ok(true)
            }
            Condition::False => Err(Failure::new(
                Status::PRECONDITION_FAILED,
                "it has changed, or is not what the request expects",
            )),
        }
    }
}

/// An entity tag made of a number that changes with what it stands for: a revision, a checksum, a count of writes.
///
/// ```
/// use nal_http::server::Etag;
///
/// assert_eq!(Etag::number(0x1a).as_str(), "\"1a\"");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Etag {
    text: String<18>,
}

impl Etag {
    /// A strong tag.
    #[must_use]
    pub fn number(number: u64) -> Self {
        let mut text = String::new();
        // There is room for 16 digits and the quotes.
        let _ = text.push('"');
        for digit in number.to_be_bytes().into_iter().flat_map(|byte| [byte >> 4, byte & 0xf]) {
            if digit > 0 || text.len() > 1 {
                let _ = text.push(char::from(hex_digit(digit)));
            }
        }
        if number == 0 {
            let _ = text.push('0');
        }
        let _ = text.push('"');
        Self { text }
    }

    /// With its quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::Condition::{False, NotModified, True};
    use super::*;
    use crate::wire::RequestHead;

    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const THEN: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    fn evaluate(validators: &Validators<'_>, method: &str, headers: &str) -> Condition {
        let head = format!("{method} / HTTP/1.1\r\n{headers}");
        validators.evaluate(method.as_bytes(), &RequestHead::new(head.as_bytes()).headers())
    }

    #[test]
    fn in_the_order_of_the_rfc() {
        // headers, then what comes of them for a GET and for a PUT
        let table = [
            ("", True, True),
            ("If-None-Match: \"a\"", NotModified, False),
            ("if-none-match: W/\"a\"", NotModified, False),
            ("If-None-Match: \"b\", \"a\"", NotModified, False),
            ("If-None-Match: \"b\"\r\nIf-None-Match: \"a\"", NotModified, False),
            ("If-None-Match: *", NotModified, False),
            ("If-None-Match: \"b\"", True, True),
            ("If-None-Match: b", True, True),
            ("If-None-Match:", True, True),
            ("If-Match: \"a\"", True, True),
            ("If-Match: *", True, True),
            ("If-Match: \"b\", \"a\"", True, True),
            ("If-Match: \"b\"\r\nIf-Match: \"a\"", True, True),
            ("If-Match: W/\"a\"", False, False),
            ("If-Match: \"b\"", False, False),
            ("If-Match: a", False, False),
            ("If-Match:", False, False),
            ("If-Modified-Since: <before>", True, True),
            ("If-Modified-Since: <then>", NotModified, True),
            ("If-Modified-Since: <after>", NotModified, True),
            ("If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT", NotModified, True),
            ("If-Modified-Since: Sun Nov  6 08:49:37 1994", NotModified, True),
            ("If-Modified-Since: 1994-11-06T08:49:37Z", True, True),
            ("If-Modified-Since: 6 Nov 1994 08:49:37", True, True),
            ("If-Unmodified-Since: <before>", False, False),
            ("If-Unmodified-Since: <then>", True, True),
            ("If-Unmodified-Since: <after>", True, True),
            ("If-Unmodified-Since: yesterday", True, True),
            // A tag says more than a date.
            ("If-None-Match: \"b\"\r\nIf-Modified-Since: <then>", True, True),
            ("If-None-Match: \"a\"\r\nIf-Modified-Since: <before>", NotModified, False),
            ("If-Match: \"a\"\r\nIf-Unmodified-Since: <before>", True, True),
            ("If-Match: \"b\"\r\nIf-Unmodified-Since: <then>", False, False),
            // What must be comes before what must not be.
            ("If-Match: \"b\"\r\nIf-None-Match: \"a\"", False, False),
            ("If-Match: \"a\"\r\nIf-None-Match: \"a\"", NotModified, False),
            ("If-Unmodified-Since: <before>\r\nIf-None-Match: \"a\"", False, False),
            ("If-Unmodified-Since: <then>\r\nIf-Modified-Since: <then>", NotModified, True),
        ];
        let validators = Validators::etag("\"a\"").last_modified(THEN);
        for (headers, get, put) in table {
            let lines = headers
                .replace("<before>", BEFORE)
                .replace("<then>", THEN)
                .replace("<after>", AFTER);
            let lines = if lines.is_empty() { lines } else { format!("{lines}\r\n") };
            assert_eq!(evaluate(&validators, "GET", &lines), get, "GET {headers}");
            assert_eq!(evaluate(&validators, "HEAD", &lines), get, "HEAD {headers}");
            for method in ["PUT", "POST", "DELETE", "PATCH", "PURGE"] {
                assert_eq!(evaluate(&validators, method, &lines), put, "{method} {headers}");
            }
            for method in ["OPTIONS", "TRACE", "CONNECT"] {
                assert_eq!(evaluate(&validators, method, &lines), True, "{method} {headers}");
            }
        }
    }

    #[test]
    fn with_other_validators() {
        let (weak, dated) = (Validators::etag("W/\"a\""), Validators::NONE.last_modified(THEN));
        let (none, missing, bad) = (Validators::NONE, Validators::MISSING, Validators::etag("a"));
        let date = format!("If-Modified-Since: {AFTER}\r\n");
        let table = [
            (&weak, "GET", "If-None-Match: \"a\"\r\n", NotModified),
            (&weak, "PUT", "If-Match: W/\"a\"\r\n", False),
            (&weak, "GET", &*date, True),
            (&dated, "GET", &*date, NotModified),
            (&dated, "GET", "If-None-Match: *\r\n", NotModified),
            (&dated, "PUT", "If-Match: \"a\"\r\n", False),
            (&none, "PUT", "If-Match: *\r\n", True),
            (&none, "PUT", "If-Match: \"a\"\r\n", False),
            (&none, "GET", "If-None-Match: \"a\"\r\n", True),
            (&none, "GET", &*date, True),
            (&missing, "PUT", "If-None-Match: *\r\n", True),
            (&missing, "PUT", "If-Match: *\r\n", False),
            (&missing, "PUT", "If-Match: \"a\"\r\n", False),
            (&bad, "GET", "If-None-Match: a\r\n", True),
        ];
        for (validators, method, headers, expected) in table {
            assert_eq!(evaluate(validators, method, headers), expected, "{method} {headers}");
        }
    }

    #[test]
    fn numbers_are_tags() {
        assert_eq!(Etag::number(0).as_str(), "\"0\"");
        assert_eq!(Etag::number(u64::MAX).as_str(), "\"ffffffffffffffff\"");
    }
}
