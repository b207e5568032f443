use super::{HeadError, Version};

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
    /// Which of them `name` is. Names are told apart by length first, so most cost one comparison.
    pub(super) fn of(name: &[u8]) -> Option<Self> {
        let (known, text): (_, &[u8]) = match name.len() {
            4 => (Self::Host, b"host"),
            6 => (Self::Expect, b"expect"),
            10 => (Self::Connection, b"connection"),
            14 => (Self::ContentLength, b"content-length"),
            17 => (Self::TransferEncoding, b"transfer-encoding"),
            _ => return None,
        };
        name.eq_ignore_ascii_case(text).then_some(known)
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
    length: u64,
    has_length: bool,
    has_host: bool,
    chunked: bool,
    close: bool,
    keep_alive: bool,
    expects_continue: bool,
    expects_other: bool,
}

impl Fields {
    pub(super) const fn new() -> Self {
        Self {
            length: 0,
            has_length: false,
            has_host: false,
            chunked: false,
            close: false,
            keep_alive: false,
            expects_continue: false,
            expects_other: false,
        }
    }

    /// The value of Content-Length in bytes, if it was given.
    #[must_use]
    pub const fn content_length(&self) -> Option<u64> {
        if self.has_length { Some(self.length) } else { None }
    }

    /// Whether the body comes in chunks (`Transfer-Encoding: chunked`).
    #[must_use]
    pub const fn is_chunked(&self) -> bool {
        self.chunked
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

    /// Takes in one of the headers that matter.
    pub(super) fn observe(&mut self, known: Known, value: &[u8]) -> Result<(), HeadError> {
        match known {
            Known::Host => {
                let valid = value.iter().all(|byte| !b" \t,/@?#".contains(byte));
                if self.has_host || !valid {
                    return Err(HeadError::Host);
                }
                self.has_host = true;
            }
            Known::ContentLength => {
                let length = decimal(value).ok_or(HeadError::ContentLength)?;
                if self.has_length && self.length != length {
                    return Err(HeadError::ConflictingLengths);
                }
                self.length = length;
                self.has_length = true;
            }
            Known::TransferEncoding => {
                if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(HeadError::TransferCoding);
                }
                self.chunked = true;
            }
            Known::Connection => {
                for option in value.split(|&byte| byte == b',') {
                    let option = option.trim_ascii();
                    self.close |= option.eq_ignore_ascii_case(b"close");
                    self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
                }
            }
            Known::Expect => {
                let known = value.eq_ignore_ascii_case(b"100-continue");
                self.expects_continue |= known;
                self.expects_other |= !known;
            }
        }
        if self.chunked && self.has_length {
            return Err(HeadError::LengthAndCoding);
        }
        Ok(())
    }
}

/// A decimal number of digits only: no sign, no space, no list, no overflow.
fn decimal(text: &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for &byte in text {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(byte & 0xf))?;
    }
    (!text.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observe(lines: &[(&str, &str)]) -> Result<Fields, HeadError> {
        let mut fields = Fields::default();
        for (name, value) in lines {
            if let Some(known) = Known::of(name.as_bytes()) {
                fields.observe(known, value.as_bytes())?;
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
            assert_eq!(length(bad), Err(HeadError::ContentLength), "{bad}");
        }
        assert!(observe(&[("content-length", "5"), ("CONTENT-LENGTH", "5")]).is_ok());
        assert_eq!(
            observe(&[("content-length", "5"), ("CONTENT-LENGTH", "6")]),
            Err(HeadError::ConflictingLengths)
        );
    }

    #[test]
    fn codings() {
        assert!(observe(&[("Transfer-Encoding", "Chunked")]).is_ok_and(|f| f.is_chunked()));
        for bad in ["gzip, chunked", "chunked, chunked", "identity", "", "xchunked", "chunked;q=1"]
        {
            let result = observe(&[("transfer-encoding", bad)]);
            assert_eq!(result, Err(HeadError::TransferCoding), "{bad}");
        }
        let twice = [("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")];
        assert_eq!(observe(&twice), Err(HeadError::TransferCoding));
        let (length, coding) = (("content-length", "3"), ("transfer-encoding", "chunked"));
        assert_eq!(observe(&[length, coding]), Err(HeadError::LengthAndCoding));
        assert_eq!(observe(&[coding, length]), Err(HeadError::LengthAndCoding));
    }

    #[test]
    fn hosts() {
        for good in ["", "a", "[::1]:80", "中.example:1"] {
            assert!(observe(&[("Host", good)]).is_ok(), "{good}");
        }
        for bad in ["a b", "a,b", "http://a", "me@a"] {
            assert_eq!(observe(&[("Host", bad)]), Err(HeadError::Host), "{bad}");
        }
        assert_eq!(observe(&[("Host", "a"), ("host", "a")]), Err(HeadError::Host));
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
        assert!(observe(&[("Expect", "100-Continue")]).is_ok_and(|f| f.expects_continue()));
        assert!(observe(&[("Expect", "tea")]).is_ok_and(|f| f.expects_the_unknown()));
    }
}
