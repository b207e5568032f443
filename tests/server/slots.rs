//! Slots over a stack that follows a script.

use nal_http::server::{CloseReason, Server, Timeouts};
use nal_http::testing::{Call, Fault, FaultStack, ScriptStack, Step, TestClient};

use crate::app::{App, site};
use crate::drivers::{BOTH, Driver, Serving};
use crate::messages::exchanges;

type Scripted<S = ScriptStack> = Serving<S, App, 2, 512>;

fn serving(driver: Driver, now_ms: u32) -> Scripted {
    Serving::new(driver, site(), ScriptStack::new(), App::default(), now_ms)
}

/// Two clients at most, and others wait.
fn crowded(driver: Driver) -> Scripted {
    Serving::with_tasks(driver, site(), ScriptStack::new(), App::default(), 0, 2)
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const CLOSE: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

#[test]
fn a_request_costs_one_receive_and_one_send() {
    for driver in BOTH {
        let mut server = serving(driver, 0);
        server.stack().connects([CLOSE.into()]);
        server.run(0);
        assert_eq!(server.stack().moves(1), (1, 1));
        assert!(!server.stack().is_open(1));
        assert_eq!(server.app().closed, [CloseReason::Complete]);
    }
}

#[test]
fn the_longest_idle_connection_gives_way() {
    for driver in BOTH {
        let mut server = crowded(driver);
        server.stack().connects([GET.into()]);
        server.run(0);
        server.stack().connects([]); // a browser's speculative connection
        server.run(10);
        server.stack().connects([GET.into()]);
        server.run(40);
        assert_eq!(server.stack().sent(3), b"", "both have been idle for less than the grace");
        assert_eq!(server.idle_ms(), 10, "and the server wakes when one has");
        server.run(50);
        assert!(server.stack().sent(3).starts_with(b"HTTP/1.1 200 OK"));
        assert!(!server.stack().is_open(1) && server.stack().is_open(2));
        assert_eq!(server.app().closed[0], CloseReason::IdleEvicted);
    }
}

#[test]
fn a_request_under_way_gives_way_only_when_it_is_too_slow() {
    for driver in BOTH {
        let mut server = crowded(driver);
        server.stack().connects([]);
        server.stack().connects([]);
        server.run(0);
        // Two heads that are not complete.
        server.stack().continues(1, [b"GET ".into()]);
        server.stack().continues(2, [b"GET ".into()]);
        server.stack().connects([GET.into()]);
        let stall_ms = Timeouts::DEFAULT.stall_ms;
        server.run(stall_ms - 1);
        assert_eq!(server.stack().sent(3), b"");
        assert_eq!(server.app().closed, []);
        assert_eq!(server.idle_ms(), 1);
        server.run(stall_ms);
        assert!(server.stack().sent(3).starts_with(b"HTTP/1.1 200 OK"));
        let mut closed = server.app().closed.clone();
        if driver == Driver::Async {
            assert_eq!(closed.pop(), Some(CloseReason::Complete), "no task listened");
        }
        assert_eq!(closed, [CloseReason::Evicted], "one is enough");
        server.close();
        assert_eq!(server.stack().open_sockets(), 0);
    }
}

#[test]
fn a_client_that_waits_is_closed_with_the_server() {
    for driver in BOTH {
        let mut server = crowded(driver);
        (0..3).for_each(|_| server.stack().connects([]));
        server.run(0);
        // The one that is polled has taken it out of the queue.
        let waiting = usize::from(driver == Driver::Polled);
        assert_eq!(server.stack().open_sockets(), 3 + waiting);
        server.close();
        assert_eq!(server.stack().open_sockets(), 0);
        assert_eq!(server.app().closed, [CloseReason::ServerClosed; 2]);
    }
}

#[test]
fn each_phase_has_its_deadline() {
    let t = Timeouts::DEFAULT;
    let half = b"POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc";
    let pieces = b"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc";
    let table: [(&[u8], u32, CloseReason); 6] = [
        (b"", t.first_request_ms, CloseReason::IdleTooLong),
        (b"GET / HTTP/1.1\r\n", t.head_ms, CloseReason::HeadTooSlow),
        (half, t.body_ms, CloseReason::BodyTooSlow),
        (pieces, t.body_ms, CloseReason::BodyTooSlow),
        (GET, t.next_request_ms, CloseReason::IdleTooLong),
        (b"nonsense\r\n", t.linger_ms, CloseReason::Complete),
    ];
    let rows = table.iter().flat_map(|row| BOTH.map(|driver| (driver, row)));
    for (driver, (request, ms, reason)) in rows {
        let start = u32::MAX - 5; // the clock wraps around on the way
        let mut server = serving(driver, start);
        server.stack().connects([(*request).into()]);
        server.run(start);
        server.run(start.wrapping_add(ms - 1));
        assert_eq!(server.app().closed, [], "{driver:?}: {reason:?}");
        server.run(start.wrapping_add(*ms));
        // A request that is late is answered, with 408.
        let answered = server.stack().sent(1).starts_with(b"HTTP/1.1 408 Request Timeout");
        let too_slow = matches!(reason, CloseReason::HeadTooSlow | CloseReason::BodyTooSlow);
        assert_eq!(answered, too_slow);
        let lingers = if answered { t.linger_ms } else { 0 };
        server.run(start.wrapping_add(ms + lingers));
        assert_eq!(server.app().closed, [*reason]);
        assert!(!server.stack().is_open(1));
    }
}

#[test]
fn a_request_that_stops_anywhere_ends_with_one_answer() {
    let t = Timeouts::DEFAULT;
    for (request, _) in exchanges() {
        for (length, driver) in (0..=request.len()).flat_map(|n| BOTH.map(|driver| (n, driver))) {
            let mut server = serving(driver, 0);
            server.stack().connects([request.as_bytes()[..length].into()]);
            let ends = [0, t.head_ms.max(t.next_request_ms), t.linger_ms];
            let mut now = 0;
            let mut answered = Vec::new();
            for ms in ends {
                now += ms;
                server.run(now);
                answered.push(server.stack().sent(1).len());
            }
            let streams = server.stack().is_open(1);
            assert!(streams || !server.app().closed.is_empty(), "{request:?}, {length}");
            let sent = server.stack().sent(1).to_vec();
            let late = String::from_utf8_lossy(&sent[answered[0]..]);
            let whole = late.starts_with("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n");
            assert!(streams || late.is_empty() || whole, "{request:?}, {length}: {late:?}");
        }
    }
}

#[test]
fn a_dripping_head_is_late_as_a_whole() {
    for driver in BOTH {
        let mut server = serving(driver, 0);
        server.stack().connects([]);
        for second in 0..20 {
            server.stack().continues(1, [b"X".into()]);
            server.run(second * 1000);
        }
        assert_eq!(server.app().closed, [CloseReason::HeadTooSlow]);
    }
}

#[test]
fn clients_that_leave_are_noticed() {
    let table: [(&[u8], Step, CloseReason); 5] = [
        (b"", Step::Close, CloseReason::ClientClosed),
        (GET, Step::Close, CloseReason::ClientClosed),
        (b"GET /", Step::Close, CloseReason::ClientLeft),
        (GET, Step::Reset, CloseReason::Broken),
        (
            b"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n",
            Step::Close,
            CloseReason::ClientLeft,
        ),
    ];
    let rows = table.iter().flat_map(|row| BOTH.map(|driver| (driver, row)));
    for (driver, (request, end, reason)) in rows {
        let mut server = serving(driver, 0);
        server.stack().connects([(*request).into(), end.clone()]);
        server.run(0);
        assert_eq!(server.app().closed, [*reason], "{driver:?}: {}", request.escape_ascii());
        assert_eq!(server.stack().open_sockets(), 1, "the listener");
    }
}

#[test]
fn events_flow_when_there_are_any() {
    for driver in BOTH {
        let mut server = serving(driver, 0);
        server.stack().connects([b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n".into()]);
        server.run(0);
        let text = |server: &Scripted| String::from_utf8(server.stack().sent(1).to_vec()).unwrap();
        assert!(text(&server).ends_with("\r\n\r\n"), "the head leaves at once");
        server.app().ticks = 2;
        server.run(999);
        assert_eq!(text(&server).matches("tick").count(), 0, "it is not asked before its time");
        server.run(1000);
        assert_eq!(text(&server).matches("tick").count(), 2);
        server.stack().continues(1, [Step::Close]);
        server.run(1001);
        assert_eq!(server.app().closed, [], "it may have closed one side only");
    }
}

#[test]
fn handlers_that_wait_can_be_called_before_their_time() {
    for driver in BOTH {
        let mut server = serving(driver, 0);
        server.stack().connects([b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n".into()]);
        server.stack().connects([GET.into()]);
        server.wake();
        server.run(300);
        let ticks = |server: &Scripted| server.stack().sent(1).escape_ascii().to_string();
        assert_eq!(ticks(&server).matches("tick").count(), 0);
        for count in 1..4 {
            server.app().ticks = 1;
            server.wake();
            server.run(300);
            assert_eq!(ticks(&server).matches("tick").count(), count, "{driver:?}");
        }
        assert_eq!(server.stack().moves(2), (1, 1), "others are left alone");
        // The time that it asked for goes on.
        server.app().ticks = 1;
        server.run(1299);
        assert_eq!(ticks(&server).matches("tick").count(), 3);
        server.run(1300);
        assert_eq!(ticks(&server).matches("tick").count(), 4, "{driver:?}");
    }
}

#[test]
fn a_stream_is_asked_again_when_its_pause_is_over_and_not_before() {
    // A server that is polled late asks once.
    let (mut stack, mut app) = (ScriptStack::new(), App::default());
    let mut server: Server<ScriptStack, App, 2, 512> = Server::new(site());
    server.listen(&mut stack, 80).unwrap();
    stack.connects([b"GET /say HTTP/1.1\r\nHost: a\r\n\r\n".into()]);
    for (now, asked) in [(0, 1), (1, 1), (999, 1), (1000, 2), (1500, 2), (2000, 3), (9000, 4)] {
        while server.poll(&mut stack, &mut app, now).is_ok() {}
        assert_eq!(app.asked, asked, "at {now} ms");
        assert!(server.idle_ms(now) > 0, "nothing spins");
    }
    for driver in BOTH {
        let mut server = serving(driver, 0);
        server.stack().connects([b"GET /say HTTP/1.1\r\nHost: a\r\n\r\n".into()]);
        for (now, asked) in [(0, 1), (1, 1), (999, 1), (1000, 2), (1500, 2), (2000, 3), (9000, 10)]
        {
            server.run(now);
            assert_eq!(server.app().asked, asked, "at {now} ms");
        }
        // One that has nothing to say is not asked again and again either.
        let mut server = serving(driver, 0);
        server.stack().connects([b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n".into()]);
        for now in [0, 1000, 2000, 2001] {
            server.run(now);
            assert_eq!(server.idle_ms(), if now == 2001 { 999 } else { 1000 });
        }
    }
}

#[test]
fn a_stack_that_breaks_anywhere_costs_one_connection() {
    let calls = [Call::Receive, Call::Send].into_iter();
    let faults = calls.flat_map(|call| [(call, Fault::Reset), (call, Fault::PipeClosed)]);
    for ((call, fault), driver) in faults.flat_map(|fault| BOTH.map(|driver| (fault, driver))) {
        for n in 0..100 {
            let mut inner = ScriptStack::new();
            inner.connects([CLOSE.into()]);
            inner.connects([CLOSE.into()]);
            let stack = FaultStack::new(inner).at_most(10).once(call, n, fault);
            let mut server: Scripted<_> = Serving::new(driver, site(), stack, App::default(), 0);
            server.run(0);
            assert_eq!(server.stack().open_sockets(), 1, "only the listener is left");
            let app = server.app();
            let whole = app.closed.iter().filter(|reason| **reason == CloseReason::Complete);
            assert!(whole.count() >= 1, "{driver:?}: {call:?} {n}: {:?}", app.closed);
            drop(app);
            server.close();
            assert_eq!(server.stack().open_sockets(), 0);
        }
    }
}

#[test]
fn a_hesitating_stack_changes_no_byte() {
    for driver in BOTH {
        let serve = |faults: &dyn Fn(FaultStack<ScriptStack>) -> FaultStack<ScriptStack>| {
            let mut inner = ScriptStack::new();
            let request = [GET, b"GET /count HTTP/1.1\r\nHost: a\r\n\r\n", CLOSE].concat();
            inner.connects([request.as_slice().into()]);
            let stack = faults(FaultStack::new(inner));
            let mut server: Serving<_, App, 1, 512> =
                Serving::new(driver, site(), stack, App::default(), 0);
            server.run(0);
            assert_eq!(server.app().closed, [CloseReason::Complete]);
            server.stack().inner().sent(1).to_vec()
        };
        let plain = serve(&|stack| stack);
        assert!(plain.ends_with(b"hello world"));
        for limit in [1, 3, 1000] {
            assert_eq!(serve(&|stack| stack.at_most(limit)), plain);
            let slow =
                serve(&|stack| stack.at_most(limit).every_other(Call::Send, Fault::WouldBlock));
            assert_eq!(slow, plain);
            assert_eq!(
                serve(&|stack| stack.at_most(limit).every_other(Call::Send, Fault::Zero)),
                plain
            );
            let late =
                serve(&|stack| stack.at_most(limit).every_other(Call::Receive, Fault::WouldBlock));
            assert_eq!(late, plain);
        }
    }
}

#[test]
fn a_port_that_is_in_use_is_an_error_and_leaves_no_socket() {
    let mut stack = FaultStack::new(ScriptStack::new()).once(Call::Socket, 0, Fault::Reset);
    let mut server: Server<_, App, 1, 512> = Server::new(site());
    assert!(server.listen(&mut stack, 80).is_err());
    assert!(server.listen(&mut stack, 80).is_ok());
    assert!(server.listen(&mut stack, 80).is_ok(), "and once more, elsewhere");
    assert_eq!(stack.open_sockets(), 1);
}

#[test]
fn slots_of_any_size_answer_or_refuse() {
    for slot in 2..300 {
        for (request, _) in exchanges() {
            for step in [1, 17, 1000] {
                let mut client = TestClient::new(site()).slot(slot);
                let pieces = request.as_bytes().chunks(step);
                let answer = client.send_pieces(&mut App::default(), pieces);
                let begins = answer.is_empty() || answer.starts_with(b"HTTP/1.1 ");
                assert!(begins, "{slot}: {request}");
            }
        }
    }
}
