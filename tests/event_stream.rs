//! Streams of events, over both of the server's drivers in simulated time, and call by call.

use std::fmt::Write;
use std::iter;

use nal_http::client::{EventSource, Request as Ask};
use nal_http::embedded_nal::TcpFullStack;
use nal_http::server::{
    Answer, ConnectInfo, Connection, Context, Event, EventStream, EventWriter, Failure, Listener,
    Reply, Request, Route, Site, Slow, Wait,
};
use nal_http::testing::{Call, Fault, FaultStack, ScriptStack, Step, TestClient};
use nal_http::wire::Method;
use proptest::prelude::*;

#[path = "drivers/mod.rs"]
mod drivers;

use drivers::{BOTH, Serving};

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

/// A connection whose client takes what is sent when the test says so.
struct Client {
    connection: Connection<App, Listener>,
    rx: [u8; 512],
    tx: [u8; 512],
    taken: Vec<u8>,
    now_ms: u32,
}

impl Client {
    fn ask(app: &mut App) -> Self {
        let (connection, taken) = (Connection::new(), Vec::new());
        let mut client = Self { connection, rx: [0; 512], tx: [0; 512], taken, now_ms: 0 };
        let request = b"GET /events HTTP/1.0\r\n\r\n";
        client.connection.room(&mut client.rx)[..request.len()].copy_from_slice(request);
        client.connection.received(request.len());
        client.advance(app, 0);
        client
    }

    fn advance(&mut self, app: &mut App, ms: u32) {
        self.now_ms += ms;
        let client = &ConnectInfo { peer: ([127, 0, 0, 1], 1).into(), connection: 0 };
        let mut context = Context { app, site: &SITE, client, now_ms: self.now_ms };
        self.connection.advance(&mut self.rx, &mut self.tx, &mut context);
    }

    /// Takes so many bytes at a time until nothing is left.
    fn take(&mut self, app: &mut App, at_most: usize) -> String {
        while !self.connection.output(&self.tx).is_empty() {
            let output = self.connection.output(&self.tx);
            let n = output.len().min(at_most);
            self.taken.extend_from_slice(&output[..n]);
            self.connection.sent(n);
            self.advance(app, 0);
        }
        let text = String::from_utf8(std::mem::take(&mut self.taken)).unwrap();
        text.split_once("\r\n\r\n").map_or(text.clone(), |(_, body)| body.into())
    }
}

#[test]
fn who_is_slow_skips_to_the_newest() {
    let mut app = with([]);
    let mut client = Client::ask(&mut app);
    assert_eq!(client.take(&mut app, 7), "retry: 1000\n\n");
    app.events.push(1);
    client.advance(&mut app, 100);
    // 16 more fit in the ring: nothing is lost.
    (21..=36).for_each(|n| _ = app.events.push(n));
    client.advance(&mut app, 100);
    let text = client.take(&mut app, 1);
    let others = (1..=16).map(|id| format!("id: {id}\ndata: {}\n\n", id + 20));
    let all: String = iter::once("id: 0\ndata: 1\n\n".into()).chain(others).collect();
    assert_eq!(text, all);
    app.events.push(18);
    client.advance(&mut app, 100);
    (19..=35).for_each(|n| _ = app.events.push(n));
    client.advance(&mut app, 100);
    assert_eq!(client.take(&mut app, 100), "id: 17\ndata: 18\n\nid: 34\ndata: 35\n\n");
    assert_eq!(app.events.listeners(), 1);
}

#[test]
fn or_is_dropped_if_the_application_says_so() {
    let mut app = app(EventStream::new().slow(Slow::IsDropped));
    (1..=40).for_each(|n| _ = app.events.push(n));
    let mut client = Client::ask(&mut app);
    (41..=56).for_each(|n| _ = app.events.push(n));
    assert_eq!(
        client.take(&mut app, 64).lines().filter(|line| line.starts_with("data")).count(),
        1
    );
    client.advance(&mut app, 100);
    assert_eq!(
        client.take(&mut app, 64).lines().filter(|line| line.starts_with("data")).count(),
        16
    );
    assert_eq!((app.events.listeners(), client.connection.waits_for()), (1, Wait::Pause));
    app.events.push(57);
    client.advance(&mut app, 100);
    (58..=74).for_each(|n| _ = app.events.push(n));
    assert_eq!(client.take(&mut app, 64), "id: 56\ndata: 57\n\n");
    client.advance(&mut app, 100);
    assert_eq!((app.events.listeners(), client.connection.waits_for()), (0, Wait::Close));
}

#[test]
fn silence_is_broken_by_comments() {
    let mut app = app(EventStream::new().heartbeat_ms(2_500));
    let answer = TestClient::new(SITE).wait(10_000).get(&mut app, "/events");
    assert_eq!(answer.text(), "retry: 1000\n\n:\n:\n:\n:\n");
    let answer = TestClient::new(SITE).wait(2_499).get(&mut app, "/events");
    assert_eq!(answer.text(), "retry: 1000\n\n");
}

const ASK: &[u8] = b"GET /events HTTP/1.0\r\n\r\n";

type Server<S> = Serving<S, App, 4, 512, Listener>;

/// What the client of a socket has got by now: the numbers of the events, by the crate's own client.
fn numbers(sent: &[u8]) -> Vec<u32> {
    let at = sent.windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(sent.len(), |at| at + 4);
    let (mut body, mut room, mut numbers) = (&sent[at..], [0; 64], Vec::new());
    let mut source = EventSource::new(&mut room);
    while let Some(event) = source.next(|out| std::io::Read::read(&mut body, out)).unwrap() {
        assert_eq!(event.name, if event.data.ends_with("is round") { "round" } else { "message" });
        numbers.push(event.data.split('\n').next().unwrap().parse().unwrap());
    }
    numbers
}

fn three_listen<S: TcpFullStack + 'static>(
    driver: drivers::Driver,
    stack: S,
    events: EventStream<u32, 16>,
) -> Server<S> {
    let mut server = Serving::new(driver, SITE, stack, app(events), 0);
    server.run(10);
    assert_eq!(server.app().events.listeners(), 3);
    server
}

fn three() -> ScriptStack {
    let mut stack = ScriptStack::new();
    (0..3).for_each(|_| stack.connects([ASK.into()]));
    stack
}

const EACH: [usize; 3] = [1, 2, 3];

/// A server that is shut down ends them at once, behind the last event.
#[test]
fn the_end_of_a_server() {
    for driver in BOTH {
        let mut server = three_listen(driver, three(), EventStream::new());
        (1..=5).for_each(|n| _ = server.app().events.push(n));
        server.shut_down(5_000);
        server.run(50);
        assert!(server.is_shut_down(), "{driver:?}");
        assert_eq!(server.app().events.listeners(), 0);
        for socket in EACH {
            assert_eq!(numbers(server.stack().sent(socket)), [1, 2, 3, 4, 5]);
        }
    }
}

/// A hundred a second for ten seconds: each has left by the time of the next, to all who listen.
#[test]
fn a_hundred_events_a_second() {
    for driver in BOTH {
        let mut server = three_listen(driver, three(), EventStream::new().poll_ms(u32::MAX));
        let all = || (1..=1_002).filter(|n| ![13, 999].contains(n));
        for (n, sent) in all().zip(1..) {
            server.app().events.push(n);
            server.wake();
            server.run(10 + 10 * sent);
            let end = format!("id: {}\n", sent - 1);
            let is_there = |stack: &ScriptStack, socket| {
                let sent = stack.sent(socket);
                let tail = &sent[sent.len().saturating_sub(60)..];
                tail.windows(end.len()).any(|bytes| bytes == end.as_bytes())
            };
            assert!(EACH.iter().all(|&socket| is_there(&server.stack(), socket)), "{driver:?} {n}");
        }
        for socket in EACH {
            let expected: Vec<u32> = all().collect();
            assert_eq!(numbers(server.stack().sent(socket)), expected, "{driver:?}");
        }
    }
}

/// The same where nobody wakes the handlers: they look every 100 ms, and miss nothing.
#[test]
fn a_hundred_events_a_second_that_nobody_wakes_for() {
    for driver in BOTH {
        let mut server = three_listen(driver, three(), EventStream::new());
        for n in 0..500 {
            server.app().events.push(n + 1_000);
            server.run(20 + 10 * n);
        }
        server.run(5_200);
        for socket in EACH {
            let got = numbers(server.stack().sent(socket));
            assert_eq!(got, (1_000..1_500).collect::<Vec<_>>(), "{driver:?}");
        }
    }
}

/// A stack that takes a byte at a time, and hesitates: all get all, or go on with the newest.
#[test]
fn over_a_stack_that_takes_little() {
    for driver in BOTH {
        let stack = FaultStack::new(three()).at_most(1).every_other(Call::Send, Fault::WouldBlock);
        let mut server = three_listen(driver, stack, EventStream::new());
        for n in 0..200 {
            server.app().events.push(1_000 + n);
            server.wake();
            server.run(20 + 10 * n);
        }
        server.run(5_000);
        for socket in EACH {
            let got = numbers(server.stack().inner().sent(socket));
            assert!(got.is_sorted() && got.last() == Some(&1_199), "{driver:?} {got:?}");
        }
    }
}

#[test]
fn who_is_one_too_many_is_refused_until_another_leaves() {
    for driver in BOTH {
        let mut stack = three();
        stack.connects([ASK.into()]);
        let mut server = three_listen(driver, stack, EventStream::new().at_most(3));
        server.run(500);
        let refused = String::from_utf8(server.stack().sent(4).to_vec()).unwrap();
        assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
        assert!(refused.contains("\r\nRetry-After: 5\r\n"), "{refused}");
        server.stack().continues(2, [Step::Reset]);
        server.run(1_000);
        assert_eq!(server.app().events.listeners(), 2, "{driver:?}");
        server.stack().connects([ASK.into()]);
        server.run(1_500);
        assert_eq!(server.app().events.listeners(), 3, "{driver:?}");
        server.app().events.push(7);
        server.run(2_000);
        assert_eq!(numbers(server.stack().sent(5)), [7], "{driver:?}");
        server.close();
        assert_eq!(server.app().events.listeners(), 0, "{driver:?}");
    }
}

proptest! {
    /// Whatever is in an event, it is one event at the client, with the same lines.
    #[test]
    fn what_is_written_is_what_is_read(
        name in "[a-z\r\n]{0,6}",
        pieces in prop::collection::vec("[a-z: \r\n光]{0,8}", 0..4),
    ) {
        let mut buffer = [0; 1024];
        let mut writer = nal_http::wire::Writer::new(&mut buffer);
        EventWriter::new(&mut writer).comment("a\nb").id("1\n2").name(&name).write(|data| {
            for piece in &pieces {
                _ = data.write_str(piece);
            }
        });
        let (mut sent, mut room) = (writer.written(), [0; 1024]);
        let mut source = EventSource::new(&mut room);
        let mut read = |out: &mut [u8]| std::io::Read::read(&mut sent, out);
        let event = source.next(&mut read).unwrap().unwrap();
        let first = name.split(['\r', '\n']).next().unwrap();
        prop_assert_eq!(event.name, if first.is_empty() { "message" } else { first });
        prop_assert_eq!(event.id, "1");
        let lines = pieces.concat().replace("\r\n", "\n").replace('\r', "\n");
        prop_assert_eq!(event.data, lines);
        prop_assert!(source.next(&mut read).unwrap().is_none());
    }
}
