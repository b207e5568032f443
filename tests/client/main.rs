//! The client against peers that follow a script: every response split at every byte.

mod faults;

use nal_http::client::{Client, Error, ErrorOf, JsonProblem, Request, ResponseError};
use nal_http::net::Timeouts;
use nal_http::testing::{ScriptStack, Step, Ticks};
use nal_http::wire::{BodyError, HeadError, Method};

type Scripted = ErrorOf<ScriptStack>;

/// Code, reason and body.
type Answer = (u16, String, Vec<u8>);

const URL: &str = "http://mpython.cn/light";

fn get(stack: &mut ScriptStack, size: usize) -> Result<Answer, Scripted> {
    let mut buffer = vec![0; size];
    let mut client = Client::new(stack, Ticks::every(1)).timeouts(Timeouts::each(100));
    let mut response = client.get(URL).send(&mut buffer)?;
    let (code, reason) = (response.status_code(), response.reason().to_owned());
    Ok((code, reason, response.content()?.to_vec()))
}

/// Reads the body in pieces of `piece` bytes.
fn get_pieces(stack: &mut ScriptStack, piece: usize) -> Result<Vec<u8>, Scripted> {
    let (mut buffer, mut piece) = (vec![0; 256], vec![0; piece]);
    let mut client = Client::new(stack, Ticks::every(1)).timeouts(Timeouts::each(100));
    let mut response = client.get(URL).send(&mut buffer)?;
    let mut body = Vec::new();
    loop {
        match response.read(&mut piece)? {
            0 => return Ok(body),
            n => body.extend_from_slice(&piece[..n]),
        }
    }
}

/// What a server sends, and what the client must make of it.
fn responses() -> Vec<(&'static [u8], Result<Answer, ResponseError>)> {
    let ok = |code, reason: &str, body: &str| Ok((code, reason.into(), body.as_bytes().to_vec()));
    let head = |error| Err(ResponseError::Head(error));
    let body = |error| Err(ResponseError::Body(error));
    vec![
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", ok(200, "OK", "abc")),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", ok(200, "OK", "abc")),
        (b"HTTP/1.0 200 OK\r\n\r\nabc", ok(200, "OK", "abc")),
        (b"HTTP/1.1 200 OK\r\n\r\n", ok(200, "OK", "")),
        (b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", ok(200, "", "")),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", ok(404, "Not Found", "no")),
        ("HTTP/1.1 200 好\r\nContent-Length: 6\r\n\r\n光线".as_bytes(), ok(200, "好", "光线")),
        (b"HTTP/1.1 200 \xff\r\nContent-Length: 0\r\n\r\n", ok(200, "", "")),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", ok(204, "No Content", "")),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", ok(304, "Not Modified", "")),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
            ok(200, "OK", "a"),
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n02\r\nde\r\n0\r\nT: u\r\n\r\n",
            ok(200, "OK", "abcde"),
        ),
        (b"HTTP/1.1 200 OK\nContent-Length: 3\n\nabc", ok(200, "OK", "abc")),
        (b"", Err(ResponseError::Closed)),
        (b"HTTP/1.1 200 OK\r\nContent-Len", Err(ResponseError::Closed)),
        (b"HTTP/1.1 100 Continue\r\n\r\n", Err(ResponseError::Closed)),
        (b"SSH-2.0-OpenSSH\r\n\r\n", head(HeadError::StartLine)),
        (b"HTTP/2.0 200 OK\r\n\r\n", head(HeadError::Version)),
        (b"HTTP/1.1 099 No\r\n\r\n", head(HeadError::StartLine)),
        (b"HTTP/1.1 200 OK\r\nA B: c\r\nA: b\r\n c\r\n\r\n", ok(200, "OK", "")),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\n",
            head(HeadError::Header { line: 2 }),
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", head(HeadError::ContentLength)),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            head(HeadError::ConflictingLengths),
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            head(HeadError::LengthAndCoding),
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: br\r\n\r\n", head(HeadError::TransferCoding)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", body(BodyError::UnexpectedEnd)),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
            body(BodyError::UnexpectedEnd),
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
            body(BodyError::ChunkEnd),
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", body(BodyError::ChunkSize)),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
            body(BodyError::ChunkTooLong),
        ),
    ]
}

fn check(pieces: Vec<Step>, expected: &Result<Answer, ResponseError>, what: &str) {
    let mut stack = ScriptStack::new();
    stack.answers(pieces.into_iter().chain([Step::Close]));
    let result = get(&mut stack, 200);
    assert_eq!(result, expected.clone().map_err(Error::Response), "{what}");
    assert_eq!(stack.open_sockets(), 0, "{what}: the socket is left open");
}

#[test]
fn responses_split_at_every_byte() {
    for (response, expected) in responses() {
        let text = response.escape_ascii().to_string();
        for at in 0..=response.len() {
            let (front, back) = response.split_at(at);
            check(vec![front.into(), Step::Idle, back.into()], &expected, &text);
        }
        let bytes = response.chunks(1).flat_map(|byte| [byte.into(), Step::Idle]);
        check(bytes.collect(), &expected, &text);
    }
}

#[test]
fn bodies_read_in_pieces_of_any_size() {
    for (response, expected) in responses() {
        for piece in [1, 2, 3, 100] {
            for step in [1, 5, 1000] {
                let mut stack = ScriptStack::new();
                let steps: Vec<Step> = response.chunks(step).map(Step::from).collect();
                stack.answers(steps.into_iter().chain([Step::Close]));
                let result = get_pieces(&mut stack, piece);
                let expected = expected.clone().map(|(_, _, body)| body).map_err(Error::Response);
                assert_eq!(result, expected, "{}", response.escape_ascii());
                assert_eq!(stack.open_sockets(), 0);
            }
        }
    }
}

#[test]
fn many_headers_pass_through_a_small_buffer() {
    let many: String = (0..200).map(|n| format!("X-Header-{n}: some value or other\r\n")).collect();
    let answer = format!("HTTP/1.1 200 OK\r\n{many}ETag: \"7\"\r\nContent-Length: 2\r\n\r\nhi");
    let mut stack = ScriptStack::new();
    stack.answers([answer.as_str().into()]);
    let mut buffer = [0; 512];
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let mut response = client.get(URL).want(&["ETag"]).send(&mut buffer).unwrap();
    assert_eq!(response.header("etag"), Some("\"7\""));
    assert!(response.headers_dropped());
    assert_eq!(response.content_length(), Some(2));
    assert_eq!(response.text(), Ok("hi"));
    assert_eq!(response.text(), Ok("hi"), "asked again, it answers the same");
}

#[test]
fn heads_over_a_limit_are_errors_of_their_own() {
    let answer = |rest: &str| format!("HTTP/1.1 200 OK\r\n{rest}\r\n");
    let error = |answer: String, limit| {
        let mut stack = ScriptStack::new();
        stack.answers([answer.as_str().into()]);
        let mut buffer = [0; 128];
        let mut client = Client::new(&mut stack, Ticks::every(1));
        let request = client.get(URL).want(&["Location"]).head_limit(limit);
        let error = request.send(&mut buffer).err();
        assert_eq!(stack.open_sockets(), 0);
        error
    };
    let long = answer(&format!("Location: /{}\r\n", "x".repeat(200)));
    let too_long = ResponseError::Head(HeadError::BufferTooSmall { need: 267 });
    assert_eq!(error(long, 16_384), Some(Error::Response(too_long)));
    let endless = answer(&"A: b\r\n".repeat(300));
    let limit = ResponseError::Head(HeadError::HeadTooLong { limit: 1000 });
    assert_eq!(error(endless, 1000), Some(Error::Response(limit)));
    let interim = "HTTP/1.1 103 Early\r\n\r\n".repeat(100);
    assert_eq!(error(interim, 1000), Some(Error::Response(limit)));
}

#[test]
fn a_body_too_long_to_collect_can_still_be_read() {
    let body: String = (0..100).map(|n| format!("{n:04}")).collect();
    let length = format!("HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{body}");
    let chunks: String = (0..100).map(|n| format!("4\r\n{n:04}\r\n")).collect();
    let chunked = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n");
    for answer in [length, chunked] {
        let mut stack = ScriptStack::new();
        stack.answers([answer.as_str().into()]);
        let mut buffer = [0; 200];
        let mut client = Client::new(&mut stack, Ticks::every(1));
        let mut response = client.get(URL).send(&mut buffer).unwrap();
        let error = response.content().err();
        let Some(Error::Response(ResponseError::TooLong(room))) = error else {
            panic!("{error:?}");
        };
        assert_eq!(room.have, 200);
        assert_eq!(room.need, answer.starts_with("HTTP/1.1 200 OK\r\nC").then_some(438));
        let mut read = Vec::new();
        let mut piece = [0; 64];
        loop {
            let n = response.read(&mut piece).unwrap();
            read.extend_from_slice(&piece[..n]);
            if n == 0 {
                break;
            }
        }
        assert_eq!(String::from_utf8(read).unwrap(), body, "nothing is lost");
    }
}

#[test]
fn a_response_that_is_let_go_closes_its_socket() {
    let mut stack = ScriptStack::new();
    stack.answers([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".into()]);
    let mut buffer = [0; 200];
    let mut client = Client::new(&mut stack, Ticks::every(1));
    client.get(URL).send(&mut buffer).unwrap().close();
    assert_eq!(stack.open_sockets(), 0);
}

#[test]
fn embedded_io_reads_a_response() {
    use embedded_io::Read;
    let mut stack = ScriptStack::new();
    stack.answers([b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc".into()]);
    let (mut buffer, mut out) = ([0; 200], [0; 3]);
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let mut response = client.get(URL).send(&mut buffer).unwrap();
    Read::read_exact(&mut response, &mut out).unwrap();
    assert_eq!(&out, b"abc");
    assert_eq!(Read::read(&mut response, &mut out), Ok(0));
}

#[test]
fn json_comes_and_goes() {
    #[derive(serde::Deserialize, PartialEq, Debug)]
    struct Place<'a> {
        city: &'a str,
        light: u16,
    }
    let mut stack = ScriptStack::new();
    let body = "{\"city\":\"深圳\",\"light\":301}";
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stack.answers([answer.as_str().into()]);
    stack.answers([answer.as_str().into()]);
    let mut buffer = [0; 200];
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let mut response = client.get(URL).send(&mut buffer).unwrap();
    assert_eq!(response.json(), Ok(Place { city: "深圳", light: 301 }));
    assert_eq!(response.text(), Ok(""), "it was taken");
    drop(response);
    let mut response = client.get(URL).send(&mut buffer).unwrap();
    let Err(Error::Response(ResponseError::Json(error))) = response.json::<u16>() else {
        panic!("an object is no number")
    };
    assert_eq!((error.position, error.problem), (0, JsonProblem::Type));
    assert_eq!(
        ResponseError::Json(error).to_string(),
        "response body is not the JSON that was asked for: at byte 0: the value is of another type"
    );
}

#[test]
fn the_encoding_is_what_the_server_says() {
    let table = [
        ("text/html; charset=utf-8", Some("utf-8")),
        ("text/html;CHARSET=\"GB2312\"; x=y", Some("GB2312")),
        ("text/html; x=y", None),
        ("text/html", None),
        ("text/html; charset", None),
    ];
    for (content_type, expected) in table {
        let mut stack = ScriptStack::new();
        let answer =
            format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: 0\r\n\r\n");
        stack.answers([answer.as_str().into()]);
        let mut buffer = [0; 200];
        let mut client = Client::new(&mut stack, Ticks::every(1));
        let response = client.get(URL).send(&mut buffer).unwrap();
        assert_eq!(response.encoding(), expected, "{content_type}");
    }
}

#[test]
fn two_calls_share_one_stack_without_blocking() {
    let mut stack = ScriptStack::new();
    for body in ["one", "two"] {
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{body}");
        let steps = answer.as_bytes().chunks(10).flat_map(|piece| [Step::Idle, piece.into()]);
        stack.answers(steps.collect::<Vec<_>>());
    }
    let (mut first_buffer, mut second_buffer) = ([0; 200], [0; 200]);
    let request = Request::new(Method::GET, URL);
    let mut first = request.start(&mut first_buffer).unwrap();
    let mut second = request.start(&mut second_buffer).unwrap();
    let (mut rounds, mut done) = (0, (false, false));
    while done != (true, true) {
        done.0 = done.0 || first.collect(&mut stack, rounds).is_ok();
        done.1 = done.1 || second.collect(&mut stack, rounds).is_ok();
        rounds += 1;
        assert!(rounds < 100);
    }
    assert!(rounds > 2, "neither waits for the other");
    assert_eq!(first.content(), b"one");
    assert_eq!(second.content(), b"two");
}

#[test]
fn buffers_of_any_size_give_the_whole_answer_or_an_error() {
    for size in 1..300 {
        for (response, expected) in responses() {
            let mut stack = ScriptStack::new();
            stack.answers([response.into(), Step::Close]);
            let result = get(&mut stack, size);
            if let Ok(answer) = result {
                assert_eq!(Ok(answer), expected, "{size}: {}", response.escape_ascii());
            }
            assert_eq!(stack.open_sockets(), 0, "{size}");
        }
    }
}
