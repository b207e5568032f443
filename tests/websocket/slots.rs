//! A WebSocket keeps its slot as long as nobody waits for it, or until its turn is over; by both drivers.

#[path = "../drivers/mod.rs"]
mod drivers;

use drivers::{BOTH, Driver, Serving};
use nal_http::server::websocket::State;
use nal_http::server::{Flow, Route, Site};
use nal_http::testing::{Call, Fault, FaultStack, ScriptStack, Step};

use super::frames::{App, Got, HELLO, SITE, frame, parse};

const GET: &str = "GET / HTTP/1.1\r\nHost: board\r\nConnection: close\r\n\r\n";

#[test]
fn it_gives_way_when_its_turn_is_over() {
    let start = u32::MAX - 5_000;
    // When another client comes, and whether the turn of 10 s is not over then: it waits for 500 ms at least.
    // A task alone, which listens to nobody meanwhile, counts as if somebody waits.
    let table = [
        (Driver::Polled, 5_000, true),
        (Driver::Polled, 30_000, false),
        (Driver::Async, 5_000, true),
    ];
    for (driver, comes_ms, has_turn) in table {
        let mut stack = ScriptStack::new();
        let head = format!("{HELLO}\r\n");
        stack.connects([Step::from(&head), Step::from(&frame(0x81, "x"))]);
        let mut serving =
            Serving::<_, _, 1, 4096, _>::with_tasks(driver, SITE, stack, App::default(), start, 1);
        if !has_turn {
            // It is pinged, and answers.
            serving.run(start.wrapping_add(21_000));
            serving.stack().continues(1, [Step::from(&frame(0x8a, ""))]);
        }
        serving.run(start.wrapping_add(comes_ms));
        assert!(serving.stack().is_open(1));
        let said = parse(serving.stack().sent(1)).1;
        assert_eq!(said[0], Got::Text(b"x".to_vec()));

        serving.stack().connects([Step::from(GET)]);
        if has_turn {
            serving.run(start.wrapping_add(9_900));
            assert!(serving.stack().is_open(1), "{driver:?} {comes_ms}");
        }
        serving.run(start.wrapping_add(comes_ms.max(9_900) + 600));
        assert!(!serving.stack().is_open(1), "{driver:?} {comes_ms}");
        assert!(
            serving.stack().sent(2).starts_with(b"HTTP/1.1 200 OK\r\n"),
            "{driver:?} {comes_ms}"
        );
        assert_eq!(serving.app().aborted, 1);
        assert_eq!(serving.app().closed, []);
        // It is told to try again, and cut.
        let said = [said, vec![Got::Close(Some(1013))]].concat();
        assert_eq!(parse(serving.stack().sent(1)).1, said, "{driver:?} {comes_ms}");
    }
}

#[test]
fn nothing_is_said_where_it_would_not_be_understood_or_has_no_room() {
    let half_a_ping = frame(0x89, [7; 125])[..60].to_vec();
    for driver in BOTH {
        // It has sent a close frame already; a pong is not at its end; the stack takes no more.
        for (frames, sends, end) in [
            (frame(0x88, b"\x03\xe8"), usize::MAX, &b"\x88\x02\x03\xe8"[..]),
            (half_a_ping.clone(), usize::MAX, &[7; 54]),
            (frame(0x81, "x"), 2, b"\x81\x01x"),
        ] {
            let mut stack = ScriptStack::new();
            stack.connects([Step::from(&format!("{HELLO}\r\n")), Step::from(&frames)]);
            stack.connects([Step::from(GET)]);
            let stack = FaultStack::new(stack).from(Call::Send, sends, Fault::WouldBlock);
            let mut serving =
                Serving::<_, _, 1, 512, _>::with_tasks(driver, SITE, stack, App::default(), 0, 1);
            serving.run(5_000);
            let said = serving.stack().inner().sent(1).to_vec();
            assert!(said.ends_with(end), "{driver:?}: {said:x?}");
            serving.run(10_600);
            assert!(!serving.stack().inner().is_open(1), "{driver:?} {end:x?}");
            assert_eq!(serving.stack().inner().sent(1), said, "{driver:?}");
        }
    }
}

#[test]
fn who_says_nothing_to_a_handler_that_waits_for_it_is_told_why_it_ends() {
    const LISTENS: Site<App, State> =
        Site::new(&[Route::websocket("/echo", |app, request, reply| {
            app.aborted += usize::from(request.is_aborted());
            reply.websocket(request)?;
            Ok(Flow::More)
        })]);
    for driver in BOTH {
        let mut stack = ScriptStack::new();
        stack.connects([Step::from(&format!("{HELLO}\r\n"))]);
        let mut serving =
            Serving::<_, _, 1, 1024, _>::new(driver, LISTENS, stack, App::default(), 0);
        serving.run(60_000);
        assert!(!serving.stack().is_open(1), "{driver:?}");
        assert_eq!(parse(serving.stack().sent(1)).1, [Got::Close(Some(1008))], "{driver:?}");
        assert_eq!(serving.app().aborted, 1);
    }
}

#[test]
fn a_server_that_shuts_down_says_so() {
    for driver in BOTH {
        for answers in [false, true] {
            let mut stack = ScriptStack::new();
            let head = format!("{HELLO}\r\n");
            stack.connects([Step::from(&head), Step::from(&frame(0x81, "x"))]);
            let mut serving =
                Serving::<_, _, 1, 1024, _>::new(driver, SITE, stack, App::default(), 0);
            serving.run(1_000);
            serving.shut_down(5_000);
            serving.run(1_100);
            let said = [Got::Text(b"x".to_vec()), Got::Close(Some(1001))];
            assert_eq!(parse(serving.stack().sent(1)).1, said, "{driver:?}");
            assert!(!serving.is_shut_down());
            if answers {
                serving.stack().continues(1, [Step::from(&frame(0x88, b"\x03\xe9"))]);
            }
            // The client has a second to answer, and then one to close.
            serving.run(if answers { 1_200 } else { 3_300 });
            assert!(!serving.stack().is_open(1) && serving.is_shut_down(), "{driver:?} {answers}");
            assert_eq!(serving.app().closed, [answers.then_some(1001)]);
            assert_eq!(serving.app().aborted, 0);
        }
    }
}
