//! Many listeners of one stream, over both drivers in simulated time.

use nal_http::client::EventSource;
use nal_http::embedded_nal::TcpFullStack;
use nal_http::server::{EventStream, Listener};
use nal_http::testing::{Call, Fault, FaultStack, ScriptStack, Step};

use crate::drivers::{BOTH, Driver, Serving};
use crate::{App, SITE, app};

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
    driver: Driver,
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
