//! Targets of requests (RFC 9112 section 3.2).

use crate::wire::{Encoded, split_first, split_once};

/// The path of a target.
pub(super) fn path(target: &str) -> &str {
    split_target(target).1
}

/// Authority and path of a target, which is a path or a whole URL (RFC 9112 section 3.2.2).
pub(super) fn split_target(target: &str) -> (Option<&str>, &str) {
    let (target, _query) = split_first(target, b'?');
    let whole_url = split_once(target, b':').and_then(|(_, rest)| rest.strip_prefix("//"));
    let Some(rest) = whole_url.filter(|_| !target.starts_with('/')) else { return (None, target) };
    let slash = rest.bytes().position(|byte| byte == b'/');
    match slash.and_then(|at| rest.split_at_checked(at)) {
        Some((authority, path)) => (Some(authority), path),
        None => (Some(rest), "/"),
    }
}

/// Whether a path climbs out of where it begins when it is taken for that of a file: with its escapes
/// undone, a segment is `..`, or it ends early in C. To Windows a backslash is a slash.
pub(super) fn climbs(path: &str) -> bool {
    const OTHER: u8 = 3;
    let mut dots = 0;
    for byte in Encoded::new(path).bytes() {
        dots = match (byte, dots) {
            (0, _) | (b'/' | b'\\', 2) => return true,
            (b'/' | b'\\', _) => 0,
            (b'.', 0..OTHER) => dots + 1,
            _ => OTHER,
        };
    }
    dots == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities() {
        let table = [
            ("/", None),
            ("/http://h/", None),
            ("*", None),
            ("http://h", Some("h")),
            ("HTTPS://h:1?a=b://c/", Some("h:1")),
            ("http://[::1]:80/a", Some("[::1]:80")),
        ];
        for (target, expected) in table {
            assert_eq!(split_target(target).0, expected, "{target}");
        }
    }

    #[test]
    fn climbing() {
        let climbing = [
            "/..",
            "/../a",
            "/a/..",
            "/a/../b",
            "/%2e%2e/a",
            "/.%2E/a",
            "/a/..%2fb",
            "/a%2f..%2Fb",
            "/a%5c..%5cb",
            "/..%5ca",
            "..",
            "/a%00.txt",
            "/%2e./%2e.",
        ];
        for path in climbing {
            assert!(climbs(path), "{path}");
        }
        let staying =
            ["/", "/.", "/...", "/a..", "/..a", "/a/.../b", "/a.b/c", "/%252e%252e/", "/.%2e."];
        for path in staying {
            assert!(!climbs(path), "{path}");
        }
    }

    #[test]
    fn paths() {
        let table = [
            ("/", "/"),
            ("/a/b?c=/d", "/a/b"),
            ("http://h", "/"),
            ("http://h?x=/", "/"),
            ("http://h:80/a?b", "/a"),
            ("/http://h/a", "/http://h/a"),
            ("*", "*"),
            ("h:443", "h:443"),
        ];
        for (target, expected) in table {
            assert_eq!(path(target), expected, "{target}");
        }
    }
}
