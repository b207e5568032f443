#[cfg(feature = "json")]
use super::BufferTooSmall;
use super::Writer;
use super::bytes::{move_down, move_up};

/// The length of a body that is written before its length is known.
///
/// Room is left for the digits in the head; when the body is there, the head is moved up against
/// the digits that were needed. So head and body still leave in one piece. Where the head has room in front of it,
/// it is placed as most answers need it, and rarely moved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LateLength {
    /// Where the digits begin.
    at: usize,
    /// How many have room there.
    width: usize,
    /// How many more if the head is moved down.
    ahead: usize,
}

impl LateLength {
    /// How much room should be left in front of the head, if the message has so much: then a body of 10 to 99 bytes,
    /// as most that are written, needs no move.
    pub(crate) const fn ahead(room: usize) -> usize {
        if room < 1000 { 1 } else { 2 }
    }

    /// Writes `Content-Length`, room for its digits, and the end of the head; `ahead` of its front there is room, too.
    pub(crate) fn reserve(writer: &mut Writer<'_>, ahead: usize) -> Self {
        writer.str("Content-Length: ");
        let at = writer.len();
        let width = digits(writer.room()).saturating_sub(ahead);
        // As many as the largest number has digits.
        writer.str("                    ".get(..width).unwrap_or_default());
        writer.str("\r\n\r\n");
        Self { at, width, ahead }
    }

    /// Where the body begins.
    pub(crate) const fn body_at(self) -> usize {
        self.at + self.width + 4
    }

    /// How many bytes all of it needs, if it has `length` with the room that was left for the number.
    pub(crate) fn need(self, length: usize) -> usize {
        length.saturating_add(digits(length)).saturating_sub(self.width + self.ahead)
    }

    #[cfg(feature = "json")]
    /// What was written, if everything fitted; a larger buffer may need more room for the digits.
    pub(crate) fn finish(self, writer: Writer<'_>) -> Result<&mut [u8], BufferTooSmall> {
        writer.finish().map_err(|room| BufferTooSmall { need: self.need(room.need), ..room })
    }

    /// Writes the digits of `length` and returns where the message begins in `buffer`, in which it was at `start`.
    pub(crate) fn settle(self, buffer: &mut [u8], start: usize, length: usize) -> usize {
        let used = digits(length).min(self.width + self.ahead);
        // What is unused is in front of the message.
        let digits_at = (self.at + self.width).saturating_sub(used);
        let begin = (start + self.width).saturating_sub(used);
        if begin < start {
            move_down(buffer, start, self.at - start, begin);
        } else if begin > start {
            move_up(buffer, self.at, begin - start);
        }
        let place = buffer.get_mut(digits_at..digits_at + used).unwrap_or_default();
        Writer::new(place).number(length as u64);
        begin
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

#[cfg(test)]
mod tests {
    use std::format;
    use std::vec;

    use super::*;

    /// Writes a head behind `ahead` bytes and a body of `length`, and returns the message.
    fn message(room: usize, ahead: usize, length: usize) -> Option<std::string::String> {
        let mut buffer = vec![b'?'; room];
        let mut writer = Writer::new(&mut buffer);
        writer.wrote(ahead);
        writer.str("HEAD\r\n");
        let late = LateLength::reserve(&mut writer, ahead);
        writer.str(&"x".repeat(length));
        if writer.overflowed() {
            return None;
        }
        let end = writer.len();
        let start = late.settle(writer.written_mut(), ahead, end - late.body_at());
        let message = writer.written().get(start..)?;
        Some(core::str::from_utf8(message).ok()?.into())
    }

    #[test]
    fn length_and_body_are_whole_wherever_the_head_was_placed() {
        for room in [64, 200, 1100, 2100, 12_000] {
            for ahead in [0, LateLength::ahead(room)] {
                for length in [0, 1, 9, 10, 99, 100, 150, 999, 1000, 1999, 9999, 10_000] {
                    let Some(message) = message(room, ahead, length) else {
                        assert!(length + 40 > room, "{room} {length}");
                        continue;
                    };
                    let body = "x".repeat(length);
                    let expected = format!("HEAD\r\nContent-Length: {length}\r\n\r\n{body}");
                    assert_eq!(message, expected, "{room} {ahead}");
                }
            }
        }
    }
}
