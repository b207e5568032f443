//! The framing around a chunk that is sent (RFC 9112 section 7.1).

use super::writer::{Writer, hex_digit};

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
    let mut writer = Writer::new(buffer.get_mut(base..).unwrap_or_default());
    if length > 0 {
        let digit = |shift| hex_digit((length >> shift) as u8 & 0xf);
        writer.bytes(&[digit(12), digit(8), digit(4), digit(0), b'\r', b'\n']);
        writer.wrote(length);
        writer.str("\r\n");
    }
    if last {
        writer.str("0\r\n\r\n");
    }
    base + writer.len()
}
