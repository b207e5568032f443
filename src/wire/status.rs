use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use super::ascii::is_value;

/// A status code with its reason (RFC 9110 section 15).
///
/// It is the text of its line, so that an image holds the texts of those that it sends and of no others.
///
/// ```
/// use nal_http::wire::Status;
///
/// assert_eq!(Status::NOT_FOUND.reason(), "Not Found");
/// const ODD: Status = Status::new("799 Odd").unwrap();
/// assert_eq!((ODD.code(), ODD.reason()), (799, "Odd"));
/// assert_eq!(Status::new("99"), None);
/// ```
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Status(&'static str);

macro_rules! statuses {
    ($($code:literal $name:ident $reason:literal)*) => {
        impl Status {
            $(
                #[doc = concat!(stringify!($code), " ", $reason)]
                pub const $name: Self = Self(concat!($code, " ", $reason));
            )*
        }

        const KNOWN: &[Status] = &[$(Status::$name),*];
    };
}

statuses! {
    100 CONTINUE "Continue"
    101 SWITCHING_PROTOCOLS "Switching Protocols"
    200 OK "OK"
    201 CREATED "Created"
    202 ACCEPTED "Accepted"
    204 NO_CONTENT "No Content"
    205 RESET_CONTENT "Reset Content"
    206 PARTIAL_CONTENT "Partial Content"
    301 MOVED_PERMANENTLY "Moved Permanently"
    302 FOUND "Found"
    303 SEE_OTHER "See Other"
    304 NOT_MODIFIED "Not Modified"
    307 TEMPORARY_REDIRECT "Temporary Redirect"
    308 PERMANENT_REDIRECT "Permanent Redirect"
    400 BAD_REQUEST "Bad Request"
    401 UNAUTHORIZED "Unauthorized"
    403 FORBIDDEN "Forbidden"
    404 NOT_FOUND "Not Found"
    405 METHOD_NOT_ALLOWED "Method Not Allowed"
    406 NOT_ACCEPTABLE "Not Acceptable"
    408 REQUEST_TIMEOUT "Request Timeout"
    409 CONFLICT "Conflict"
    410 GONE "Gone"
    411 LENGTH_REQUIRED "Length Required"
    412 PRECONDITION_FAILED "Precondition Failed"
    413 CONTENT_TOO_LARGE "Content Too Large"
    414 URI_TOO_LONG "URI Too Long"
    415 UNSUPPORTED_MEDIA_TYPE "Unsupported Media Type"
    416 RANGE_NOT_SATISFIABLE "Range Not Satisfiable"
    417 EXPECTATION_FAILED "Expectation Failed"
    422 UNPROCESSABLE_CONTENT "Unprocessable Content"
    428 PRECONDITION_REQUIRED "Precondition Required"
    429 TOO_MANY_REQUESTS "Too Many Requests"
    431 REQUEST_HEADER_FIELDS_TOO_LARGE "Request Header Fields Too Large"
    500 INTERNAL_SERVER_ERROR "Internal Server Error"
    501 NOT_IMPLEMENTED "Not Implemented"
    502 BAD_GATEWAY "Bad Gateway"
    503 SERVICE_UNAVAILABLE "Service Unavailable"
    504 GATEWAY_TIMEOUT "Gateway Timeout"
    505 HTTP_VERSION_NOT_SUPPORTED "HTTP Version Not Supported"
    507 INSUFFICIENT_STORAGE "Insufficient Storage"
}

impl Status {
    /// The status of a line such as `418 I'm a teapot`: a code from 100 to 999, a space, a reason, or none.
    ///
    /// None if the line is not so.
    #[must_use]
    pub const fn new(line: &'static str) -> Option<Self> {
        let [b'1'..=b'9', b'0'..=b'9', b'0'..=b'9', b' ', reason @ ..] = line.as_bytes() else {
            return None;
        };
        let mut rest = reason;
        while let [byte, behind @ ..] = rest {
            if !is_value(*byte) {
                return None;
            }
            rest = behind;
        }
        Some(Self(line))
    }

    /// The one of the constants with this code. An image that asks holds the texts of all.
    #[must_use]
    pub fn known(code: u16) -> Option<Self> {
        KNOWN.iter().copied().find(|status| status.code() == code)
    }

    /// Code and reason, as they are sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The reason phrase.
    #[must_use]
    pub fn reason(self) -> &'static str {
        self.0.get(4..).unwrap_or_default()
    }

    /// The code.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self.0.as_bytes() {
            [a, b, c, ..] => (*a & 0xf) as u16 * 100 + (*b & 0xf) as u16 * 10 + (*c & 0xf) as u16,
            _ => 0,
        }
    }

    /// Whether a response with it never has a body: 1xx, 204 and 304.
    #[must_use]
    pub const fn has_no_body(self) -> bool {
        matches!(self.0.as_bytes(), [b'1', ..] | [b'2' | b'3', b'0', b'4', ..])
    }

    /// Whether it says that the server failed: 5xx.
    #[must_use]
    pub const fn is_server_error(self) -> bool {
        matches!(self.0.as_bytes(), [b'5', ..])
    }
}

/// Those with the same code are the same.
impl PartialEq for Status {
    fn eq(&self, other: &Self) -> bool {
        self.code() == other.code()
    }
}

impl Eq for Status {}

impl PartialOrd for Status {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Status {
    fn cmp(&self, other: &Self) -> Ordering {
        self.code().cmp(&other.code())
    }
}

impl Hash for Status {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.code().hash(state);
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.trim_ascii_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_reasons() {
        assert_eq!((Status::CONTINUE.code(), Status::CONTINUE.reason()), (100, "Continue"));
        assert_eq!(Status::known(507).map(Status::reason), Some("Insufficient Storage"));
        assert_eq!(Status::known(299), None);
        assert_eq!(KNOWN.len(), 41);
        assert!(KNOWN.is_sorted(), "in the order of their codes");
    }

    #[test]
    fn others() {
        let teapot = Status::new("418 I'm a teapot").unwrap();
        assert_eq!((teapot.code(), teapot.reason()), (418, "I'm a teapot"));
        let bare = Status::new("299 ").unwrap();
        assert_eq!((bare.code(), bare.reason(), std::format!("{bare}")), (299, "", "299".into()));
        assert_eq!(Status::new("404 Gone fishing"), Some(Status::NOT_FOUND));
        for bad in ["", "99", "200", "099 x", "20x y", "2000 x", "200 a\r\nX: y", "200\tx"] {
            assert_eq!(Status::new(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn kinds() {
        for status in KNOWN {
            let code = status.code();
            assert_eq!(status.has_no_body(), matches!(code, 100..=199 | 204 | 304), "{status}");
            assert_eq!(status.is_server_error(), code >= 500, "{status}");
        }
    }
}
