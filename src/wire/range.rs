//! Parts of a representation (RFC 9110 section 14).

use super::bytes::split_bytes;

/// What a request's header `Range` asks for, of so many bytes.
///
/// ```
/// use nal_http::wire::ByteRange;
///
/// assert_eq!(ByteRange::of(b"bytes=0-9", 100), ByteRange::Part { start: 0, length: 10 });
/// assert_eq!(ByteRange::of(b"bytes=-10", 100), ByteRange::Part { start: 90, length: 10 });
/// assert_eq!(ByteRange::of(b"bytes=100-", 100), ByteRange::Unsatisfiable);
/// assert_eq!(ByteRange::of(b"lines=1-2", 100), ByteRange::Whole);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// All of it: the header is malformed, of another unit, or asks for several parts, which a server may answer
    /// with all (RFC 9110 section 14.2).
    Whole,
    /// One part, of one byte at least: 206.
    Part {
        /// Where it begins.
        start: usize,
        /// How many bytes it has; all of them are there.
        length: usize,
    },
    /// Nothing that is there: 416.
    Unsatisfiable,
}

impl ByteRange {
    /// What the value of `Range` asks for, of a representation of `length` bytes.
    #[must_use]
    pub fn of(value: &[u8], length: usize) -> Self {
        parse(value, length).unwrap_or(Self::Whole)
    }
}

fn parse(value: &[u8], length: usize) -> Option<ByteRange> {
    let (unit, set) = split_bytes(value, b'=')?;
    if !unit.eq_ignore_ascii_case(b"bytes") {
        return None;
    }
    // Empty elements of a list do not count.
    let mut specs = set.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    let mut specs = specs.by_ref().filter(|spec| !spec.is_empty());
    let spec = specs.next()?;
    if specs.next().is_some() {
        return None;
    }
    let (first, last) = split_bytes(spec, b'-')?;
    let (start, end) = if first.is_empty() {
        // Of the end. Of nothing, all is there.
        let suffix = number(last)?;
        if suffix > 0 && length == 0 {
            return None;
        }
        (length.saturating_sub(suffix), length)
    } else {
        let start = number(first)?;
        let last = if last.is_empty() { usize::MAX } else { number(last)? };
        // What is too large to be counted is behind the end all the same.
        if last < start {
            return None;
        }
        (start, last.saturating_add(1).min(length))
    };
    Some(match end.checked_sub(start) {
        None | Some(0) => ByteRange::Unsatisfiable,
        Some(length) => ByteRange::Part { start, length },
    })
}

/// A number of digits only; one that is too large is the largest.
fn number(text: &[u8]) -> Option<usize> {
    let mut value = 0_usize;
    for &byte in text {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value.saturating_mul(10).saturating_add(usize::from(byte & 0xf));
    }
    (!text.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use std::format;

    use proptest::prelude::*;

    use super::ByteRange::{self, Unsatisfiable, Whole};

    const fn part(start: usize, length: usize) -> ByteRange {
        ByteRange::Part { start, length }
    }

    #[test]
    fn ranges() {
        // value, what it asks for of 100 bytes, and of none
        let table = [
            ("bytes=0-0", part(0, 1), Unsatisfiable),
            ("bytes=0-99", part(0, 100), Unsatisfiable),
            ("bytes=0-", part(0, 100), Unsatisfiable),
            ("bytes=10-19", part(10, 10), Unsatisfiable),
            ("bytes=99-", part(99, 1), Unsatisfiable),
            ("bytes=90-200", part(90, 10), Unsatisfiable),
            ("bytes=5-99999999999999999999999999", part(5, 95), Unsatisfiable),
            ("bytes=-1", part(99, 1), Whole),
            ("bytes=-100", part(0, 100), Whole),
            ("bytes=-500", part(0, 100), Whole),
            ("bytes=-99999999999999999999999999", part(0, 100), Whole),
            ("bytes=-0", Unsatisfiable, Unsatisfiable),
            ("bytes=100-", Unsatisfiable, Unsatisfiable),
            ("bytes=100-200", Unsatisfiable, Unsatisfiable),
            ("bytes=99999999999999999999999999-", Unsatisfiable, Unsatisfiable),
            ("BYTES=0-0", part(0, 1), Unsatisfiable),
            ("bytes= 0-0 ", part(0, 1), Unsatisfiable),
            ("bytes=,0-0, ,", part(0, 1), Unsatisfiable),
            ("bytes=0-0,5-6", Whole, Whole),
            ("bytes=0-0,x", Whole, Whole),
            ("bytes=9-5", Whole, Whole),
            ("bytes=200-100", Whole, Whole),
            ("bytes=", Whole, Whole),
            ("bytes=-", Whole, Whole),
            ("bytes=--1", Whole, Whole),
            ("bytes=+1-2", Whole, Whole),
            ("bytes=1 - 2", Whole, Whole),
            ("bytes=1-2-3", Whole, Whole),
            ("bytes=a-b", Whole, Whole),
            ("bytes =0-1", Whole, Whole),
            ("bytes", Whole, Whole),
            ("items=0-1", Whole, Whole),
            ("", Whole, Whole),
        ];
        for (value, of_100, of_none) in table {
            assert_eq!(ByteRange::of(value.as_bytes(), 100), of_100, "{value}");
            assert_eq!(ByteRange::of(value.as_bytes(), 0), of_none, "{value} of nothing");
        }
    }

    proptest! {
        #[test]
        fn a_part_is_there(value in "bytes=[0-9]{0,3}-[0-9]{0,3}", length in 0_usize..300) {
            if let ByteRange::Part { start, length: n } = ByteRange::of(value.as_bytes(), length) {
                prop_assert!(n > 0 && start + n <= length);
            }
        }

        #[test]
        fn numbers_are_kept(first in 0_usize..200, more in 0_usize..200, length in 1_usize..300) {
            let range = ByteRange::of(format!("bytes={first}-{}", first + more).as_bytes(), length);
            let expected = if first < length {
                part(first, (more + 1).min(length - first))
            } else {
                Unsatisfiable
            };
            prop_assert_eq!(range, expected);
        }
    }
}
