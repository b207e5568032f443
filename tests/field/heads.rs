//! Heads of responses that are not quite what RFC 9112 says.

use nal_http::client::{Client, Error, ErrorOf, ResponseError};
use nal_http::testing::{ScriptStack, Step, Ticks};
use nal_http::wire::HeadError;

/// What became of an answer: the status, the body, whether headers were dropped, and a header.
#[derive(Debug, Clone, PartialEq)]
struct Answer {
    code: u16,
    body: String,
    dropped: bool,
    header: Option<String>,
}

type Outcome = Result<Answer, ErrorOf<ScriptStack>>;

fn get(pieces: &[&[u8]], size: usize, wanted: &str) -> Outcome {
    let mut stack = ScriptStack::new();
    stack.answers(pieces.iter().map(Step::from).chain([Step::Close]));
    let mut buffer = vec![0; size];
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let names = [wanted];
    let mut response = client.get("http://mpython.cn/").want(&names).send(&mut buffer)?;
    let header = response.header(wanted).map(str::to_owned);
    let (code, dropped) = (response.status_code(), response.headers_dropped());
    Ok(Answer { code, body: response.text()?.to_owned(), dropped, header })
}

/// However the answer is split, the outcome is the same.
fn answer_to(answer: &[u8], size: usize, wanted: &str) -> Outcome {
    let whole = get(&[answer], size, wanted);
    for at in 1..answer.len() {
        let (front, back) = answer.split_at(at);
        assert_eq!(get(&[front, back], size, wanted), whole, "{at} {}", answer.escape_ascii());
    }
    let bytes: Vec<&[u8]> = answer.chunks(1).collect();
    assert_eq!(get(&bytes, size, wanted), whole, "{}", answer.escape_ascii());
    whole
}

fn around(line: &[u8]) -> Vec<u8> {
    let front = b"HTTP/1.1 200 OK\r\nX-First: 1\r\n";
    [front, line, b"\r\nX-Wanted: here\r\nContent-Length: 2\r\n\r\nhi"].concat()
}

fn refused(line: u16) -> Outcome {
    Err(Error::Response(ResponseError::Head(HeadError::Header { line })))
}

const SIZES: [usize; 3] = [160, 256, 1024];

/// PHP and Perl scripts print warnings into the head; Python and Java servers put a space before the colon; a
/// C++ server sent the value of the header before as the start of a name; firmware sends text in GB 2312.
#[test]
fn a_line_that_is_no_header_is_dropped() {
    let long = "x".repeat(300);
    let long = [
        format!("PHP Warning: {long}"),
        format!("Access-Control-Allow-Credentials : {long}"),
        format!("X-A: {long}\x01{long}"),
        format!("no colon {long}"),
    ];
    let lines: Vec<&[u8]> = vec![
        b"Access-Control-Allow-Credentials : true",
        b"Access-Control-Expose-Headers : Content-Length, Transfer-Encoding",
        b"PHP Warning: PHP Startup: x",
        b"en-US Content-Type: text/xml",
        b": x",
        b":",
        b"x",
        "X-好: x".as_bytes(),
        b"\xb9\xe2: x",
        b"X-A: a\x01b",
        b"X-A: a\0b",
        b"X-A: a\x7fb",
        b"X-Original-Content-Length : 17",
        b"(Content-Type): x",
        b"<br />",
        b"\x0b",
    ];
    let long = long.iter().map(String::as_bytes);
    for line in lines.into_iter().chain(long) {
        for size in SIZES {
            let answer = answer_to(&around(line), size, "X-Wanted").unwrap();
            let what = line.escape_ascii();
            assert_eq!((answer.code, answer.body.as_str()), (200, "hi"), "{what}");
            assert_eq!((answer.dropped, answer.header.as_deref()), (true, Some("here")), "{what}");
        }
    }
}

/// What a proxy in between could take for the length of the message: request smuggling kits send these, and what one
/// of two readers sees as another message is no answer for anybody.
#[test]
fn a_line_that_could_frame_the_message_is_refused() {
    let lines: [&[u8]; 15] = [
        b"Content-Length : 2",
        b"Content-Length\t: 2",
        b"content-length: 2\x01",
        b"Content-Length\x00: 2",
        b"\x01Content-Length: 2",
        b"Content-Length 2",
        b"en-US Content-Length: 2",
        b"Content-Length=2",
        b"\xa0Transfer-Encoding: chunked",
        b"Transfer-Encoding : chunked",
        b"Transfer-Encoding:\x0bchunked",
        b"\"Transfer-Encoding\": chunked",
        b"X: a\rContent-Length: 2",
        b"X: a\rb",
        b"\r",
    ];
    for line in lines {
        for size in SIZES {
            assert_eq!(answer_to(&around(line), size, "X"), refused(3), "{}", line.escape_ascii());
        }
    }
    let folded: [&[u8]; 5] = [
        b"Content-Length:\r\n 2",
        b"Content-Length: 2\r\n\t",
        b"Content-Length: 2\r\n 2",
        b"Transfer-Encoding:\r\n chunked",
        b"Transfer-Encoding: chunked\r\n , x",
    ];
    for line in folded {
        for size in SIZES {
            let outcome = answer_to(&around(line), size, "X");
            assert!(matches!(outcome, Err(Error::Response(ResponseError::Head(_)))), "{outcome:?}");
        }
    }
}

/// Behind the status line there is nothing to go on with: some CGI scripts indent all they print.
#[test]
fn a_head_that_begins_with_white_space() {
    let head = |line: &str| format!("HTTP/1.1 200 OK\r\n{line}\r\nContent-Length: 2\r\n\r\nhi");
    for line in [" X: y", "\tX: y\r\n z", " ", " x\r\n Content-Type: y"] {
        let answer = answer_to(head(line).as_bytes(), 256, "Content-Type").unwrap();
        assert_eq!((answer.body.as_str(), answer.dropped, answer.header), ("hi", true, None));
    }
    for line in [" Content-Length: 2", "\tTransfer-Encoding : chunked"] {
        assert_eq!(answer_to(head(line).as_bytes(), 256, "X"), refused(2), "{line}");
    }
    assert_eq!(answer_to(head(" x\r\n Content-Length: 2").as_bytes(), 256, "X"), refused(3));
}

/// Policies for browsers are folded by hand in many a server's configuration; so are Set-Cookie by old Java servers, and
/// Server by printers (RFC 9112 section 5.2: a user agent has to put them into one line).
#[test]
fn a_folded_header_reads_as_one() {
    let table = [
        ("X-Wanted:\r\n\tdefault-src self;\r\n\tchild-src x", "default-src self;  \tchild-src x"),
        ("X-Wanted: a\r\n b", "a   b"),
        ("X-Wanted: a\n b\n  c", "a  b   c"),
        ("X-Wanted: a\r\n ", "a"),
        ("X-Wanted: a\r\n Content-Length: 7", "a   Content-Length: 7"),
    ];
    for (line, expected) in table {
        let answer = format!("HTTP/1.1 200 OK\r\n{line}\r\nContent-Length: 2\r\n\r\nhi");
        for size in SIZES {
            let answer = answer_to(answer.as_bytes(), size, "X-Wanted").unwrap();
            let (value, body) = (answer.header.as_deref(), answer.body.as_str());
            assert_eq!((value, body), (Some(expected), "hi"), "{line:?}");
            assert!(!answer.dropped || size == 160, "{line:?}");
        }
    }
    // One that is not wanted, where there is room; and where a part of it has none.
    let policy = format!("Content-Security-Policy:{}", "\r\n\tdefault-src self;".repeat(15));
    for (size, dropped) in [(4096, false), (512, true), (160, true)] {
        for line in [policy.clone(), format!("A: {}\r\n {}", "x".repeat(200), "y".repeat(400))] {
            let answer = answer_to(&around(line.as_bytes()), size, "X-Wanted").unwrap();
            assert_eq!((answer.header.as_deref(), answer.dropped), (Some("here"), dropped));
        }
    }
    // One with a control character is none that can be read.
    let answer = answer_to(&around(b"X-Other: a\r\n b\x01"), 512, "X-Other").unwrap();
    assert_eq!((answer.header, answer.dropped), (None, true));
    // Whether the connection closes may stand in the second line.
    assert!(answer_to(&around(b"Connection: keep-alive,\r\n close"), 512, "X-Wanted").is_ok());
}

/// Host and Expect say nothing in a response: some frameworks return the headers of the request.
#[test]
fn headers_of_requests_mean_nothing_in_a_response() {
    for line in ["Host: a\r\nHost: b", "Host: a b/c", "Expect: tea", "Expect: 100-continue"] {
        let answer = answer_to(&around(line.as_bytes()), 512, "X-Wanted").unwrap();
        assert_eq!((answer.body.as_str(), answer.dropped), ("hi", false), "{line}");
    }
}

/// A reason that is a stack trace.
#[test]
fn a_reason_longer_than_the_buffer_is_dropped() {
    for length in [50, 140, 141, 142, 160, 400, 3000] {
        let reason = "x".repeat(length);
        let answer = format!(
            "HTTP/1.1 500 {reason}\r\nA: {}\r\nX-Wanted: here\r\nContent-Length: 2\r\n\r\nhi",
            "y".repeat(80)
        );
        for size in [160, 200, 4096] {
            let result = get(&[answer.as_bytes()], size, "X-Wanted").unwrap();
            let found = (result.code, result.body.as_str(), result.header.as_deref());
            assert_eq!(found, (500, "hi", Some("here")), "{length} in {size}");
            let bytes: Vec<&[u8]> = answer.as_bytes().chunks(1).collect();
            assert_eq!(get(&bytes, size, "X-Wanted"), Ok(result), "{length} in {size}");
        }
    }
}

/// The number that the error names is the smallest that does.
#[test]
fn a_wanted_header_that_does_not_fit_names_the_size_that_would() {
    let heads = [
        format!("X-Wanted: {}\r\n", "w".repeat(700)),
        format!("X-Wanted: {}\r\nB: 2\r\nX-Wanted: {}\r\n", "w".repeat(300), "v".repeat(900)),
        format!("A: {}\r\nX-Wanted: {}\r\nB: c\r\n", "a".repeat(900), "w".repeat(300)),
        format!("X-Wanted: {}\r\n {}\r\nB: c\r\n", "a".repeat(100), "w".repeat(300)),
        format!("X-Wanted: {}\r\n", "w".repeat(170)),
    ];
    for head in heads {
        for reason in ["OK", &"r".repeat(300)] {
            let answer = format!("HTTP/1.1 200 {reason}\r\n{head}Content-Length: 0\r\n\r\n");
            let answer = answer.as_bytes();
            for size in [150, 200, 300] {
                let error = get(&[answer], size, "X-Wanted");
                let need = match error {
                    Ok(_) => continue,
                    Err(Error::Response(ResponseError::Head(HeadError::BufferTooSmall {
                        need,
                    }))) => need,
                    other => panic!("{other:?}"),
                };
                let answer_in = |size| answer_to(answer, size, "X-Wanted");
                assert!(answer_in(need).is_ok_and(|answer| answer.header.is_some()), "{need}");
                let smaller = HeadError::BufferTooSmall { need };
                assert_eq!(answer_in(need - 1), Err(Error::Response(ResponseError::Head(smaller))));
            }
        }
    }
}
