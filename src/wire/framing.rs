use super::fields::Coding;
use super::{Fields, HeadError, Version};

/// How the body of a message is framed: where it ends (RFC 9112 section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Framing {
    /// Exactly this many bytes; 0 is no body.
    Length(u64),
    /// Chunks, then trailers.
    Chunked,
    /// All that comes until the server closes; only a response can be so.
    UntilClose,
}

impl Framing {
    /// The framing of a request.
    ///
    /// # Errors
    /// [`HeadError::CodingInOldVersion`] for chunks in HTTP/1.0, a way to smuggle requests;
    /// [`HeadError::TransferCoding`] for a coding that is not known below the chunks;
    /// [`HeadError::ChunkedNotLast`] where the chunks are not the last coding, so that nobody knows
    /// where the body ends (RFC 9112 section 6.3, item 4).
    pub const fn of_request(version: Version, fields: &Fields) -> Result<Self, HeadError> {
        match (fields.coding(), version) {
            (Coding::None, _) => match fields.content_length() {
                Some(length) => Ok(Self::Length(length)),
                None => Ok(Self::Length(0)),
            },
            (_, Version::Http10) => Err(HeadError::CodingInOldVersion),
            (Coding::Chunked, Version::Http11) => Ok(Self::Chunked),
            (Coding::UnknownChunked, Version::Http11) => Err(HeadError::TransferCoding),
            (Coding::Empty | Coding::Unknown, Version::Http11) => Err(HeadError::ChunkedNotLast),
        }
    }

    /// The framing of a response with status `code` to a request whose method was HEAD or not.
    #[must_use]
    pub const fn of_response(code: u16, to_head: bool, fields: &Fields) -> Self {
        match (code, fields.is_chunked(), fields.content_length()) {
            (100..=199 | 204 | 304, _, _) => Self::Length(0),
            _ if to_head => Self::Length(0),
            (_, true, _) => Self::Chunked,
            (_, false, Some(length)) => Self::Length(length),
            (_, false, None) => Self::UntilClose,
        }
    }

    /// Whether there is no body.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        matches!(self, Self::Length(0))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::Known;
    use super::*;

    fn fields(length: Option<&str>, chunked: bool) -> Fields {
        let mut fields = Fields::default();
        if let Some(length) = length {
            fields.observe_request(Known::ContentLength, length.as_bytes()).unwrap();
        }
        if chunked {
            fields.observe_request(Known::TransferEncoding, b"chunked").unwrap();
        }
        fields
    }

    #[test]
    fn requests() {
        let framing =
            |version, length, chunked| Framing::of_request(version, &fields(length, chunked));
        for version in [Version::Http10, Version::Http11] {
            assert_eq!(framing(version, None, false), Ok(Framing::Length(0)));
            assert_eq!(framing(version, Some("7"), false), Ok(Framing::Length(7)));
        }
        assert_eq!(framing(Version::Http11, None, true), Ok(Framing::Chunked));
        assert_eq!(framing(Version::Http10, None, true), Err(HeadError::CodingInOldVersion));
    }

    #[test]
    fn codings_of_requests() {
        for (value, expected) in [
            ("chunked", Ok(Framing::Chunked)),
            ("gzip, chunked", Err(HeadError::TransferCoding)),
            ("gzip", Err(HeadError::ChunkedNotLast)),
            ("identity", Err(HeadError::ChunkedNotLast)),
            ("", Err(HeadError::ChunkedNotLast)),
        ] {
            let mut fields = Fields::default();
            fields.observe_request(Known::TransferEncoding, value.as_bytes()).unwrap();
            assert_eq!(Framing::of_request(Version::Http11, &fields), expected, "{value}");
            let old = Framing::of_request(Version::Http10, &fields);
            assert_eq!(old, Err(HeadError::CodingInOldVersion), "{value}");
        }
    }

    #[test]
    fn responses() {
        use Framing::{Chunked, Length, UntilClose};
        // code, to a HEAD, Content-Length, chunked, framing
        let table = [
            (200, false, None, false, UntilClose),
            (200, false, Some("0"), false, Length(0)),
            (200, false, Some("7"), false, Length(7)),
            (200, false, None, true, Chunked),
            (404, false, None, false, UntilClose),
            (200, true, Some("7"), false, Length(0)),
            (200, true, None, true, Length(0)),
            (200, true, None, false, Length(0)),
            (204, false, Some("7"), false, Length(0)),
            (304, false, Some("7"), false, Length(0)),
            (304, false, None, true, Length(0)),
            (100, false, None, false, Length(0)),
            (199, false, None, true, Length(0)),
            (205, false, Some("0"), false, Length(0)),
            (999, false, None, false, UntilClose),
        ];
        for (code, to_head, length, chunked, expected) in table {
            let framing = Framing::of_response(code, to_head, &fields(length, chunked));
            assert_eq!(framing, expected, "{code} {to_head} {length:?} {chunked}");
        }
    }
}
