//! A WebSocket keeps its slot as long as nobody waits for it, or until its turn is over; by both drivers.

#[path = "../drivers/mod.rs"]
mod drivers;

use drivers::{BOTH, Driver, Serving};
use nal_http::testing::{ScriptStack, Step};

use super::frames::{App, Got, HELLO, SITE, frame, parse};

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

        let get = "GET / HTTP/1.1\r\nHost: board\r\nConnection: close\r\n\r\n";
        serving.stack().connects([Step::from(get)]);
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
        // It is cut, behind whole frames.
        assert_eq!(parse(serving.stack().sent(1)).1, said);
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
