mod extension;

use extension::{Extension, lenient, strict};

use super::method::TOKEN;
use super::{BodyError, Framing};

/// Takes a body out of its framing: length, chunks (RFC 9112 section 7.1) or until close.
///
/// It copies nothing and looks at each byte of framing once, so the input may be split anywhere.
/// Chunk extensions and trailers are checked, bounded and dropped. The lines before the chunks of a
/// request are held to the letter ([`strict`](Self::strict)); those of a response may have anything
/// behind the size.
///
/// ```
/// use nal_http::wire::{BodyReader, Framing};
///
/// let mut body = BodyReader::new(Framing::Chunked);
/// assert_eq!(body.skip_framing(b"3\r\nabc"), Ok(3));
/// assert_eq!(body.next_data(), 3);
/// body.took(3);
/// assert_eq!(body.skip_framing(b"\r\n0\r\n\r\nbehind it"), Ok(7));
/// assert!(body.is_done());
/// ```
#[derive(Debug, Clone)]
pub struct BodyReader {
    /// Bytes that are still to come of the body, or of the current chunk.
    remaining: usize,
    /// Bytes of the current chunk's line and of what lines before had beyond [`CHUNK_LINE`], or of all trailers.
    overhead: u16,
    state: State,
    extension: Extension,
}

/// So many bytes the line of each chunk may have, with the end of the chunk before.
const CHUNK_LINE: u16 = 128;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Done,
    UntilClose,
    Length,
    ChunkData,
    ChunkDataCr,
    ChunkDataLf,
    FirstDigit,
    Size,
    SizeEnd,
    Extension,
    NameStart,
    Name,
    ValueStart,
    Value,
    Quoted,
    Escaped,
    SizeLf,
    TrailerStart,
    TrailerName,
    TrailerValue,
    TrailerLf,
    LastLf,
}

impl BodyReader {
    /// The most bytes that the line of one chunk, or all trailers, may have. What the lines of all chunks have
    /// beyond 128 bytes each counts together (RFC 9112 section 7.1.1: extensions ought to be limited for a whole message).
    pub const FRAMING_LIMIT: u16 = 4096;

    /// A reader for the body of a response framed so.
    #[must_use]
    pub const fn new(framing: Framing) -> Self {
        Self::with(framing, lenient)
    }

    /// A reader for the body of a request framed so: chunk extensions are names with values (RFC 9112
    /// section 7.1.1) and have no white space, so that no proxy sees the chunk end elsewhere.
    #[must_use]
    pub const fn strict(framing: Framing) -> Self {
        Self::with(framing, strict)
    }

    const fn with(framing: Framing, extension: Extension) -> Self {
        let (state, remaining) = match framing {
            Framing::Length(0) => (State::Done, 0),
            Framing::Length(length) => (State::Length, count(length)),
            Framing::Chunked => (State::FirstDigit, 0),
            Framing::UntilClose => (State::UntilClose, 0),
        };
        Self { remaining, overhead: 0, state, extension }
    }

    /// Whether the body is complete.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// How many bytes come next that are body and nothing else; 0 where framing comes next.
    ///
    /// So many can be received straight into their place; then tell [`took`](Self::took).
    #[must_use]
    pub fn next_data(&self) -> u64 {
        match self.state {
            State::Length | State::ChunkData => self.remaining as u64,
            State::UntilClose => u64::MAX,
            _ => 0,
        }
    }

    /// `n` bytes of the body, at most [`next_data`](Self::next_data), were taken.
    pub fn took(&mut self, n: u64) {
        if self.state == State::UntilClose {
            return;
        }
        self.remaining = self.remaining.saturating_sub(count(n));
        if self.remaining == 0 {
            self.state = match self.state {
                State::Length => State::Done,
                State::ChunkData => State::ChunkDataCr,
                other => other,
            };
        }
    }

    /// Takes the framing at the front of `input` and says how long it is in bytes.
    ///
    /// Behind it there is data, or nothing yet, or the body is done.
    ///
    /// # Errors
    /// The framing is malformed or endless.
    pub fn skip_framing(&mut self, input: &[u8]) -> Result<usize, BodyError> {
        let mut skipped = 0;
        for &byte in input {
            if self.next_data() > 0 || self.state == State::Done {
                break;
            }
            self.state = self.step(byte)?;
            skipped += 1;
        }
        Ok(skipped)
    }

    /// As [`skip_framing`](Self::skip_framing), but stops where the trailers begin. Once they have
    /// begun, says of the bytes that they are trailers.
    ///
    /// # Errors
    /// As [`skip_framing`](Self::skip_framing).
    pub fn skip_part(&mut self, input: &[u8]) -> Result<(usize, bool), BodyError> {
        let is_trailers = self.is_in_trailers();
        let mut skipped = 0;
        for &byte in input {
            let is_over = self.next_data() > 0 || self.state == State::Done;
            if is_over || self.is_in_trailers() != is_trailers {
                break;
            }
            self.state = self.step(byte)?;
            skipped += 1;
        }
        Ok((skipped, is_trailers))
    }

    fn is_in_trailers(&self) -> bool {
        use State::{LastLf, TrailerLf, TrailerName, TrailerStart, TrailerValue};
        matches!(self.state, TrailerStart | TrailerName | TrailerValue | TrailerLf | LastLf)
    }

    /// The stream has ended.
    ///
    /// # Errors
    /// [`BodyError::UnexpectedEnd`] where the framing promised more.
    pub fn end_of_stream(&mut self) -> Result<(), BodyError> {
        match self.state {
            State::Done | State::UntilClose => {
                self.state = State::Done;
                Ok(())
            }
            _ => Err(BodyError::UnexpectedEnd),
        }
    }

    fn step(&mut self, byte: u8) -> Result<State, BodyError> {
        self.overhead += 1;
        if self.overhead > Self::FRAMING_LIMIT {
            return Err(BodyError::FramingTooLong);
        }
        match (self.state, byte) {
            (State::FirstDigit | State::Size, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                // A letter's low four bits are 1 to 6, and its bit 6 is set.
                let digit = (byte & 0xf) + (byte >> 6) * 9;
                if self.remaining >> (usize::BITS - 4) != 0 {
                    return Err(BodyError::ChunkTooLong);
                }
                self.remaining = self.remaining << 4 | usize::from(digit);
                Ok(State::Size)
            }
            (State::Size, b'\r') => Ok(State::SizeLf),
            (State::SizeLf, b'\n') if self.remaining == 0 => {
                self.overhead = 0;
                Ok(State::TrailerStart)
            }
            (State::SizeLf, b'\n') => {
                self.overhead = self.overhead.saturating_sub(CHUNK_LINE);
                Ok(State::ChunkData)
            }
            (State::ChunkDataCr, b'\r') => Ok(State::ChunkDataLf),
            (State::ChunkDataLf, b'\n') => Ok(State::FirstDigit),
            (State::TrailerStart, b'\r') => Ok(State::LastLf),
            (State::TrailerStart | State::TrailerName, _) if TOKEN.has(byte) => {
                Ok(State::TrailerName)
            }
            (State::TrailerName, b':') => Ok(State::TrailerValue),
            (State::TrailerValue, b'\t' | b' '..=b'~' | 0x80..) => Ok(State::TrailerValue),
            (State::TrailerValue, b'\r') => Ok(State::TrailerLf),
            (State::TrailerLf, b'\n') => Ok(State::TrailerStart),
            (State::LastLf, b'\n') => Ok(State::Done),
            (State::ChunkDataCr | State::ChunkDataLf, _) => Err(BodyError::ChunkEnd),
            (
                State::TrailerStart
                | State::TrailerName
                | State::TrailerValue
                | State::TrailerLf
                | State::LastLf,
                _,
            ) => Err(BodyError::Trailer),
            (state, byte) => (self.extension)(state, byte).ok_or(BodyError::ChunkSize),
        }
    }
}

/// As a number of the target: of 32 bits on most microcontrollers, where those of 64 take twice the code. A longer body
/// does not come so far: its head is refused.
#[expect(clippy::cast_possible_truncation, reason = "checked")]
const fn count(bytes: u64) -> usize {
    if bytes > usize::MAX as u64 { usize::MAX } else { bytes as usize }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::vec::Vec;

    use super::*;

    /// Reads a body whose stream arrives in pieces of `step` bytes; returns it and what is behind it.
    fn read(framing: Framing, input: &[u8], step: usize) -> Result<(Vec<u8>, Vec<u8>), BodyError> {
        let mut reader = BodyReader::new(framing);
        let (mut body, mut rest) = (Vec::new(), Vec::new());
        for mut piece in input.chunks(step) {
            while !piece.is_empty() {
                if reader.is_done() {
                    rest.extend_from_slice(piece);
                    break;
                }
                piece = &piece[reader.skip_framing(piece)?..];
                let n = usize::try_from(reader.next_data()).unwrap_or(usize::MAX).min(piece.len());
                body.extend_from_slice(&piece[..n]);
                reader.took(n as u64);
                piece = &piece[n..];
            }
        }
        reader.end_of_stream()?;
        Ok((body, rest))
    }

    type Expected = Result<&'static [u8], BodyError>;

    #[test]
    fn bodies_are_the_same_however_they_are_split() {
        let chunked = Framing::Chunked;
        // framing, stream, body or error
        let table: &[(Framing, &[u8], Expected)] = &[
            (Framing::Length(0), b"", Ok(b"")),
            (Framing::Length(3), b"abc", Ok(b"abc")),
            (Framing::Length(4), b"abc", Err(BodyError::UnexpectedEnd)),
            (Framing::UntilClose, b"abc", Ok(b"abc")),
            (Framing::UntilClose, b"", Ok(b"")),
            (chunked, b"0\r\n\r\n", Ok(b"")),
            (chunked, b"000\r\n\r\n", Ok(b"")),
            (chunked, b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", Ok(b"abcde")),
            (chunked, b"A\r\n0123456789\r\n00\r\n\r\n", Ok(b"0123456789")),
            (chunked, b"00000000000000000000003\r\nabc\r\n0\r\n\r\n", Ok(b"abc")),
            (chunked, b"3;a=\"b;c\"\r\nabc\r\n0;x\r\n\r\n", Ok(b"abc")),
            (chunked, b"3 \t;x\r\nabc\r\n0 \r\n\r\n", Ok(b"abc")),
            (chunked, b"1\r\na\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n", Ok(b"a")),
            (chunked, "3\r\n中\r\n0\r\nX: 中\r\n\r\n".as_bytes(), Ok("中".as_bytes())),
            (chunked, b"", Err(BodyError::UnexpectedEnd)),
            (chunked, b"3\r\nab", Err(BodyError::UnexpectedEnd)),
            (chunked, b"3\r\nabc", Err(BodyError::UnexpectedEnd)),
            (chunked, b"3\r\nabc\r\n", Err(BodyError::UnexpectedEnd)),
            (chunked, b"3\r\nabc\r\n0\r\n", Err(BodyError::UnexpectedEnd)),
            (chunked, b"\r\n", Err(BodyError::ChunkSize)),
            (chunked, b"3\nabc\r\n", Err(BodyError::ChunkSize)),
            (chunked, b" 3\r\nabc\r\n", Err(BodyError::ChunkSize)),
            (chunked, b"-3\r\nabc\r\n", Err(BodyError::ChunkSize)),
            (chunked, b"0x3\r\nabc\r\n", Err(BodyError::ChunkSize)),
            (chunked, b"g\r\n", Err(BodyError::ChunkSize)),
            (chunked, b"3 3\r\nabc\r\n", Err(BodyError::ChunkSize)),
            (chunked, b"3;\0\r\nabc\r\n", Err(BodyError::ChunkSize)),
            (chunked, b"3;a\nabc\r\n", Err(BodyError::ChunkSize)),
            (chunked, b"3\r\nabcd\r\n", Err(BodyError::ChunkEnd)),
            (chunked, b"3\r\nabc\n0\r\n\r\n", Err(BodyError::ChunkEnd)),
            (chunked, b"10000000000000000\r\n", Err(BodyError::ChunkTooLong)),
            (chunked, b"0\r\n bad: 1\r\n\r\n", Err(BodyError::Trailer)),
            (chunked, b"0\r\nbad\r\n\r\n", Err(BodyError::Trailer)),
            (chunked, b"0\r\n: x\r\n\r\n", Err(BodyError::Trailer)),
            (chunked, b"0\r\nX: \0\r\n\r\n", Err(BodyError::Trailer)),
            (chunked, b"0\r\n\n", Err(BodyError::Trailer)),
        ];
        for (framing, stream, expected) in table {
            for step in 1..=stream.len().max(1) {
                let result = read(*framing, stream, step).map(|(body, _)| body);
                let expected = expected.map(<[u8]>::to_vec);
                assert_eq!(result, expected, "{} by {step}", stream.escape_ascii());
            }
        }
    }

    #[test]
    fn what_is_behind_a_body_is_left_alone() {
        for step in 1..20 {
            let chunks = read(Framing::Chunked, b"1\r\na\r\n0\r\n\r\nGET /", step);
            assert_eq!(chunks, Ok((b"a".to_vec(), b"GET /".to_vec())));
            let length = read(Framing::Length(1), b"aGET /", step);
            assert_eq!(length, Ok((b"a".to_vec(), b"GET /".to_vec())));
        }
    }

    #[test]
    fn framing_is_bounded() {
        let endless = |front: &[u8]| {
            let stream = [front, &[b'x'; 5000]].concat();
            read(Framing::Chunked, &stream, 64)
        };
        assert_eq!(endless(b"3;"), Err(BodyError::FramingTooLong));
        assert_eq!(endless(b"0\r\nX:"), Err(BodyError::FramingTooLong));
        let zeros = read(Framing::Chunked, &[b'0'; 5000], 64);
        assert_eq!(zeros, Err(BodyError::FramingTooLong));
        let many_trailers = [&b"0\r\n"[..], &b"A: b\r\n".repeat(1000)].concat();
        assert_eq!(read(Framing::Chunked, &many_trailers, 64), Err(BodyError::FramingTooLong));
        let many_chunks = [b"1\r\na\r\n".repeat(9000), b"0\r\n\r\n".to_vec()].concat();
        assert_eq!(read(Framing::Chunked, &many_chunks, 64).unwrap().0.len(), 9000);
        // Short extensions, as of signed chunks, may go on for ever; long ones may not.
        let chunks = |extension| {
            let chunk = format!("1;x={}\r\na\r\n", "y".repeat(extension));
            read(Framing::Chunked, &[chunk.repeat(900).as_bytes(), b"0\r\n\r\n"].concat(), 64)
        };
        assert_eq!(chunks(120).unwrap().0.len(), 900);
        assert_eq!(chunks(500), Err(BodyError::FramingTooLong));
    }
}
