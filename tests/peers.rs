//! Defects of other clients, each with its test: ours must not have them. Sources are named by issue, or by
//! the version that was read in 2026-11.

use embedded_io::ErrorKind;
use nal_http::client::{
    Client, Error, ErrorOf, Multipart, Part, Pool, RedirectError, Request, RequestError,
    ResponseError, Upload,
};
use nal_http::net::Timeouts;
use nal_http::testing::{ScriptStack, Step, Ticks};
use nal_http::wire::{BodyError, BufferTooSmall, HeadError, InvalidHeader, Method};

type Failure = ErrorOf<ScriptStack>;
type Answer = Result<(u16, String, String), Failure>;

const URL: &str = "http://mpython.cn/light";

/// Status, reason and body of what a server answers with; and what it got.
fn exchange(request: &Request<'_>, answers: &[&[u8]]) -> (Answer, Vec<String>) {
    let mut stack = ScriptStack::new();
    for answer in answers {
        stack.answers([Step::from(*answer), Step::Close]);
    }
    let answer = collect(&mut stack, request);
    assert_eq!(stack.open_sockets(), 0, "a socket is left behind");
    let sent = (0..answers.len()).map(|socket| String::from_utf8_lossy(stack.sent(socket)).into());
    (answer, sent.collect())
}

fn collect(stack: &mut ScriptStack, request: &Request<'_>) -> Answer {
    let mut buffer = [0; 512];
    let mut call = request.start(&mut buffer).map_err(Error::Request)?;
    let mut now = 0;
    nb::block!({
        now += 1;
        call.collect(stack, now)
    })?;
    let body = String::from_utf8(call.content().to_vec()).unwrap();
    Ok((call.status_code(), call.reason().to_owned(), body))
}

fn get(answer: &[u8]) -> Answer {
    exchange(&Request::new(Method::GET, URL).timeout(100), &[answer]).0
}

fn sent(request: &Request<'_>) -> String {
    let (answer, mut sent) = exchange(request, &[b"HTTP/1.1 204 No Content\r\n\r\n"]);
    assert_eq!(answer.map(|(code, ..)| code), Ok(204));
    sent.remove(0)
}

/// The body of a request, whose announced length must be its own.
fn body(request: &Request<'_>) -> String {
    let sent = sent(request);
    let (head, body) = sent.split_once("\r\n\r\n").unwrap();
    let length = format!("Content-Length: {}", body.len());
    assert!(head.lines().any(|line| line == length), "{length}, not:\n{head}");
    body.to_owned()
}

fn ok(body: &str) -> Answer {
    Ok((200, "OK".into(), body.into()))
}

// micropython-lib#422, #859: lengths count characters, so a server truncates Chinese text.

#[test]
fn lengths_count_bytes_of_chinese_text_and_not_characters() {
    let post = || Request::new(Method::POST, URL);
    assert_eq!(body(&post().data("光线传感器")), "光线传感器");
    assert_eq!(body(&post().data("光线传感器".as_bytes())), "光线传感器");
    assert_eq!(body(&post().form(&[("城市", "深圳")])), "%E5%9F%8E%E5%B8%82=%E6%B7%B1%E5%9C%B3");
    assert_eq!(body(&post().json(&["深圳", "a"])), "[\"深圳\",\"a\"]");
    let mut reader = "光线".as_bytes();
    assert_eq!(body(&post().upload(&Upload::sized(&mut reader, 6))), "光线");
    let mut file = "光\r\n线".as_bytes();
    let parts = [Part::field("名", "值"), Part::file("文件", "光.txt", "text/plain", &mut file, 8)];
    let form = body(&post().files(&Multipart::new(&parts, [1; 16])));
    assert!(form.contains("name=\"名\"\r\n\r\n值\r\n"), "{form}");
    assert!(form.contains("filename=\"光.txt\"") && form.contains("光\r\n线\r\n--"), "{form}");
    let mut reader = "光线".as_bytes();
    let chunked = sent(&post().upload(&Upload::chunked(&mut reader)));
    assert!(chunked.ends_with("6\r\n光线\r\n0\r\n\r\n"), "{chunked}");
}

#[test]
fn chinese_text_arrives_whole() {
    assert_eq!(get("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n光线".as_bytes()), ok("光线"));
    let chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n\xe5\x85\x89\xe7\r\n2\r\n\xba\xbf\r\n0\r\n\r\n";
    assert_eq!(get(chunks), ok("光线"));
}

// mPython's urequests, and micropython-lib's requests.

#[test]
fn the_reason_is_that_of_the_status_line() {
    // urequests: `reason` is the last header line, and never set.
    let answer = get(b"HTTP/1.1 404 Not Found\r\nX: y\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(answer, Ok((404, "Not Found".into(), String::new())));
}

#[test]
fn a_second_question_mark_is_never_added() {
    // urequests appends `?` to a URL that has a query.
    let request = Request::new(Method::GET, "http://mpython.cn/a?b=c").params(&[("d", "e f")]);
    assert!(sent(&request).starts_with("GET /a?b=c&d=e+f HTTP/1.1\r\n"), "{}", sent(&request));
    let request = Request::new(Method::GET, "http://mpython.cn/a").params(&[]);
    assert!(sent(&request).starts_with("GET /a HTTP/1.1\r\n"));
}

#[test]
fn what_is_escaped_is_not_escaped_again() {
    // urequests quotes the `%` of a URL that was quoted.
    let request = Request::new(Method::GET, "http://mpython.cn/%E5%85%89?a=%20b");
    assert!(sent(&request).starts_with("GET /%E5%85%89?a=%20b HTTP/1.1\r\n"));
    // A value is text, and its `%` is one.
    let request = Request::new(Method::GET, "http://mpython.cn/").params(&[("a", "100%")]);
    assert!(sent(&request).starts_with("GET /?a=100%25 HTTP/1.1\r\n"));
}

#[test]
fn the_host_header_has_its_port() {
    // reqwless 0.14 and urequests drop it.
    let sent_to = |url| sent(&Request::new(Method::GET, url));
    assert!(sent_to("http://192.168.0.9:8080/").contains("\r\nHost: 192.168.0.9:8080\r\n"));
    assert!(sent_to("http://[::1]:8080/").contains("\r\nHost: [::1]:8080\r\n"));
    assert!(sent_to("http://mpython.cn/").contains("\r\nHost: mpython.cn\r\n"));
}

#[test]
fn there_is_a_user_agent() {
    // micropython-lib#622: servers answer 403 without one.
    let agents = |request: Request<'_>| {
        let sent = sent(&request);
        let agents = sent.lines().filter(|line| line.to_lowercase().starts_with("user-agent:"));
        agents.map(str::to_owned).collect::<Vec<_>>()
    };
    let own = format!("User-Agent: nal-http/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(agents(Request::new(Method::GET, URL)), [own]);
    let request = Request::new(Method::GET, URL).header("user-agent", "mPython");
    assert_eq!(agents(request), ["user-agent: mPython"]);
}

#[test]
fn header_names_have_no_case() {
    // urequests looks for `Transfer-Encoding` in one spelling; reqwless for `chunked` in one.
    let answer = b"HTTP/1.1 200 OK\r\ntRANSFER-eNCODING: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    assert_eq!(get(answer), ok("abc"));
    assert_eq!(get(b"HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 3\r\n\r\nabcd"), ok("abc"));
}

#[test]
fn redirects_have_a_limit_and_relative_locations() {
    // urequests raises, micropython-lib follows for ever and takes locations that begin with `/` only.
    let circle = &b"HTTP/1.1 302 Found\r\nLocation: ?again\r\n\r\n"[..];
    let (answer, sent) = exchange(&Request::new(Method::GET, URL), &[circle; 6]);
    let limit = ResponseError::Redirect(RedirectError::TooMany { limit: 5 });
    assert_eq!(answer, Err(Error::Response(limit)));
    assert!(sent[5].starts_with("GET /light?again HTTP/1.1\r\n"), "{}", sent[5]);
}

#[test]
fn a_response_to_head_has_no_body() {
    // micropython-lib waits for the Content-Length; edge-http 0.8 knows no method when it frames.
    let request = Request::new(Method::HEAD, URL).timeout(100);
    let answer = exchange(&request, &[b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"]).0;
    assert_eq!(answer, ok(""));
}

#[test]
fn no_connection_is_left_open_by_an_error() {
    // micropython-lib#151, #175, #200, #741: out of memory after some requests.
    for answer in [&b""[..], b"SSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na"] {
        let mut stack = ScriptStack::new();
        for _ in 0..20 {
            stack.answers([Step::from(answer)]);
            let request = Request::new(Method::GET, URL).timeout(20);
            assert!(collect(&mut stack, &request).is_err());
            assert_eq!(stack.open_sockets(), 0);
        }
    }
}

// reqwless 0.14.

#[test]
fn https_is_never_sent_in_plain_text() {
    let request = Request::new(Method::GET, "https://mpython.cn/");
    let (answer, sent) = exchange(&request, &[b"HTTP/1.1 200 OK\r\n\r\n"]);
    assert_eq!((answer, sent[0].as_str()), (Err(Error::Request(RequestError::Https)), ""));
}

#[test]
fn an_interim_response_is_not_the_answer() {
    // reqwless takes a 1xx for the final response; ureq#372 had trouble with a 100 that nobody asked for.
    let answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na";
    assert_eq!(get(answer), ok("a"));
}

#[test]
fn a_304_with_a_length_has_no_body() {
    let answer = get(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 300\r\nETag: \"a\"\r\n\r\n");
    assert_eq!(answer, Ok((304, "Not Modified".into(), String::new())));
}

#[test]
fn a_204_with_a_length_is_no_error() {
    // reqwless#76.
    let answer = get(b"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n");
    assert_eq!(answer, Ok((204, "No Content".into(), String::new())));
}

#[test]
fn a_body_without_length_ends_with_the_connection() {
    // reqwless#25.
    assert_eq!(get(b"HTTP/1.1 200 OK\r\n\r\nabc"), ok("abc"));
}

#[test]
fn headers_are_those_that_came() {
    // reqwless yields 64 headers, most of them empty.
    let mut stack = ScriptStack::new();
    stack.answers([Step::from(&b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 0\r\n\r\n"[..])]);
    let mut buffer = [0; 256];
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let response = client.get(URL).send(&mut buffer).unwrap();
    let names: Vec<&str> = response.headers().map(|(name, _)| name).collect();
    assert_eq!(names, ["A", "Content-Length"]);
}

#[test]
fn more_bytes_than_announced_are_no_error_and_not_the_next_response() {
    assert_eq!(get(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef"), ok("abc"));
    // ureq-proto#29: a pooled connection with unread bytes.
    let mut stack = ScriptStack::new();
    let mut pool = Pool::<_, 1>::new();
    let answer =
        &b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\n\r\nforged"[..];
    for _ in 0..2 {
        stack.answers([Step::from(answer)]);
    }
    for socket in 0..2 {
        let mut buffer = [0; 256];
        let mut client = Client::new(&mut stack, Ticks::every(1)).keep_alive(&mut pool);
        assert_eq!(client.get(URL).send(&mut buffer).unwrap().text(), Ok("abc"));
        assert!(!stack.is_open(socket), "it is not used again");
    }
}

#[test]
fn a_length_beside_chunks_is_refused() {
    // reqwless prefers the length: two readers of one response then see two bodies.
    let both = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    assert_eq!(get(both), Err(Error::Response(ResponseError::Head(HeadError::LengthAndCoding))));
}

#[test]
fn a_line_break_in_a_header_is_refused() {
    for value in ["a\r\nX: y", "a\n", "a\rb", "a\0"] {
        let request = Request::new(Method::GET, URL).header("A", value);
        let refused = Err(Error::Request(RequestError::Header(InvalidHeader::Value)));
        assert_eq!(exchange(&request, &[]).0, refused, "{value:?}");
    }
}

#[test]
fn a_long_password_is_sent_whole() {
    // reqwless stops at 128 bytes; esp-idf#6157, #4842 cut long headers off.
    let password = "密".repeat(60);
    let sent = sent(&Request::new(Method::GET, URL).auth("n", &password));
    let line = sent.lines().find(|line| line.starts_with("Authorization: Basic ")).unwrap();
    assert_eq!(line.len(), "Authorization: Basic ".len() + (2 + 180_usize).div_ceil(3) * 4);
}

// Chunks: reqwless#33, #57, #58, #61, #75, #81; edge-http 0.8; esphome#5949, #9353, #14149.

#[test]
fn chunks_in_all_their_forms() {
    let cut = |error| Err(Error::Response(ResponseError::Body(error)));
    for (chunks, answer) in [
        ("5\r\nhello\r\n0\r\n\r\n", ok("hello")),
        ("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", ok("hello!")),
        ("0\r\n\r\n", ok("")),
        ("A\r\n0123456789\r\na\r\n0123456789\r\n000\r\n\r\n", ok("01234567890123456789")),
        ("5;name=\"a long value; more of it\"\r\nhello\r\n0;x\r\n\r\n", ok("hello")),
        ("5 \r\nhello\r\n0\r\n\r\n", ok("hello")),
        ("5\r\nhello\r\n0\r\nTrailer: a\r\nOther: b\r\n\r\n", ok("hello")),
        ("4\r\n\r\n\r\n\r\n0\r\n\r\n", ok("\r\n\r\n")),
        ("3\r\n0\r\n\r\n0\r\n\r\n", ok("0\r\n")),
        // edge-http: the end of the connection where a chunk should begin is "done".
        ("5\r\nhello\r\n", cut(BodyError::UnexpectedEnd)),
        ("5\r\nhello\r\n0\r\n", cut(BodyError::UnexpectedEnd)),
        ("5\r\nhel", cut(BodyError::UnexpectedEnd)),
        ("5\r\nhelloo\r\n0\r\n\r\n", cut(BodyError::ChunkEnd)),
        ("\r\n", cut(BodyError::ChunkSize)),
        ("-5\r\nhello\r\n", cut(BodyError::ChunkSize)),
        ("0x5\r\nhello\r\n", cut(BodyError::ChunkSize)),
        ("10000000000000000\r\n", cut(BodyError::ChunkTooLong)),
        ("0\r\nno colon\r\n\r\n", cut(BodyError::Trailer)),
    ] {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let whole = format!("{head}{chunks}");
        for split in head.len()..=whole.len() {
            let mut stack = ScriptStack::new();
            let (front, rest) = whole.as_bytes().split_at(split);
            stack.answers([Step::from(front), Step::Idle, Step::from(rest), Step::Close]);
            let request = Request::new(Method::GET, URL);
            assert_eq!(collect(&mut stack, &request), answer, "{chunks:?} at {split}");
        }
    }
}

#[test]
fn the_last_chunk_leaves_the_connection_clean() {
    // reqwless#61: the last CRLF was not consumed, and stood in front of the next response.
    let mut stack = ScriptStack::new();
    let mut pool = Pool::<_, 1>::new();
    let answer = &b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"[..];
    stack.answers([answer.into(), Step::Idle, answer.into()]);
    for _ in 0..2 {
        let mut buffer = [0; 256];
        let mut client = Client::new(&mut stack, Ticks::every(1)).keep_alive(&mut pool);
        assert_eq!(client.get(URL).send(&mut buffer).unwrap().text(), Ok("abc"));
    }
    pool.close(&mut stack);
}

// esp-idf.

#[test]
fn headers_that_nobody_wants_do_not_fill_the_buffer() {
    // esp-idf#6758, #6547: "Header fields are too long".
    let cookies = "Set-Cookie: abcdefghij\r\n".repeat(300);
    let answer = format!("HTTP/1.1 200 OK\r\n{cookies}Content-Length: 3\r\n\r\nabc");
    assert_eq!(get(answer.as_bytes()), ok("abc"));
}

#[test]
fn a_long_location_is_followed_or_told() {
    // esp-idf#4617, #6157: it is cut off.
    let redirect = |length: usize| {
        let location = "a".repeat(length);
        let answer = format!("HTTP/1.1 301 Moved\r\nLocation: /{location}\r\n\r\n");
        exchange(
            &Request::new(Method::GET, URL),
            &[answer.as_bytes(), b"HTTP/1.1 200 OK\r\n\r\nabc"],
        )
    };
    let (answer, sent) = redirect(150);
    assert_eq!(answer, ok("abc"));
    assert!(sent[1].starts_with(&format!("GET /{} HTTP/1.1\r\n", "a".repeat(150))));
    let (answer, sent) = redirect(300);
    let Err(Error::Response(ResponseError::FollowUp(room))) = answer else {
        panic!("{answer:?}");
    };
    assert!(matches!(room, BufferTooSmall { have, need } if need > have), "{room:?}");
    assert_eq!(sent[1], "");
}

/// Downloads over connections that are answered so, and returns the file.
fn download(answers: &[&[u8]]) -> (Vec<u8>, Vec<String>) {
    let mut stack = ScriptStack::new();
    for answer in answers {
        stack.answers([Step::from(*answer)]);
    }
    let (mut file, mut buffer) = (Vec::new(), [0; 512]);
    let timeouts = Timeouts::each(2_000);
    let mut client = Client::new(&mut stack, Ticks::every(1)).timeouts(timeouts);
    let result = client.download(URL, &mut buffer, |piece| {
        file.truncate(usize::try_from(piece.offset).unwrap());
        file.extend_from_slice(piece.bytes);
        Ok::<(), ErrorKind>(())
    });
    assert_eq!(result.unwrap(), file.len() as u64);
    let sent = (0..answers.len()).map(|socket| String::from_utf8_lossy(stack.sent(socket)).into());
    (file, sent.collect())
}

#[test]
fn a_download_goes_on_only_with_the_part_that_was_asked_for() {
    // esp-idf#14778, #17520, #17960: a 200 to a Range was written behind what was there.
    let cut = &b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nETag: \"a\"\r\n\r\nabc"[..];
    let rest = &b"HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\nContent-Range: bytes 3-5/6\r\nETag: \"a\"\r\n\r\ndef"[..];
    let (file, sent) = download(&[cut, rest]);
    assert_eq!(file, b"abcdef");
    assert!(
        sent[1].contains("\r\nRange: bytes=3-\r\n") && sent[1].contains("\r\nIf-Range: \"a\"\r\n")
    );
    // The file has changed: it is sent whole.
    let whole = &b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nETag: \"b\"\r\n\r\nWXYZ"[..];
    assert_eq!(download(&[cut, whole]).0, b"WXYZ");
    // Another part than the one that was asked for is not written.
    let other = &b"HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\nContent-Range: bytes 0-2/6\r\nETag: \"a\"\r\n\r\nabc"[..];
    let (file, sent) = download(&[cut, other, whole]);
    assert_eq!(file, b"WXYZ");
    assert!(!sent[2].contains("Range"), "it is not asked for again");
}

// ureq.

#[test]
fn a_stale_connection_is_tried_again_only_if_that_is_safe() {
    // ureq#10, #1198.
    for (method, is_safe) in [(Method::GET, true), (Method::PUT, true), (Method::POST, false)] {
        let mut stack = ScriptStack::new();
        let mut pool = Pool::<_, 1>::new();
        let answer = &b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"[..];
        // It closes when the second request has come.
        stack.answers([answer.into(), Step::Idle, Step::Close]);
        stack.answers([answer.into()]);
        let mut ask = |method| {
            let mut buffer = [0; 256];
            let mut client = Client::new(&mut stack, Ticks::every(1)).keep_alive(&mut pool);
            let response = client.request(method, URL).send(&mut buffer);
            response.and_then(|mut response| response.text().map(str::to_owned))
        };
        assert_eq!(ask(Method::GET).as_deref(), Ok("abc"));
        let second = ask(method);
        assert_eq!(second.is_ok(), is_safe, "{second:?}");
    }
}

#[test]
fn credentials_never_cross_to_another_host() {
    // micropython-lib sends all headers wherever it is redirected to.
    let request = Request::new(Method::GET, URL).auth("name", "password").header("Cookie", "a=b");
    let redirect = &b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\n\r\n"[..];
    let (answer, sent) = exchange(&request, &[redirect, b"HTTP/1.1 200 OK\r\n\r\nabc"]);
    assert_eq!(answer, ok("abc"));
    assert!(sent[0].contains("Authorization: ") && sent[0].contains("Cookie: a=b"));
    assert!(!sent[1].contains("Authorization") && !sent[1].contains("Cookie"), "{}", sent[1]);
}
