//! Requests as the client sends them, and what is wrong with those that it does not send.

use nal_http::client::{Client, Request, RequestError};
use nal_http::testing::{ScriptStack, Ticks};
use nal_http::wire::{BufferTooSmall, InvalidHeader, Method, UrlError};

const URL: &str = "http://mpython.cn/light";

/// The bytes that a request is sent as, in how many sends.
fn sent(
    size: usize,
    make: impl Fn(Request<'static>) -> Request<'static>,
    method: Method<'static>,
) -> (String, usize) {
    let mut stack = ScriptStack::new();
    for _ in 0..2 {
        stack.answers([b"HTTP/1.1 204 No Content\r\n\r\n".into()]);
    }
    let buffer = vec![0; size].leak();
    let request = make(Request::new(method, "http://mpython.cn:81/光?a=1#x"));
    let mut call = request.start(buffer).unwrap();
    assert_eq!(call.poll(&mut stack, 0), Ok(()));
    assert_eq!(stack.open_sockets(), 0, "closed when nothing is left to read");
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let buffer = vec![0; size].leak();
    assert_eq!(request.clone().over(&mut client).send(buffer).unwrap().status_code(), 204);
    assert_eq!(stack.sent(0), stack.sent(1), "a client sends what a call sends");
    assert_eq!((stack.moves(0), stack.open_sockets()), (stack.moves(1), 0));
    (String::from_utf8(stack.sent(0).to_vec()).unwrap(), stack.moves(0).0)
}

fn head(line: &str, rest: &str) -> String {
    let own = "Host: mpython.cn:81\r\nUser-Agent: nal-http/0.1.0\r\nConnection: close\r\n";
    format!("{line} HTTP/1.1\r\n{own}Accept-Encoding: identity\r\n{rest}")
}

#[test]
fn requests_as_bytes_in_one_send() {
    let target = "/%E5%85%89?a=1";
    let params = |request: Request<'static>| request.params(&[("名", "a b"), ("c", "&")]);
    let (text, sends) = sent(512, params, Method::GET);
    assert_eq!(text, head(&format!("GET {target}&%E5%90%8D=a+b&c=%26"), "\r\n"));
    assert_eq!(sends, 1);

    let (text, _) = sent(512, |request| request.params(&[]), Method::HEAD);
    assert_eq!(text, head(&format!("HEAD {target}"), "\r\n"));

    let (text, _) = sent(512, |request| request, Method::DELETE);
    assert_eq!(text, head(&format!("DELETE {target}"), "\r\n"));

    let (text, _) = sent(512, |request| request, Method::POST);
    assert_eq!(text, head(&format!("POST {target}"), "Content-Length: 0\r\n\r\n"));

    let (text, sends) = sent(512, |request| request.data("你好"), Method::PUT);
    assert_eq!(text, head(&format!("PUT {target}"), "Content-Length: 6\r\n\r\n你好"));
    assert_eq!(sends, 1);

    let form = |request: Request<'static>| request.form(&[("led", "on"), ("x y", "=")]);
    let (text, sends) = sent(512, form, Method::POST);
    let rest = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 14\r\n\r\nled=on&x+y=%3D";
    assert_eq!((text, sends), (head(&format!("POST {target}"), rest), 1));

    let json = |request: Request<'static>| request.json(&[1, 2, 301]);
    let (text, sends) = sent(512, json, Method::PATCH);
    let rest = "Content-Type: application/json\r\nContent-Length: 9\r\n\r\n[1,2,301]";
    assert_eq!((text, sends), (head(&format!("PATCH {target}"), rest), 1));

    let own = |request: Request<'static>| {
        request.header("User-Agent", "mPython").header("host", "other").header("X-Board", "掌控板")
    };
    let (text, _) = sent(512, own, Method::new("PURGE").unwrap());
    let expected = format!(
        "PURGE {target} HTTP/1.1\r\nConnection: close\r\nAccept-Encoding: identity\r\nUser-Agent: mPython\r\nhost: other\r\nX-Board: 掌控板\r\n\r\n"
    );
    assert_eq!(text, expected);
}

#[test]
fn bodies_longer_than_the_buffer_are_sent_whole() {
    let long = "光线传感器".repeat(300);
    for size in [200, 300, 4000] {
        let (text, _) = sent(size, |request| request.data("").header("A", "b"), Method::POST);
        assert!(text.ends_with("Content-Length: 0\r\n\r\n"));
        let mut stack = ScriptStack::new();
        stack.answers([b"HTTP/1.1 204 No Content\r\n\r\n".into()]);
        let mut buffer = vec![0; size];
        let request = Request::new(Method::POST, URL).data(&long);
        let mut client = Client::new(&mut stack, Ticks::every(1));
        request.over(&mut client).send(&mut buffer).unwrap();
        assert!(stack.sent(0).ends_with(long.as_bytes()), "{size}");
        assert_eq!(stack.moves(0).0, 2, "{size}");
    }
}

#[test]
fn requests_say_what_is_wrong_and_send_nothing() {
    let error = |make: &dyn Fn(Request<'static>) -> Request<'static>, url| {
        let buffer = Box::leak(Box::new([0; 128]));
        make(Request::new(Method::GET, url)).start::<()>(buffer).err()
    };
    let plain = |request: Request<'static>| request;
    assert_eq!(error(&plain, "mpython.cn"), Some(RequestError::Url(UrlError::NoScheme)));
    let injected = |request: Request<'static>| request.header("X", "a\r\nY: b");
    assert_eq!(error(&injected, URL), Some(RequestError::Header(InvalidHeader::Value)));
    let name = |request: Request<'static>| request.header("X y", "a");
    assert_eq!(error(&name, URL), Some(RequestError::Header(InvalidHeader::Name)));
    let framing = |request: Request<'static>| request.header("content-length", "3");
    assert_eq!(error(&framing, URL), Some(RequestError::FramingHeader));
    let many =
        |request| (0..9).fold(request, |request: Request<'static>, _| request.header("X", "y"));
    assert_eq!(error(&many, URL), Some(RequestError::TooManyHeaders));
    let long =
        |request: Request<'static>| request.header("X", "0123456789012345678901234567890123456789");
    let room = BufferTooSmall { have: 128, need: 160 };
    assert_eq!(error(&long, URL), Some(RequestError::HeadTooLong(room)));
    let mut buffer = [0; 187];
    let value = "0123456789012345678901234567890123456789";
    let request = Request::new(Method::POST, URL).json(&value);
    let Err(RequestError::JsonTooLong(room)) = request.start::<()>(&mut buffer) else {
        panic!("it does not fit")
    };
    assert_eq!(room.have, 187);
    assert!(request.start::<()>(&mut vec![0; room.need]).is_ok(), "{room}");
}
