use core::fmt;

use super::ascii::is_value;
use super::bytes::copy;
use super::method::is_token;

/// Writes into a caller's buffer, and goes on counting behind its end: so one pass either writes
/// all, or says how much room all would have needed.
///
/// ```
/// use nal_http::wire::{BufferTooSmall, Writer};
///
/// let mut buffer = [0; 8];
/// let mut writer = Writer::new(&mut buffer);
/// writer.str("light:");
/// writer.number(301);
/// assert_eq!(writer.finish(), Err(BufferTooSmall { have: 8, need: 9 }));
/// ```
#[derive(Debug)]
pub struct Writer<'b> {
    buffer: &'b mut [u8],
    /// So many bytes at the front are counted and not stored.
    skip: usize,
    len: usize,
}

impl<'b> Writer<'b> {
    /// A writer that fills `buffer`.
    #[must_use]
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self::window(buffer, 0)
    }

    /// A writer that stores what comes behind the first `skip` bytes: a text longer than the
    /// buffer is written once for each window of it.
    #[must_use]
    pub const fn window(buffer: &'b mut [u8], skip: usize) -> Self {
        Self { buffer, skip, len: 0 }
    }

    /// Writes bytes: as many as fit are stored, all are counted.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let (mut at, mut shown) = (0, bytes);
        if self.len < self.skip {
            shown = bytes.get(self.skip - self.len..).unwrap_or_default();
        } else {
            at = self.len - self.skip;
        }
        self.len = self.len.saturating_add(bytes.len());
        if let Some(room) = self.buffer.get_mut(at..) {
            copy(room, shown);
        }
    }

    /// Writes one byte.
    pub fn byte(&mut self, byte: u8) {
        self.bytes(&[byte]);
    }

    /// Writes text.
    pub fn str(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Writes a decimal number.
    pub fn number(&mut self, value: u64) {
        let mut digits = [0; 20];
        let mut at = digits.len();
        let mut rest = value;
        for digit in digits.iter_mut().rev() {
            // Division of 32 bits where it will do: that of 64 costs small targets 600 bytes.
            let (quotient, remainder) = divide_by_ten(rest);
            *digit = b'0' | remainder;
            at -= 1;
            rest = quotient;
            if rest == 0 {
                break;
            }
        }
        self.bytes(digits.get(at..).unwrap_or_default());
    }

    /// Writes a decimal number that may be below zero, such as a temperature.
    pub fn signed(&mut self, value: i64) {
        if value < 0 {
            self.byte(b'-');
        }
        self.number(value.unsigned_abs());
    }

    /// Writes text that comes from elsewhere into a page: `&`, `<`, `>` and quotes as HTML shows them and does not
    /// take them for its own (WHATWG HTML section 13.1.4). Good between tags, and in an attribute with quotes around it; not in
    /// a script or a style, and of a link it does not look where that leads (`javascript:`).
    ///
    /// ```
    /// use nal_http::wire::Writer;
    ///
    /// let mut buffer = [0; 48];
    /// let mut page = Writer::new(&mut buffer);
    /// page.str("<input value=\"");
    /// page.html("\"><script>");
    /// page.str("\">");
    /// assert_eq!(page.written(), b"<input value=\"&#34;&#62;&#60;script&#62;\">");
    /// ```
    pub fn html(&mut self, text: &str) {
        for &byte in text.as_bytes() {
            if matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'') {
                self.str("&#");
                self.number(byte.into());
                self.byte(b';');
            } else {
                self.byte(byte);
            }
        }
    }

    /// Writes a hexadecimal number, in lower case and without leading zeros.
    pub fn hex(&mut self, value: u64) {
        let digits = (16 - value.leading_zeros() / 4).max(1);
        for index in (0..digits).rev() {
            let [digit, ..] = (value >> (index * 4) & 0xf).to_le_bytes();
            self.byte(hex_digit(digit));
        }
    }

    /// Writes a header line.
    ///
    /// # Errors
    /// The name is not a token, or the value has a character that ends the line. Nothing is
    /// written then, so no header can be smuggled in (RFC 9110 section 5.5).
    pub fn header(&mut self, name: &str, value: &str) -> Result<(), InvalidHeader> {
        if !is_token(name.as_bytes()) {
            return Err(InvalidHeader::Name);
        }
        check_value(value)?;
        self.str(name);
        self.line(": ", value);
        Ok(())
    }

    /// A header line of the crate's own: its name, colon and space, and a value that others gave.
    pub(crate) fn own_header(&mut self, front: &str, value: &str) -> Result<(), InvalidHeader> {
        check_value(value)?;
        self.line(front, value);
        Ok(())
    }

    /// The same of a value that is known to be valid.
    pub(crate) fn line(&mut self, front: &str, value: &str) {
        self.str(front);
        self.str(value);
        self.str("\r\n");
    }

    /// How many bytes have been written, those that did not fit included.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing has been written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many bytes still fit.
    #[must_use]
    pub fn room(&self) -> usize {
        self.buffer.len().saturating_sub(self.len.saturating_sub(self.skip))
    }

    /// Whether more was written than fits.
    #[must_use]
    pub const fn overflowed(&self) -> bool {
        self.len.saturating_sub(self.skip) > self.buffer.len()
    }

    /// What is stored.
    #[must_use]
    pub fn written(&self) -> &[u8] {
        let end = self.len.saturating_sub(self.skip).min(self.buffer.len());
        self.buffer.get(..end).unwrap_or_default()
    }

    /// The room that is left, for something that writes into a slice; then tell how much it
    /// [wrote](Self::wrote).
    pub(crate) fn rest(&mut self) -> &mut [u8] {
        self.buffer.get_mut(self.len..).unwrap_or_default()
    }

    /// `n` bytes were put into [`rest`](Self::rest).
    pub(crate) const fn wrote(&mut self, n: usize) {
        self.len += n;
    }

    /// What was written, if everything fitted.
    ///
    /// # Errors
    /// How large the buffer is, and how large it would have had to be.
    pub fn finish(self) -> Result<&'b mut [u8], BufferTooSmall> {
        let (have, need) = (self.buffer.len(), self.len.saturating_sub(self.skip));
        self.buffer.get_mut(..need).ok_or(BufferTooSmall { have, need })
    }

    /// As [`written`](Self::written), to be changed.
    pub(crate) fn written_mut(&mut self) -> &mut [u8] {
        let end = self.len.saturating_sub(self.skip).min(self.buffer.len());
        self.buffer.get_mut(..end).unwrap_or_default()
    }

    /// Forgets all behind the first `len` bytes.
    pub(crate) const fn truncate(&mut self, len: usize) {
        self.len = len;
    }

    /// The buffer, written or not.
    pub(crate) const fn into_buffer(self) -> &'b mut [u8] {
        self.buffer
    }
}

impl fmt::Write for Writer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.str(text);
        Ok(())
    }
}

fn check_value(value: &str) -> Result<(), InvalidHeader> {
    if value.bytes().all(is_value) { Ok(()) } else { Err(InvalidHeader::Value) }
}

/// How many bytes `write` writes.
pub fn measure(write: impl FnOnce(&mut Writer<'_>)) -> usize {
    let mut writer = Writer::new(&mut []);
    write(&mut writer);
    writer.len()
}

pub(crate) const fn hex_digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' + value - 10 }
}

#[expect(clippy::cast_possible_truncation, reason = "quotients by 10 and remainders fit")]
fn divide_by_ten(value: u64) -> (u64, u8) {
    if let Ok(small) = u32::try_from(value) {
        return ((small / 10).into(), (small % 10) as u8);
    }
    // Long division in base 2^16: each step divides less than 10 * 2^16.
    let (mut quotient, mut remainder) = (0_u64, 0_u32);
    for shift in [48, 32, 16, 0] {
        let part = remainder << 16 | u32::from((value >> shift) as u16);
        quotient = quotient << 16 | u64::from(part / 10);
        remainder = part % 10;
    }
    (quotient, remainder as u8)
}

/// A buffer is too small: its size, and the size that was needed, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct BufferTooSmall {
    /// Bytes that there are.
    pub have: usize,
    /// Bytes that are needed, at least.
    pub need: usize,
}

impl BufferTooSmall {
    /// The same, of a buffer of which so many bytes are used for something else.
    pub(crate) const fn beside(self, taken: usize) -> Self {
        Self { have: self.have + taken, need: self.need + taken }
    }
}

impl fmt::Display for BufferTooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "buffer has {} bytes and needs {}", self.have, self.need)
    }
}

impl core::error::Error for BufferTooSmall {}

/// A header that must not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum InvalidHeader {
    /// The name is empty, or has a character that a name cannot have.
    Name,
    /// The value has a line break or another control character.
    Value,
}

impl fmt::Display for InvalidHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "name of a header is empty or has a character that names cannot have",
            Self::Value => "value of a header has a line break or another control character",
        })
    }
}

impl core::error::Error for InvalidHeader {}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;
    use std::{format, vec};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn headers_cannot_be_injected() {
        let mut buffer = [0; 64];
        let mut writer = Writer::new(&mut buffer);
        for name in ["", "a b", "a:", "a\r\nb", "名"] {
            assert_eq!(writer.header(name, "x"), Err(InvalidHeader::Name), "{name}");
        }
        for value in ["a\r\nb: c", "a\nb", "a\rb", "a\0b", "\x7f"] {
            assert_eq!(writer.header("a", value), Err(InvalidHeader::Value), "{value:?}");
        }
        assert!(writer.is_empty());
        assert_eq!(writer.header("X-Name", "掌控板\t1"), Ok(()));
        assert_eq!(writer.written(), "X-Name: 掌控板\t1\r\n".as_bytes());
    }

    proptest! {
        #[test]
        fn numbers(value: u64) {
            let mut buffer = [0; 40];
            let mut writer = Writer::new(&mut buffer);
            writer.number(value);
            writer.byte(b' ');
            writer.hex(value);
            let expected = format!("{value} {value:x}");
            prop_assert_eq!(writer.written(), expected.as_bytes());
            writer.truncate(0);
            writer.signed(value.cast_signed());
            let expected = value.cast_signed().to_string();
            prop_assert_eq!(writer.written(), expected.as_bytes());
        }

        #[test]
        fn small_numbers(value in 0_u64..100_000) {
            let mut buffer = [0; 8];
            let mut writer = Writer::new(&mut buffer);
            writer.number(value);
            let expected = value.to_string();
            prop_assert_eq!(writer.written(), expected.as_bytes());
        }

        #[test]
        fn windows_are_the_text(pieces: Vec<Vec<u8>>, size in 1_usize..20) {
            let whole = pieces.concat();
            let mut seen = Vec::new();
            while seen.len() < whole.len() {
                let mut buffer = vec![0; size];
                let mut writer = Writer::window(&mut buffer, seen.len());
                for piece in &pieces {
                    writer.bytes(piece);
                }
                prop_assert_eq!(writer.len(), whole.len());
                let window = writer.written().to_vec();
                prop_assert!(!window.is_empty());
                seen.extend(window);
            }
            prop_assert_eq!(seen, whole);
        }

        #[test]
        fn what_does_not_fit_is_counted(pieces: Vec<Vec<u8>>, size in 0_usize..40) {
            let whole = pieces.concat();
            let mut buffer = vec![0; size];
            let mut writer = Writer::new(&mut buffer);
            for piece in &pieces {
                writer.bytes(piece);
            }
            prop_assert_eq!(writer.written(), &whole[..whole.len().min(size)]);
            prop_assert_eq!(writer.room(), size.saturating_sub(whole.len()));
            let need = whole.len();
            match writer.finish() {
                Ok(_) => prop_assert!(need <= size),
                Err(error) => prop_assert_eq!(error, BufferTooSmall { have: size, need }),
            }
        }
    }
}
