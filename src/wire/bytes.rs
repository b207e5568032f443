//! Small operations on bytes and text whose every bound is checked without a panic, also where the
//! compiler is told to make code small and does not see that a bound holds.

use core::cell::Cell;

/// Where the first `byte` is, or how long `bytes` is if there is none.
///
/// Four at a time: half the instructions of `position`, and one function for all that looks for something.
#[inline(never)]
pub(crate) fn find(bytes: &[u8], byte: u8) -> usize {
    let mut rest = bytes;
    let more = loop {
        let [a, b, c, d, behind @ ..] = rest else {
            break rest.iter().take_while(|&&other| other != byte).count();
        };
        if *a == byte {
            break 0;
        }
        if *b == byte {
            break 1;
        }
        if *c == byte {
            break 2;
        }
        if *d == byte {
            break 3;
        }
        rest = behind;
    };
    bytes.len() - rest.len() + more
}

/// What is before the first `separator`, and what is behind it.
pub(crate) fn split_bytes(bytes: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = find(bytes, separator);
    Some((bytes.get(..at)?, bytes.get(at + 1..)?))
}

/// The text that the bytes are, if they are UTF-8. Shorter than `core::str::from_utf8`, which goes by words.
pub(crate) fn text(bytes: &[u8]) -> Option<&str> {
    match bytes.utf8_chunks().next() {
        Some(chunk) => chunk.invalid().is_empty().then_some(chunk.valid()),
        None => Some(""),
    }
}

/// Whether the bytes are UTF-8 (RFC 3629 section 4) without spaces and controls, those behind ASCII (C1, U+0080 to U+009F)
/// included. Without `core`'s table of 256 bytes: whoever only wants to know has no text in the image.
pub(crate) fn is_visible(bytes: &[u8]) -> bool {
    let (mut left, mut least, mut most) = (0, 0x80, 0xbf);
    for &byte in bytes {
        if left > 0 {
            if byte < least || byte > most {
                return false;
            }
            (left, least, most) = (left - 1, 0x80, 0xbf);
            continue;
        }
        left = match byte {
            b'!'..=b'~' => 0,
            0xc2..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf4 => 3,
            _ => return false,
        };
        match byte {
            0xc2 | 0xe0 => least = 0xa0,
            0xed => most = 0x9f,
            0xf0 => least = 0x90,
            0xf4 => most = 0x8f,
            _ => {}
        }
    }
    left == 0
}

/// Copies as much of `from` into `to` as fits, and says how much.
pub(crate) fn copy(to: &mut [u8], from: &[u8]) -> usize {
    let n = to.len().min(from.len());
    if let (Some(to), Some(from)) = (to.get_mut(..n), from.get(..n)) {
        // Unlike `copy_from_slice`, this is small enough to be seen through: no panic stays.
        to.clone_from_slice(from);
    }
    n
}

/// Moves `length` bytes from `from` down to `to`. What is out of bounds does not move.
pub(crate) fn move_down(buffer: &mut [u8], from: usize, length: usize, to: usize) {
    if from > to {
        let cells = Cell::from_mut(buffer).as_slice_of_cells();
        if let (Some(sources), Some(targets)) = (cells.get(from..), cells.get(to..)) {
            let sources = sources.get(..length).unwrap_or(sources);
            sources.iter().zip(targets).for_each(|(source, target)| target.set(source.get()));
        }
    }
}

/// Moves the first `length` bytes up by `by`. What is out of bounds does not move.
pub(crate) fn move_up(buffer: &mut [u8], length: usize, by: usize) {
    let cells = Cell::from_mut(buffer).as_slice_of_cells();
    let (sources, targets) = (cells.get(..length), cells.get(by..));
    if let (Some(sources), Some(targets)) = (sources, targets) {
        sources.iter().zip(targets).rev().for_each(|(source, target)| target.set(source.get()));
    }
}

/// The text before and behind the first `separator`, an ASCII byte.
pub(crate) fn split_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = find(text.as_bytes(), separator);
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The text up to the first `separator`, an ASCII byte, and what is behind it, if there is one.
pub(crate) fn split_first(text: &str, separator: u8) -> (&str, Option<&str>) {
    match split_once(text, separator) {
        Some((first, rest)) => (first, Some(rest)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bytes_move() {
        let mut buffer = *b"abcdefgh";
        move_down(&mut buffer, 2, 4, 1);
        assert_eq!(&buffer, b"acdeffgh");
        move_up(&mut buffer, 4, 3);
        assert_eq!(&buffer, b"acdacdeh");
        move_down(&mut buffer, 6, 9, 0);
        assert_eq!(&buffer, b"ehdacdeh");
        move_down(&mut buffer, 9, 1, 0);
        move_up(&mut buffer, 9, 1);
        move_up(&mut buffer, 1, 9);
        assert_eq!(&buffer, b"ehdacdeh");
        assert_eq!((copy(&mut buffer, b"xy"), &buffer), (2, b"xydacdeh"));
        assert_eq!(copy(&mut buffer, b"0123456789"), 8);
    }

    fn is_visible_to_core(bytes: &[u8]) -> bool {
        let is_other = |letter: char| letter == ' ' || letter.is_control();
        core::str::from_utf8(bytes).is_ok_and(|text| !text.contains(is_other))
    }

    proptest! {
        #[test]
        fn visible_is_what_core_says(bytes in prop::collection::vec(
            prop_oneof![0x1e..=0x22_u8, 0x7e..=0x91_u8, 0x9e..=0xa1_u8, 0xbe..=0xc3_u8, 0xde..=0xff_u8], 0..6,
        ), letters in ".{0,4}") {
            prop_assert_eq!(is_visible(&bytes), is_visible_to_core(&bytes));
            prop_assert_eq!(is_visible(letters.as_bytes()), is_visible_to_core(letters.as_bytes()));
            let both = [letters.as_bytes(), &bytes].concat();
            prop_assert_eq!(is_visible(&both), is_visible_to_core(&both));
        }
    }

    #[test]
    fn each_start_of_a_letter_is_judged_as_core_does() {
        for front in 0..=u16::MAX {
            let [a, b] = front.to_be_bytes();
            for bytes in [&[a, b][..], &[a, b, 0x80], &[a, b, 0xbf, 0x80], &[a, b, 0x80, 0xc0]] {
                assert_eq!(is_visible(bytes), is_visible_to_core(bytes), "{bytes:x?}");
            }
        }
    }

    #[test]
    fn text_splits() {
        assert_eq!(split_once("光=a=b", b'='), Some(("光", "a=b")));
        assert_eq!(split_once("光", b'='), None);
        assert_eq!(split_first("=", b'='), ("", Some("")));
        assert_eq!(split_first("", b'='), ("", None));
    }
}
