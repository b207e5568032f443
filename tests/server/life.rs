//! A server that comes to its end, one that has no slot to give, and connections that are closed on purpose.

mod busy;

use nal_http::server::websocket::{CloseCode, State};
use nal_http::server::{
    Answer, CloseReason, ConnectInfo, Event, Failure, Flow, Reply, Request, Route, Site, Timeouts,
};
use nal_http::testing::{Call, Fault, FaultStack, ScriptStack, Step, TestClient};
use nal_http::wire::Status;

use crate::app::FLASH;
use crate::drivers::{BOTH, Driver, Serving};

#[derive(Default)]
struct App {
    /// What the hook was told, and the last calls of handlers.
    log: Vec<String>,
}

const SITE: Site<App> = Site::new(&[
    Route::get("/", |_, _, reply| reply.text("hello")),
    Route::get("/flash", |_, _, reply| reply.fixed("text/plain", &FLASH)),
    Route::get("/ticks", ticks),
    Route::get("/polite", polite),
    Route::get("/later", later),
    Route::post("/upload", |_, request, reply| {
        if request.is_complete() { reply.text("thanks") } else { Ok(Flow::More) }
    })
    .in_pieces(),
    Route::get("/unavailable", |_, _, _| Err(Failure::unavailable("the sensor warms up", "5"))),
    Route::get("/soon", |_, _, reply| {
        reply.status(Status::SERVICE_UNAVAILABLE).retry_after(60).text("soon")
    }),
    Route::get("/close", |_, _, reply| reply.close().text("bye")),
    Route::get("/abort", |_, _, reply| reply.header("X-Token", "1").abort()),
    Route::get("/abort/twice", |_, _, reply| {
        let _ = reply.text("hello");
        reply.abort()
    }),
    Route::get("/abort/body", |_, _, reply| {
        reply.stream("text/plain").write(b"some");
        reply.abort()
    }),
    Route::get("/abort/later", |_, request: &mut Request<'_>, reply: &mut Reply<'_>| {
        reply.stream("text/plain").write(b"some");
        if request.is_first() { Ok(Flow::Wait(10)) } else { reply.abort() }
    }),
    Route::post("/abort", |_, _, reply| reply.abort()).in_pieces(),
])
.on_event(note);

fn note(app: &mut App, _: &ConnectInfo, event: &Event<'_>) {
    match event {
        Event::Completed(access) => {
            let route = access.route.map_or_else(String::new, |route| route.to_string());
            app.log.push(format!("{access} of {route}"));
        }
        Event::Closed(reason) => app.log.push(format!("{reason:?}")),
        Event::Failed(failure) => app.log.push(failure.to_string()),
        _ => {}
    }
}

/// An event each second, for ever.
fn ticks(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    if request.is_aborted() {
        app.log.push("aborted".into());
    }
    reply.stream("text/event-stream").write(b"tick ");
    Ok(Flow::Wait(1_000))
}

/// The same, that says good-bye.
fn polite(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let is_last = request.is_shutting_down();
    let body = reply.stream("text/event-stream");
    body.write(if is_last { b"bye" } else { b"tick " });
    Ok(if is_last { Flow::Done } else { Flow::Wait(60_000) })
}

/// An answer after 700 ms, whatever happens.
fn later(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    match 700_u32.saturating_sub(request.elapsed_ms()) {
        0 => reply.text("here it is"),
        ms => Ok(Flow::Wait(ms)),
    }
}

type Scripted<S = ScriptStack> = Serving<S, App, 2, 512>;

fn serving(driver: Driver) -> Scripted {
    Serving::new(driver, SITE, ScriptStack::new(), App::default(), 0)
}

fn sent<S: embedded_nal::TcpFullStack>(stack: &S, of: impl Fn(&S) -> &[u8]) -> String {
    String::from_utf8(of(stack).to_vec()).unwrap()
}

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const DEADLINE_MS: u32 = 5_000;

/// What a client has sent before the server is shut down, and sends 100 ms behind that; the last of what it
/// is sent then, how its connection ends, and when.
struct Row(&'static str, &'static str, &'static str, CloseReason, u32);

#[test]
fn what_has_begun_is_finished_and_all_else_is_closed_at_once() {
    let last = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
    let table = [
        Row("", "", "", CloseReason::ServerClosed, 0),
        Row(GET, GET, "", CloseReason::ServerClosed, 0),
        Row("GET / HTTP/1.1\r\nHo", "st: a\r\n\r\n", last, CloseReason::Complete, 100),
        Row("GET / HTTP/1.1\r\nHo", "st: ", "", CloseReason::ServerClosed, DEADLINE_MS),
        Row(
            "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1234",
            "56789",
            last,
            CloseReason::Complete,
            100,
        ),
        Row("GET /later HTTP/1.1\r\nHost: a\r\n\r\n", GET, last, CloseReason::Complete, 1_700),
        Row(
            "GET /polite HTTP/1.1\r\nHost: a\r\n\r\n",
            "",
            "0003\r\nbye\r\n0\r\n\r\n",
            CloseReason::Complete,
            0,
        ),
        Row(
            "GET /ticks HTTP/1.1\r\nHost: a\r\n\r\n",
            "",
            "0005\r\ntick \r\n",
            CloseReason::ServerClosed,
            DEADLINE_MS,
        ),
    ];
    for (row, driver) in table.iter().flat_map(|row| BOTH.map(|driver| (row, driver))) {
        let Row(before, behind, expected, reason, over_ms) = *row;
        let name = format!("{driver:?}: {before:?}");
        let mut server = serving(driver);
        server.stack().connects([before.into()]);
        server.run(0);
        let already = server.stack().sent(1).len();
        server.shut_down(DEADLINE_MS);
        server.run(100.min(over_ms.saturating_sub(1)));
        assert!(over_ms == 0 || !server.is_shut_down(), "{name}");
        server.stack().connects([GET.into()]);
        server.stack().continues(1, [behind.into()]);
        // The future looks each 20 ms whether all is over.
        server.run(over_ms.max(100));
        assert_eq!(server.stack().sent(2), b"", "{name}: a newcomer is not served");
        let stack = server.stack();
        let text = sent(&*stack, |stack| &stack.sent(1)[already..]);
        assert!(
            text.contains(expected) && text.is_empty() == expected.is_empty(),
            "{name}: {text}"
        );
        assert!(!stack.is_open(1), "{name}");
        drop(stack);
        assert!(server.is_shut_down(), "{name}");
        let log = server.app().log.clone();
        assert_eq!(*log.last().unwrap(), format!("{reason:?}"), "{name}");
        assert_eq!(
            log.iter().filter(|line| *line == "aborted").count(),
            before.matches("/ticks").count()
        );
        // It can begin again.
        server.reopen();
        let now_ms = over_ms.max(100) + 1;
        server.run(now_ms);
        let stack = server.stack();
        let newcomer = (2..4).map(|number| stack.sent(number)).find(|bytes| !bytes.is_empty());
        assert!(newcomer.unwrap().starts_with(b"HTTP/1.1 200 OK\r\nContent"), "{name}: kept alive");
    }
}

/// What is said to a WebSocket when the server goes down, whatever it waits for.
fn chat(_: &mut App, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
    let is_last = request.is_shutting_down();
    let mut socket = reply.websocket(request)?;
    while socket.receive().is_some() {}
    if is_last {
        socket.close(CloseCode::GOING_AWAY);
    }
    socket.wait(60_000)
}

#[test]
fn a_websocket_is_closed_by_its_handler() {
    let hello = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    for driver in BOTH {
        let site: Site<App, State> =
            Site::new(const { &[Route::websocket("/chat", chat)] }).on_event(note);
        let mut server: Serving<_, App, 2, 1024, State> =
            Serving::new(driver, site, ScriptStack::new(), App::default(), 0);
        server.stack().connects([hello.into()]);
        server.run(100);
        server.shut_down(DEADLINE_MS);
        server.run(150);
        assert!(server.stack().sent(1).ends_with(b"\r\n\r\n\x88\x02\x03\xe9"), "{driver:?}");
        assert!(!server.is_shut_down(), "its answer is waited for");
        server.stack().continues(1, [b"\x88\x82\0\0\0\0\x03\xe9".into()]);
        server.run(200);
        server.run(200 + Timeouts::DEFAULT.linger_ms);
        assert!(server.is_shut_down(), "{driver:?}");
    }
}

#[test]
fn a_shutdown_at_any_step_cuts_no_answer() {
    for (driver, at_most) in BOTH.into_iter().flat_map(|driver| [9, 100].map(|n| (driver, n))) {
        let serve = |steps: usize| {
            let mut inner = ScriptStack::new();
            inner.connects(["GET /flash HTTP/1.1\r\nHost: a\r\n\r\n".into()]);
            let stack = FaultStack::new(inner).at_most(at_most).would_block_every_other();
            let mut server: Scripted<_> = Serving::new(driver, SITE, stack, App::default(), 0);
            server.set_tries(1);
            for _ in 0..steps {
                server.run_now();
            }
            server.shut_down(DEADLINE_MS);
            server.set_tries(16);
            server.run(40);
            let answer = server.stack().inner().sent(1).to_vec();
            assert!(server.is_shut_down(), "{driver:?}: {steps}");
            assert!(!server.stack().inner().is_open(1), "{driver:?}: {steps}");
            answer
        };
        let mut served = 0;
        for steps in 0..40 {
            let answer = serve(steps);
            let is_whole = answer.ends_with(&FLASH) && answer.starts_with(b"HTTP/1.1 200 OK\r\n");
            assert!(answer.is_empty() || is_whole, "{driver:?}: {}", answer.escape_ascii());
            served += usize::from(is_whole);
        }
        assert!(served > 30, "{driver:?}: {served}");
    }
}

#[test]
fn a_stack_that_breaks_anywhere_keeps_no_server_from_its_end() {
    for (driver, call) in
        BOTH.into_iter().flat_map(|driver| [Call::Send, Call::Receive].map(|call| (driver, call)))
    {
        for n in 0..40 {
            let mut inner = ScriptStack::new();
            inner.connects(["GET /polite HTTP/1.1\r\nHost: a\r\n\r\n".into()]);
            inner.connects(["GET /ticks HTTP/1.1\r\nHost: a\r\n\r\n".into()]);
            let stack = FaultStack::new(inner).at_most(10).once(call, n, Fault::Reset);
            let mut server: Scripted<_> = Serving::new(driver, SITE, stack, App::default(), 0);
            server.run(0);
            server.shut_down(1_500);
            server.run(1_600);
            assert!(server.is_shut_down(), "{driver:?}: {call:?} {n}");
            let listening = usize::from(driver == Driver::Async);
            assert_eq!(server.stack().open_sockets(), listening, "each is closed once");
        }
    }
}

#[test]
fn an_answer_says_when_to_come_again() {
    let (mut client, mut app) = (TestClient::new(SITE), App::default());
    for (path, seconds) in [("/unavailable", "5"), ("/soon", "60")] {
        let answer = client.get(&mut app, path);
        assert_eq!((answer.status_code, answer.header("Retry-After")), (503, Some(seconds)));
    }
    assert_eq!(app.log[0], "503 Service Unavailable: the sensor warms up", "the hook is told why");
}

#[test]
fn a_handler_closes_behind_its_answer_or_without_one() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n0004\r\nsome\r\n";
    let bye = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
    let body = "\r\nContent-Length: 4000\r\n\r\n";
    let table = [
        ("GET /close", "\r\n\r\n", bye, "GET /close 200 3 bytes 0 ms of /close"),
        ("GET /abort", "\r\n\r\n", "", "GET /abort 444 0 bytes 0 ms of /abort"),
        ("HEAD /abort", "\r\n\r\n", "", "HEAD /abort 444 0 bytes 0 ms of /abort"),
        ("POST /abort", body, "", "POST /abort 444 0 bytes 0 ms of /abort"),
        ("GET /abort/body", "\r\n\r\n", "", "GET /abort/body 444 0 bytes 0 ms of /abort/body"),
        ("HEAD /abort/body", "\r\n\r\n", "", "HEAD /abort/body 444 0 bytes 0 ms of /abort/body"),
        (
            "GET /abort/later",
            "\r\n\r\n",
            cut,
            "GET /abort/later 200 4 bytes 10 ms, cut off of /abort/later",
        ),
    ];
    for ((line, rest, expected, told), driver) in
        table.into_iter().flat_map(|row| BOTH.map(|driver| (row, driver)))
    {
        let mut server = serving(driver);
        server.stack().connects([format!("{line} HTTP/1.1\r\nHost: a{rest}").as_str().into()]);
        server.run(10);
        server.stack().continues(1, [Step::Close]);
        server.run(20);
        let text = sent(&*server.stack(), |stack| stack.sent(1));
        assert!(text.starts_with(expected) && text.is_empty() == expected.is_empty(), "{text}");
        assert!(!text.ends_with("0\r\n\r\n"), "no end that would make it whole");
        assert!(!server.stack().is_open(1), "{driver:?}: {line}");
        assert_eq!(server.app().log[0], told);
    }
    let answer = TestClient::new(SITE).get(&mut App::default(), "/abort/twice");
    assert_eq!(answer.status_code, 500, "an answer is given, and taken back");
}
