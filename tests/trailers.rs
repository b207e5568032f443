//! Trailers: what comes behind a body in chunks.

use std::fmt::Write;

use nal_http::client::{Call, Client, ErrorOf, Pool, Request, ResponseError};
use nal_http::testing::{ScriptSocket, ScriptStack, Step, Ticks};
use nal_http::wire::{BodyError, Method};
use proptest::prelude::*;

const URL: &str = "http://board.local/log";
const HEAD: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Digest\r\n\r\n";
const ANSWER: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Digest\r\n\r\n\
    3\r\nabc\r\n6;x=y\r\n\u{5149}\u{7ebf}\r\n0\r\nDigest: sha-256=x\r\nNote:  光 \r\n\r\n";

type Polled<'r, 'b> = Call<'r, 'b, ScriptSocket>;

/// Trailers as text, name by name.
fn told(call: &Polled<'_, '_>) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    call.trailers().map(|(name, value)| (name.into(), text(value))).collect()
}

fn expected() -> Vec<(String, String)> {
    [("Digest", "sha-256=x"), ("Note", "光")].map(|(a, b)| (a.into(), b.into())).into()
}

/// How a body is taken.
#[derive(Debug, Clone, Copy)]
enum Way {
    Collect,
    Read(usize),
    /// Collect as long as it is possible, then read.
    Both,
}

/// Gets an answer that arrives in these pieces; body and trailers, and whether these were dropped.
#[expect(clippy::type_complexity, reason = "it is taken apart at once")]
fn get(
    pieces: &[&[u8]],
    way: Way,
    size: usize,
) -> Result<(Vec<u8>, Vec<(String, String)>, bool), ErrorOf<ScriptStack>> {
    let mut stack = ScriptStack::new();
    let steps = pieces.iter().flat_map(|piece| [Step::from(*piece), Step::Idle]);
    stack.answers(steps.chain([Step::Close]));
    let request = Request::new(Method::GET, URL).trailers();
    let mut buffer = vec![0; size];
    let mut call = request.start(&mut buffer).unwrap();
    let mut body = Vec::new();
    let result = take(&mut stack, &mut call, way, &mut body);
    assert_eq!(stack.open_sockets(), 0);
    result?;
    let sent = String::from_utf8_lossy(stack.sent(0)).into_owned();
    assert!(
        sent.contains("\r\nTE: trailers\r\n") && sent.contains("\r\nConnection: close, TE\r\n")
    );
    Ok((body, told(&call), call.trailers_dropped()))
}

fn take(
    stack: &mut ScriptStack,
    call: &mut Polled<'_, '_>,
    way: Way,
    body: &mut Vec<u8>,
) -> Result<(), ErrorOf<ScriptStack>> {
    let size = match way {
        Way::Read(size) => size,
        Way::Collect | Way::Both => {
            let result = nb::block!({
                assert!(told(call).is_empty() || call.is_done(), "not before the end");
                call.collect(stack, 0)
            });
            match (way, result) {
                (Way::Both, Err(nal_http::client::Error::Response(ResponseError::TooLong(_)))) => 7,
                (_, Err(error)) => return Err(error),
                (_, Ok(())) => {
                    body.extend_from_slice(call.content());
                    return Ok(());
                }
            }
        }
    };
    let mut piece = vec![0; size];
    loop {
        match nb::block!(call.read(stack, 0, &mut piece))? {
            0 => return Ok(()),
            n => body.extend_from_slice(&piece[..n]),
        }
    }
}

#[test]
fn they_are_there_when_the_body_is_wherever_it_is_split() {
    for split in 0..=ANSWER.len() {
        let (front, back) = ANSWER.as_bytes().split_at(split);
        for way in [Way::Collect, Way::Read(1), Way::Read(4), Way::Read(100), Way::Both] {
            let (body, trailers, dropped) = get(&[front, back], way, 256).unwrap();
            assert_eq!(body, "abc光线".as_bytes(), "{split} {way:?}");
            assert_eq!((trailers, dropped), (expected(), false), "{split} {way:?}");
        }
    }
    let bytes: Vec<&[u8]> = ANSWER.as_bytes().chunks(1).collect();
    for way in [Way::Collect, Way::Read(1), Way::Read(100)] {
        assert_eq!(get(&bytes, way, 256).unwrap().1, expected());
    }
}

#[test]
fn without_room_they_are_dropped_and_the_body_is_whole() {
    let long = format!("{HEAD}5\r\nhello\r\n0\r\nDigest: {}\r\n\r\n", "x".repeat(400));
    for size in [180, 256, 300] {
        for way in [Way::Collect, Way::Read(3)] {
            let pieces: Vec<&[u8]> = long.as_bytes().chunks(50).collect();
            let (body, trailers, dropped) = get(&pieces, way, size).unwrap();
            assert_eq!(
                (&body[..], trailers, dropped),
                (&b"hello"[..], vec![], true),
                "{size} {way:?}"
            );
        }
    }
    assert_eq!(get(&[long.as_bytes()], Way::Collect, 700).unwrap().1.len(), 1);
}

#[test]
fn responses_without_trailers_have_none() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcX: y\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n",
    ] {
        let (_, trailers, dropped) = get(&[answer.as_bytes()], Way::Collect, 256).unwrap();
        assert_eq!((trailers, dropped), (vec![], false), "{answer}");
    }
}

#[test]
fn malformed_ones_are_an_error_and_never_shown() {
    for (trailers, error) in [
        ("no colon\r\n\r\n", BodyError::Trailer),
        (": no name\r\n\r\n", BodyError::Trailer),
        ("A: b\n\r\n", BodyError::Trailer),
        ("A: b\rC: d\r\n\r\n", BodyError::Trailer),
        ("A: b\0\r\n\r\n", BodyError::Trailer),
        ("A: b\r\n", BodyError::UnexpectedEnd),
        (&format!("A: {}\r\n\r\n", "b".repeat(5000)), BodyError::FramingTooLong),
    ] {
        let answer = format!("{HEAD}0\r\n{trailers}");
        let pieces: Vec<&[u8]> = answer.as_bytes().chunks(40).collect();
        for way in [Way::Collect, Way::Read(10)] {
            let result = get(&pieces, way, 256);
            let expected = nal_http::client::Error::Response(ResponseError::Body(error));
            assert_eq!(result, Err(expected), "{trailers:.20}");
        }
    }
}

#[test]
fn they_are_asked_for_or_passed_over() {
    let mut stack = ScriptStack::new();
    stack.answers([Step::from(ANSWER.as_bytes())]);
    let mut buffer = [0; 256];
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let mut response = client.get(URL).send(&mut buffer).unwrap();
    assert_eq!(response.text(), Ok("abc光线"));
    assert_eq!((response.trailers().count(), response.trailers_dropped()), (0, false));
    drop(response);
    assert!(!String::from_utf8_lossy(stack.sent(0)).contains("TE"));
}

#[test]
fn a_client_has_them_and_keeps_the_connection() {
    let mut stack = ScriptStack::new();
    let mut pool = Pool::<_, 1>::new();
    stack.answers([ANSWER.as_bytes().into(), Step::Idle, ANSWER.as_bytes().into()]);
    for _ in 0..2 {
        let mut buffer = [0; 256];
        let mut client = Client::new(&mut stack, Ticks::every(1)).keep_alive(&mut pool);
        let mut response = client.get(URL).trailers().send(&mut buffer).unwrap();
        assert_eq!(response.trailers().count(), 0, "they come behind the body");
        assert_eq!(response.text(), Ok("abc光线"));
        assert_eq!(response.trailers().get("digest"), Some("sha-256=x"));
        assert_eq!(response.header("Digest"), None, "they are no headers");
        assert_eq!(response.text(), Ok("abc光线"), "they leave the body alone");
    }
    assert_eq!(stack.open_sockets(), 1);
    let sent = String::from_utf8_lossy(stack.sent(0)).into_owned();
    assert_eq!(sent.matches("Connection: keep-alive, TE\r\n").count(), 2, "{sent}");
    pool.close(&mut stack);
}

proptest! {
    #[test]
    fn bodies_and_trailers_come_out_as_they_went_in(
        chunks in prop::collection::vec("[a-z光]{1,30}", 0..5),
        trailers in prop::collection::vec(("[A-Z][a-z]{0,8}", "[a-z光]{0,20}"), 0..4),
        cuts in prop::collection::vec(1..40_usize, 1..30),
        piece in 1..50_usize,
        collect in any::<bool>(),
    ) {
        let mut answer = HEAD.to_owned();
        for chunk in &chunks {
            write!(answer, "{:x}\r\n{chunk}\r\n", chunk.len()).unwrap();
        }
        answer += "0\r\n";
        for (name, value) in &trailers {
            write!(answer, "{name}: {value}\r\n").unwrap();
        }
        answer += "\r\n";
        let (mut rest, mut pieces) = (answer.as_bytes(), Vec::new());
        for cut in cuts {
            let (front, back) = rest.split_at(cut.min(rest.len()));
            pieces.push(front);
            rest = back;
        }
        pieces.push(rest);
        pieces.retain(|piece| !piece.is_empty());
        let way = if collect { Way::Collect } else { Way::Read(piece) };
        let (body, got, dropped) = get(&pieces, way, 2048).unwrap();
        prop_assert_eq!(String::from_utf8(body).unwrap(), chunks.concat());
        prop_assert_eq!((got, dropped), (trailers, false));
    }
}
