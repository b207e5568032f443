use heapless::String;

/// A line that somebody types at a serial port.
///
/// ```
/// use board_drivers::{Line, Typed};
///
/// let mut line = Line::<32>::default();
/// assert_eq!(line.take(b'H'), Typed::Character);
/// assert_eq!(line.take(b'\r'), Typed::Line);
/// assert_eq!(line.text(), "H");
/// ```
#[derive(Debug, Default)]
pub struct Line<const N: usize> {
    text: String<N>,
    /// The bytes of a character that is not complete.
    partial: heapless::Vec<u8, 4>,
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

    /// Takes a byte: UTF-8, backspace, or the end of the line. Characters for which there is no room
    /// are left out.
    pub fn take(&mut self, byte: u8) -> Typed {
        match byte {
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
