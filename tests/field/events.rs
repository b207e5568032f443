//! Streams of events as servers send them.

use nal_http::client::{EventError, EventSource, EventsRequest, NextError, Request};
use nal_http::testing::ScriptStack;
use nal_http::wire::Method;
use proptest::prelude::*;

type Owned = (String, String, String);

/// Takes all events of a connection that brings `stream` in pieces of so many bytes.
fn take(
    source: &mut EventSource<'_>,
    stream: &[u8],
    piece: usize,
) -> Vec<Result<Owned, EventError>> {
    let (mut rest, mut all) = (stream, Vec::new());
    loop {
        let next = source.next(|out| {
            assert!(!out.is_empty(), "no room would look like the end");
            let (now, later) = rest.split_at(piece.min(out.len()).min(rest.len()));
            out[..now.len()].copy_from_slice(now);
            rest = later;
            Ok::<_, ()>(now.len())
        });
        match next {
            Ok(Some(event)) => {
                all.push(Ok((event.name.into(), event.id.into(), event.data.into())));
            }
            Ok(None) => return all,
            Err(NextError::Event(error)) => all.push(Err(error)),
            Err(NextError::Read(())) => unreachable!(),
        }
    }
}

fn events(stream: &[u8], piece: usize, size: usize) -> Vec<Result<Owned, EventError>> {
    take(&mut EventSource::new(&mut vec![0; size]), stream, piece)
}

fn event(name: &str, id: &str, data: &str) -> Result<Owned, EventError> {
    Ok((name.into(), id.into(), data.into()))
}

/// What a server gets of it.
fn request(asked: &EventsRequest) -> String {
    let mut stack = ScriptStack::new();
    stack.answers([b"HTTP/1.1 204 No Content\r\n\r\n".into()]);
    let mut buffer = [0; 512];
    let request = asked.apply(Request::new(Method::GET, "http://h/events"));
    let mut call = request.start(&mut buffer).unwrap();
    nb::block!(call.poll(&mut stack, 0)).unwrap();
    String::from_utf8(stack.sent(0).to_vec()).unwrap()
}

/// C5: Wikimedia's stream of changes, whose ids say where in each of its queues it is.
#[test]
fn an_event_with_a_long_id_is_given_and_the_id_is_not_sent_again() {
    let id = r#"[{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":1764230400001},{"topic":"codfw.mediawiki.recentchange","partition":0,"offset":-1}]"#;
    let mut buffer = [0; 256];
    let mut source = EventSource::new(&mut buffer);
    let first = b"id: 7\ndata: a\n\n";
    assert_eq!(take(&mut source, first, 9), [event("message", "7", "a")]);
    assert!(request(&source.ask()).contains("\r\nLast-Event-ID: 7\r\n") && !source.id_dropped());
    let long = format!("event: message\nid: {id}\ndata: b\n\ndata: c\n\n");
    assert_eq!(
        take(&mut source, long.as_bytes(), 9),
        [event("message", "", "b"), event("message", "", "c")]
    );
    assert!(source.id_dropped());
    assert_eq!(source.last_id(), "");
    assert!(!request(&source.ask()).contains("Last-Event-ID"));
    assert_eq!(take(&mut source, b"id: 8\ndata: d\n\n", 9), [event("message", "8", "d")]);
    assert!(!source.id_dropped());
}

/// An id that is longer than the buffer itself loses no event either.
#[test]
fn an_id_longer_than_the_buffer_loses_nothing_but_itself() {
    let stream = format!("data: a\nid: {}\ndata: b\n\n", "x".repeat(1_000));
    for piece in [1, 7, 64, 5_000] {
        assert_eq!(events(stream.as_bytes(), piece, 64), [event("message", "", "a\nb")], "{piece}");
    }
}

/// C5: Home Assistant and cloud events have names like domains, longer than any that we would keep.
#[test]
fn names_of_any_length_are_given() {
    let name = "com.example.building-7.floor-3.illuminance.changed".repeat(3);
    for stream in [
        format!("event: {name}\ndata: a\ndata: b\n\n"),
        format!("data: a\nevent: {name}\ndata: b\n\n"),
        format!("data: a\ndata: b\nevent: other\nevent: {name}\n\n"),
    ] {
        for piece in [1, 13, 1_000] {
            assert_eq!(
                events(stream.as_bytes(), piece, 400),
                [event(&name, "", "a\nb")],
                "{stream}"
            );
        }
    }
}

/// Polyfills for old browsers begin with 2 KB of comment; proxies are kept awake by more of them.
#[test]
fn comments_and_unknown_fields_need_no_room() {
    let stream = format!(
        ":{}\nretry: 50\ndata: a\n: {}\nx-{}: 1\ndata: b\n\n:\n\n",
        " ".repeat(2_048),
        "x".repeat(500),
        "y".repeat(500)
    );
    for piece in [1, 30, 64, 5_000] {
        assert_eq!(events(stream.as_bytes(), piece, 64), [event("message", "", "a\nb")], "{piece}");
    }
}

/// A server whose ids have characters that no header can hold: it is asked again all the same.
#[test]
fn an_id_that_cannot_be_sent_is_not_sent() {
    for id in [&b"a\x01b"[..], b"a\x7f", b"\xff"] {
        let mut buffer = [0; 64];
        let mut source = EventSource::new(&mut buffer);
        let stream = [b"id: ", id, b"\ndata: a\n\n"].concat();
        assert_eq!(take(&mut source, &stream, 3), [event("message", "", "a")]);
        assert!(source.id_dropped() && !request(&source.ask()).contains("Last-Event-ID"));
    }
}

/// A connection that breaks behind an id: the event has not come, and must not be passed over.
#[test]
fn the_id_of_an_event_that_is_not_complete_does_not_count() {
    let mut buffer = [0; 64];
    let mut source = EventSource::new(&mut buffer);
    take(&mut source, b"id: 1\ndata: a\n\nid: 2\ndata: b\n", 5);
    assert_eq!(source.last_id(), "1");
    assert!(request(&source.ask()).contains("Last-Event-ID: 1\r\n"));
    assert_eq!(take(&mut source, b"data: c\n\n", 5), [event("message", "1", "c")]);
}

/// What [WHATWG HTML section 9.2.6] says, on a text as a whole.
///
/// [WHATWG HTML section 9.2.6]: https://html.spec.whatwg.org/multipage/server-sent-events.html
fn by_the_standard(stream: &str) -> Vec<Result<Owned, EventError>> {
    let text = stream.strip_prefix('\u{feff}').unwrap_or(stream);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (mut name, mut id, mut data) = (String::new(), String::new(), String::new());
    let mut all = Vec::new();
    let lines = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    for line in lines {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" if line.is_empty() => {
                if let Some(data) = data.strip_suffix('\n') {
                    let name = if name.is_empty() { "message" } else { &name };
                    all.push(event(name, &id, data));
                }
                name.clear();
                data.clear();
            }
            "event" => value.clone_into(&mut name),
            "data" => data = data + value + "\n",
            "id" if !value.contains('\0') => value.clone_into(&mut id),
            _ => {}
        }
    }
    all
}

fn line() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec![
        "data", "data", "data", "event", "id", "retry", "", "dat", "idx",
    ]);
    let separator = prop::sample::select(vec![":", ": ", ":  ", ""]);
    let value = prop::sample::select(vec![
        "",
        "1",
        "光",
        "a:b",
        " x",
        "a much longer value than the others",
        "\0",
    ]);
    (field, separator, value)
        .prop_map(|(field, separator, value)| [field, separator, value].concat())
}

fn stream() -> impl Strategy<Value = String> {
    let end = prop::sample::select(vec!["\n", "\r\n", "\r", "\n\n", "\r\n\r\n", "\r\r", "\n\r\n"]);
    let lines = prop::collection::vec((line(), end), 0..30);
    (any::<bool>(), lines).prop_map(|(has_mark, lines)| {
        let lines: String = lines.into_iter().map(|(line, end)| line + end).collect();
        if has_mark { format!("\u{feff}{lines}") } else { lines }
    })
}

proptest! {
    #[test]
    fn any_stream_is_read_as_the_standard_says(stream in stream(), piece in 1_usize..40) {
        prop_assert_eq!(events(stream.as_bytes(), piece, 2_000), by_the_standard(&stream));
    }

    /// Whatever does not fit into a small buffer fits into one of the size that the error names, and all else was given.
    #[test]
    fn the_size_in_an_error_is_enough(stream in stream(), piece in 1_usize..40, size in 3_usize..60) {
        let expected = by_the_standard(&stream);
        let all = events(stream.as_bytes(), piece, size);
        let needs = all.iter().filter_map(|event| match event {
            Err(EventError::TooLong { have, need }) => {
                assert!(*have == size && need > have, "{have} {need}");
                Some(*need)
            }
            _ => None,
        });
        let largest = needs.max().unwrap_or(size);
        let data = |events: &[Result<Owned, EventError>]| -> Vec<_> {
            events.iter().flatten().map(|(name, _, data)| (name.clone(), data.clone())).collect()
        };
        let given = data(&events(stream.as_bytes(), piece, largest));
        prop_assert_eq!(&given, &data(&expected));
        // In the small buffer those are missing that did not fit, and no other was changed.
        let mut rest = given.iter();
        for event in data(&all) {
            prop_assert!(rest.any(|other| *other == event), "{:?}", event);
        }
    }
}
