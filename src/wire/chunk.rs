//! The framing around a chunk that is sent (RFC 9112 section 7.1).

use super::bytes::copy;
use super::writer::hex_digit;

/// A chunk's size as four digits, and CR LF.
pub(crate) const CHUNK_FRONT: usize = 6;
/// CR LF behind a chunk, and the last chunk.
pub(crate) const CHUNK_BACK: usize = 7;
/// What four hexadecimal digits can say.
pub(crate) const CHUNK_MAX: usize = 0xffff;

/// Writes the framing around the `length` bytes that begin [`CHUNK_FRONT`] bytes behind `base`, and the
/// last chunk if that is `last`. Returns where it ends.
#[expect(clippy::cast_possible_truncation, reason = "a digit is cut out")]
pub(crate) fn frame_chunk(buffer: &mut [u8], base: usize, length: usize, last: bool) -> usize {
    let mut end = base;
    if length > 0 {
        let digit = |shift| hex_digit((length >> shift) as u8 & 0xf);
        let front = [digit(12), digit(8), digit(4), digit(0), b'\r', b'\n'];
        copy(buffer.get_mut(base..).unwrap_or_default(), &front);
        end += CHUNK_FRONT + length;
    }
    let back: &[u8] = match (length > 0, last) {
        (true, true) => b"\r\n0\r\n\r\n",
        (true, false) => b"\r\n",
        (false, true) => b"0\r\n\r\n",
        (false, false) => b"",
    };
    copy(buffer.get_mut(end..).unwrap_or_default(), back);
    end + back.len()
}
