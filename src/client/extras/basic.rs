//! User name and password (basic authentication, RFC 7617).

use crate::client::RequestError;
use crate::client::extra::{Kind, OutgoingHead, Preset};
use crate::wire::{Base64Writer, Encoded, InvalidHeader, Writer, split_first};

struct Basic;
struct UserInfo;

/// What sends a user name and a password.
pub(in crate::client) fn preset<'r>(user: &'r str, password: &'r str) -> Preset<'r> {
    Preset { kind: &Basic, texts: (user, password), number: 0 }
}

/// The same, as they stand in a URL.
pub(in crate::client) fn of_user_info(text: &str) -> Preset<'_> {
    Preset { kind: &UserInfo, texts: (text, ""), number: 0 }
}

impl Kind for Basic {
    fn request(
        &self,
        preset: &Preset<'_>,
        head: &mut OutgoingHead<'_>,
    ) -> Result<(), RequestError> {
        let (user, password) = preset.texts;
        if head.has("Authorization") { Ok(()) } else { write_basic(head.writer(), user, password) }
    }
}

impl Kind for UserInfo {
    fn request(
        &self,
        preset: &Preset<'_>,
        head: &mut OutgoingHead<'_>,
    ) -> Result<(), RequestError> {
        write_user_info_header(head, preset.texts.0)
    }
}

/// Sends what is in front of the `@` of a URL, unless the application says who it is.
pub(in crate::client) fn write_user_info_header(
    head: &mut OutgoingHead<'_>,
    text: &str,
) -> Result<(), RequestError> {
    if head.has("Authorization") { Ok(()) } else { write_user_info(head.writer(), text) }
}

fn write_basic(writer: &mut Writer<'_>, user: &str, password: &str) -> Result<(), RequestError> {
    check(user)?;
    if user.bytes().any(|byte| byte == b':') {
        return Err(RequestError::UserName);
    }
    write_credentials(writer, &mut user.bytes().chain([b':']).chain(password.bytes()))
}

/// What is in front of the `@` of a URL: name and password, with their escapes.
pub(in crate::client) fn write_user_info(
    writer: &mut Writer<'_>,
    text: &str,
) -> Result<(), RequestError> {
    let (user, password) = split_first(text, b':');
    if Encoded::new(user).bytes().any(|byte| byte == b':') {
        return Err(RequestError::UserName);
    }
    let colon = password.is_none().then_some(b':');
    write_credentials(writer, &mut Encoded::new(text).bytes().chain(colon))
}

/// Name, colon and password (RFC 7617), in UTF-8, as browsers send them, and in base64.
fn write_credentials(
    writer: &mut Writer<'_>,
    bytes: &mut dyn Iterator<Item = u8>,
) -> Result<(), RequestError> {
    writer.str("Authorization: Basic ");
    let mut digits = Base64Writer::default();
    for byte in bytes {
        if byte.is_ascii_control() {
            return Err(InvalidHeader::Value.into());
        }
        digits.byte(writer, byte);
    }
    let padding = digits.finish(writer);
    writer.str(padding);
    writer.str("\r\n");
    Ok(())
}

/// Line breaks would make it another header.
pub(in crate::client) fn check(text: &str) -> Result<(), InvalidHeader> {
    if text.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(InvalidHeader::Value);
    }
    Ok(())
}
