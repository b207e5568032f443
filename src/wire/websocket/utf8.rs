/// Checks UTF-8 as it arrives, whatever the pieces are (RFC 3629 section 4).
///
/// What can be no letter any more is seen at its first byte that is wrong.
///
/// ```
/// use nal_http::wire::websocket::Utf8;
///
/// let mut text = Utf8::new();
/// assert!(text.advance(b"\xe6\xac") && !text.is_whole());
/// assert!(text.advance(b"\xa2") && text.is_whole());
/// assert!(!text.advance(b"\xc0"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Utf8 {
    /// So many bytes are missing of a letter, and the next is in this range.
    left: u8,
    low: u8,
    high: u8,
}

impl Utf8 {
    /// At the beginning of a text.
    #[must_use]
    pub const fn new() -> Self {
        Self { left: 0, low: 0x80, high: 0xbf }
    }

    /// Whether the text can go on with `bytes`.
    #[must_use]
    pub fn advance(&mut self, bytes: &[u8]) -> bool {
        bytes.iter().all(|&byte| self.step(byte))
    }

    /// Whether the text can end here.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.left == 0
    }

    fn step(&mut self, byte: u8) -> bool {
        if self.left > 0 {
            let is_valid = self.low <= byte && byte <= self.high;
            *self = Self { left: self.left - 1, ..Self::new() };
            return is_valid;
        }
        (self.left, self.low, self.high) = match byte {
            0..=0x7f => (0, 0x80, 0xbf),
            0xc2..=0xdf => (1, 0x80, 0xbf),
            // None is longer than it must be, a surrogate, or behind U+10FFFF.
            0xe0 => (2, 0xa0, 0xbf),
            0xed => (2, 0x80, 0x9f),
            0xe1..=0xef => (2, 0x80, 0xbf),
            0xf0 => (3, 0x90, 0xbf),
            0xf1..=0xf3 => (3, 0x80, 0xbf),
            0xf4 => (3, 0x80, 0x8f),
            _ => return false,
        };
        true
    }
}

impl Default for Utf8 {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn check<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> bool {
        let mut text = Utf8::new();
        pieces.into_iter().all(|piece| text.advance(piece)) && text.is_whole()
    }

    #[test]
    fn every_two_bytes_are_judged_as_core_judges_them() {
        for pair in 0..=u16::MAX {
            let bytes = pair.to_be_bytes();
            assert_eq!(check([&bytes[..]]), core::str::from_utf8(&bytes).is_ok(), "{bytes:x?}");
            for (front, back) in [(&b"\xe0"[..], &b""[..]), (b"\xf0", b"\x80"), (b"\xf4", b"\x80")]
            {
                let text = [front, &bytes, back].concat();
                assert_eq!(check([&text[..]]), core::str::from_utf8(&text).is_ok(), "{text:x?}");
            }
        }
    }

    #[test]
    fn what_can_be_no_letter_is_seen_at_once() {
        for (front, wrong) in [
            (&b"\xed"[..], 0xa0),
            (b"\xf4", 0x90),
            (b"\xe0", 0x9f),
            (b"\xf0", 0x8f),
            (b"", 0xc1),
            (b"", 0xf5),
            (b"", 0x80),
            (b"\xe6\xac", b'a'),
        ] {
            let mut text = Utf8::new();
            assert!(text.advance(front));
            assert!(!text.advance(&[wrong]), "{front:x?} {wrong:x}");
        }
    }

    proptest! {
        #[test]
        fn splits_change_nothing(bytes: Vec<u8>, text: String, at in 0_usize..64) {
            let text = [text.as_bytes(), &bytes].concat();
            let (front, back) = text.split_at(at.min(text.len()));
            prop_assert_eq!(check([front, back]), core::str::from_utf8(&text).is_ok());
        }
    }
}
