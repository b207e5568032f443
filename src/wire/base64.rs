//! Base64 (RFC 4648 section 4).

use super::Writer;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Writes the digits of some bytes.
#[cfg(feature = "session")]
pub(crate) fn write_base64(writer: &mut Writer<'_>, bytes: &[u8]) {
    let mut digits = Base64Writer::default();
    for byte in bytes {
        digits.byte(writer, *byte);
    }
    digits.finish(writer);
}

/// Writes the digits of bytes that come one by one.
#[derive(Default)]
pub(crate) struct Base64Writer {
    bits: u32,
    count: u32,
}

impl Base64Writer {
    pub(crate) fn byte(&mut self, writer: &mut Writer<'_>, byte: u8) {
        self.bits = self.bits << 8 | u32::from(byte);
        self.count += 8;
        while self.count >= 6 {
            self.count -= 6;
            digit(writer, self.bits >> self.count);
        }
    }

    /// Writes the last one. Returns the padding, for those who want it.
    pub(crate) fn finish(self, writer: &mut Writer<'_>) -> &'static str {
        if self.count == 0 {
            return "";
        }
        digit(writer, self.bits << (6 - self.count));
        if self.count == 2 { "==" } else { "=" }
    }
}

fn digit(writer: &mut Writer<'_>, bits: u32) {
    let index = usize::try_from(bits & 0x3f).unwrap_or_default();
    writer.byte(ALPHABET.get(index).copied().unwrap_or_default());
}

/// The bytes, as they are read from their digits, without padding.
pub(crate) struct Base64<'a> {
    digits: &'a [u8],
    bits: u32,
    count: u8,
}

impl<'a> Base64<'a> {
    pub(crate) const fn new(digits: &'a [u8]) -> Self {
        Self { digits, bits: 0, count: 0 }
    }
}

impl Iterator for Base64<'_> {
    /// `None` where it is malformed.
    type Item = Option<u8>;

    fn next(&mut self) -> Option<Option<u8>> {
        while self.count < 8 {
            let Some((&digit, rest)) = self.digits.split_first() else {
                // What is left over is less than a digit, and nothing (RFC 4648 section 3.5).
                let is_malformed = self.count >= 6 || self.bits != 0;
                (self.bits, self.count) = (0, 0);
                return is_malformed.then_some(None);
            };
            self.digits = rest;
            let value = match digit {
                b'A'..=b'Z' => digit - b'A',
                b'a'..=b'z' => digit - b'a' + 26,
                b'0'..=b'9' => digit - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return Some(None),
            };
            self.bits = self.bits << 6 | u32::from(value);
            self.count += 6;
        }
        self.count -= 8;
        let [.., byte] = (self.bits >> self.count).to_be_bytes();
        self.bits &= (1 << self.count) - 1;
        Some(Some(byte))
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn the_examples_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
            ("\u{3ff}\u{3ff}", "z7/Pvw=="),
        ] {
            let mut buffer = [0; 16];
            let mut writer = Writer::new(&mut buffer);
            let mut digits = Base64Writer::default();
            bytes.bytes().for_each(|byte| digits.byte(&mut writer, byte));
            let padding = digits.finish(&mut writer);
            writer.str(padding);
            assert_eq!(writer.written(), text.as_bytes(), "{bytes}");
        }
    }

    #[test]
    fn base64_is_read_strictly() {
        let decoded = |text: &str| Base64::new(text.as_bytes()).collect::<Option<Vec<u8>>>();
        let table: [(&str, Option<&[u8]>); 10] = [
            ("", Some(b"")),
            ("Zg", Some(b"f")),
            ("Zm8", Some(b"fo")),
            ("Zm9v", Some(b"foo")),
            ("Zm9vYg", Some(b"foob")),
            ("+/+/", Some(&[0xfb, 0xff, 0xbf])),
            ("Z", None),
            ("Zh", None),
            ("Zm9", None),
            ("Zm-v", None),
        ];
        for (text, expected) in table {
            assert_eq!(decoded(text).as_deref(), expected, "{text}");
        }
    }

    #[cfg(feature = "session")]
    #[test]
    fn bytes_come_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in 0..=bytes.len() {
            let (mut buffer, bytes) = ([0; 400], &bytes[bytes.len() - length..]);
            let mut writer = Writer::new(&mut buffer);
            write_base64(&mut writer, bytes);
            let decoded: Option<Vec<u8>> = Base64::new(writer.written()).collect();
            assert_eq!(decoded.as_deref(), Some(bytes));
        }
    }
}
