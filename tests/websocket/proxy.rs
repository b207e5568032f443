//! A client's WebSocket through an http proxy: in a tunnel, with TLS or without (RFC 6455 section 4.1).

use nal_http::client::websocket::{Kind, Upgrade};
use nal_http::client::{Client, Error, Pool, ProxyError};
use nal_http::testing::{FaultStack, ScriptStack, Step, Ticks};

use super::frames::{Got, chunks, frame_as};
use super::talk::{DRIVERS, Server, URL, accept, random, server};

const PROXY: &str = "http://me:301@proxy:3128";
const TUNNEL: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

#[test]
fn the_proxy_is_asked_for_a_tunnel() {
    let frames = [frame_as(0, 0x81, "x"), frame_as(0, 0x88, b"\x03\xe8")].concat();
    let bytes = [TUNNEL.as_bytes(), accept("").as_bytes(), &frames].concat();
    for size in [1, 7, 10_000] {
        for drive in DRIVERS {
            let pieces = chunks(&bytes, size);
            let stack = FaultStack::new(server(pieces.iter().map(Vec::as_slice), &[])).at_most(7);
            let seen = drive(Server { stack, proxy: Some(PROXY) }, &Upgrade::new());
            assert_eq!(
                seen.tunnel,
                "CONNECT board:80 HTTP/1.1\r\nHost: board:80\r\nProxy-Authorization: Basic bWU6MzAx\r\n\r\n"
            );
            // As without a proxy: its credentials are for it alone.
            assert!(
                seen.head.starts_with("GET /echo HTTP/1.1\r\nHost: board\r\n"),
                "{}",
                seen.head
            );
            assert!(!seen.head.contains("Proxy"), "{}", seen.head);
            assert_eq!(
                (seen.messages, seen.end),
                (vec![(Kind::Text, b"x".to_vec())], Ok(Some(1000)))
            );
            assert_eq!(seen.sent, [Got::Text(b"x".to_vec()), Got::Close(Some(1000))]);
        }
    }
}

#[test]
fn a_proxy_that_makes_none() {
    for (answer, expected) in [
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", ProxyError::Status(403)),
        ("SSH-2.0\r\n\r\n", ProxyError::Malformed),
    ] {
        let mut stack = server([answer.as_bytes()], &[Step::Close]);
        let mut buffer = [0; 600];
        let mut client = Client::new(&mut stack, Ticks::every(1)).proxy(PROXY);
        let upgrade = Upgrade::new();
        let opened = client.get(URL).websocket(&upgrade).open(random(), &mut buffer);
        assert!(matches!(&opened, Err(Error::Proxy(error)) if *error == expected), "{answer}");
        drop(opened);
        assert_eq!(stack.open_sockets(), 0);
    }
}

#[test]
fn a_connection_to_the_proxy_that_is_kept_is_no_tunnel() {
    let mut stack = ScriptStack::new();
    stack.answers(["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".into()]);
    stack.answers([Step::from(TUNNEL), Step::from(&accept(""))]);
    let (mut pool, mut buffer) = (Pool::<_, 2>::new(), [0; 600]);
    let mut client =
        Client::new(&mut stack, Ticks::every(1)).keep_alive(&mut pool).proxy("http://proxy");
    assert_eq!(client.get("http://board/").send(&mut buffer).unwrap().text(), Ok("hi"));
    let upgrade = Upgrade::new();
    assert!(client.get(URL).websocket(&upgrade).open(random(), &mut buffer).is_ok());
    pool.close(&mut stack);
    assert!(stack.sent(0).starts_with(b"GET http://board/ HTTP/1.1\r\n"));
    assert!(stack.sent(1).starts_with(b"CONNECT board:80 HTTP/1.1\r\n"));
    assert_eq!(stack.open_sockets(), 0);
}
