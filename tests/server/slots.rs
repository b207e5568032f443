//! Slots over a stack that follows a script.

use nal_http::server::{CloseReason, Server, Timeouts};
use nal_http::testing::{Call, Fault, FaultStack, ScriptStack, Step, TestClient};

use crate::app::{App, site};
use crate::messages::exchanges;

type Scripted = Server<ScriptStack, App, 2, 512>;

fn listening(stack: &mut ScriptStack) -> Scripted {
    let mut server = Server::new(site());
    server.listen(stack, 80).unwrap();
    server
}

fn run(server: &mut Scripted, stack: &mut ScriptStack, app: &mut App, now_ms: u32) {
    while server.poll(stack, app, now_ms).is_ok() {}
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const CLOSE: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

#[test]
fn a_request_costs_one_receive_and_one_send() {
    let (mut stack, mut app) = (ScriptStack::new(), App::default());
    let mut server = listening(&mut stack);
    stack.knocks([CLOSE.into()]);
    run(&mut server, &mut stack, &mut app, 0);
    assert_eq!(stack.moves(1), (1, 1));
    assert!(!stack.is_open(1));
    assert_eq!(app.closed, [CloseReason::Complete]);
}

#[test]
fn the_longest_idle_connection_gives_way() {
    let (mut stack, mut app) = (ScriptStack::new(), App::default());
    let mut server = listening(&mut stack);
    stack.knocks([GET.into()]);
    run(&mut server, &mut stack, &mut app, 0);
    stack.knocks([]); // a browser's speculative connection
    run(&mut server, &mut stack, &mut app, 10);
    stack.knocks([GET.into()]);
    run(&mut server, &mut stack, &mut app, 40);
    assert_eq!(stack.sent(3), b"", "both have been idle for less than the grace");
    assert_eq!(server.idle_ms(40), 10, "and the server wakes when one has");
    run(&mut server, &mut stack, &mut app, 50);
    assert!(stack.sent(3).starts_with(b"HTTP/1.1 200 OK"));
    assert!(!stack.is_open(1) && stack.is_open(2));
    assert_eq!(app.closed, [CloseReason::IdleEvicted]);
}

#[test]
fn a_request_under_way_gives_way_only_when_it_is_too_slow() {
    let (mut stack, mut app) = (ScriptStack::new(), App::default());
    let mut server = listening(&mut stack);
    stack.knocks([]);
    stack.knocks([]);
    run(&mut server, &mut stack, &mut app, 0);
    // Two heads that are not complete.
    stack.continues(1, [b"GET ".into()]);
    stack.continues(2, [b"GET ".into()]);
    stack.knocks([GET.into()]);
    let stall_ms = Timeouts::DEFAULT.stall_ms;
    run(&mut server, &mut stack, &mut app, stall_ms - 1);
    assert_eq!(stack.sent(3), b"");
    assert_eq!(app.closed, []);
    assert_eq!(server.idle_ms(stall_ms - 1), 1);
    run(&mut server, &mut stack, &mut app, stall_ms);
    assert_eq!(server.open_connections(), 2);
    assert!(stack.sent(3).starts_with(b"HTTP/1.1 200 OK"));
    assert_eq!(app.closed, [CloseReason::Evicted], "one is enough");
    server.close(&mut stack, &mut app);
    assert_eq!(stack.open_sockets(), 0);
}

#[test]
fn a_client_that_waits_is_closed_with_the_server() {
    let (mut stack, mut app) = (ScriptStack::new(), App::default());
    let mut server = listening(&mut stack);
    (0..3).for_each(|_| stack.knocks([]));
    run(&mut server, &mut stack, &mut app, 0);
    assert_eq!((server.open_connections(), stack.open_sockets()), (2, 4));
    server.close(&mut stack, &mut app);
    assert_eq!(stack.open_sockets(), 0);
    assert_eq!(app.closed, [CloseReason::ServerClosed; 2]);
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
    for (request, ms, reason) in table {
        let (mut stack, mut app) = (ScriptStack::new(), App::default());
        let mut server = listening(&mut stack);
        let start = u32::MAX - 5; // the clock wraps around on the way
        stack.knocks([request.into()]);
        run(&mut server, &mut stack, &mut app, start);
        assert!(server.idle_ms(start) <= ms);
        run(&mut server, &mut stack, &mut app, start.wrapping_add(ms - 1));
        assert_eq!(app.closed, [], "{reason:?}");
        run(&mut server, &mut stack, &mut app, start.wrapping_add(ms));
        // A request that is late is answered, with 408.
        let answered = stack.sent(1).starts_with(b"HTTP/1.1 408 Request Timeout");
        let too_slow = matches!(reason, CloseReason::HeadTooSlow | CloseReason::BodyTooSlow);
        assert_eq!(answered, too_slow);
        let lingers = if answered { t.linger_ms } else { 0 };
        run(&mut server, &mut stack, &mut app, start.wrapping_add(ms + lingers));
        assert_eq!(app.closed, [reason]);
        assert!(!stack.is_open(1));
    }
}

#[test]
fn a_request_that_stops_anywhere_ends_with_one_answer() {
    let t = Timeouts::DEFAULT;
    for (request, _) in exchanges() {
        for length in 0..=request.len() {
            let (mut stack, mut app) = (ScriptStack::new(), App::default());
            let mut server = listening(&mut stack);
            stack.knocks([request.as_bytes()[..length].into()]);
            let ends = [0, t.head_ms.max(t.next_request_ms), t.linger_ms];
            let mut now = 0;
            let mut answered = Vec::new();
            for ms in ends {
                now += ms;
                run(&mut server, &mut stack, &mut app, now);
                answered.push(stack.sent(1).len());
            }
            let streams = server.open_connections() == 1;
            assert!(streams || !app.closed.is_empty(), "{request:?}, {length}");
            let late = String::from_utf8_lossy(&stack.sent(1)[answered[0]..]).into_owned();
            let whole = late.starts_with("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n");
            assert!(streams || late.is_empty() || whole, "{request:?}, {length}: {late:?}");
        }
    }
}

#[test]
fn a_dripping_head_is_late_as_a_whole() {
    let (mut stack, mut app) = (ScriptStack::new(), App::default());
    let mut server = listening(&mut stack);
    stack.knocks([]);
    for second in 0..20 {
        stack.continues(1, [b"X".into()]);
        run(&mut server, &mut stack, &mut app, second * 1000);
    }
    assert_eq!(app.closed, [CloseReason::HeadTooSlow]);
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
    for (request, end, reason) in table {
        let (mut stack, mut app) = (ScriptStack::new(), App::default());
        let mut server = listening(&mut stack);
        stack.knocks([request.into(), end]);
        run(&mut server, &mut stack, &mut app, 0);
        assert_eq!(app.closed, [reason], "{}", request.escape_ascii());
        assert_eq!(stack.open_sockets(), 1, "the listener");
    }
}

#[test]
fn events_flow_when_there_are_any() {
    let (mut stack, mut app) = (ScriptStack::new(), App::default());
    let mut server = listening(&mut stack);
    stack.knocks([b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n".into()]);
    run(&mut server, &mut stack, &mut app, 0);
    let text = |stack: &ScriptStack| String::from_utf8(stack.sent(1).to_vec()).unwrap();
    assert!(text(&stack).ends_with("\r\n\r\n"), "the head leaves at once");
    assert_eq!(server.idle_ms(0), 1000);
    app.ticks = 2;
    run(&mut server, &mut stack, &mut app, 999);
    assert_eq!(text(&stack).matches("tick").count(), 0, "it is not asked before its time");
    run(&mut server, &mut stack, &mut app, 1000);
    assert_eq!(text(&stack).matches("tick").count(), 2);
    stack.continues(1, [Step::Close]);
    run(&mut server, &mut stack, &mut app, 1001);
    assert_eq!(app.closed, [], "it may have closed one side only");
}

#[test]
fn a_stream_is_asked_again_when_its_pause_is_over_and_not_before() {
    let (mut stack, mut app) = (ScriptStack::new(), App::default());
    let mut server = listening(&mut stack);
    stack.knocks([b"GET /say HTTP/1.1\r\nHost: a\r\n\r\n".into()]);
    for (now, asked) in [(0, 1), (1, 1), (999, 1), (1000, 2), (1500, 2), (2000, 3), (9000, 4)] {
        run(&mut server, &mut stack, &mut app, now);
        assert_eq!(app.asked, asked, "at {now} ms");
        assert!(server.idle_ms(now) > 0, "nothing spins");
    }
    // One that has nothing to say is not asked again and again either.
    let (mut stack, mut app) = (ScriptStack::new(), App::default());
    let mut server = listening(&mut stack);
    stack.knocks([b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n".into()]);
    for now in [0, 1000, 2000, 2001] {
        run(&mut server, &mut stack, &mut app, now);
        assert_eq!(server.idle_ms(now), if now == 2001 { 999 } else { 1000 });
    }
}

#[test]
fn a_stack_that_breaks_anywhere_costs_one_connection() {
    for call in [Call::Receive, Call::Send] {
        for fault in [Fault::Reset, Fault::PipeClosed] {
            for n in 0..100 {
                let mut inner = ScriptStack::new();
                inner.knocks([CLOSE.into()]);
                inner.knocks([CLOSE.into()]);
                let mut stack = FaultStack::new(inner).at_most(10).once(call, n, fault);
                let mut app = App::default();
                let mut server: Server<_, App, 2, 512> = Server::new(site());
                server.listen(&mut stack, 80).unwrap();
                while server.poll(&mut stack, &mut app, 0).is_ok() {}
                assert_eq!(stack.open_sockets(), 1, "only the listener is left");
                let whole = app.closed.iter().filter(|reason| **reason == CloseReason::Complete);
                assert!(whole.count() >= 1, "{call:?} {n}: {:?}", app.closed);
                server.close(&mut stack, &mut app);
                assert_eq!(stack.open_sockets(), 0);
            }
        }
    }
}

#[test]
fn a_hesitating_stack_changes_no_byte() {
    let serve = |faults: &dyn Fn(FaultStack<ScriptStack>) -> FaultStack<ScriptStack>| {
        let mut inner = ScriptStack::new();
        let request = [GET, b"GET /count HTTP/1.1\r\nHost: a\r\n\r\n", CLOSE].concat();
        inner.knocks([request.as_slice().into()]);
        let mut stack = faults(FaultStack::new(inner));
        let mut app = App::default();
        let mut server: Server<_, App, 1, 512> = Server::new(site());
        server.listen(&mut stack, 80).unwrap();
        for _ in 0..20_000 {
            let _ = server.poll(&mut stack, &mut app, 0);
        }
        assert_eq!(app.closed, [CloseReason::Complete]);
        stack.inner().sent(1).to_vec()
    };
    let plain = serve(&|stack| stack);
    assert!(plain.ends_with(b"hello world"));
    for limit in [1, 3, 1000] {
        assert_eq!(serve(&|stack| stack.at_most(limit)), plain);
        let slow = serve(&|stack| stack.at_most(limit).every_other(Call::Send, Fault::WouldBlock));
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
