//! What a handler may do, in which order, and what it is told.

use std::cell::Cell;

use nal_http::server::{Answer, Failure, Flow, Reply, Request, Route, Site, Timeouts};
use nal_http::testing::{ScriptStack, Step, TestClient};
use nal_http::wire::Status;

use crate::drivers::{BOTH, Driver, Serving};

thread_local! {
    /// So many states there are that remember something.
    static ALIVE: Cell<i32> = const { Cell::new(0) };
}

/// What a handler holds while it goes on, as a buffer that others need, too.
struct Held;

impl Held {
    fn new() -> Self {
        ALIVE.set(ALIVE.get() + 1);
        Self
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        ALIVE.set(ALIVE.get() - 1);
    }
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    count: u32,
    line: String,
}

#[derive(Default)]
struct App {
    level: u16,
    calls: u32,
    aborted: u32,
    lines: Vec<String>,
}

const SITE: Site<App, State> = Site::new(&[
    Route::get("/sensor", sensor),
    Route::post("/sensor", sensor),
    Route::get("/ticks", ticks),
    Route::post("/hold", hold).in_pieces(),
    Route::post("/hold-and-say", hold_and_say).in_pieces(),
    Route::post("/lines", lines).in_pieces(),
    Route::get("/count", count),
]);

type R<'r, 's> = &'r mut Request<'s, State>;

/// Measures for 750 ms; only then it knows what the answer is.
fn sensor(app: &mut App, request: R<'_, '_>, reply: &mut Reply<'_>) -> Answer {
    app.calls += 1;
    app.aborted += u32::from(request.is_aborted());
    if request.is_first() {
        request.state.held = Some(Held::new());
        reply.status(Status::ACCEPTED).header("X-First", "1");
        return Ok(Flow::Wait(750));
    }
    match app.level {
        0 => Err(Failure::new(Status::SERVICE_UNAVAILABLE, "the sensor does not answer")),
        level => {
            reply.header("X-Second", "2").write("text/plain", |body| body.number(level.into()))
        }
    }
}

/// An event each second.
fn ticks(app: &mut App, request: R<'_, '_>, reply: &mut Reply<'_>) -> Answer {
    app.aborted += u32::from(request.is_aborted());
    request.state.held.get_or_insert_with(Held::new);
    reply.status(Status::ACCEPTED).header("X-A", "b").stream("text/event-stream").write(b"tick\n");
    Ok(Flow::Wait(1_000))
}

fn hold(app: &mut App, request: R<'_, '_>, reply: &mut Reply<'_>) -> Answer {
    app.aborted += u32::from(request.is_aborted());
    request.state.held.get_or_insert_with(Held::new);
    if request.is_complete() { reply.text("all") } else { Ok(Flow::More) }
}

fn hold_and_say(app: &mut App, request: R<'_, '_>, reply: &mut Reply<'_>) -> Answer {
    app.aborted += u32::from(request.is_aborted());
    request.state.held.get_or_insert_with(Held::new);
    reply.stream("text/plain").write(b"so far ");
    Ok(if request.is_complete() { Flow::Done } else { Flow::Wait(100) })
}

/// Takes a line each time that there is a whole one.
fn lines(app: &mut App, request: R<'_, '_>, reply: &mut Reply<'_>) -> Answer {
    app.calls += 1;
    let Some(end) = request.body().iter().position(|&byte| byte == b'\n') else {
        request.take(0);
        let is_rest = request.is_complete();
        return if is_rest { reply.text("done") } else { Ok(Flow::More) };
    };
    app.lines.push(String::from_utf8(request.body()[..end].to_vec()).unwrap());
    request.take(end + 1);
    if request.is_finished() { reply.text("done") } else { Ok(Flow::More) }
}

/// 1,000 numbers, each written as a whole.
fn count(_: &mut App, request: R<'_, '_>, reply: &mut Reply<'_>) -> Answer {
    let body = reply.stream("text/plain");
    while request.state.count < 1_000 {
        if body.room() < 8 {
            return Ok(Flow::More);
        }
        request.state.line = format!("{};", request.state.count);
        body.write(request.state.line.as_bytes());
        request.state.count += 1;
    }
    Ok(Flow::Done)
}

fn head(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")
}

fn post(target: &str, length: usize, body: &str) -> String {
    format!("POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}")
}

type Scripted<S = ScriptStack> = Serving<S, App, 4, 512, State>;

fn serving(driver: Driver, app: App) -> Scripted {
    Serving::new(driver, SITE, ScriptStack::new(), app, 0)
}

fn text(stack: &ScriptStack, socket: usize) -> String {
    String::from_utf8(stack.sent(socket).to_vec()).unwrap()
}

#[test]
fn status_and_headers_come_in_any_order() {
    type Step = fn(&mut Reply<'_>);
    const STEPS: [Step; 4] = [
        |reply| _ = reply.status(Status::CREATED),
        |reply| _ = reply.header("X-A", "1"),
        |reply| _ = reply.close(),
        |reply| _ = reply.header("Location", "/a"),
    ];
    struct Order([usize; 4]);
    const ROUTES: &[Route<Order>] = &[Route::get("/", |order, _, reply| {
        order.0.iter().for_each(|&step| STEPS[step](reply));
        reply.text("hi")
    })];
    let mut seen = 0;
    for n in 0..256 {
        let order = [n & 3, n >> 2 & 3, n >> 4 & 3, n >> 6];
        if (0..4).any(|step| !order.contains(&step)) {
            continue;
        }
        seen += 1;
        let response = TestClient::new(ROUTES).get(&mut Order(order), "/");
        assert_eq!((response.status_code, response.text()), (201, "hi"), "{order:?}");
        for (name, value) in [("X-A", "1"), ("Location", "/a"), ("Connection", "close")] {
            assert_eq!(response.header(name), Some(value), "{order:?}");
        }
        assert_eq!(response.headers.len(), 5, "{response}");
    }
    assert_eq!(seen, 24);
}

/// S10: measure for 750 ms, then 200 or 503.
#[test]
fn an_answer_may_come_later_with_its_status_still_open() {
    let table = [(301, 200, "301"), (0, 503, "Service Unavailable")];
    for ((level, status, body), driver) in
        table.into_iter().flat_map(|row| BOTH.map(|one| (row, one)))
    {
        let mut server = serving(driver, App { level, ..App::default() });
        // Another request is there already; that wakes nobody.
        server.stack().connects([(head("/sensor") + "GET ").as_str().into()]);
        for now in [0, 1, 300, 749] {
            server.run(now);
            assert_eq!((server.stack().sent(1), server.app().calls), (&b""[..], 1), "at {now} ms");
            assert!(server.idle_ms() <= 750 - now);
            server.stack().continues(1, [b"/".into()]);
        }
        server.run(750);
        let answer = text(&server.stack(), 1);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.ends_with(&format!("\r\n\r\n{body}")), "{answer}");
        assert!(!answer.contains("X-First"), "headers are set anew: {answer}");
        assert_eq!((answer.contains("X-Second"), server.app().calls), (level > 0, 2), "{answer}");
        server.close();
        assert_eq!((server.app().aborted, ALIVE.get()), (0, 0));
    }
}

/// Each way in which a client can leave, at each moment at which a handler holds something.
#[test]
fn who_is_left_is_told_once_and_its_state_is_dropped() {
    let chunks = "POST /hold HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
    let requests = [
        head("/sensor"),
        post("/sensor", 3, "abc"),
        head("/ticks"),
        post("/hold", 9, ""),
        post("/hold", 9, "abc"),
        post("/hold-and-say", 9, "abc"),
        chunks.to_owned(),
    ];
    for (request, driver) in requests.iter().flat_map(|it| BOTH.map(|driver| (it, driver))) {
        let ends = [Some(Step::Reset), Some(b"zz\r\n".into()), Some(Step::Close), None];
        for (end, closes) in ends.into_iter().flat_map(|end| [(end.clone(), false), (end, true)]) {
            let what = format!("{driver:?} {request:?} {end:?} {closes}");
            let mut server = serving(driver, App::default());
            server.stack().connects([request.as_str().into()]);
            server.run(0);
            assert_eq!((ALIVE.get(), server.app().aborted), (1, 0), "{what}");
            if let Some(end) = end {
                server.stack().continues(1, [end]);
            }
            server.run(1);
            if !closes {
                server.run(2 * (Timeouts::DEFAULT.body_ms + Timeouts::DEFAULT.linger_ms));
            }
            server.close();
            let app = server.app();
            let is_answered = !closes && app.calls > 1 && app.aborted == 0;
            assert_eq!(app.aborted, u32::from(!is_answered), "{what}");
            assert_eq!(ALIVE.get(), 0, "{what}");
        }
    }
}

/// A `HEAD` takes no pieces of a body, however many there would be.
#[test]
fn the_handler_of_a_stream_is_told_that_a_head_is_enough() {
    let mut app = App::default();
    let response = TestClient::new(SITE).head(&mut app, "/ticks");
    assert_eq!((response.status_code, response.text(), app.aborted), (202, "", 1));
    assert_eq!(response.header("X-A"), Some("b"));
    assert_eq!((ALIVE.get(), response.failure), (0, None));
}

#[test]
fn what_is_not_taken_comes_again_with_what_follows() {
    let body = "a\nbcd\n\nefghijklmnop\nq\n";
    let whole = post("/lines", body.len(), body);
    let chunked = format!(
        "POST /lines HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n",
        body.bytes().map(|byte| format!("1\r\n{}\r\n", byte as char)).collect::<String>()
    );
    for request in [whole, chunked] {
        for step in 1..request.len() {
            let mut app = App::default();
            let pieces = request.as_bytes().chunks(step);
            let answer = TestClient::new(SITE).send_pieces(&mut app, pieces);
            assert!(answer.ends_with(b"done"), "{}", answer.escape_ascii());
            assert_eq!(app.lines, ["a", "bcd", "", "efghijklmnop", "q"], "by {step}");
        }
    }
    // A line that is longer than the buffer.
    let request = post("/lines", 5_000, &"x".repeat(5_000));
    let answer = TestClient::new(SITE).send_bytes(&mut App::default(), request.as_bytes());
    assert!(answer.starts_with(b"HTTP/1.1 413 "), "{}", answer.escape_ascii());
}

/// Four clients at once, each of which takes a few bytes at a time.
#[test]
fn each_stream_has_a_state_of_its_own() {
    for driver in BOTH {
        let mut inner = ScriptStack::new();
        (0..4).for_each(|_| inner.connects([head("/count").as_str().into()]));
        let stack = nal_http::testing::FaultStack::new(inner).at_most(50);
        let mut server: Scripted<_> = Serving::new(driver, SITE, stack, App::default(), 0);
        server.run(0);
        let expected: String = (0..1_000).map(|n| format!("{n};")).collect();
        for socket in 1..=4 {
            let answer = text(server.stack().inner(), socket);
            let (_, mut rest) = answer.split_once("\r\n\r\n").unwrap();
            let mut body = String::new();
            while let Some((size, data)) = rest.split_once("\r\n") {
                let (data, behind) = data.split_at(usize::from_str_radix(size, 16).unwrap());
                body += data;
                rest = behind.strip_prefix("\r\n").unwrap();
            }
            assert_eq!(body, expected);
        }
    }
}

/// Parts of a body, such as lines: each whole, through slots of any size, however long the head is.
#[test]
fn parts_of_a_body_are_written_again_where_they_do_not_fit() {
    const SITE: Site<usize, u32> = Site::new(&[
        Route::get("/", |length, request, reply| {
            let body = reply.header("X-A", &"a".repeat(8)).stream("text/plain");
            body.write_each(request.state, 50, |w, n| {
                w.number(n.into());
                w.bytes(&vec![b'.'; *length]);
            })
        }),
        Route::get("/sized", |length, request, reply| {
            let all = 90 + 50 * *length as u64;
            reply.stream_sized("text/plain", all).write_each(request.state, 50, |w, n| {
                w.number(n.into());
                w.bytes(&vec![b'.'; *length]);
            })
        }),
    ]);
    for target in ["/", "/sized"] {
        for (slot, longest) in [(256, 128 - 13 - 2), (512, 256 - 13 - 2)] {
            for mut length in [0, 1, 7, 30, 60, longest] {
                let mut client = TestClient::new(SITE).slot(slot);
                let response = client.get(&mut length, target);
                let dots = ".".repeat(length);
                let expected: String = (0..50).map(|n| format!("{n}{dots}")).collect();
                assert!(
                    response.is_complete && response.text() == expected,
                    "{slot} {length} {response}"
                );
            }
        }
    }
    let answer = TestClient::new(SITE).slot(256).send_bytes(&mut 120, head("/").as_bytes());
    assert!(!answer.ends_with(b"0\r\n\r\n"), "a part that never fits ends it");
}
