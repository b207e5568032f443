//! Request line and status line (RFC 9112 sections 3 and 4).
//!
//! These two are not left to `httparse`: its parsers for whole heads keep a bounds check that can
//! panic in the image, and would read every header twice.

use super::authority::is_authority;
use super::bytes::{is_visible, split_bytes};
use super::head_error::Fault;
use super::method::is_token;

/// The version of a message: HTTP/1.0 or HTTP/1.1 (any later 1.x counts as 1.1, RFC 9110 section 2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Version {
    /// HTTP/1.0: no chunked coding, closes after each response unless asked not to.
    Http10,
    /// HTTP/1.1.
    #[default]
    Http11,
}

impl Version {
    fn parse(text: &[u8]) -> Result<Self, Fault> {
        let [b'H', b'T', b'T', b'P', b'/', major, b'.', minor] = text else {
            return Err(Fault::StartLine);
        };
        match (major, minor) {
            (b'1', b'0') => Ok(Self::Http10),
            (b'1', b'1'..=b'9') => Ok(Self::Http11),
            (b'0'..=b'9', b'0'..=b'9') => Err(Fault::Version),
            _ => Err(Fault::StartLine),
        }
    }
}

/// Checks a request line, without its line end.
pub(super) fn check_request_line(line: &[u8]) -> Result<Version, Fault> {
    let (method, target, version) = split(line).ok_or(Fault::StartLine)?;
    if !is_token(method) || target.is_empty() {
        return Err(Fault::StartLine);
    }
    let version = Version::parse(version)?;
    if is_target(method, target) { Ok(version) } else { Err(Fault::Target) }
}

/// Whether a method can have this target: a path, a whole URL, `*` for OPTIONS, a host and a port for
/// CONNECT (RFC 9112 section 3.2).
fn is_target(method: &[u8], target: &[u8]) -> bool {
    is_clean(target)
        && match (method, target) {
            (b"CONNECT", _) => is_authority(target),
            (_, b"*") => method == b"OPTIONS",
            (_, [b'/', ..]) => true,
            _ => url_authority(target).is_some_and(is_authority),
        }
}

/// No fragment, and no backslash before the query, which some take for a slash. (Browsers send one in a
/// query as it is.) They escape what is not ASCII; curl does not, so UTF-8 is let through. But no control is: whoever
/// prints targets has no stranger write to the terminal.
fn is_clean(target: &[u8]) -> bool {
    let mut in_query = false;
    for &byte in target {
        match byte {
            b'?' => in_query = true,
            b'\\' if !in_query => return false,
            b'#' => return false,
            _ => {}
        }
    }
    is_visible(target)
}

/// The authority of a URL with the scheme http or https.
fn url_authority(url: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = split_bytes(url, b':')?;
    let scheme = if let [http @ .., b's' | b'S'] = scheme { http } else { scheme };
    let ([b'/', b'/', rest @ ..], true) = (rest, scheme.eq_ignore_ascii_case(b"http")) else {
        return None;
    };
    rest.split(|byte| matches!(byte, b'/' | b'?')).next()
}

/// What is wrong with the front of a request line that is longer than the buffer, if it is not just
/// the target that is too long.
pub(super) fn too_long(line: &[u8]) -> Option<Fault> {
    match split_bytes(line, b' ') {
        Some((method, _)) => (!is_token(method)).then_some(Fault::StartLine),
        None if is_token(line) => Some(Fault::MethodTooLong),
        None => Some(Fault::StartLine),
    }
}

/// Checks a status line, without its line end, and returns its code. Some servers leave out the reason and the space
/// before it.
pub(crate) fn check_status_line(line: &[u8]) -> Result<(Version, u16), Fault> {
    let (version, behind) = line.split_at_checked(8).ok_or(Fault::StartLine)?;
    let version = Version::parse(version)?;
    match *behind {
        [b' ', a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', ref rest @ ..]
            if matches!(rest, [] | [b' ', ..]) =>
        {
            let digit = |d: u8| u16::from(d & 0xf);
            Ok((version, digit(a) * 100 + digit(b) * 10 + digit(c)))
        }
        _ => Err(Fault::StartLine),
    }
}

/// The three parts of a start line; the third may hold spaces.
pub(super) fn split(line: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (first, rest) = split_bytes(line, b' ')?;
    let (second, third) = split_bytes(rest, b' ')?;
    Some((first, second, third))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_lines() {
        use Fault::{StartLine, Target, Version as BadVersion};
        let table: &[(&[u8], Result<Version, Fault>)] = &[
            (b"GET / HTTP/1.1", Ok(Version::Http11)),
            (b"GET / HTTP/1.0", Ok(Version::Http10)),
            (b"OPTIONS * HTTP/1.9", Ok(Version::Http11)),
            (b"GET /a?b\\c=\"|^ HTTP/1.1", Ok(Version::Http11)),
            (b"GET http://a HTTP/1.1", Ok(Version::Http11)),
            (b"GET HTTPS://[::1]:443?a=b HTTP/1.1", Ok(Version::Http11)),
            (b"CONNECT h:80 HTTP/1.1", Ok(Version::Http11)),
            (b"M-SEARCH * HTTP/1.1", Err(Target)),
            (b"GET * HTTP/1.1", Err(Target)),
            (b"OPTIONS ** HTTP/1.1", Err(Target)),
            (b"GET foo HTTP/1.1", Err(Target)),
            (b"GET h:80 HTTP/1.1", Err(Target)),
            (b"GET ?a HTTP/1.1", Err(Target)),
            (b"GET /a#b HTTP/1.1", Err(Target)),
            (b"GET /a?b#c HTTP/1.1", Err(Target)),
            (b"GET /a\\b HTTP/1.1", Err(Target)),
            (b"GET http:///a HTTP/1.1", Err(Target)),
            (b"GET http://me@a/ HTTP/1.1", Err(Target)),
            (b"GET http://a:x/ HTTP/1.1", Err(Target)),
            (b"GET http:/a HTTP/1.1", Err(Target)),
            (b"GET ftp://a/ HTTP/1.1", Err(Target)),
            (b"CONNECT /a HTTP/1.1", Err(Target)),
            ("GET /光线?a=中 HTTP/1.1".as_bytes(), Ok(Version::Http11)),
            (b"GET / HTTP/2.0", Err(BadVersion)),
            (b"GET / HTTP/0.9", Err(BadVersion)),
            (b"GET /", Err(StartLine)),
            (b"GET  / HTTP/1.1", Err(StartLine)),
            (b"GET / HTTP/1.1 ", Err(StartLine)),
            (b"GET /a b HTTP/1.1", Err(StartLine)),
            (b"G(T / HTTP/1.1", Err(StartLine)),
            (b" GET / HTTP/1.1", Err(StartLine)),
            (b"GET /\xff HTTP/1.1", Err(Target)),
            (b"GET /\x01 HTTP/1.1", Err(Target)),
            (b"GET /\x7f HTTP/1.1", Err(Target)),
            (b"GET /\xc2\x9b2J HTTP/1.1", Err(Target)),
            ("GET /20\u{b0} HTTP/1.1".as_bytes(), Ok(Version::Http11)),
            (b"GET /\r HTTP/1.1", Err(Target)),
            (b"GET / http/1.1", Err(StartLine)),
            (b"\x16\x03\x01\x02", Err(StartLine)),
            (b"", Err(StartLine)),
        ];
        for (line, expected) in table {
            assert_eq!(check_request_line(line), *expected, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn status_lines() {
        let table: &[(&[u8], Option<u16>)] = &[
            (b"HTTP/1.1 200 OK", Some(200)),
            (b"HTTP/1.0 404 Not Found", Some(404)),
            (b"HTTP/1.1 200 ", Some(200)),
            (b"HTTP/1.1 200", Some(200)),
            ("HTTP/1.1 200 好".as_bytes(), Some(200)),
            (b"HTTP/1.1 999 x", Some(999)),
            (b"HTTP/1.1 099 x", None),
            (b"HTTP/1.1 20 x", None),
            (b"HTTP/1.1 2000 x", None),
            (b"HTTP/1.1  200 x", None),
            (b"ICY 200 OK", None),
            (b"HTTP/2 200", None),
            (b"", None),
        ];
        for (line, expected) in table {
            let code = check_status_line(line).ok().map(|(_, code)| code);
            assert_eq!(code, *expected, "{}", line.escape_ascii());
        }
    }
}
