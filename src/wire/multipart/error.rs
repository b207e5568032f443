use core::fmt;

use crate::wire::Status;

/// Why a form with files could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum MultipartError {
    /// The body is of another type.
    NotFormData,
    /// The type has no boundary that can be one.
    NoBoundary,
    /// Something stands behind a boundary.
    Boundary,
    /// A line in the head of a part is no header.
    Header,
    /// A line in the head of a part does not end with CR and LF.
    LineEnding,
    /// A part does not say which field it is.
    Disposition,
    /// A part is in a coding of mail, such as Base64 (deprecated by RFC 7578 section 4.7).
    TransferEncoding,
    /// The head of a part is longer than it may be.
    HeadTooLong,
    /// There are more parts than there may be.
    TooManyParts,
    /// The body ends before its last boundary.
    UnexpectedEnd,
}

impl MultipartError {
    /// What went wrong, as a sentence.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFormData => "a body has to be multipart/form-data here, and to say so",
            Self::NoBoundary => {
                "Content-Type has no boundary of 1 to 70 characters that RFC 2046 allows"
            }
            Self::Boundary => "a line of the body goes on behind the boundary",
            Self::Header => "a line in the head of a part is not a header",
            Self::LineEnding => "a line in the head of a part does not end with CR and LF",
            Self::Disposition => {
                "a part needs one Content-Disposition: form-data, with one name and each parameter once"
            }
            Self::TransferEncoding => "a part has a Content-Transfer-Encoding other than binary",
            Self::HeadTooLong => "the head of a part is longer than is allowed here",
            Self::TooManyParts => "the form has more parts than are allowed here",
            Self::UnexpectedEnd => "the body ends before the last boundary",
        }
    }

    /// The status of the response to such a request.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::NotFormData => Status::UNSUPPORTED_MEDIA_TYPE,
            Self::HeadTooLong | Self::TooManyParts => Status::CONTENT_TOO_LARGE,
            _ => Status::BAD_REQUEST,
        }
    }
}

impl fmt::Display for MultipartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl core::error::Error for MultipartError {}
