use core::fmt;

/// Why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum BodyError {
    /// The line before a chunk is not a hexadecimal size.
    ChunkSize,
    /// The size of a chunk needs more bits than a `usize` has: it is 4 GiB or more on a target of 32 bits.
    ChunkTooLong,
    /// A chunk does not end where its size says.
    ChunkEnd,
    /// A trailer is malformed.
    Trailer,
    /// Chunk extensions or trailers are longer than [`BodyReader::FRAMING_LIMIT`](super::BodyReader::FRAMING_LIMIT) bytes.
    FramingTooLong,
    /// The connection closed before the body was complete.
    UnexpectedEnd,
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ChunkSize => "line before a chunk is not a hexadecimal size",
            Self::ChunkTooLong => "size of a chunk is more than this target can count",
            Self::ChunkEnd => "a chunk does not end where its size says",
            Self::Trailer => "a trailer is malformed",
            Self::FramingTooLong => "chunk extensions or trailers are longer than 4096 bytes",
            Self::UnexpectedEnd => "connection closed before the body was complete",
        })
    }
}

impl core::error::Error for BodyError {}
