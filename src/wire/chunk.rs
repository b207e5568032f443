//! The framing around a chunk that is sent (RFC 9112 section 7.1).

use super::Writer;

/// A chunk's size as four digits, and CR LF.
pub(crate) const CHUNK_FRONT: usize = 6;
/// CR LF behind a chunk, and the last chunk.
pub(crate) const CHUNK_BACK: usize = 7;
/// What four hexadecimal digits can say.
pub(crate) const CHUNK_MAX: usize = 0xffff;

/// Writes the framing around the `length` bytes that begin [`CHUNK_FRONT`] bytes behind `base`, and the
/// last chunk if that is `last`. Returns where it ends.
pub(crate) fn frame_chunk(buffer: &mut [u8], base: usize, length: usize, last: bool) -> usize {
    let mut end = base;
    if length > 0 {
        let mut front = Writer::new(buffer.get_mut(base..base + CHUNK_FRONT).unwrap_or_default());
        for shift in [12, 8, 4, 0] {
            front.hex((length as u64 >> shift) & 0xf);
        }
        front.str("\r\n");
        end += CHUNK_FRONT + length;
    }
    let mut back = Writer::new(buffer.get_mut(end..).unwrap_or_default());
    if length > 0 {
        back.str("\r\n");
    }
    if last {
        back.str("0\r\n\r\n");
    }
    end + back.len()
}
