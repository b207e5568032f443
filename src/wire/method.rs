use core::fmt;

use super::ascii::Set;

/// The method of a request: any token (RFC 9110 section 9).
///
/// ```
/// use nal_http::wire::Method;
///
/// assert_eq!(Method::new("PURGE").map(Method::as_str), Ok("PURGE"));
/// assert!(Method::new("GET /").is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Method<'a>(&'a str);

impl<'a> Method<'a> {
    /// Gets a representation.
    pub const GET: Method<'static> = Method("GET");
    /// Gets the headers of what GET would get.
    pub const HEAD: Method<'static> = Method("HEAD");
    /// Has something done with a body.
    pub const POST: Method<'static> = Method("POST");
    /// Puts a body in the place of what is there.
    pub const PUT: Method<'static> = Method("PUT");
    /// Changes a part of what is there (RFC 5789).
    pub const PATCH: Method<'static> = Method("PATCH");
    /// Deletes what is there.
    pub const DELETE: Method<'static> = Method("DELETE");
    /// Asks what can be done.
    pub const OPTIONS: Method<'static> = Method("OPTIONS");
    /// Asks a proxy for a tunnel.
    pub const CONNECT: Method<'static> = Method("CONNECT");
    /// Asks for the request itself.
    pub const TRACE: Method<'static> = Method("TRACE");

    pub(crate) const STANDARD: &'static [Method<'static>] = &[
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::CONNECT,
        Method::TRACE,
    ];

    /// A method of any name. Names are case-sensitive: `get` is not `GET`.
    ///
    /// # Errors
    /// The name is not a token.
    pub const fn new(name: &'a str) -> Result<Self, InvalidMethod> {
        if is_token(name.as_bytes()) { Ok(Self(name)) } else { Err(InvalidMethod) }
    }

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// Whether it is one of the methods of RFC 9110 and 5789, which have constants here.
    #[must_use]
    pub fn is_standard(self) -> bool {
        Self::STANDARD.contains(&self)
    }

    /// Whether a request may be sent again when nobody knows what became of the first one (RFC 9110
    /// section 9.2.2).
    #[must_use]
    pub fn is_idempotent(self) -> bool {
        let idempotent = [
            Method::GET,
            Method::HEAD,
            Method::OPTIONS,
            Method::PUT,
            Method::DELETE,
            Method::TRACE,
        ];
        idempotent.contains(&self)
    }
}

impl fmt::Display for Method<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The name of a method is empty, or has a character that methods cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct InvalidMethod;

impl fmt::Display for InvalidMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("method is empty or has a character that methods cannot have")
    }
}

impl core::error::Error for InvalidMethod {}

/// The characters of tokens (RFC 9110 section 5.6.2).
pub(super) const TOKEN: &Set = &Set::alphanumeric_and(b"!#$%&'*+-.^_`|~");

pub(super) const fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && TOKEN.span(text) == text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_those_of_the_rfc() {
        let delimiters = b"\"(),/:;<=>?@[\\]{}";
        for byte in 0..=255_u8 {
            let expected = byte.is_ascii_graphic() && !delimiters.contains(&byte);
            assert_eq!(TOKEN.has(byte), expected, "{byte:#x}");
        }
    }

    #[test]
    fn methods() {
        assert!(Method::new("GET").is_ok_and(Method::is_standard));
        assert!(Method::new("M-SEARCH").is_ok_and(|method| !method.is_standard()));
        for bad in ["", " ", "GET ", "G\r\n", "光"] {
            assert_eq!(Method::new(bad), Err(InvalidMethod), "{bad:?}");
        }
    }
}
