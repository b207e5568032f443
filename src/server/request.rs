use core::cell::Cell;
use core::fmt;
use core::net::SocketAddr;
use core::str::FromStr;

use super::{Failure, router};
use crate::wire::{
    Encoded, Fields, Headers, Pairs, RequestHead, Version, split_first, split_once, text,
};

/// A request, as a handler sees it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'c> {
    pub(super) head: RequestHead<'c>,
    pub(super) fields: &'c Fields,
    pub(super) version: Version,
    pub(super) pattern: &'static str,
    pub(super) body: &'c Body<'c>,
    pub(super) offset: u64,
    pub(super) is_first: bool,
    pub(super) is_complete: bool,
    pub(super) is_aborted: bool,
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

    /// The path of the target, escapes and all. With its escapes undone, none of its segments is
    /// `..`: such a request is refused with 400, and so is one with `%00`.
    #[must_use]
    pub fn path(&self) -> &'c str {
        path(self.target())
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
        split_target(self.target()).0.or_else(|| self.header("Host"))
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

    /// Of a route [in pieces](super::Route::in_pieces): whether the handler is called for the first
    /// time for this request. What an earlier one has left behind on the same
    /// [`connection`](Self::connection) is to be forgotten then.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.is_first
    }

    /// Of a route [in pieces](super::Route::in_pieces): how many bytes of the body came before this
    /// piece.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Of a route [in pieces](super::Route::in_pieces): whether the rest of the body does not come,
    /// since the client has left, took too long or sent chunks that are malformed, or since the server
    /// was closed. The piece is empty, and what is replied goes nowhere.
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.is_aborted
    }

    /// The body as text.
    ///
    /// # Errors
    /// A failure with status 400 if it is not UTF-8.
    pub fn text(&self) -> Result<&'c str, Failure> {
        text(self.body()).ok_or(Failure::bad_request("body is not UTF-8 text"))
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

/// The path of a target.
pub(super) fn path(target: &str) -> &str {
    split_target(target).1
}

/// Authority and path of a target, which is a path or a whole URL (RFC 9112 section 3.2.2).
fn split_target(target: &str) -> (Option<&str>, &str) {
    let (target, _query) = split_first(target, b'?');
    let whole_url = split_once(target, b':').and_then(|(_, rest)| rest.strip_prefix("//"));
    let Some(rest) = whole_url.filter(|_| !target.starts_with('/')) else { return (None, target) };
    let slash = rest.bytes().position(|byte| byte == b'/');
    match slash.and_then(|at| rest.split_at_checked(at)) {
        Some((authority, path)) => (Some(authority), path),
        None => (Some(rest), "/"),
    }
}

/// Whether a path climbs out of where it begins when it is taken for that of a file: with its escapes
/// undone, a segment is `..`, or it ends early in C. To Windows a backslash is a slash.
pub(super) fn climbs(path: &str) -> bool {
    const OTHER: u8 = 3;
    let mut dots = 0;
    for byte in Encoded::new(path).bytes() {
        dots = match (byte, dots) {
            (0, _) | (b'/' | b'\\', 2) => return true,
            (b'/' | b'\\', _) => 0,
            (b'.', 0..OTHER) => dots + 1,
            _ => OTHER,
        };
    }
    dots == 2
}

#[cfg(test)]
mod tests {
    use super::{climbs, path, split_target};

    #[test]
    fn authorities() {
        let table = [
            ("/", None),
            ("/http://h/", None),
            ("*", None),
            ("http://h", Some("h")),
            ("HTTPS://h:1?a=b://c/", Some("h:1")),
            ("http://[::1]:80/a", Some("[::1]:80")),
        ];
        for (target, expected) in table {
            assert_eq!(split_target(target).0, expected, "{target}");
        }
    }

    #[test]
    fn climbing() {
        let climbing = [
            "/..",
            "/../a",
            "/a/..",
            "/a/../b",
            "/%2e%2e/a",
            "/.%2E/a",
            "/a/..%2fb",
            "/a%2f..%2Fb",
            "/a%5c..%5cb",
            "/..%5ca",
            "..",
            "/a%00.txt",
            "/%2e./%2e.",
        ];
        for path in climbing {
            assert!(climbs(path), "{path}");
        }
        let staying =
            ["/", "/.", "/...", "/a..", "/..a", "/a/.../b", "/a.b/c", "/%252e%252e/", "/.%2e."];
        for path in staying {
            assert!(!climbs(path), "{path}");
        }
    }

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
