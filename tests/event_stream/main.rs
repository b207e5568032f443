//! Streams of events: what is answered, and, each in a file, who is slow, who serves, and what is written.

use std::fmt::Write;

use nal_http::client::Request as Ask;
use nal_http::server::{
    Answer, ConnectInfo, Event, EventStream, Failure, Listener, Reply, Request, Route, Site,
};
use nal_http::testing::TestClient;
use nal_http::wire::Method;

#[path = "../drivers/mod.rs"]
mod drivers;
mod serving;
mod slow;
mod writing;

struct App {
    events: EventStream<u32, 16>,
    failures: Vec<Failure>,
}

const SITE: Site<App, Listener> = Site::new(&[Route::get("/events", events)])
    .want(&["Last-Event-ID"])
    .on_event(|app, _: &ConnectInfo, event| {
        if let Event::Failed(failure) = event {
            app.failures.push((*failure).clone());
        }
    });

/// A number; over two lines where it is round. 13 is left out, and 999 is too long for any slot of these tests.
fn events(app: &mut App, request: &mut Request<'_, Listener>, reply: &mut Reply<'_>) -> Answer {
    app.events.reply(request, reply, |event, &n| match n {
        13 => {}
        999 => event.text(&"9".repeat(999)),
        _ if n % 100 == 0 => event.name("round").write(|data| _ = write!(data, "{n}\nis round")),
        _ => event.write(|data| data.number(n.into())),
    })
}

fn app(events: EventStream<u32, 16>) -> App {
    App { events, failures: Vec::new() }
}

fn with(numbers: impl IntoIterator<Item = u32>) -> App {
    let mut app = app(EventStream::new());
    numbers.into_iter().for_each(|n| _ = app.events.push(n));
    app
}

/// The body that a client gets that has seen an event, before it has to wait for more than 10 s.
fn resumed(app: &mut App, last_id: &str) -> String {
    let request = Ask::new(Method::GET, "http://test/events").header("Last-Event-ID", last_id);
    let answer = TestClient::new(SITE).send(app, &request);
    assert_eq!((answer.status_code, answer.is_complete), (200, false));
    answer.text().strip_prefix("retry: 1000\n\n").unwrap().into()
}

#[test]
fn who_is_new_begins_with_the_newest() {
    let answer = TestClient::new(SITE).get(&mut with(1..=5), "/events");
    assert_eq!(answer.header("Content-Type"), Some("text/event-stream"));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    assert_eq!(answer.text(), "retry: 1000\n\nid: 4\ndata: 5\n\n");
    let answer = TestClient::new(SITE).get(&mut with([]), "/events");
    assert_eq!(answer.text(), "retry: 1000\n\n");
}

#[test]
fn who_comes_again_gets_what_was_missed() {
    let mut app = with(1..=20);
    let all: String = (17..20).map(|id| format!("id: {id}\ndata: {}\n\n", id + 1)).collect();
    assert_eq!(resumed(&mut app, "16"), all);
    assert_eq!(resumed(&mut app, "19"), "", "it has all");
    assert!(resumed(&mut app, "3").starts_with("id: 4\ndata: 5\n\n"));
    let newest = "id: 19\ndata: 20\n\n";
    assert_eq!(resumed(&mut app, "2"), newest, "id 3 is not there any more");
    for other in ["20", "4294967295", "4294967296", "-1", "x", "", "19 ", "19\t1"] {
        let expected = if other == "19 " { "" } else { newest };
        assert_eq!(resumed(&mut app, other), expected, "{other:?}");
    }
}

#[test]
fn numbers_wrap_around() {
    let mut app = app(EventStream::new().starting_at(u32::MAX - 1));
    assert_eq!([7, 8, 9].map(|n| app.events.push(n)), [u32::MAX - 1, u32::MAX, 0]);
    assert_eq!(app.events.newest(), Some(&9));
    assert_eq!(resumed(&mut app, "4294967294"), "id: 4294967295\ndata: 8\n\nid: 0\ndata: 9\n\n");
    assert_eq!(
        resumed(&mut app, "4294967293"),
        "id: 4294967294\ndata: 7\n\nid: 4294967295\ndata: 8\n\nid: 0\ndata: 9\n\n"
    );
    assert_eq!(resumed(&mut app, "4294967292"), "id: 0\ndata: 9\n\n", "before the first");
}

#[test]
fn events_without_data_are_left_out() {
    assert_eq!(
        resumed(&mut with([1, 13, 100]), "0"),
        "id: 2\nevent: round\ndata: 100\ndata: is round\n\n"
    );
    assert_eq!(resumed(&mut with([13]), ""), "");
}

#[test]
fn a_head_and_an_old_client() {
    let mut app = with([1]);
    let answer = TestClient::new(SITE).head(&mut app, "/events");
    assert_eq!((answer.status_code, answer.is_complete, app.events.listeners()), (200, true, 0));
    let answer = TestClient::new(SITE).send_bytes(&mut app, b"GET /events HTTP/1.0\r\n\r\n");
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.ends_with("\r\n\r\nretry: 1000\n\nid: 0\ndata: 1\n\n"), "{answer}");
    assert_eq!(app.events.listeners(), 0);
}

#[test]
fn every_slot_and_every_split() {
    let request = b"GET /events HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 0\r\n\r\n";
    let whole = TestClient::new(SITE).send_bytes(&mut with(1..=9), request);
    for split in 1..request.len() {
        let (front, back) = request.split_at(split);
        let answer = TestClient::new(SITE).send_pieces(&mut with(1..=9), [front, back]);
        assert_eq!(answer, whole);
    }
    // What has no room in a slot comes with the next piece.
    let body = resumed(&mut with(1..=9), "0");
    for slot in 256..600 {
        let ask = Ask::new(Method::GET, "http://test/events").header("Last-Event-ID", "0");
        let mut app = with(1..=9);
        let answer = TestClient::new(SITE).slot(slot).send(&mut app, &ask);
        let text = answer.text();
        assert_eq!(text.strip_prefix("retry: 1000\n\n").unwrap_or(text), body, "{slot}");
    }
}

#[test]
fn an_event_that_never_fits_ends_the_stream_and_is_told() {
    let mut app = with([1, 999, 2]);
    let answer = TestClient::new(SITE)
        .send(&mut app, &Ask::new(Method::GET, "http://test/events").header("Last-Event-ID", "0"));
    assert!(!answer.is_complete);
    let failure = answer.failure.unwrap().to_string();
    assert!(failure.contains("a body wrote more than it had room for"), "{failure}");
    assert_eq!((app.events.listeners(), app.failures.len()), (0, 1));
}

#[test]
fn silence_is_broken_by_comments() {
    let mut app = app(EventStream::new().heartbeat_ms(2_500));
    let answer = TestClient::new(SITE).wait(10_000).get(&mut app, "/events");
    assert_eq!(answer.text(), "retry: 1000\n\n:\n:\n:\n:\n");
    let answer = TestClient::new(SITE).wait(2_499).get(&mut app, "/events");
    assert_eq!(answer.text(), "retry: 1000\n\n");
}
