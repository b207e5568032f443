//! Patterns of routes: what fits them, and what they call it. They are checked where a table is made, so in a `const` a
//! mistake does not compile.

#[cfg(feature = "serde")]
use crate::wire::text;
use crate::wire::{Encoded, find, split_first, unescape};

/// Panics if no path can fit the pattern.
pub(super) const fn check(pattern: &str) {
    let rest = match pattern.as_bytes() {
        // That of the prefix of a group.
        [] => return,
        [b'/', rest @ ..] => rest,
        _ => panic!("the path of a route begins with a slash"),
    };
    let mut rest = rest;
    loop {
        let (segment, behind) = next(rest);
        if let [b'{', inner @ ..] = segment {
            let [name @ .., b'}'] = inner else {
                panic!("a parameter in the path of a route is a whole segment");
            };
            let (name, takes_rest) = match name {
                [b'*', name @ ..] => (name, true),
                name => (name, false),
            };
            assert!(!name.is_empty(), "a parameter in the path of a route has a name");
            assert!(is_plain(name), "a parameter in the path of a route is a whole segment");
            assert!(
                !takes_rest || behind.is_none(),
                "a parameter for the rest is the last segment of a route's path"
            );
        } else {
            assert!(is_plain(segment), "the path of a route has no query, fragment or brace");
        }
        match behind {
            Some(behind) => rest = behind,
            None => return,
        }
    }
}

/// Panics if it is no prefix of a group.
pub(super) const fn check_prefix(prefix: &str) {
    check(prefix);
    let mut rest = prefix.as_bytes();
    assert!(!rest.is_empty(), "the prefix of a group begins with a slash");
    assert!(
        is_same(rest, b"/") || !matches!(rest, [.., b'/']),
        "the prefix of a group has no slash at its end"
    );
    while let [byte, behind @ ..] = rest {
        assert!(*byte != b'{', "the prefix of a group has no parameters");
        rest = behind;
    }
}

/// Whether every path that fits `pattern` is below `prefix`, or the prefix itself.
pub(super) const fn is_below(prefix: &str, pattern: &str) -> bool {
    if is_same(prefix.as_bytes(), b"/") {
        return true;
    }
    let (mut prefix, mut pattern) = (prefix.as_bytes(), pattern.as_bytes());
    loop {
        let ((a, a_rest), (b, b_rest)) = (next(prefix), next(pattern));
        match (is_same(a, b), a_rest, b_rest) {
            (true, None, _) => return true,
            (true, Some(a), Some(b)) => (prefix, pattern) = (a, b),
            _ => return false,
        }
    }
}

/// What a group with this prefix sees of a path, and how many segments are in front of that; `None` if the path is not
/// below it.
pub(super) fn behind<'p>(prefix: &str, path: &'p [u8]) -> Option<(&'p [u8], u8)> {
    let (mut prefix, mut path, mut depth) = (prefix.as_bytes(), path, 0_u8);
    if prefix == b"/" {
        return Some((path, 0));
    }
    while let [b'/', parts @ ..] = prefix {
        let (part, segments) = (first(parts), path.strip_prefix(b"/")?);
        let segment = first(segments);
        if !is_segment(part, segment) {
            return None;
        }
        prefix = parts.get(part.len()..)?;
        path = segments.get(segment.len()..)?;
        depth = depth.saturating_add(1);
    }
    Some((path, depth))
}

/// What is in front of the first slash.
fn first(path: &[u8]) -> &[u8] {
    path.get(..find(path, b'/')).unwrap_or_default()
}

/// Whether a segment of a path is this part of a pattern.
fn is_segment(part: &[u8], segment: &[u8]) -> bool {
    unescape(segment, false).eq(part.iter().copied())
}

/// Whether every path that fits `later` fits `earlier`, too.
pub(super) const fn covers(earlier: &str, later: &str) -> bool {
    let (mut earlier, mut later) = (earlier.as_bytes(), later.as_bytes());
    loop {
        let ((a, a_rest), (b, b_rest)) = (next(earlier), next(later));
        let covers = match (a, b) {
            ([b'{', b'*', ..], _) => return true,
            (_, [b'{', b'*', ..]) => return false,
            ([b'{', ..], b) => !b.is_empty(),
            (a, b) => is_same(a, b),
        };
        match (covers, a_rest, b_rest) {
            (true, Some(a), Some(b)) => (earlier, later) = (a, b),
            (true, None, None) => return true,
            _ => return false,
        }
    }
}

/// The first segment, and what is behind its slash.
const fn next(path: &[u8]) -> (&[u8], Option<&[u8]>) {
    let (mut length, mut rest) = (0, path);
    while let [byte, behind @ ..] = rest {
        if *byte == b'/' {
            return (path.split_at(length).0, Some(behind));
        }
        (length, rest) = (length + 1, behind);
    }
    (path, None)
}

const fn is_plain(mut text: &[u8]) -> bool {
    while let [byte, rest @ ..] = text {
        if matches!(byte, b'?' | b'#' | b'{' | b'}' | b'*') {
            return false;
        }
        text = rest;
    }
    true
}

pub(super) const fn is_same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([x, a_rest @ ..], [y, b_rest @ ..]) = (a, b) {
        if *x != *y {
            return false;
        }
        (a, b) = (a_rest, b_rest);
    }
    a.is_empty() && b.is_empty()
}

/// Whether a pattern fits every path.
pub(super) fn fits_all(pattern: &str) -> bool {
    pattern.starts_with("/{*")
}

/// Whether a pattern fits a path.
pub(super) fn fits(pattern: &str, path: &[u8]) -> bool {
    let mut parts = pattern.as_bytes().split(|&byte| byte == b'/');
    let mut segments = path.split(|&byte| byte == b'/');
    loop {
        let (part, segment) = match (parts.next(), segments.next()) {
            (Some(part), Some(segment)) => (part, segment),
            (part, segment) => return part.is_none() && segment.is_none(),
        };
        let fits = match kind(part) {
            Part::Rest(_) => return true,
            Part::Parameter(_) => !segment.is_empty(),
            Part::Literal => is_segment(part, segment),
        };
        if !fits {
            return false;
        }
    }
}

/// The part of `path` that stands for the parameter `name` of a pattern, which begins behind `depth` segments.
pub(super) fn parameter<'p>(
    mut pattern: &str,
    mut path: &'p str,
    depth: u8,
    name: &str,
) -> Option<Encoded<'p>> {
    let name = name.as_bytes();
    // What is in front of the next slash then stands for the empty part in front of the pattern's.
    for _ in 0..depth {
        path = split_first(path, b'/').1?;
    }
    loop {
        let (part, parts) = split_first(pattern, b'/');
        let (segment, segments) = split_first(path, b'/');
        match kind(part.as_bytes()) {
            Part::Parameter(candidate) if candidate == name => return Some(Encoded::new(segment)),
            Part::Rest(candidate) if candidate == name => return Some(Encoded::new(path)),
            _ => (pattern, path) = (parts?, segments?),
        }
    }
}

/// All parameters of a pattern, which begins behind `depth` segments, with what stands for them.
#[cfg(feature = "serde")]
pub(super) fn parameters<'p>(
    pattern: &'p str,
    path: &'p str,
    depth: u8,
) -> impl Iterator<Item = (Encoded<'p>, Encoded<'p>)> {
    let (mut pattern, mut path) = (Some(pattern), Some(path));
    for _ in 0..depth {
        path = path.and_then(|path| split_first(path, b'/').1);
    }
    core::iter::from_fn(move || {
        loop {
            let (whole, (part, parts)) = (path?, split_first(pattern?, b'/'));
            let (segment, segments) = split_first(whole, b'/');
            (pattern, path) = (parts, segments);
            let (name, value) = match kind(part.as_bytes()) {
                Part::Parameter(name) => (name, segment),
                Part::Rest(name) => (name, whole),
                Part::Literal => continue,
            };
            return Some((Encoded::new(text(name).unwrap_or_default()), Encoded::new(value)));
        }
    })
}

enum Part<'p> {
    Literal,
    Parameter(&'p [u8]),
    Rest(&'p [u8]),
}

fn kind(part: &[u8]) -> Part<'_> {
    match part {
        [b'{', b'*', name @ .., b'}'] => Part::Rest(name),
        [b'{', name @ .., b'}'] => Part::Parameter(name),
        _ => Part::Literal,
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn patterns_that_fit_nothing() {
        for pattern in ["", "/", "/a", "/a/", "/光/{id}", "/{a}/b/{*c}", "/a//b", "/%41"] {
            assert!(catch_unwind(|| check(pattern)).is_ok(), "{pattern}");
        }
        for pattern in [
            "a", "*", "/a?b", "/a#b", "/{}", "/{*}", "/{*a}/b", "/{a", "/a}", "/led{id}", "/{a}b",
            "/{a{b}}",
        ] {
            assert!(catch_unwind(|| check(pattern)).is_err(), "{pattern}");
        }
    }

    #[test]
    fn patterns_that_cover_others() {
        let table = [
            ("/a", "/a", true),
            ("/a", "/b", false),
            ("/{x}", "/a", true),
            ("/{x}", "/{y}", true),
            ("/a", "/{x}", false),
            ("/{x}", "/", false),
            ("/{*x}", "/", true),
            ("/{*x}", "/a/b", true),
            ("/a/{*x}", "/a", false),
            ("/a/{*x}", "/a/{y}/b", true),
            ("/{x}/b", "/a/{*y}", false),
            ("/{x}/b", "/a/b", true),
            ("/a/b", "/a", false),
        ];
        for (earlier, later, expected) in table {
            assert_eq!(covers(earlier, later), expected, "{earlier} {later}");
        }
    }

    #[test]
    fn patterns_that_fit() {
        // pattern, path, fits
        let table = [
            ("/", "/", true),
            ("/", "", false),
            ("/light", "/light", true),
            ("/light", "/light/", false),
            ("/light", "/Light", false),
            ("/light", "/l%69ght", true),
            ("/光", "/%E5%85%89", true),
            ("/led/{id}", "/led/7", true),
            ("/led/{id}", "/led/", false),
            ("/led/{id}", "/led/7/on", false),
            ("/led/{id}/on", "/led/7/on", true),
            ("/files/{*path}", "/files/a/b", true),
            ("/files/{*path}", "/files/", true),
            ("/files/{*path}", "/files", false),
            ("/{*all}", "/", true),
        ];
        for (pattern, path, expected) in table {
            assert_eq!(fits(pattern, path.as_bytes()), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn prefixes() {
        for (prefix, path, expected) in [
            ("/", "/a", Some("/a")),
            ("/", "*", Some("*")),
            ("/a", "/a", Some("")),
            ("/a", "/a/", Some("/")),
            ("/a", "/a/b/c", Some("/b/c")),
            ("/a", "/ab", None),
            ("/a", "/", None),
            ("/a", "*", None),
            ("/a", "", None),
            ("/a", "a", None),
            ("/a/b", "/a/b", Some("")),
            ("/a/b", "/a/b/c", Some("/c")),
            ("/a/b", "/a", None),
            ("/a/b", "/a%2Fb", None),
            ("/光", "/%E5%85%89/x", Some("/x")),
        ] {
            let slashes = |text: &str| text.bytes().filter(|&byte| byte == b'/').count();
            let found = behind(prefix, path.as_bytes());
            let found = found.map(|(rest, depth)| (rest, usize::from(depth)));
            let expected = expected.map(|rest| (rest.as_bytes(), slashes(path) - slashes(rest)));
            assert_eq!(found, expected, "{prefix} {path}");
        }
    }

    #[test]
    fn parameters() {
        let raw = |pattern, path, name| parameter(pattern, path, 0, name).map(Encoded::as_raw);
        assert_eq!(raw("/led/{id}/{state}", "/led/7/on", "id"), Some("7"));
        assert_eq!(raw("/led/{id}/{state}", "/led/7/on", "state"), Some("on"));
        assert_eq!(raw("/led/{id}", "/led/%E4%B8%AD", "id"), Some("%E4%B8%AD"));
        assert_eq!(raw("/led/{id}", "/led/7", "other"), None);
        assert_eq!(raw("/files/{*path}", "/files/a/b/c", "path"), Some("a/b/c"));
        assert_eq!(raw("/files/{*path}", "/files/", "path"), Some(""));
        let below = |depth| parameter("/{x}/b", "/1/2/3/b", depth, "x").map(Encoded::as_raw);
        assert_eq!([0, 1, 2, 3, 4].map(below), [Some("1"), Some("2"), Some("3"), Some("b"), None]);
    }
}
