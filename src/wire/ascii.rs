//! Sets of characters, as bytes.

/// A set of ASCII characters: 16 bytes, and one loop for all sets, where each `match` on ranges would be 70 bytes and up
/// to twenty instructions a byte.
///
/// A character's upper half is the number of a bit in the byte that its lower half selects: no byte has one above ASCII.
pub(super) struct Set([u8; 16]);

impl Set {
    /// Letters, digits, and others.
    pub(super) const fn alphanumeric_and(mut others: &[u8]) -> Self {
        let mut columns = [0; 16];
        let mut byte = 0;
        while byte < 128_u8 {
            if byte.is_ascii_alphanumeric() {
                columns[(byte & 15) as usize] |= 1 << (byte >> 4);
            }
            byte += 1;
        }
        while let [other, rest @ ..] = others {
            columns[(*other & 15) as usize] |= 1 << (*other >> 4);
            others = rest;
        }
        Self(columns)
    }

    #[expect(
        clippy::inline_always,
        reason = "a call in it makes `span` twice as many instructions"
    )]
    #[inline(always)]
    pub(super) const fn has(&self, byte: u8) -> bool {
        let column = self.0[(byte & 15) as usize] as u32;
        column >> (byte >> 4) & 1 == 1
    }

    /// How many bytes at the front of `text` are in the set.
    pub(super) const fn span(&self, text: &[u8]) -> usize {
        let mut rest = text;
        while let [byte, behind @ ..] = rest {
            if !self.has(*byte) {
                break;
            }
            rest = behind;
        }
        text.len() - rest.len()
    }
}

/// Whether this can be in the value of a header: visible, space or tab (RFC 9110 section 5.5).
pub(super) const fn is_value(byte: u8) -> bool {
    (byte >= b' ' && byte != 0x7f) || byte == b'\t'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets() {
        const SET: &Set = &Set::alphanumeric_and(b"-~ ");
        for byte in 0..=255_u8 {
            let expected = byte.is_ascii_alphanumeric() || b"-~ ".contains(&byte);
            assert_eq!(SET.has(byte), expected, "{byte:#x}");
        }
        assert_eq!((SET.span(b"a-b:c"), SET.span(b":"), SET.span(b"09")), (3, 0, 2));
    }
}
