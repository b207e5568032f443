use heapless::String;

/// A line that somebody types at a serial port. It ends with CR, LF, or both, as terminals have it: that is why
/// one `Line` serves for all of them, one after another.
///
/// ```
/// use board_drivers::{Line, Typed};
///
/// let mut line = Line::<32>::default();
/// assert_eq!(line.take(b'H'), Typed::Character);
/// assert_eq!(line.take(b'\r'), Typed::Line);
/// assert_eq!(line.text(), "H");
/// line.clear();
/// assert_eq!(line.take(b'\n'), Typed::Nothing, "it is of the line before");
/// ```
#[derive(Debug, Default)]
pub struct Line<const N: usize> {
    text: String<N>,
    /// The bytes of a character that is not complete.
    partial: heapless::Vec<u8, 4>,
    /// The last byte was a CR: an LF behind it ends no other line.
    after_cr: bool,
}

/// What came of a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// Nothing to be shown.
    Nothing,
    /// A character was added.
    Character,
    /// A character was taken back.
    Erased,
    /// The line is complete.
    Line,
}

impl<const N: usize> Line<N> {
    /// What was typed so far.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Begins the next line.
    pub fn clear(&mut self) {
        self.text.clear();
        self.partial.clear();
    }

    /// Takes a byte: UTF-8, backspace, or the end of the line. Characters for which there is no room
    /// are left out.
    pub fn take(&mut self, byte: u8) -> Typed {
        let after_cr = core::mem::replace(&mut self.after_cr, byte == b'\r');
        match byte {
            b'\n' if after_cr => Typed::Nothing,
            b'\r' | b'\n' => Typed::Line,
            0x08 | 0x7f => match self.text.pop() {
                Some(_) => Typed::Erased,
                None => Typed::Nothing,
            },
            0..0x20 => Typed::Nothing,
            _ => self.take_text(byte),
        }
    }

    fn take_text(&mut self, byte: u8) -> Typed {
        if byte & 0xc0 != 0x80 {
            self.partial.clear();
        }
        let _ = self.partial.push(byte);
        let text = core::str::from_utf8(&self.partial).ok();
        match text.map(|text| self.text.push_str(text)) {
            Some(Ok(())) => Typed::Character,
            _ => Typed::Nothing,
        }
    }
}
