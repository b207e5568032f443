//! WebSocket of a client, over scripted stacks and by each of its drivers.

use nal_http::client::asynch;
use nal_http::client::websocket::{CloseCode, Kind, Received, Upgrade, WebSocketError};
use nal_http::client::{Client, Error, Request, ResponseError};
use nal_http::hal::Timer;
use nal_http::nb;
use nal_http::testing::asynch::{AsyncStack, SimTime};
use nal_http::testing::{Call, Fault, FaultStack, ScriptStack, Step, Ticks};
use nal_http::wire::Method;

use super::frames::{Got, frame_as, parse_as};
use super::talk::{DRIVERS, Seen, URL, accept, random, server};

/// By each driver, in pieces of each size.
fn each(upgrade: &Upgrade<'_>, bytes: &[u8], end: &[Step], check: impl Fn(Seen)) {
    for size in [1, 2, 3, 5, 7, 130, 131, 132, 10_000] {
        for drive in DRIVERS {
            let stack = FaultStack::new(server(bytes.chunks(size), end)).at_most(7);
            check(drive(stack.into(), upgrade));
        }
    }
}

fn frame(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame_as(0, first, payload)
}

#[test]
fn the_request_and_an_echo() {
    let long = "欢迎使用掌控板".repeat(20);
    let (front, back) = long.as_bytes().split_at(100);
    let frames = [
        frame(0x81, "x"),
        frame(0x89, "ping"),
        frame(0x82, [0, 255]),
        frame(0x8a, "unasked"),
        frame(1, front),
        frame(0x89, [7; 125]),
        frame(0x80, back),
        frame(0x81, &long),
        frame(0x81, ""),
        frame(0x88, b"\x03\xe8bye"),
    ];
    let bytes = [accept("").into_bytes(), frames.concat()].concat();
    each(&Upgrade::new(), &bytes, &[], |seen| {
        for line in [
            "GET /echo HTTP/1.1\r\nHost: board\r\n",
            "Connection: Upgrade\r\n",
            "Upgrade: websocket\r\n",
            "Sec-WebSocket-Version: 13\r\n",
            "Sec-WebSocket-Key: ",
        ] {
            assert_eq!(seen.head.matches(line).count(), 1, "{}", seen.head);
        }
        assert!(!seen.head.contains("close") && !seen.head.contains("Protocol"), "{}", seen.head);
        let long = long.as_bytes().to_vec();
        let messages = [
            (Kind::Text, b"x".to_vec()),
            (Kind::Binary, vec![0, 255]),
            (Kind::Text, long.clone()),
            (Kind::Text, long.clone()),
            (Kind::Text, vec![]),
        ];
        assert_eq!(seen.messages, messages);
        assert_eq!(seen.end, Ok(Some(1000)));
        let mut sent = seen.sent;
        // Pongs come as soon as there is room for them.
        let pongs = [Got::Pong(b"ping".to_vec()), Got::Pong(vec![7; 125])];
        let got = sent.extract_if(.., |got| matches!(got, Got::Pong(_))).collect::<Vec<_>>();
        assert_eq!(got, pongs);
        let echo = [
            Got::Text(b"x".to_vec()),
            Got::Binary(vec![0, 255]),
            Got::Text(long.clone()),
            Got::Text(long),
            Got::Text(vec![]),
            Got::Close(Some(1000)),
        ];
        assert_eq!(sent, echo);
    });
}

#[test]
fn answers_that_open_none() {
    let good = accept("");
    let line = |name: &str| {
        let line = good.lines().find(|line| line.starts_with(name)).unwrap();
        format!("{line}\r\n")
    };
    let without = |name: &str| good.replace(&line(name), "");
    for (answer, expected) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno".into(), WebSocketError::Status(200)),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".into(), WebSocketError::Status(404)),
        (without("Upgrade"), WebSocketError::Upgrade),
        (good.replace("Upgrade: websocket", "Upgrade: h2c"), WebSocketError::Upgrade),
        (without("Connection"), WebSocketError::Upgrade),
        (without("Sec-WebSocket-Accept"), WebSocketError::Accept),
        (
            good.replace(
                &line("Sec-WebSocket-Accept"),
                "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
            ),
            WebSocketError::Accept,
        ),
        (accept("Sec-WebSocket-Extensions: permessage-deflate\r\n"), WebSocketError::Extension),
        (accept("Sec-WebSocket-Protocol: c\r\n"), WebSocketError::Protocol),
        (accept("Sec-WebSocket-Protocol: b, a\r\n"), WebSocketError::Protocol),
    ] {
        each(&Upgrade::new().protocols(&["b", "a"]), answer.as_bytes(), &[Step::Close], |seen| {
            assert_eq!(seen.end, Err(Some(expected.into())), "{answer}");
            assert_eq!(seen.sent, []);
        });
    }
}

#[test]
fn subprotocols() {
    let close = frame(0x88, b"\x03\xe8");
    for (line, chosen) in [("", None), ("Sec-WebSocket-Protocol: a\r\n", Some("a"))] {
        let upgrade = Upgrade::new().protocols(&["b", "a"]);
        let bytes = [accept(line).as_bytes(), &close].concat();
        each(&upgrade, &bytes, &[], |seen| {
            assert!(seen.head.contains("Sec-WebSocket-Protocol: b, a\r\n"), "{}", seen.head);
            assert_eq!((seen.end, upgrade.protocol()), (Ok(Some(1000)), chosen));
        });
    }
    let upgrade = Upgrade::new().protocols(&["a\r\nX: y"]);
    let request = Request::new(Method::GET, URL).websocket(&upgrade);
    assert!(request.start::<(), _>(random(), &mut [0; 600]).is_err());
}

#[test]
fn frames_that_break_the_protocol_close_it() {
    for (frames, code) in
        [(frame_as(0x80, 0x81, "masked"), 1002), (frame(0x81, "x".repeat(101)), 1009)]
    {
        let bytes = [accept("").into_bytes(), frames.clone()].concat();
        let upgrade = Upgrade::new().message_limit(100);
        each(&upgrade, &bytes, &[], |seen| {
            assert_eq!(seen.end, Ok(Some(code)), "{frames:x?}");
            assert_eq!(seen.sent, [Got::Close(Some(code))]);
        });
    }
}

#[test]
fn connections_that_end_or_break() {
    let bytes = [accept("").into_bytes(), frame(0x81, "x"), vec![0x81]].concat();
    each(&Upgrade::new(), &bytes, &[Step::Close], |seen| {
        assert_eq!(seen.messages, [(Kind::Text, b"x".to_vec())]);
        assert_eq!(seen.end, Err(Some(WebSocketError::Lost.into())));
    });
    each(&Upgrade::new(), &bytes, &[Step::Reset], |seen| {
        assert_eq!(seen.end, Err(None));
    });
}

#[test]
fn a_silent_server_is_pinged_and_given_up() {
    let bytes = accept("").into_bytes();
    each(&Upgrade::new(), &bytes, &[], |seen| {
        assert_eq!(seen.end, Ok(Some(1008)));
        assert_eq!(seen.sent, [Got::Ping(vec![]), Got::Close(Some(1008))]);
    });
    let time = SimTime::new(u32::MAX - 1_000);
    let stack = AsyncStack::new(server(bytes.chunks(99), &[]), &time);
    let mut buffer = [0; 600];
    time.block_on(async {
        let mut client = asynch::Client::new(&stack, &time);
        let upgrade = Upgrade::new().ping_ms(5_000);
        let opening = client.get(URL).websocket(&upgrade);
        let mut socket = opening.open(random(), &mut buffer).await.unwrap();
        time.set_tries(1);
        let polls = time.polls();
        assert_eq!(socket.receive_within(3_000).await, Ok(None));
        assert_eq!(time.now_ms(), 1_999);
        assert_eq!(socket.receive().await, Ok(Received::Closed(Some(CloseCode::POLICY))));
        assert_eq!(time.now_ms(), 8_999);
        // It is polled for a cause only.
        assert!(time.polls() - polls < 12, "{} polls", time.polls() - polls);
        assert!(!socket.is_open() && socket.send_text("x").await.is_err());
        let over = socket.receive().await;
        let expected = ResponseError::WebSocket(WebSocketError::NotOpen);
        assert!(matches!(over, Err(Error::Response(error)) if error == expected));
    });
}

#[test]
fn long_messages_are_sent_in_fragments() {
    let long = "0123456789".repeat(200);
    let answer = [accept("").into_bytes(), frame(0x81, "ready")].concat();
    for most in [1, 100, 10_000] {
        let mut stack = FaultStack::new(server(answer.chunks(60), &[])).at_most(most);
        let mut buffer = [0; 400];
        let mut client = Client::new(&mut stack, Ticks::every(1));
        let upgrade = Upgrade::new();
        let mut socket = client.get(URL).websocket(&upgrade).open(random(), &mut buffer).unwrap();
        // Nothing may have arrived yet, and that blocks nobody.
        while socket.receive_within(0).unwrap().is_none() {}
        socket.send_text(&long).unwrap();
        socket.send_part(Kind::Binary, false, b"a").unwrap();
        socket.send_part(Kind::Binary, true, &[]).unwrap();
        socket.close(CloseCode::NORMAL).unwrap();
        assert_eq!(stack.open_sockets(), 0);
        let (_, sent) = parse_as(0x80, stack.inner().sent(0));
        let long = Got::Text(long.clone().into_bytes());
        assert_eq!(sent, [long, Got::Binary(b"a".to_vec()), Got::Close(Some(1000))]);
    }
}

#[test]
fn a_server_that_takes_nothing_is_given_up() {
    let answer = accept("");
    let stack = server([answer.as_bytes()], &[]);
    // The request, and no more.
    let mut stack = FaultStack::new(stack).from(Call::Send, 1, Fault::WouldBlock);
    let mut buffer = [0; 600];
    let mut client = Client::new(&mut stack, Ticks::every(100));
    let upgrade = Upgrade::new();
    let opening = client.get(URL).timeout(2_000).websocket(&upgrade);
    let mut socket = opening.open(random(), &mut buffer).unwrap();
    let sent = socket.send_text("hello");
    assert!(matches!(sent, Err(Error::TimedOut(nal_http::client::Phase::Send))), "{sent:?}");
    drop(socket);
    assert_eq!(stack.open_sockets(), 0);
}

#[test]
fn a_call_has_room_or_not() {
    let mut stack = server([accept("").as_bytes()], &[]);
    let mut buffer = [0; 400];
    let upgrade = Upgrade::new();
    let request = Request::new(Method::GET, URL).websocket(&upgrade);
    let mut call = request.start(random(), &mut buffer).unwrap();
    assert_eq!(call.room(), 0);
    let not_open = ResponseError::WebSocket(WebSocketError::NotOpen);
    assert_eq!(call.send_text("x"), Err(not_open));
    while call.poll(&mut stack, 0).is_err() {}
    assert!(call.is_open());
    assert_eq!(call.room(), 192);
    let long = ResponseError::WebSocket(WebSocketError::TooLong { have: 192 });
    assert_eq!(call.send_text(&"x".repeat(300)), Err(long));
    assert_eq!(call.send_text(&"x".repeat(150)), Ok(true));
    assert_eq!(call.send_text(&"x".repeat(150)), Ok(false));
    assert!(matches!(call.receive(&mut stack, 0), Err(nb::Error::WouldBlock)));
    assert_eq!((call.room(), call.remaining_ms(0)), (192, 20_000));
    call.close(CloseCode::GOING_AWAY, 0);
    assert!(!call.is_open());
    assert!(matches!(call.receive(&mut stack, 999), Err(nb::Error::WouldBlock)));
    assert_eq!(call.receive(&mut stack, 1_000), Ok(Received::Closed(None)));
    assert_eq!(stack.open_sockets(), 0);
}

#[test]
fn what_comes_with_the_head_may_fill_the_buffer() {
    let text = "y".repeat(450);
    let bytes = [accept("").into_bytes(), frame(0x81, &text), frame(0x88, "")].concat();
    for drive in DRIVERS {
        let mut stack = ScriptStack::new();
        stack.answers([Step::from(&bytes)]);
        let seen = drive(FaultStack::new(stack).at_most(7).into(), &Upgrade::new());
        assert_eq!((seen.messages, seen.end), (vec![(Kind::Text, text.clone().into())], Ok(None)));
    }
}
