//! What stands behind the type of a header: `; name=value`, each once (RFC 2045 section 5.1, RFC 9110 section 5.6.6).

use crate::wire::method::TOKEN;

/// They are malformed, or one is there twice: nobody can tell which of both is meant.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// The value of the parameter `name`, without its quotes and with its escapes. All are looked at, so a line that one
/// accepts is one.
pub(super) fn parameter<'b>(
    mut rest: &'b [u8],
    name: &[u8],
) -> Result<Option<&'b [u8]>, Malformed> {
    let mut found = None;
    loop {
        rest = rest.trim_ascii_start();
        let Some(behind) = rest.strip_prefix(b";") else {
            return if rest.is_empty() { Ok(found) } else { Err(Malformed) };
        };
        rest = behind.trim_ascii_start();
        if matches!(rest, [] | [b';', ..]) {
            continue;
        }
        let (candidate, behind) = rest.split_at_checked(TOKEN.span(rest)).unwrap_or_default();
        let Some(behind) = behind.strip_prefix(b"=").filter(|_| !candidate.is_empty()) else {
            return Err(Malformed);
        };
        let (value, behind) = value(behind).ok_or(Malformed)?;
        rest = behind;
        if candidate.eq_ignore_ascii_case(name) && found.replace(value).is_some() {
            return Err(Malformed);
        }
    }
}

/// A value, and what is behind it. One without quotes ends with white space or a semicolon: senders leave the quotes
/// out where they should not.
fn value(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let Some(quoted) = rest.strip_prefix(b"\"") else {
        let is_inside = |byte: &&u8| !matches!(byte, b';' | b' ' | b'\t' | b'"');
        let length = rest.iter().take_while(is_inside).count();
        return rest.split_at_checked(length).filter(|(value, _)| !value.is_empty());
    };
    let mut length = 0;
    loop {
        match quoted.get(length..)? {
            [b'"', behind @ ..] => return Some((quoted.get(..length)?, behind)),
            // A backslash in front of anything else is one: browsers send those of paths as they are.
            [b'\\', b'"' | b'\\', ..] => length += 2,
            [_, ..] => length += 1,
            [] => return None,
        }
    }
}
