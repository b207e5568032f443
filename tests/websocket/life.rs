//! Silence, closing and leaving, and an application that sends when it wants to.

use nal_http::server::websocket::{CloseCode, Received, State};
use nal_http::server::{Answer, Reply, Request, Route, Site};
use nal_http::testing::TestClient;

use super::frames::{App, Got, HELLO, SITE, frame, parse, talk_with};

#[test]
fn who_leaves_is_told() {
    let (app, got) = talk_with(1024, 9, &frame(0x81, "x"));
    assert_eq!((app.aborted, app.closed, got), (1, vec![], vec![Got::Text(b"x".to_vec())]));
    let (app, _) = talk_with(1024, 9, &frame(0x88, b"\x03\xe8"));
    assert_eq!((app.aborted, app.closed), (0, vec![Some(1000)]));
    let (app, _) = talk_with(1024, 9, &frame(0x83, ""));
    assert_eq!((app.aborted, app.closed), (0, vec![Some(1002)]));
}

#[test]
fn who_says_nothing_is_pinged_and_given_up() {
    let mut app = App::default();
    let mut client = TestClient::new(SITE).wait(100_000);
    let answer = client.send_bytes(&mut app, format!("{HELLO}\r\n").as_bytes());
    assert_eq!(parse(&answer).1, [Got::Ping(vec![]), Got::Close(Some(1008))]);
    assert_eq!((app.aborted, app.closed), (0, vec![Some(1008)]));
}

#[derive(Default)]
struct Clock {
    sent: u32,
    closed: Vec<Option<CloseCode>>,
}

/// Three values, one each second, and then an end.
const TICKS: Site<Clock, State> = Site::new(&[Route::websocket("/echo", tick)]);

fn tick(app: &mut Clock, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
    let due = request.elapsed_ms() / 1_000;
    let mut socket = reply.websocket(request)?;
    while let Some(received) = socket.receive() {
        match received {
            Received::Part(part) => assert_eq!(part.text(), Some("a whole message")),
            Received::Closed(code) => app.closed.push(code),
        }
    }
    if app.sent < 3 && due > app.sent {
        app.sent += u32::from(socket.send_text(&format!("{}", app.sent)));
    } else if app.sent == 3 {
        socket.close(CloseCode::GOING_AWAY);
    }
    socket.wait(500)
}

#[test]
fn an_application_sends_when_it_wants_to_and_closes() {
    let message = frame(0x81, "a whole message");
    for answers in [false, true] {
        let mut app = Clock::default();
        let head = format!("{HELLO}\r\n");
        let close = frame(0x88, b"\x03\xe9");
        let mut pieces = vec![head.as_bytes()];
        // In single bytes, and yet it comes whole.
        pieces.extend(message.chunks(1));
        if answers {
            app.sent = 3;
            pieces.push(&close);
        }
        let got = parse(&TestClient::new(TICKS).send_pieces(&mut app, pieces)).1;
        let texts = ["0", "1", "2"].map(|text| Got::Text(text.into()));
        let texts = if answers { &[][..] } else { &texts[..] };
        assert_eq!(got, [texts, &[Got::Close(Some(1001))]].concat());
        assert_eq!(app.closed, [answers.then_some(CloseCode::GOING_AWAY)]);
    }
}

#[test]
fn a_message_longer_than_the_room_ends_the_connection() {
    const LONG: Site<App, State> = Site::new(&[Route::websocket("/echo", |_, request, reply| {
        let mut socket = reply.websocket(request)?;
        assert!(!socket.send_binary(&[7; 2_000]));
        socket.wait(10)
    })]);
    let answer =
        TestClient::new(LONG).send_bytes(&mut App::default(), format!("{HELLO}\r\n").as_bytes());
    assert_eq!(parse(&answer).1, []);
}
