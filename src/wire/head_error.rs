use core::fmt;

use super::Status;

/// Why a request or response head was not accepted.
///
/// A server answers each with the status that [`HeadError::status`] names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HeadError {
    /// The first line is not a request line (or status line) of HTTP.
    StartLine,
    /// The method of a request is longer than the buffer, so none that is known.
    MethodTooLong,
    /// The target of a request is not one that its method can have (RFC 9112 section 3.2).
    Target,
    /// The version is not HTTP/1.0 or HTTP/1.1.
    Version,
    /// The first line is longer than the room of this many bytes that is left for it.
    StartLineTooLong {
        /// Bytes that the buffer has for it.
        have: usize,
    },
    /// A line is not a header field as RFC 9112 section 5 has it; in a response, one that could frame the message.
    Header {
        /// Its number: the first line of the head is 1.
        line: u16,
    },
    /// A line of a request ends in LF without CR.
    LineEnding,
    /// A header that must be kept is longer than the room of this many bytes that is left for it.
    HeaderTooLong {
        /// Bytes that the buffer has for it.
        have: usize,
    },
    /// The wanted headers of a response do not fit into the buffer.
    BufferTooSmall {
        /// Bytes that would have been enough for this head.
        need: usize,
    },
    /// The whole head is longer than this limit in bytes.
    HeadTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// A request of HTTP/1.1 has no Host, more than one, or one that is no host.
    Host,
    /// Content-Length is not one decimal number, or more than a `usize` can hold: 4 GiB on a target of 32 bits.
    ContentLength,
    /// Two Content-Length headers differ.
    ConflictingLengths,
    /// Content-Length and Transfer-Encoding are both there: a smuggler's message.
    LengthAndCoding,
    /// Transfer-Encoding has another coding than `chunked`.
    TransferCoding,
    /// Transfer-Encoding does not end in a single, plain `chunked`: nobody knows where the body ends.
    ChunkedNotLast,
    /// Transfer-Encoding in a request of HTTP/1.0, which has none.
    CodingInOldVersion,
}

/// What is wrong with a head, without the numbers, which the reader adds at the end: one byte goes up from function
/// to function in a register (200 bytes less of code).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    StartLine,
    MethodTooLong,
    Target,
    Version,
    StartLineTooLong,
    Header,
    LineEnding,
    HeaderTooLong,
    BufferTooSmall,
    HeadTooLong,
    Host,
    ContentLength,
    ConflictingLengths,
    LengthAndCoding,
    TransferCoding,
    ChunkedNotLast,
}

impl HeadError {
    /// The status that a server answers to such a request.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Version => Status::HTTP_VERSION_NOT_SUPPORTED,
            Self::StartLineTooLong { .. } => Status::URI_TOO_LONG,
            Self::HeaderTooLong { .. } | Self::BufferTooSmall { .. } | Self::HeadTooLong { .. } => {
                Status::REQUEST_HEADER_FIELDS_TOO_LARGE
            }
            Self::TransferCoding | Self::MethodTooLong => Status::NOT_IMPLEMENTED,
            _ => Status::BAD_REQUEST,
        }
    }
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Self::StartLineTooLong { have } => {
                return write!(
                    f,
                    "first line of the head is longer than the {have} bytes of the buffer that are left for it"
                );
            }
            Self::HeaderTooLong { have } => {
                return write!(
                    f,
                    "a header that is needed is longer than the {have} bytes of the buffer that are left for it"
                );
            }
            Self::BufferTooSmall { need } => {
                return write!(
                    f,
                    "its head with the wanted headers needs a buffer of {need} bytes"
                );
            }
            Self::Header { line } => {
                return write!(f, "line {line} of the head is not a header");
            }
            Self::HeadTooLong { limit } => {
                return write!(f, "head is longer than the limit of {limit} bytes");
            }
            Self::StartLine => "first line is not a request or status line of HTTP",
            Self::MethodTooLong => "method of the request is longer than any that is known",
            Self::Target => {
                "target of the request is not a path, nor a URL of http, nor the * of OPTIONS"
            }
            Self::Version => "version is neither HTTP/1.0 nor HTTP/1.1",
            Self::LineEnding => "a line of the head ends in LF without CR",
            Self::Host => "request of HTTP/1.1 needs exactly one valid Host header",
            Self::ContentLength => {
                "Content-Length is not a decimal number, or more than this target can count"
            }
            Self::ConflictingLengths => "two Content-Length headers differ",
            Self::LengthAndCoding => "Content-Length and Transfer-Encoding are both given",
            Self::TransferCoding => "Transfer-Encoding has another coding than chunked",
            Self::ChunkedNotLast => "Transfer-Encoding does not end in a single chunked",
            Self::CodingInOldVersion => "Transfer-Encoding in a request of HTTP/1.0",
        };
        f.write_str(sentence)
    }
}

impl core::error::Error for HeadError {}
