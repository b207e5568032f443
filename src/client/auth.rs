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
    write_credentials(writer, user.bytes(), password.bytes())
}

/// What is in front of the `@` of a URL: name and password, with their escapes.
pub(super) fn write_user_info(writer: &mut Writer<'_>, text: &str) -> Result<(), RequestError> {
    let (user, password) = split_first(text, b':');
    let bytes = |text| Encoded::new(text).bytes();
    write_credentials(writer, bytes(user), bytes(password.unwrap_or_default()))
}

/// RFC 7617; name and password in UTF-8, as browsers send them.
fn write_credentials(
    writer: &mut Writer<'_>,
    mut user: impl Iterator<Item = u8> + Clone,
    password: impl Iterator<Item = u8> + Clone,
) -> Result<(), RequestError> {
    let bytes = user.clone().chain([b':']).chain(password);
    if bytes.clone().any(|byte| byte.is_ascii_control()) {
        return Err(InvalidHeader::Value.into());
    }
    if user.any(|byte| byte == b':') {
        return Err(RequestError::UserName);
    }
    writer.str("Authorization: Basic ");
    write_base64(writer, bytes);
    writer.str("\r\n");
    Ok(())
}

/// RFC 4648 section 4.
fn write_base64(writer: &mut Writer<'_>, bytes: impl Iterator<Item = u8>) {
    let mut group = [0; 3];
    let mut filled = 0;
    for byte in bytes {
        if let Some(place) = group.get_mut(filled) {
            *place = byte;
        }
        filled += 1;
        if filled == group.len() {
            write_group(writer, group, filled);
            (group, filled) = ([0; 3], 0);
        }
    }
    if filled > 0 {
        write_group(writer, group, filled);
    }
}

/// Line breaks would make it another header.
pub(super) fn check(text: &str) -> Result<(), InvalidHeader> {
    if text.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(InvalidHeader::Value);
    }
    Ok(())
}

/// Writes the first `filled` of 3 bytes as 4 characters.
fn write_group(writer: &mut Writer<'_>, [a, b, c]: [u8; 3], filled: usize) {
    let bits = u32::from(a) << 16 | u32::from(b) << 8 | u32::from(c);
    for (index, shift) in [18, 12, 6, 0].into_iter().enumerate() {
        let [six, ..] = (bits >> shift & 0x3f).to_le_bytes();
        writer.byte(match six {
            _ if index > filled => b'=',
            0..26 => b'A' + six,
            26..52 => b'a' + six - 26,
            52..62 => b'0' + six - 52,
            62 => b'+',
            _ => b'/',
        });
    }
}
