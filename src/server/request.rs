use core::cell::Cell;
use core::fmt;
use core::net::SocketAddr;
use core::str::FromStr;

use super::{Failure, router};
use crate::wire::{Encoded, Fields, Headers, Pairs, RequestHead, Version, split_first, split_once};

/// A request, as a handler sees it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'c> {
    pub(super) head: RequestHead<'c>,
    pub(super) fields: &'c Fields,
    pub(super) version: Version,
    pub(super) pattern: &'static str,
    pub(super) body: &'c Body<'c>,
    pub(super) is_complete: bool,
    pub(super) headers_dropped: bool,
    pub(super) peer: &'c SocketAddr,
    pub(super) connection: usize,
}

/// A body that can be looked at, as often as one likes, or be taken: JSON's escapes are undone in its place.
#[derive(Default)]
pub(super) struct Body<'c>(Cell<Held<'c>>);

enum Held<'c> {
    Whole(&'c mut [u8]),
    /// Somebody has looked, and may still do.
    Shown(&'c [u8]),
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

    fn show(&self) -> &'c [u8] {
        let bytes = match self.0.take() {
            Held::Whole(bytes) => bytes,
            Held::Shown(bytes) => bytes,
        };
        self.0.set(Held::Shown(bytes));
        bytes
    }

    /// `None` if it was looked at or taken before.
    #[cfg(feature = "json")]
    fn take(&self) -> Option<&'c mut [u8]> {
        match self.0.take() {
            Held::Whole(bytes) => Some(bytes),
            Held::Shown(bytes) => {
                self.0.set(Held::Shown(bytes));
                None
            }
        }
    }
}

impl<'c> Request<'c> {
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

    /// The path of the target, escapes and all.
    #[must_use]
    pub fn path(&self) -> &'c str {
        path(self.target())
    }

    /// The pairs behind the `?` of the target.
    #[must_use]
    pub fn query(&self) -> Pairs<'c> {
        Pairs::new(split_first(self.target(), b'?').1.unwrap_or_default())
    }

    /// The part of the path that stands for `{name}` in the route's path.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<Encoded<'c>> {
        router::parameter(self.pattern, self.path(), name)
    }

    /// [`param`](Self::param) as a number, or anything else that can be parsed.
    ///
    /// # Errors
    /// A failure with status 400 if it is not such a value, or longer than 64 bytes.
    pub fn param_as<T: FromStr>(&self, name: &str) -> Result<T, Failure> {
        let malformed = Failure::bad_request("a parameter of the path is not what it must be");
        let mut buffer = [0; 64];
        let text = self.param(name).and_then(|value| value.decode(&mut buffer).ok());
        text.and_then(|text| text.parse().ok()).ok_or(malformed)
    }

    /// The version of the request.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
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

    /// Whether headers were dropped because there was no room for them.
    #[must_use]
    pub fn headers_dropped(&self) -> bool {
        self.headers_dropped
    }

    /// The announced length of the body in bytes; `None` if there is no body, or it is chunked.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.fields.content_length()
    }

    /// Whether the request has a body of any length.
    #[must_use]
    pub fn has_body(&self) -> bool {
        self.fields.is_chunked() || self.content_length().is_some_and(|length| length > 0)
    }

    /// The body; of a route [in pieces](super::Route::in_pieces) the current piece. Empty once `json` has taken it.
    #[must_use]
    pub fn body(&self) -> &'c [u8] {
        self.body.show()
    }

    /// Whether there is no more of the body to come.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The body as text.
    ///
    /// # Errors
    /// A failure with status 400 if it is not UTF-8.
    pub fn text(&self) -> Result<&'c str, Failure> {
        core::str::from_utf8(self.body())
            .map_err(|_| Failure::bad_request("body is not UTF-8 text"))
    }

    /// The pairs of a body that is an HTML form (`application/x-www-form-urlencoded`).
    ///
    /// # Errors
    /// A failure with status 400 if it is not UTF-8.
    pub fn form(&self) -> Result<Pairs<'c>, Failure> {
        self.text().map(Pairs::new)
    }

    /// The body as a value; its strings may point into the body (`&str`), whatever escapes they have.
    ///
    /// Escapes are undone in the body's own place, so this takes the body: it can be asked once for each request, and
    /// not behind [`body`](Self::body), [`text`](Self::text) or [`form`](Self::form). Fields that the type does not have are
    /// passed over; lists and objects may be nested 32 deep.
    ///
    /// # Errors
    /// A failure with status 400 if it is not such a value; the client and the [`Hook`](super::Hook) are told the byte
    /// and the field ([`Failure::json`]). One with status 500 if the body was looked at or taken before.
    #[cfg(feature = "json")]
    pub fn json<T: serde::Deserialize<'c>>(&self) -> Result<T, Failure> {
        let taken = "a handler asks for JSON behind `body`, `text`, `form` or `json`: ask for it first, and once";
        let body = self.body.take().ok_or(Failure::internal(taken))?;
        crate::json::parse(body).map_err(Failure::from)
    }

    /// The address of the client.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        *self.peer
    }

    /// Which of the server's connections this is, from 0: for state that an application keeps for
    /// each of them, such as how far an upload has come.
    #[must_use]
    pub fn connection(&self) -> usize {
        self.connection
    }
}

/// The path of a target, which may also be a whole URL (RFC 9112 section 3.2.2).
pub(super) fn path(target: &str) -> &str {
    let (target, _query) = split_first(target, b'?');
    let whole_url = split_once(target, b':').and_then(|(_, rest)| rest.strip_prefix("//"));
    let Some(rest) = whole_url.filter(|_| !target.starts_with('/')) else { return target };
    let slash = rest.bytes().position(|byte| byte == b'/');
    slash.and_then(|at| rest.get(at..)).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn paths() {
        let table = [
            ("/", "/"),
            ("/a/b?c=/d", "/a/b"),
            ("http://h", "/"),
            ("http://h?x=/", "/"),
            ("http://h:80/a?b", "/a"),
            ("/http://h/a", "/http://h/a"),
            ("*", "*"),
            ("h:443", "h:443"),
        ];
        for (target, expected) in table {
            assert_eq!(path(target), expected, "{target}");
        }
    }
}
