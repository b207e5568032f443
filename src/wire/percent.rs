use core::fmt;

use super::ascii::Set;
use super::bytes::text;
use super::writer::hex_digit;
use super::{BufferTooSmall, Writer};

/// A piece of a URL or a form as it was received, escapes and all (RFC 3986 section 2.1).
///
/// A `%` that no two hexadecimal digits follow stands for itself, as browsers have it.
///
/// ```
/// use nal_http::wire::Encoded;
///
/// let name = Encoded::new("%E5%85%89");
/// assert!(name == *"光");
/// assert_eq!(name.decode(&mut [0; 8]), Ok("光"));
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Encoded<'a> {
    raw: &'a str,
    is_form: bool,
}

impl<'a> Encoded<'a> {
    /// A piece of a path.
    #[must_use]
    pub const fn new(raw: &'a str) -> Self {
        Self { raw, is_form: false }
    }

    /// A piece of a form or a query, where `+` is a space.
    #[must_use]
    pub const fn form(raw: &'a str) -> Self {
        Self { raw, is_form: true }
    }

    /// What was received.
    #[must_use]
    pub const fn as_raw(self) -> &'a str {
        self.raw
    }

    /// The bytes that it stands for.
    pub fn bytes(self) -> impl Iterator<Item = u8> + 'a {
        unescape(self.raw.as_bytes(), self.is_form)
    }

    /// The text that it stands for, written into `buffer`, which never needs to be longer than
    /// what was received.
    ///
    /// # Errors
    /// The buffer is too small, or the bytes are not UTF-8.
    pub fn decode(self, buffer: &mut [u8]) -> Result<&str, DecodeError> {
        decode_into(self.bytes(), buffer)
    }
}

/// The text that the bytes are, written into `buffer`.
pub(super) fn decode_into(
    bytes: impl Iterator<Item = u8>,
    buffer: &mut [u8],
) -> Result<&str, DecodeError> {
    let (have, mut need) = (buffer.len(), 0);
    for byte in bytes {
        if let Some(place) = buffer.get_mut(need) {
            *place = byte;
        }
        need += 1;
    }
    let bytes = buffer.get(..need).ok_or(DecodeError::TooSmall(BufferTooSmall { have, need }))?;
    text(bytes).ok_or(DecodeError::NotText)
}

impl PartialEq<str> for Encoded<'_> {
    fn eq(&self, text: &str) -> bool {
        self.bytes().eq(text.bytes())
    }
}

impl PartialEq<&str> for Encoded<'_> {
    fn eq(&self, text: &&str) -> bool {
        *self == **text
    }
}

/// The bytes that a piece of a URL or of a form stands for.
pub(crate) fn unescape(mut rest: &[u8], is_form: bool) -> impl Iterator<Item = u8> {
    core::iter::from_fn(move || {
        let (&first, behind) = rest.split_first()?;
        rest = behind;
        match (first, behind) {
            (b'+', _) if is_form => Some(b' '),
            (b'%', [high, low, behind @ ..]) => {
                let (Some(high), Some(low)) = (from_hex(*high), from_hex(*low)) else {
                    return Some(b'%');
                };
                rest = behind;
                Some(high << 4 | low)
            }
            _ => Some(first),
        }
    })
}

/// Why a piece of a URL or a form could not be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum DecodeError {
    /// The buffer is too small.
    TooSmall(BufferTooSmall),
    /// What it stands for is not UTF-8.
    NotText,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooSmall(error) => error.fmt(f),
            Self::NotText => f.write_str("text with its escapes undone is not UTF-8"),
        }
    }
}

impl core::error::Error for DecodeError {}

/// RFC 3986 section 2.3.
const UNRESERVED: &Set = &Set::alphanumeric_and(b"-._~");

/// Writes a name or a value of a form: letters, digits and `-._~` as they are, a space as `+`,
/// everything else escaped.
pub(super) fn write_form_text(writer: &mut Writer<'_>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b' ' => writer.byte(b'+'),
            _ if UNRESERVED.has(byte) => writer.byte(byte),
            _ => write_escaped(writer, byte),
        }
    }
}

/// Writes a part of a target: what a URL cannot hold as it is (spaces, Chinese) is escaped, and
/// escapes stay as they are.
pub(super) fn write_target_text(writer: &mut Writer<'_>, text: &str) {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let (run, behind) = rest.split_at_checked(TARGET.span(rest)).unwrap_or_default();
        writer.bytes(run);
        rest = behind;
        if let [byte, behind @ ..] = rest {
            write_escaped(writer, *byte);
            rest = behind;
        }
    }
}

/// What a target has as it is: all that is visible but for quotes, braces and a few more.
const TARGET: &Set = &Set::alphanumeric_and(b"!#$%&'()*+,-./:;=?@[]_~");

/// How many bytes these are in a target.
pub(crate) fn escaped_len(bytes: &[u8]) -> usize {
    let escapes = bytes.iter().filter(|&&byte| !TARGET.has(byte)).count();
    bytes.len() + 2 * escapes
}

/// Writes a byte as `%` and two digits.
pub(crate) fn write_escaped(writer: &mut Writer<'_>, byte: u8) {
    let digit = |value| hex_digit(value).to_ascii_uppercase();
    writer.bytes(&[b'%', digit(byte >> 4), digit(byte & 0xf)]);
}

pub(super) const fn from_hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes() {
        // received, as a path, as a form
        let table = [
            ("", "", ""),
            ("a+b", "a+b", "a b"),
            ("a%20b", "a b", "a b"),
            ("%e5%85%89", "光", "光"),
            ("100%", "100%", "100%"),
            ("%4", "%4", "%4"),
            ("%zz%41", "%zzA", "%zzA"),
            ("%%41", "%A", "%A"),
            ("%2B", "+", "+"),
        ];
        for (raw, path, form) in table {
            assert!(Encoded::new(raw) == *path, "{raw}");
            assert!(Encoded::form(raw) == *form, "{raw}");
        }
    }

    #[test]
    fn decoding_says_what_is_wrong() {
        let light = Encoded::new("%E5%85%89");
        let too_small = DecodeError::TooSmall(BufferTooSmall { have: 2, need: 3 });
        assert_eq!(light.decode(&mut [0; 2]), Err(too_small));
        assert_eq!(light.decode(&mut [0; 3]), Ok("光"));
        assert_eq!(Encoded::new("%FF").decode(&mut [0; 3]), Err(DecodeError::NotText));
        assert_eq!(Encoded::new("").decode(&mut []), Ok(""));
    }

    fn written(write: impl Fn(&mut Writer<'_>)) -> String {
        let mut buffer = vec![0; super::super::measure(&write)];
        write(&mut Writer::new(&mut buffer));
        String::from_utf8(buffer).unwrap()
    }

    proptest! {
        #[test]
        fn forms_come_back(text: String) {
            let raw = written(|writer| write_form_text(writer, &text));
            prop_assert!(raw.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+%".contains(&b)));
            prop_assert!(Encoded::form(&raw) == *text);
        }

        #[test]
        fn targets_come_back(text in "[^%]*") {
            let raw = written(|writer| write_target_text(writer, &text));
            prop_assert!(raw.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert!(Encoded::new(&raw) == *text);
        }

        #[test]
        fn any_text_can_be_decoded(raw: String) {
            let decoded: Vec<u8> = Encoded::new(&raw).bytes().collect();
            prop_assert!(decoded.len() <= raw.len());
        }
    }
}
