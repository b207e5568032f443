//! The opening handshake (RFC 6455 section 4.2).

use core::iter;

use sha1_smol::Sha1;

use crate::server::{Failure, Request};
use crate::wire::{Headers, Status, Version, Writer, split_first};

/// What of a request is needed.
pub(in crate::server) const HEADERS: &[&str] = &[
    "Host",
    "Origin",
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Protocol",
];

/// Bytes of a key.
const KEY: usize = 24;

const ID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The key of a request that asks for a WebSocket, or why there is none.
pub(super) fn check<'c, T>(request: &Request<'c, T>) -> Result<&'c str, Failure> {
    let headers = request.headers();
    let upgrades = elements(&headers, "Upgrade").any(|name| name.eq_ignore_ascii_case("websocket"));
    let required = Status::new("426 Upgrade Required").unwrap_or(Status::BAD_REQUEST);
    if !upgrades {
        return Err(Failure::new(
            required,
            "this path speaks WebSocket: the request has to upgrade",
        )
        .header("Upgrade", "websocket"));
    }
    let options = elements(&headers, "Connection").any(|name| name.eq_ignore_ascii_case("upgrade"));
    if !options || request.method() != "GET" || request.version() != Version::Http11 {
        return Err(Failure::bad_request(
            "only a GET of HTTP/1.1 with `Connection: Upgrade` can upgrade",
        ));
    }
    if request.has_body() {
        return Err(Failure::bad_request("a request that upgrades has no body"));
    }
    if headers.get("Sec-WebSocket-Version") != Some("13") {
        return Err(Failure::new(required, "only version 13 of WebSocket is spoken here")
            .header("Sec-WebSocket-Version", "13"));
    }
    let mut keys = headers.filter(|(name, _)| name.eq_ignore_ascii_case("Sec-WebSocket-Key"));
    let key = keys.next().and_then(|(_, key)| crate::wire::text(key)).filter(|key| is_key(key));
    key.filter(|_| keys.next().is_none())
        .ok_or(Failure::bad_request("Sec-WebSocket-Key is not 16 bytes in base64"))
}

fn is_key(key: &str) -> bool {
    let digits = key.strip_suffix("==").unwrap_or_default();
    digits.len() + 2 == KEY
        && digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

/// The elements of a header that is a list, in all its lines.
pub(super) fn elements<'c>(headers: &Headers<'c>, name: &str) -> impl Iterator<Item = &'c str> {
    let lines = headers.clone().filter(move |(candidate, _)| candidate.eq_ignore_ascii_case(name));
    lines.filter_map(|(_, value)| crate::wire::text(value)).flat_map(|value| {
        let mut rest = Some(value);
        iter::from_fn(move || {
            let (element, behind) = split_first(rest?, b',');
            rest = behind;
            Some(element.trim_ascii())
        })
    })
}

/// Writes what proves that the key was understood.
pub(super) fn write_accept(writer: &mut Writer<'_>, key: &str) {
    let mut hash = Sha1::new();
    hash.update(key.as_bytes());
    hash.update(ID);
    for group in hash.digest().bytes().chunks(3) {
        let mut bits = 0;
        for at in 0..3 {
            bits = bits << 8 | u32::from(group.get(at).copied().unwrap_or_default());
        }
        for at in 0..4 {
            let digit = bits >> (18 - 6 * at) & 0x3f;
            writer.byte(if at > group.len() { b'=' } else { base64(digit) });
        }
    }
}

/// A digit of base64 (RFC 4648 section 4).
fn base64(digit: u32) -> u8 {
    let [digit, ..] = digit.to_le_bytes();
    match digit {
        0..26 => b'A' + digit,
        26..52 => b'a' + (digit - 26),
        52..62 => b'0' + (digit - 52),
        62 => b'+',
        _ => b'/',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_the_rfc_is_accepted_as_there() {
        let mut buffer = [0; 64];
        let mut writer = Writer::new(&mut buffer);
        write_accept(&mut writer, "dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(writer.written(), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn keys() {
        for (key, is_valid) in [
            ("dGhlIHNhbXBsZSBub25jZQ==", true),
            ("+/AAAAAAAAAAAAAAAAAAAA==", true),
            ("dGhlIHNhbXBsZSBub25jZQ=", false),
            ("dGhlIHNhbXBsZSBub25jZQA=", false),
            ("dGhlIHNhbXBsZSBub25jZ-==", false),
            ("", false),
            ("==", false),
        ] {
            assert_eq!(is_key(key), is_valid, "{key}");
        }
    }
}
