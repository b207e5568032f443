//! Entity tags, alone and in lists (RFC 9110 section 8.8.3).

use super::bytes::split_bytes;

/// How two tags are compared (RFC 9110 section 8.8.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// Both are strong: the bytes are the same.
    Strong,
    /// Either may be weak: one will do for the other.
    Weak,
}

/// Whether `text` is one entity tag and nothing else.
pub(crate) const fn is_entity_tag(text: &str) -> bool {
    let opaque = match text.as_bytes() {
        [b'W', b'/', opaque @ ..] => opaque,
        opaque => opaque,
    };
    let [b'"', inner @ .., b'"'] = opaque else { return false };
    let mut rest = inner;
    while let [byte, behind @ ..] = rest {
        if !is_tag_byte(*byte) {
            return false;
        }
        rest = behind;
    }
    true
}

const fn is_tag_byte(byte: u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'~' | 0x80..)
}

/// Whether the tag is in a list such as `"a", W/"b,c"`. What is behind something that is none is not looked at.
pub(crate) fn lists_tag(mut list: &[u8], tag: &str, comparison: Comparison) -> bool {
    let (own_weak, own) = split_weak(tag.as_bytes());
    loop {
        list = list.trim_ascii_start();
        if let [b',', rest @ ..] = list {
            list = rest;
            continue;
        }
        let (weak, opaque) = split_weak(list);
        let Some((_, behind)) = opaque.strip_prefix(b"\"").and_then(|rest| split_bytes(rest, b'"'))
        else {
            return false;
        };
        let length = opaque.len() - behind.len();
        let is_same = opaque.get(..length) == Some(own);
        if is_same && (comparison == Comparison::Weak || !(weak || own_weak)) {
            return true;
        }
        list = behind;
    }
}

fn split_weak(tag: &[u8]) -> (bool, &[u8]) {
    tag.strip_prefix(b"W/").map_or((false, tag), |opaque| (true, opaque))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags() {
        for tag in ["\"\"", "\"a\"", "W/\"a,b\"", "\"光\"", "\"!#~\""] {
            assert!(is_entity_tag(tag), "{tag}");
        }
        for text in ["", "a", "\"", "W/", "W/\"", "w/\"a\"", "\"a b\"", "\"a\"\"", "\"a\" ", "*"] {
            assert!(!is_entity_tag(text), "{text}");
        }
    }

    #[test]
    fn lists() {
        // list, tag, whether it is there by strong and by weak comparison
        let table = [
            ("\"a\"", "\"a\"", true, true),
            ("W/\"a\"", "\"a\"", false, true),
            ("\"a\"", "W/\"a\"", false, true),
            ("W/\"a\"", "W/\"a\"", false, true),
            ("\"b\"", "\"a\"", false, false),
            ("\"b\", \"a\"", "\"a\"", true, true),
            ("\"b\",\"a\"", "\"a\"", true, true),
            (" ,, \"b\" \t,,\"a\" ,", "\"a\"", true, true),
            ("\"a,b\", \"c\"", "\"a,b\"", true, true),
            ("\"x,\"a\"", "\"a\"", false, false),
            ("\"A\"", "\"a\"", false, false),
            ("a", "\"a\"", false, false),
            ("w/\"a\"", "\"a\"", false, false),
            ("\"a", "\"a\"", false, false),
            ("", "\"a\"", false, false),
            ("\"\"", "\"\"", true, true),
            ("x, \"a\"", "\"a\"", false, false),
        ];
        for (list, tag, strong, weak) in table {
            let found = |comparison| lists_tag(list.as_bytes(), tag, comparison);
            assert_eq!(found(Comparison::Strong), strong, "{list} {tag}");
            assert_eq!(found(Comparison::Weak), weak, "{list} {tag}");
        }
    }

    proptest! {
        #[test]
        fn noise_is_no_panic(list in "[W/\", ab]{0,20}") {
            let found = |comparison| lists_tag(list.as_bytes(), "\"a\"", comparison);
            // What is the same by the strong comparison is so by the weak one.
            prop_assert!(!found(Comparison::Strong) || found(Comparison::Weak));
        }
    }
}
