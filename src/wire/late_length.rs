#[cfg(feature = "json")]
use super::BufferTooSmall;
use super::Writer;
use super::bytes::move_up;

/// The length of a body that is written before its length is known.
///
/// Room is left for the digits in the head; when the body is there, the head is moved up against
/// the digits that were needed. So head and body still leave in one piece.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LateLength {
    /// Where the digits begin, if all the room is needed for them.
    at: usize,
    width: usize,
}

impl LateLength {
    /// Writes `Content-Length`, room for its digits, and the end of the head.
    pub(crate) fn reserve(writer: &mut Writer<'_>) -> Self {
        writer.str("Content-Length: ");
        let at = writer.len();
        let width = digits(writer.room());
        // As many as the largest number has digits.
        writer.str("                    ".get(..width).unwrap_or_default());
        writer.str("\r\n\r\n");
        Self { at, width }
    }

    /// Where the body begins.
    pub(crate) const fn body_at(self) -> usize {
        self.at + self.width + 4
    }

    /// How many bytes all of it needs, if it has `length` with the room that was left for the number.
    pub(crate) fn need(self, length: usize) -> usize {
        length.saturating_add(digits(length)).saturating_sub(self.width)
    }

    #[cfg(feature = "json")]
    /// What was written, if everything fitted; a larger buffer may need more room for the digits.
    pub(crate) fn finish(self, writer: Writer<'_>) -> Result<&mut [u8], BufferTooSmall> {
        writer.finish().map_err(|room| BufferTooSmall { need: self.need(room.need), ..room })
    }

    /// Writes the digits of `length` and returns where the message begins in `buffer`.
    pub(crate) fn settle(self, buffer: &mut [u8], length: usize) -> usize {
        let used = digits(length).min(self.width);
        let unused = self.width - used;
        move_up(buffer, self.at, unused);
        let digits_at = self.at + unused;
        let place = buffer.get_mut(digits_at..digits_at + used).unwrap_or_default();
        Writer::new(place).number(length as u64);
        unused
    }
}

fn digits(mut value: usize) -> usize {
    let mut digits = 1;
    while value >= 10 {
        value /= 10;
        digits += 1;
    }
    digits
}
