//! Targets of requests (RFC 9112 section 3.2).

use crate::wire::{find, split_bytes, unescape};

/// The path of a target.
pub(super) fn path(target: &[u8]) -> &[u8] {
    split_target(target).1
}

/// Authority and path of a target, which is a path or a whole URL (RFC 9112 section 3.2.2).
pub(super) fn split_target(target: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let (target, _query) = split_bytes(target, b'?').unwrap_or((target, &[]));
    if target.starts_with(b"/") {
        return (None, target);
    }
    let Some((_, [b'/', b'/', rest @ ..])) = split_bytes(target, b':') else {
        return (None, target);
    };
    match rest.split_at_checked(find(rest, b'/')) {
        Some((authority, path @ [_, ..])) => (Some(authority), path),
        _ => (Some(rest), b"/"),
    }
}

/// Whether a path climbs out of where it begins when it is taken for that of a file: with its escapes
/// undone, a segment is `..`, or it ends early in C. To Windows a backslash is a slash.
pub(super) fn climbs(path: &[u8]) -> bool {
    const OTHER: u8 = 3;
    let mut dots = 0;
    for byte in unescape(path, false) {
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
            let authority = split_target(target.as_bytes()).0;
            assert_eq!(authority, expected.map(str::as_bytes), "{target}");
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
            assert!(climbs(path.as_bytes()), "{path}");
        }
        let staying =
            ["/", "/.", "/...", "/a..", "/..a", "/a/.../b", "/a.b/c", "/%252e%252e/", "/.%2e."];
        for path in staying {
            assert!(!climbs(path.as_bytes()), "{path}");
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
            assert_eq!(path(target.as_bytes()), expected.as_bytes(), "{target}");
        }
    }
}
