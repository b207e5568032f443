use super::Version;
use super::authority::is_authority;
use super::bytes::split_bytes;
use super::head_error::Fault;

/// A header that says something about the message itself, not about its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Host,
    Expect,
    Connection,
    ContentLength,
    TransferEncoding,
}

impl Known {
    /// Which of them `name` is, a token. Names are told apart by length first, so most cost one comparison; in tokens
    /// only letters become lower case with bit 5, and no other byte becomes a letter or a hyphen.
    pub(super) fn of(name: &[u8]) -> Option<Self> {
        let (known, text): (_, &[u8]) = match name.len() {
            4 => (Self::Host, b"host"),
            6 => (Self::Expect, b"expect"),
            10 => (Self::Connection, b"connection"),
            14 => (Self::ContentLength, b"content-length"),
            17 => (Self::TransferEncoding, b"transfer-encoding"),
            _ => return None,
        };
        for (byte, lower) in name.iter().zip(text) {
            if byte | 0x20 != *lower {
                return None;
            }
        }
        Some(known)
    }

    /// Whether the name of one begins so.
    pub(super) fn begins_with(first: u8) -> bool {
        matches!(first | 0x20, b'h' | b'e' | b'c' | b't')
    }

    /// Whether it says where the message ends.
    pub(super) fn frames(self) -> bool {
        matches!(self, Self::ContentLength | Self::TransferEncoding)
    }
}

/// What the headers of a head said about its message: length, coding, connection.
///
/// It is gathered while the head streams by, so none of these headers needs to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fields {
    length: usize,
    has_length: bool,
    has_host: bool,
    coding: Coding,
    close: bool,
    keep_alive: bool,
    expects_continue: bool,
    expects_other: bool,
}

/// What Transfer-Encoding has said so far (RFC 9112 section 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Coding {
    /// It is not there.
    #[default]
    None,
    /// It is there, and names nothing.
    Empty,
    /// It ends in a coding that nobody here knows.
    Unknown,
    Chunked,
    /// Chunked, and below that a coding that nobody here knows.
    UnknownChunked,
}

impl Coding {
    /// With one more element of the list. Chunked comes once, last, and without parameters.
    fn then(self, element: &[u8]) -> Result<Self, Fault> {
        match (self, element.eq_ignore_ascii_case(b"chunked")) {
            (Self::None | Self::Empty, true) => Ok(Self::Chunked),
            (Self::Unknown, true) => Ok(Self::UnknownChunked),
            (Self::None | Self::Empty | Self::Unknown, false) => Ok(Self::Unknown),
            _ => Err(Fault::ChunkedNotLast),
        }
    }
}

impl Fields {
    pub(super) const fn new() -> Self {
        Self {
            length: 0,
            has_length: false,
            has_host: false,
            coding: Coding::None,
            close: false,
            keep_alive: false,
            expects_continue: false,
            expects_other: false,
        }
    }

    /// The value of Content-Length in bytes, if it was given.
    #[must_use]
    pub const fn content_length(&self) -> Option<u64> {
        if self.has_length { Some(self.length as u64) } else { None }
    }

    /// Whether the body comes in chunks (`Transfer-Encoding: chunked`).
    #[must_use]
    pub const fn is_chunked(&self) -> bool {
        matches!(self.coding, Coding::Chunked | Coding::UnknownChunked)
    }

    pub(super) const fn coding(&self) -> Coding {
        self.coding
    }

    /// Whether the sender waits for `100 Continue` before it sends the body.
    #[must_use]
    pub const fn expects_continue(&self) -> bool {
        self.expects_continue
    }

    /// Whether the sender expects something that nobody defined (answer 417).
    #[must_use]
    pub const fn expects_the_unknown(&self) -> bool {
        self.expects_other
    }

    /// Whether the connection may go on after this message (RFC 9112 section 9.3).
    #[must_use]
    pub const fn keeps_alive(&self, version: Version) -> bool {
        !self.close && (matches!(version, Version::Http11) || self.keep_alive)
    }

    /// The connection is not for another message.
    pub(super) const fn will_close(&mut self) {
        self.close = true;
    }

    pub(super) const fn has_host(&self) -> bool {
        self.has_host
    }

    /// Takes in one of the headers that matter in a request. It is held to the letter, since what a
    /// proxy reads otherwise is a way to smuggle another.
    pub(super) fn observe_request(&mut self, known: Known, mut value: &[u8]) -> Result<(), Fault> {
        match known {
            // Without a value: the target has no authority (RFC 9112 section 3.2).
            Known::Host if self.has_host || !(value.is_empty() || is_authority(value)) => {
                return Err(Fault::Host);
            }
            Known::Host => {
                self.has_host = true;
                return Ok(());
            }
            Known::ContentLength => return self.observe_length(value),
            Known::TransferEncoding if self.coding == Coding::None => self.coding = Coding::Empty,
            _ => {}
        }
        while let Some(element) = next_element(&mut value) {
            match known {
                Known::Connection => self.observe_option(element),
                Known::Expect => {
                    let known = element.eq_ignore_ascii_case(b"100-continue");
                    self.expects_continue |= known;
                    self.expects_other |= !known;
                }
                // Whether the last is chunked is known at the end of the head.
                _ => self.coding = self.coding.then(element)?,
            }
        }
        self.check()
    }

    /// Takes in one of the headers that matter in a response. What cannot frame it differently is let
    /// pass.
    pub(super) fn observe_response(&mut self, known: Known, mut value: &[u8]) -> Result<(), Fault> {
        if known == Known::ContentLength {
            return self.observe_length(value);
        }
        while let Some(element) = next_element(&mut value) {
            match known {
                Known::Connection => self.observe_option(element),
                // Until RFC 7230, this was the name of no coding at all.
                Known::TransferEncoding if !element.eq_ignore_ascii_case(b"identity") => {
                    let is_chunked = element.eq_ignore_ascii_case(b"chunked");
                    if !is_chunked || self.coding == Coding::Chunked {
                        return Err(Fault::TransferCoding);
                    }
                    self.coding = Coding::Chunked;
                }
                _ => {}
            }
        }
        self.check()
    }

    fn observe_length(&mut self, value: &[u8]) -> Result<(), Fault> {
        let length = decimal(value).ok_or(Fault::ContentLength)?;
        if self.has_length && self.length != length {
            return Err(Fault::ConflictingLengths);
        }
        self.length = length;
        self.has_length = true;
        self.check()
    }

    fn observe_option(&mut self, option: &[u8]) {
        self.close |= option.eq_ignore_ascii_case(b"close");
        self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
    }

    fn check(&self) -> Result<(), Fault> {
        let both = self.has_length && self.coding != Coding::None;
        if both { Err(Fault::LengthAndCoding) } else { Ok(()) }
    }
}

/// Takes the next element off a list; empty ones do not count (RFC 9110 section 5.6.1.2).
fn next_element<'l>(list: &mut &'l [u8]) -> Option<&'l [u8]> {
    while !list.is_empty() {
        let (element, rest) = split_bytes(list, b',').unwrap_or((list, b""));
        *list = rest;
        let element = element.trim_ascii();
        if !element.is_empty() {
            return Some(element);
        }
    }
    None
}

/// A decimal number of digits only: no sign, no space, no list, no overflow. One of 64 bits would take twice the code
/// on a target of 32, where no body is so long.
fn decimal(text: &[u8]) -> Option<usize> {
    let mut value = 0_usize;
    for &byte in text {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(usize::from(byte & 0xf))?;
    }
    (!text.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observe(lines: &[(&str, &str)]) -> Result<Fields, Fault> {
        observe_in(true, lines)
    }

    fn observe_in(is_request: bool, lines: &[(&str, &str)]) -> Result<Fields, Fault> {
        let mut fields = Fields::default();
        for (name, value) in lines {
            if let Some(known) = Known::of(name.as_bytes()) {
                let value = value.as_bytes();
                if is_request {
                    fields.observe_request(known, value)?;
                } else {
                    fields.observe_response(known, value)?;
                }
            }
        }
        Ok(fields)
    }

    #[test]
    fn lengths() {
        let length = |value| observe(&[("Content-Length", value)]).map(|f| f.content_length());
        assert_eq!(length("0"), Ok(Some(0)));
        assert_eq!(length("007"), Ok(Some(7)));
        assert_eq!(length("18446744073709551615"), Ok(Some(u64::MAX)));
        for bad in
            ["", "+1", "-1", "1 ", "0x10", "1,1", "1, 1", "18446744073709551616", "１", "1e3"]
        {
            assert_eq!(length(bad), Err(Fault::ContentLength), "{bad}");
        }
        assert!(observe(&[("content-length", "5"), ("CONTENT-LENGTH", "5")]).is_ok());
        assert_eq!(
            observe(&[("content-length", "5"), ("CONTENT-LENGTH", "6")]),
            Err(Fault::ConflictingLengths)
        );
    }

    #[test]
    fn codings() {
        use Fault::{ChunkedNotLast, TransferCoding};
        // Transfer-Encoding, in a request (chunked must come last), in a response
        let table = [
            ("Chunked", Ok(Coding::Chunked), Ok(Coding::Chunked)),
            ("chunked,", Ok(Coding::Chunked), Ok(Coding::Chunked)),
            (" , ,chunked ,\t,", Ok(Coding::Chunked), Ok(Coding::Chunked)),
            ("", Ok(Coding::Empty), Ok(Coding::None)),
            (",", Ok(Coding::Empty), Ok(Coding::None)),
            ("identity", Ok(Coding::Unknown), Ok(Coding::None)),
            ("Identity, chunked", Ok(Coding::UnknownChunked), Ok(Coding::Chunked)),
            ("chunked, identity", Err(ChunkedNotLast), Ok(Coding::Chunked)),
            ("gzip", Ok(Coding::Unknown), Err(TransferCoding)),
            ("xchunked", Ok(Coding::Unknown), Err(TransferCoding)),
            ("gzip, chunked", Ok(Coding::UnknownChunked), Err(TransferCoding)),
            ("gzip;q=1 , chunked", Ok(Coding::UnknownChunked), Err(TransferCoding)),
            ("chunked, gzip", Err(ChunkedNotLast), Err(TransferCoding)),
            ("chunked, chunked", Err(ChunkedNotLast), Err(TransferCoding)),
            ("gzip, chunked, chunked", Err(ChunkedNotLast), Err(TransferCoding)),
            ("chunked;ext=val", Ok(Coding::Unknown), Err(TransferCoding)),
            ("chunked x", Ok(Coding::Unknown), Err(TransferCoding)),
            ("\"chunked\"", Ok(Coding::Unknown), Err(TransferCoding)),
        ];
        for (value, request, response) in table {
            let coding = |is_request| {
                observe_in(is_request, &[("transfer-encoding", value)]).map(|f| f.coding())
            };
            assert_eq!(coding(true), request, "{value}");
            assert_eq!(coding(false), response, "{value}");
        }
        let twice = [("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")];
        assert_eq!(observe(&twice), Err(ChunkedNotLast));
        assert_eq!(observe_in(false, &twice), Err(TransferCoding));
        for coding in ["chunked", "chunked,", "identity", ""] {
            let (length, coding) = (("content-length", "3"), ("transfer-encoding", coding));
            assert_eq!(observe(&[length, coding]), Err(Fault::LengthAndCoding));
            assert_eq!(observe(&[coding, length]), Err(Fault::LengthAndCoding));
            let response = observe_in(false, &[coding, length]);
            assert_eq!(response.is_ok(), !coding.1.contains("chunked"), "{coding:?}");
        }
    }

    #[test]
    fn hosts() {
        for good in ["", "a", "[::1]:80", "a.example:1"] {
            assert!(observe(&[("Host", good)]).is_ok(), "{good}");
        }
        for bad in ["a b", "a,b", "http://a", "me@a", ":80", "a:b", "中.example"] {
            assert_eq!(observe(&[("Host", bad)]), Err(Fault::Host), "{bad}");
        }
        assert_eq!(observe(&[("Host", "a"), ("host", "a")]), Err(Fault::Host));
    }

    #[test]
    fn connections() {
        let keeps = |value, version| {
            observe(&[("Connection", value)]).is_ok_and(|f| f.keeps_alive(version))
        };
        assert!(keeps("", Version::Http11) && !keeps("", Version::Http10));
        assert!(keeps("Upgrade, Keep-Alive", Version::Http10));
        assert!(!keeps("x , CLOSE", Version::Http11));
        assert!(!keeps("close, keep-alive", Version::Http10));
    }

    #[test]
    fn expectations() {
        // value, waits for 100, is unknown
        let table = [
            ("100-Continue", true, false),
            ("", false, false),
            (" ,, ", false, false),
            (",100-continue,", true, false),
            ("tea", false, true),
            ("100-continue, tea", true, true),
            ("100-continue=yes", false, true),
        ];
        for (value, waits, unknown) in table {
            let fields = observe(&[("Expect", value)]).unwrap();
            let told = (fields.expects_continue(), fields.expects_the_unknown());
            assert_eq!(told, (waits, unknown), "{value}");
        }
    }
}
