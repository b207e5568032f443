use core::ops::Range;

use super::RequestError;
use crate::wire::{Encoded, InvalidHeader, Method, Writer, split_first};

/// Writes the header that says who sends a request.
pub(super) trait Authorize {
    /// The method and the target are those of the request; the target stands in the writer.
    fn write(
        &self,
        writer: &mut Writer<'_>,
        method: Method<'_>,
        target: Range<usize>,
    ) -> Result<(), RequestError>;
}

/// Who sends a request.
///
/// It holds a pointer to what writes the header, so that an image whose requests have none does not
/// hold the code either.
#[derive(Clone, Copy)]
pub(super) struct Auth<'r> {
    write: fn(&mut Writer<'_>, &str, &str) -> Result<(), RequestError>,
    user: &'r str,
    secret: &'r str,
}

impl<'r> Auth<'r> {
    pub(super) fn basic(user: &'r str, password: &'r str) -> Self {
        Self { write: write_basic, user, secret: password }
    }

    /// As it stands in a URL.
    pub(super) fn user_info(text: &'r str) -> Self {
        Self { write: |writer, text, _| write_user_info(writer, text), user: text, secret: "" }
    }

    pub(super) fn bearer(token: &'r str) -> Self {
        Self { write: write_bearer, user: "", secret: token }
    }
}

impl Authorize for Auth<'_> {
    fn write(
        &self,
        writer: &mut Writer<'_>,
        _: Method<'_>,
        _: Range<usize>,
    ) -> Result<(), RequestError> {
        (self.write)(writer, self.user, self.secret)
    }
}

fn write_bearer(writer: &mut Writer<'_>, _: &str, token: &str) -> Result<(), RequestError> {
    check(token)?;
    writer.str("Authorization: Bearer ");
    writer.str(token);
    writer.str("\r\n");
    Ok(())
}

fn write_basic(writer: &mut Writer<'_>, user: &str, password: &str) -> Result<(), RequestError> {
    check(user)?;
    if user.bytes().any(|byte| byte == b':') {
        return Err(RequestError::UserName);
    }
    write_credentials(writer, &mut user.bytes().chain([b':']).chain(password.bytes()))
}

/// What is in front of the `@` of a URL: name and password, with their escapes.
pub(super) fn write_user_info(writer: &mut Writer<'_>, text: &str) -> Result<(), RequestError> {
    let (user, password) = split_first(text, b':');
    if Encoded::new(user).bytes().any(|byte| byte == b':') {
        return Err(RequestError::UserName);
    }
    let colon = password.is_none().then_some(b':');
    write_credentials(writer, &mut Encoded::new(text).bytes().chain(colon))
}

/// Name, colon and password (RFC 7617), in UTF-8, as browsers send them, and in base64 (RFC 4648 section 4).
fn write_credentials(
    writer: &mut Writer<'_>,
    bytes: &mut dyn Iterator<Item = u8>,
) -> Result<(), RequestError> {
    writer.str("Authorization: Basic ");
    let mut sextet = |bits: u32| {
        let index = usize::try_from(bits & 0x3f).unwrap_or_default();
        writer.byte(ALPHABET.get(index).copied().unwrap_or_default());
    };
    let (mut bits, mut count) = (0_u32, 0);
    for byte in bytes {
        if byte.is_ascii_control() {
            return Err(InvalidHeader::Value.into());
        }
        (bits, count) = (bits << 8 | u32::from(byte), count + 8);
        while count >= 6 {
            count -= 6;
            sextet(bits >> count);
        }
    }
    if count > 0 {
        sextet(bits << (6 - count));
        writer.str(if count == 2 { "==" } else { "=" });
    }
    writer.str("\r\n");
    Ok(())
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Line breaks would make it another header.
pub(super) fn check(text: &str) -> Result<(), InvalidHeader> {
    if text.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(InvalidHeader::Value);
    }
    Ok(())
}
