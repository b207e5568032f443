//! Requests and responses as bytes.

use nal_http::server::Failure;
use nal_http::testing::TestClient;
use nal_http::wire::Method;

use crate::app::{App, FLASH, numbers, site};

fn answer_to(request: &[u8]) -> String {
    let answer = TestClient::new(site()).send_bytes(&mut App::default(), request);
    String::from_utf8(answer).unwrap()
}

/// What comes in, and what must go out.
pub fn exchanges() -> Vec<(String, String)> {
    let ok = |headers: &str, body: &str| format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n{body}");
    let plain = "Content-Type: text/plain\r\n";
    let utf8 = "Content-Type: text/plain; charset=utf-8\r\n";
    let hello = ok(&format!("{utf8}Content-Length: 11"), "hello world");
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
    let post = |target: &str, body: &str| {
        format!("POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    };
    let form = |target: &str, body: &str| {
        let front = "Host: a\r\nContent-Type: application/x-www-form-urlencoded\r\n";
        post(target, body).replace("Host: a\r\n", front)
    };
    let chunks = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n";
    vec![
        (get("/"), hello.clone()),
        (get("/?x=1&name=%E6%8E%8C+1"), ok(&format!("{utf8}Content-Length: 11"), "hello 掌 1")),
        (get("http://a/?name=b"), ok(&format!("{utf8}Content-Length: 7"), "hello b")),
        (get("/led/7/on"), ok(&format!("{plain}Content-Length: 3"), "7on")),
        (form("/form", "a=1&%E5%90%8D=%E5%85%89"), ok(&format!("{utf8}Content-Length: 3"), "光")),
        (post("/collect", "abc"), ok(&format!("{plain}Content-Length: 3"), "abc")),
        (post("/upload", "abc"), ok(&format!("{plain}Content-Length: 1"), "3")),
        (post("/echo", "光线"), ok(&format!("{plain}Content-Length: 6"), "光线")),
        (post("/echo", ""), ok(&format!("{plain}Content-Length: 0"), "")),
        // Two requests at once are answered in their order.
        (
            get("/") + &get("/led/1/x"),
            hello.clone() + &ok(&format!("{plain}Content-Length: 2"), "1x"),
        ),
        (post("/collect", "a") + &get("/"), ok(&format!("{plain}Content-Length: 1"), "a") + &hello),
        // The body of a request that is refused is read past.
        (
            post("/nowhere", "abc") + &get("/"),
            format!("HTTP/1.1 404 Not Found\r\n{utf8}Content-Length: 9\r\n\r\nNot Found{hello}"),
        ),
        (
            "GET / HTTP/1.0\r\n\r\n".into(),
            ok(&format!("Connection: close\r\n{utf8}Content-Length: 11"), "hello world"),
        ),
        (
            "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n".into(),
            ok(&format!("Connection: keep-alive\r\n{utf8}Content-Length: 11"), "hello world"),
        ),
        (
            format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n{}", get("/")),
            ok(&format!("Connection: close\r\n{utf8}Content-Length: 11"), "hello world"),
        ),
        (
            "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned() + &get("/"),
            ok(&format!("{utf8}Content-Length: 11"), "") + &hello,
        ),
        (
            "HEAD /broken HTTP/1.1\r\nHost: a\r\n\r\n".to_owned() + &get("/"),
            format!(
                "HTTP/1.1 500 Internal Server Error\r\n{utf8}Content-Length: 21\r\n\r\n{hello}"
            ),
        ),
        (get("/none") + &get("/"), format!("HTTP/1.1 204 No Content\r\n\r\n{hello}")),
        (
            get("/moved"),
            format!("HTTP/1.1 302 Found\r\nLocation: /\r\n{utf8}Content-Length: 0\r\n\r\n"),
        ),
        (get("/json"), ok("Content-Type: application/json\r\nContent-Length: 9", "[1,2,301]")),
        (get("/sized"), ok(&format!("{plain}Content-Length: 2000"), &numbers())),
        (
            "OPTIONS /led/1 HTTP/1.1\r\nHost: a\r\n\r\n".into(),
            "HTTP/1.1 204 No Content\r\nAllow: PUT\r\n\r\n".into(),
        ),
        (
            "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n".into(),
            format!(
                "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n{utf8}Content-Length: 18\r\n\r\nMethod Not Allowed"
            ),
        ),
        (
            get("/refused"),
            format!("HTTP/1.1 400 Bad Request\r\n{utf8}Content-Length: 13\r\n\r\nnot like this"),
        ),
        (
            chunks.into(),
            String::new(), // see below: the pieces depend on how it arrives
        ),
    ]
}

#[test]
fn requests_split_at_every_byte() {
    for (request, expected) in exchanges() {
        let bytes = request.as_bytes();
        for at in 0..=bytes.len() {
            let (front, back) = bytes.split_at(at);
            let pieces = [front, back].into_iter().filter(|piece| !piece.is_empty());
            check(pieces, &request, &expected);
        }
        check(bytes.chunks(1), &request, &expected);
    }
}

fn check<'p>(pieces: impl IntoIterator<Item = &'p [u8]>, request: &str, expected: &str) {
    let mut client = TestClient::new(site()).slot(1024);
    let answer = client.send_pieces(&mut App::default(), pieces);
    let answer = String::from_utf8(answer).unwrap();
    if expected.is_empty() {
        let Some((head, body)) = answer.split_once("\r\n\r\n") else {
            panic!("{request}: {answer}");
        };
        assert!(head.ends_with("Transfer-Encoding: chunked"), "{head}");
        assert_eq!(unchunk(body), "abcde");
    } else {
        assert_eq!(answer, expected, "{request}");
    }
}

fn unchunk(mut body: &str) -> String {
    let mut whole = String::new();
    loop {
        let (size, rest) = body.split_once("\r\n").unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        let (data, rest) = rest.split_at(size);
        whole += data;
        body = rest.strip_prefix("\r\n").unwrap();
        if size == 0 {
            assert_eq!(body, "", "nothing comes behind the last chunk");
            return whole;
        }
    }
}

#[test]
fn each_status_where_it_belongs() {
    let long = "x".repeat(600);
    let with = |line: &str, headers: &str| format!("{line} HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
    let table = [
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".into(), 400),
        ("GET /\r\n\r\n".into(), 400),
        ("\u{16}\u{3}\u{1}\r\n\r\n".into(), 400),
        (with("GET /", "A : b\r\n"), 400),
        (with("POST /collect", "Content-Length: 3x\r\n"), 400),
        (with("POST /collect", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400),
        (with("POST /collect", "Transfer-Encoding: chunked\r\n") + "zz\r\n", 400),
        (with("POST /upload", "Transfer-Encoding: chunked\r\n") + "3\r\nabcd", 400),
        ("POST /collect HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n".into(), 400),
        (with("PUT /led/999", ""), 400),
        (with("GET /nowhere", ""), 404),
        (with("POST /", ""), 405),
        (with("POST /collect", "Content-Length: 600\r\n") + &long, 413),
        (with("POST /collect", "Content-Length: 99999999999\r\n"), 413),
        (with("POST /collect", "Transfer-Encoding: chunked\r\n") + "258\r\n" + &long, 413),
        (with(&format!("GET /{long}"), ""), 414),
        (with("GET /", "Expect: tea\r\n"), 417),
        (with("GET /", &format!("X-Token: {long}\r\n")), 431),
        (with("GET /", &"A: b\r\n".repeat(4000)), 431),
        (with("GET /broken", ""), 500),
        (with("GET /long", ""), 500),
        (with("GET /inject", ""), 500),
        (with("BREW /", ""), 501),
        (with("POST /collect", "Transfer-Encoding: gzip\r\n"), 400),
        (with("POST /collect", "Transfer-Encoding: gzip, chunked\r\n"), 501),
        ("GET / HTTP/2.0\r\n\r\n".into(), 505),
        (with("GET /", &format!("Cookie: {}\r\n", "c".repeat(4096))), 200),
    ];
    for (request, code) in table {
        let answer = answer_to(request.as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {code} ")), "{code}: {request} {answer}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{request} {answer}");
    }
}

#[test]
fn a_failure_is_told_to_the_hook_and_not_to_the_stranger() {
    let mut app = App::default();
    let answer = TestClient::new(site()).get(&mut app, "/broken");
    assert_eq!((answer.status_code, answer.text()), (500, "Internal Server Error"));
    assert_eq!(app.failures, [Failure::internal("the bus is stuck")]);
    TestClient::new(site()).get(&mut app, "/long");
    let sentence = app.failures[1].to_string();
    assert!(sentence.contains("(512 bytes, 50"), "{sentence}");
}

#[test]
fn bodies_of_any_length_come_out_of_a_small_slot() {
    let mut app = App::default();
    for slot in [256, 512, 1024, 200_000] {
        let mut client = TestClient::new(site()).slot(slot);
        assert_eq!(client.get(&mut app, "/flash").content, FLASH);
        assert_eq!(client.get(&mut app, "/count").text(), numbers());
        assert_eq!(client.get(&mut app, "/sized").text(), numbers());
        let long = numbers().repeat(20);
        let url = "http://test/echo";
        let request = nal_http::client::Request::new(Method::POST, url).data(&long);
        assert_eq!(client.send(&mut app, &request).text(), long);
    }
}

#[test]
fn a_client_of_http_1_0_gets_no_chunks() {
    let answer = answer_to(b"GET /count HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(head, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain");
    assert_eq!(body, numbers());
}

#[test]
fn a_body_shorter_than_announced_is_never_passed_off_as_whole() {
    let mut app = App::default();
    let request = b"GET /short HTTP/1.1\r\nHost: a\r\n\r\n";
    let answer = TestClient::new(site()).send_bytes(&mut app, &[&request[..], request].concat());
    let answer = String::from_utf8(answer).unwrap();
    assert_eq!(answer.matches("HTTP/1.1").count(), 1, "the connection does not go on");
    assert!(app.failures[0].to_string().contains("announced"));
}

#[test]
fn expect_continue_is_promised_when_the_body_is_wanted() {
    let head = |target: &str, length| {
        format!(
            "POST {target} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let go_on = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK";
    for target in ["/collect", "/upload", "/echo"] {
        let head = head(target, 3);
        let pieces = [head.as_bytes(), b"abc"];
        let answer = TestClient::new(site()).send_pieces(&mut App::default(), pieces);
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with(go_on), "{target}: {answer}");
        assert!(
            answer.ends_with(if target == "/upload" { "\r\n\r\n3" } else { "abc" }),
            "{answer}"
        );
    }
    // A body that came along is not asked for.
    let answer = answer_to((head("/collect", 3) + "abc").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    // What is refused by its head is not asked for either, and its connection ends.
    for (target, length, status) in
        [("/collect", 600, 413), ("/nowhere", 3, 404), ("/early", 3, 401)]
    {
        let answer = answer_to(head(target, length).as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains("Connection: close\r\n"), "{answer}");
    }
}
