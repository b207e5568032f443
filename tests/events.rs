//! Server-sent events, wherever what arrives is split.

use nal_http::client::{Client, EventError, EventSource, NextError, Request};
use nal_http::testing::{ScriptStack, Step, Ticks};
use nal_http::wire::Method;
use proptest::prelude::*;

type Owned = (String, String, String);

/// All events of a stream that arrives in pieces of so many bytes, and the errors between them.
fn events(stream: &[u8], piece: usize, size: usize) -> (Vec<Result<Owned, EventError>>, u32) {
    let mut buffer = vec![0; size];
    let mut source = EventSource::new(&mut buffer);
    let (mut rest, mut all) = (stream, Vec::new());
    loop {
        let next = source.next(|out| {
            assert!(!out.is_empty(), "no room would look like the end");
            let n = piece.min(out.len()).min(rest.len());
            let (now, later) = rest.split_at(n);
            out[..n].copy_from_slice(now);
            rest = later;
            Ok::<_, ()>(n)
        });
        match next {
            Ok(Some(event)) => {
                all.push(Ok((event.name.into(), event.id.into(), event.data.into())));
            }
            Ok(None) => return (all, source.retry_ms()),
            Err(NextError::Event(error)) => all.push(Err(error)),
            Err(NextError::Read(())) => unreachable!(),
        }
    }
}

fn event(name: &str, id: &str, data: &str) -> Result<Owned, EventError> {
    Ok((name.into(), id.into(), data.into()))
}

#[test]
fn streams_are_read_as_the_standard_says() {
    // The examples of WHATWG HTML section 9.2.6, and what its grammar allows besides.
    let message = |data| event("message", "", data);
    let table: [(&str, Vec<Result<Owned, EventError>>); 15] = [
        ("data: YHOO\ndata: +2\ndata: 10\n\n", vec![message("YHOO\n+2\n10")]),
        (
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
            vec![
                event("message", "1", "first event"),
                message("second event"),
                message(" third event"),
            ],
        ),
        ("data\n\ndata\ndata\n\ndata:", vec![message(""), message("\n")]),
        ("data:test\n\ndata: test\n\n", vec![message("test"), message("test")]),
        ("event: light\ndata: 301\n\ndata: x\n\n", vec![event("light", "", "301"), message("x")]),
        (
            "data: 光线\r\n\r\ndata: 2\r\rdata: 3\n\n",
            vec![message("光线"), message("2"), message("3")],
        ),
        ("id: 7\n\ndata: a\n\n", vec![event("message", "7", "a")]),
        ("id: 7\0\ndata: a\n\n", vec![message("a")]),
        ("data: a\nevent: b\nid: c\ndata: d\n\n", vec![event("b", "c", "a\nd")]),
        ("\u{feff}data: a\n\n", vec![message("a")]),
        ("\n\n\n\ndata: a\n\n\n\n", vec![message("a")]),
        ("event: x\n\ndata: a\n\n", vec![message("a")]),
        ("unknown: x\n:data: y\ndata: a\n\n", vec![message("a")]),
        ("data: not complete\n", vec![]),
        ("", vec![]),
    ];
    for (stream, expected) in table {
        for piece in 1..=stream.len().max(1) {
            for size in [100, 150, 1000] {
                assert_eq!(
                    events(stream.as_bytes(), piece, size).0,
                    expected,
                    "{stream:?} {piece}"
                );
            }
        }
    }
}

#[test]
fn the_server_says_how_long_to_wait() {
    for (stream, expected) in [
        ("", 3_000),
        ("retry: 10\n\n", 10),
        ("retry:500\ndata: a\n\n", 500),
        ("retry: soon\n\n", 3_000),
        ("retry\n\n", 3_000),
        ("retry: 99999999999\n\n", 3_000),
    ] {
        assert_eq!(events(stream.as_bytes(), 3, 100).1, expected, "{stream:?}");
    }
}

#[test]
fn an_event_that_cannot_be_taken_is_dropped_and_the_next_comes() {
    let long = "x".repeat(200);
    let too_long = EventError::TooLong { have: 60, need: 208 };
    let table = [
        (format!("data: {long}\n\ndata: b\n\n").into_bytes(), too_long),
        (format!("data: {long}\r\n\r\ndata: b\r\n\r\n").into_bytes(), too_long),
        (b"data: \xff\n\ndata: b\n\n".to_vec(), EventError::NotText),
        (b"event: \xff\ndata: a\n\ndata: b\n\n".to_vec(), EventError::NotText),
    ];
    for (stream, error) in table {
        for piece in [1, 2, 3, 7, 59, 60, 1000] {
            let expected = vec![Err(error), event("message", "", "b")];
            assert_eq!(events(&stream, piece, 60).0, expected, "{} {piece}", stream.escape_ascii());
        }
    }
}

#[test]
fn a_stream_goes_on_behind_the_last_event() {
    let mut stack = ScriptStack::new();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\n\r\n";
    stack.answers([
        format!("{head}id: 光\ndata: 1\n\ndata: 2\n\ndata: broken off").as_str().into(),
        Step::Close,
    ]);
    stack.answers([format!("{head}data: 3\n\n").as_str().into(), Step::Reset]);
    stack.answers([b"HTTP/1.1 204 No Content\r\n\r\n".into()]);
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let (mut buffer, mut text) = ([0; 512], [0; 64]);
    let mut source = EventSource::new(&mut text);
    let mut all = Vec::new();
    loop {
        let asked = source.ask();
        let request = asked.apply(client.get("http://mpython.cn/events"));
        let mut response = request.send(&mut buffer).unwrap();
        if !source.answered(response.head()).unwrap() {
            break;
        }
        while let Ok(Some(event)) = source.next(|out| response.read(out)) {
            all.push(event.data.to_owned());
        }
    }
    assert_eq!(all, ["1", "2", "3"]);
    let asked: Vec<_> =
        (0..3).map(|socket| String::from_utf8(stack.sent(socket).to_vec()).unwrap()).collect();
    assert!(
        asked[0].contains("Accept: text/event-stream\r\n") && !asked[0].contains("Last-Event-ID")
    );
    assert!(asked[1].contains("\r\nLast-Event-ID: 光\r\n"));
    assert!(asked[2].contains("\r\nLast-Event-ID: 光\r\n"));
}

#[test]
fn what_is_no_stream_says_so() {
    let table = [
        ("404 Not Found", "text/event-stream", EventError::Status(404)),
        ("200 OK", "text/html", EventError::ContentType),
    ];
    for (status, content_type, expected) in table {
        let mut stack = ScriptStack::new();
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: 0\r\n\r\n"
        );
        stack.answers([answer.as_str().into()]);
        let (mut buffer, mut text) = ([0; 512], [0; 64]);
        let mut source = EventSource::new(&mut text);
        let asked = source.ask();
        let request = asked.apply(Request::new(Method::GET, "http://mpython.cn/"));
        let mut call = request.start(&mut buffer).unwrap();
        assert_eq!(call.poll(&mut stack, 0), Ok(()));
        assert_eq!(source.answered(call.head()), Err(expected));
        call.close(&mut stack);
    }
}

#[test]
fn a_read_that_would_block_loses_nothing() {
    let mut text = [0; 64];
    let mut source = EventSource::new(&mut text);
    let pieces = ["da", "ta: a", "", "\n", "\ndata: b\n\n"];
    let (mut pieces, mut all) = (pieces.iter(), Vec::new());
    loop {
        let next = source.next(|out| match pieces.next() {
            Some(&"") => Err(nb::Error::<()>::WouldBlock),
            Some(piece) => {
                out[..piece.len()].copy_from_slice(piece.as_bytes());
                Ok(piece.len())
            }
            None => Ok(0),
        });
        match next {
            Ok(Some(event)) => all.push(event.data.to_owned()),
            Ok(None) => break,
            Err(error) => assert_eq!(error, NextError::Read(nb::Error::WouldBlock)),
        }
    }
    assert_eq!(all, ["a", "b"]);
}

proptest! {
    #[test]
    fn any_bytes_are_events_or_errors(
        stream in prop::collection::vec(prop::sample::select(b"data:id event\n\r\xffx0\0".to_vec()), 0..400),
        piece in 1_usize..50, size in 1_usize..80,
    ) {
        let (all, _) = events(&stream, piece, size);
        let whole = events(&stream, 1, size).0;
        prop_assert_eq!(all, whole, "the pieces do not matter");
    }
}
