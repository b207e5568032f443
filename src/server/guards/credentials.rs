use core::hint::black_box;

use crate::server::{Failure, Request};
use crate::wire::{Base64, Encoded, split_once};

/// Lets pass who knows user and password (basic authentication, RFC 7617), both in UTF-8.
///
/// How long it takes tells nobody how much of them was right: all bytes of what was sent are compared, up to
/// its own length. Over http everybody on the way can read both; over https nobody.
///
/// # Errors
/// A failure with status 401 and `challenge`, such as `Basic realm="board", charset="UTF-8"`, if `Authorization`
/// is missing, malformed or another. A user name with a colon lets nobody in: in this scheme it cannot be sent.
pub fn basic<T>(
    request: &Request<'_, T>,
    user: &str,
    password: &str,
    challenge: &'static str,
) -> Result<(), Failure> {
    let expected = user.bytes().chain([b':']).chain(password.bytes());
    let is_sendable = user.bytes().all(|byte| byte != b':');
    let is_right = credentials(request, "Basic").is_some_and(|sent| {
        let sent = sent.trim_ascii().as_bytes();
        let padding = sent.iter().rev().take_while(|&&byte| byte == b'=').count();
        let digits = sent.get(..sent.len().saturating_sub(padding)).unwrap_or_default();
        // Padding may be left out; what is there is that of the length (RFC 4648 section 3.2).
        let is_padded = padding == 0 || (padding <= 2 && sent.len() % 4 == 0);
        is_padded && is_same(Base64::new(digits), expected)
    });
    if is_right && is_sendable { Ok(()) } else { Err(Failure::unauthorized(challenge)) }
}

/// Lets pass who has the token (RFC 6750 section 2.1): a text of letters, digits and `-._~+/`, at best of 16 random
/// bytes at least. How long it takes tells nobody how much of it was right.
///
/// # Errors
/// A failure with status 401 and `challenge`, such as `Bearer realm="board"`, if `Authorization` is missing or
/// another. An empty token lets nobody in.
pub fn bearer<T>(
    request: &Request<'_, T>,
    token: &str,
    challenge: &'static str,
) -> Result<(), Failure> {
    let is_right = credentials(request, "Bearer")
        .is_some_and(|sent| is_same(sent.trim_ascii().bytes().map(Some), token.bytes()));
    if is_right && !token.is_empty() {
        return Ok(());
    }
    Err(Failure::unauthorized(challenge))
}

/// Whether a value of a form is this secret, for a handler with which one logs in. How long it takes tells nobody how much of
/// it was right. No value is an empty secret.
///
/// ```
/// use nal_http::server::{Failure, Request, guards};
/// use nal_http::wire::Status;
///
/// fn check(request: &Request<'_>) -> Result<(), Failure> {
///     let password = request.form()?.get("password").unwrap_or_default();
///     if guards::is_secret(password, "correct horse") {
///         return Ok(());
///     }
///     Err(Failure::new(Status::FORBIDDEN, "this is not the password"))
/// }
/// ```
#[must_use]
pub fn is_secret(sent: Encoded<'_>, secret: &str) -> bool {
    is_same(sent.bytes().map(Some), secret.bytes()) && !secret.is_empty()
}

/// What is behind the scheme, whose case does not matter.
fn credentials<'c, T>(request: &Request<'c, T>, scheme: &str) -> Option<&'c str> {
    let (name, rest) = split_once(request.header("Authorization")?, b' ')?;
    name.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// Whether both are the same, in constant time.
#[cfg(feature = "session")]
pub(in crate::server) fn is_equal(a: &[u8; 32], b: &[u8; 32]) -> bool {
    is_same(a.iter().map(|&byte| Some(byte)), b.iter().copied())
}

/// Whether both are the same, without stopping at the first difference. `None` is no byte at all.
fn is_same(sent: impl Iterator<Item = Option<u8>>, expected: impl Iterator<Item = u8>) -> bool {
    let mut expected = expected.fuse();
    let mut difference = 0;
    for byte in sent {
        let (byte, is_none) = (byte.unwrap_or_default(), u8::from(byte.is_none()));
        let (other, is_longer) = match expected.next() {
            Some(other) => (other, 0),
            None => (0, 1),
        };
        // Behind `black_box` the compiler cannot know that it could stop.
        difference = black_box(difference | (byte ^ other) | is_none | is_longer);
    }
    difference == 0 && expected.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_same_is_same() {
        for (sent, expected, is_it) in [
            ("", "", true),
            ("a", "a", true),
            ("a", "b", false),
            ("a", "ab", false),
            ("ab", "a", false),
            ("a\0", "a", false),
            ("a", "a\0", false),
            ("", "a", false),
        ] {
            assert_eq!(
                is_same(sent.bytes().map(Some), expected.bytes()),
                is_it,
                "{sent} {expected}"
            );
        }
        assert!(!is_same([None].into_iter(), [0].into_iter()), "no byte is not NUL");
    }
}
