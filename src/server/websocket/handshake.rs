//! The opening handshake (RFC 6455 section 4.2).

use crate::server::guards::is_doubled;
use crate::server::{Failure, Request};
use crate::wire::websocket::{KEY, elements};
use crate::wire::{Headers, Status, Version};

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
    if only(&headers, "Sec-WebSocket-Version") != Some("13") {
        return Err(Failure::new(required, "only version 13 of WebSocket is spoken here")
            .header("Sec-WebSocket-Version", "13"));
    }
    only(&headers, "Sec-WebSocket-Key")
        .filter(|key| is_key(key))
        .ok_or(Failure::bad_request("Sec-WebSocket-Key is not 16 bytes in base64"))
}

/// The value of a header that a request has once (RFC 6455 section 11.3).
fn only<'c>(headers: &Headers<'c>, name: &str) -> Option<&'c str> {
    headers.get(name).filter(|_| !is_doubled(headers, name))
}

fn is_key(key: &str) -> bool {
    let digits = key.strip_suffix("==").unwrap_or_default();
    digits.len() + 2 == KEY
        && digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

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
