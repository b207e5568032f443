//! Bodies that are compressed.

use nal_http::client::{Client, Error, Request, ResponseError};
use nal_http::testing::{ScriptStack, Ticks};
use nal_http::wire::Method;

const URL: &str = "http://mpython.cn/";

fn answering(headers: &str, body: &[u8]) -> ScriptStack {
    let mut stack = ScriptStack::new();
    let head = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    stack.answers([[head.as_bytes(), body].concat().as_slice().into()]);
    stack
}

/// Servers that compress for whoever does not say that he cannot: some content delivery networks, and files that lie
/// there as `.gz` (RFC 9110 section 12.5.3: without the header any coding is fine).
#[test]
fn identity_is_asked_for() {
    let mut stack = answering("", b"hi");
    let mut buffer = [0; 256];
    Client::new(&mut stack, Ticks::every(1)).get(URL).send(&mut buffer).unwrap();
    let sent = String::from_utf8_lossy(stack.sent(0)).into_owned();
    assert!(sent.contains("\r\nAccept-Encoding: identity\r\n"), "{sent}");

    let request = Request::new(Method::GET, URL).header("accept-encoding", "gzip");
    let mut stack = answering("", b"hi");
    let mut call = request.start(&mut buffer).unwrap();
    while call.poll(&mut stack, 0).is_err() {}
    let sent = String::from_utf8_lossy(stack.sent(0)).into_owned();
    assert!(sent.contains("\r\naccept-encoding: gzip\r\n") && !sent.contains("identity"), "{sent}");
}

/// The same servers, where they compress all the same.
#[test]
fn an_error_names_the_coding() {
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb\xc8\x04\0\xac*\x93\xd8\x02\0\0\0";
    for (headers, name) in [
        ("Content-Encoding: gzip\r\n", "gzip"),
        ("content-encoding: x-gzip\r\n", "x-gzip"),
        ("Content-Encoding: identity\r\nContent-Encoding: br\r\n", "br"),
        ("Content-Encoding: identity, , deflate\r\n", "deflate"),
    ] {
        for size in [160, 1024] {
            let many = format!("X-A: {}\r\n{headers}X-B: {}\r\n", "a".repeat(90), "b".repeat(300));
            let mut stack = answering(&many, gzip);
            let mut buffer = vec![0; size];
            let mut client = Client::new(&mut stack, Ticks::every(1));
            let mut response = client.get(URL).send(&mut buffer).unwrap();
            let text = response.text().map(str::to_owned);
            let json = response.json::<u32>();
            for error in [text.err(), json.err()] {
                let Some(Error::Response(ResponseError::Encoded(coding))) = error else {
                    panic!("{error:?}");
                };
                assert_eq!(coding.name(), name);
                assert!(ResponseError::Encoded(coding).to_string().contains(name));
            }
            assert_eq!(response.content(), Ok(&gzip[..]), "the bytes can be had");
        }
    }
}

/// Frameworks that name the coding that is none.
#[test]
fn identity_is_no_coding() {
    for headers in ["Content-Encoding: identity\r\n", "Content-Encoding: \r\n"] {
        let mut stack = answering(headers, b"25");
        let mut buffer = [0; 256];
        let mut client = Client::new(&mut stack, Ticks::every(1));
        let mut response = client.get(URL).send(&mut buffer).unwrap();
        assert_eq!(response.text(), Ok("25"));
        assert_eq!(response.json(), Ok(25));
    }
}
