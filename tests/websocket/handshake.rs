//! The opening handshake (RFC 6455 section 4).

use nal_http::testing::TestClient;

use super::frames::{App, HELLO, SITE};

pub fn ask(head: &str) -> String {
    let bytes =
        TestClient::new(SITE).send_bytes(&mut App::default(), format!("{head}\r\n").as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn the_example_of_the_rfc() {
    let answer = ask(HELLO);
    let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    assert_eq!(answer, head);
}

#[test]
fn what_is_no_handshake() {
    let without = |line: &str| {
        let head = HELLO.replace(line, "");
        assert_ne!(head, HELLO);
        ask(&head)
    };
    let version = "Sec-WebSocket-Version: 13\r\n";
    for (answer, line) in [
        (without("Upgrade: websocket\r\n"), "Upgrade: websocket\r\n"),
        (without(version), version),
        (ask(&HELLO.replace("13", "8")), version),
        (ask("GET /echo HTTP/1.1\r\nHost: board\r\n"), "Upgrade: websocket\r\n"),
    ] {
        assert!(answer.starts_with("HTTP/1.1 426 Upgrade Required\r\n"), "{answer}");
        assert!(answer.contains(line), "{answer}");
    }
    for answer in [
        without("Connection: keep-alive, Upgrade\r\n"),
        without("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
        ask(&HELLO.replace("jZQ==", "jZQ=")),
        ask(&HELLO.replace("HTTP/1.1", "HTTP/1.0")),
        ask(&HELLO.replace("GET", "HEAD")),
        ask(&format!("{HELLO}Content-Length: 1\r\n")),
        ask(&format!("{HELLO}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")),
    ] {
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
    assert!(ask(&HELLO.replace("GET", "POST")).starts_with("HTTP/1.1 405 "));
}

#[test]
fn a_route_that_is_not_for_it() {
    let answer = ask(&HELLO.replace("/echo", "/plain"));
    // Its headers may have been dropped, or not.
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
}

#[test]
fn a_page_of_another_origin() {
    for (origin, status) in [
        ("http://board", "101"),
        ("http://BOARD", "101"),
        ("http://board:8080", "403"),
        ("http://evil.example", "403"),
        ("null", "403"),
        ("http://", "403"),
    ] {
        let answer = ask(&format!("{HELLO}Origin: {origin}\r\n"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{origin}: {answer}");
    }
}

#[test]
fn a_subprotocol_and_no_extension() {
    for (offer, chosen) in [("a", Some("a")), ("c, a,b", Some("b")), ("A", None), ("c", None)] {
        let answer = ask(&format!(
            "{HELLO}Sec-WebSocket-Protocol: {offer}\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"
        ));
        let line = answer.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Protocol: "));
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        assert_eq!(line, chosen, "{answer}");
        assert!(!answer.contains("Extensions"), "{answer}");
    }
}
