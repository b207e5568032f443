//! The server as bytes: every request split at every byte, each status where it belongs, and slots
//! over a stack that follows a script.

use std::net::SocketAddr;

use nal_http::server::{
    Answer, CloseReason, Event, Failure, Flow, Reply, Request, Route, Server, Site, Stream,
    Timeouts,
};
use nal_http::testing::{Call, Fault, FaultStack, ScriptStack, Step, TestClient};
use nal_http::wire::{Method, Status};

#[derive(Default)]
struct App {
    requests: Vec<String>,
    closed: Vec<CloseReason>,
    failures: Vec<Failure>,
    upload: Vec<u8>,
    ticks: u32,
    asked: u32,
}

static FLASH: [u8; 3000] = [b'f'; 3000];

const ROUTES: &[Route<App>] = &[
    Route::get("/", hello),
    Route::get("/flash", |_, _, reply| reply.fixed("text/plain", &FLASH)),
    Route::get("/led/{id}/{state}", led),
    Route::put("/led/{id}", led),
    Route::post("/form", form),
    Route::post("/collect", |_, request, reply| reply.body("text/plain", request.body())),
    Route::post("/upload", upload).in_pieces(),
    Route::post("/echo", echo).in_pieces(),
    Route::post("/early", |_, _, reply| reply.status(Status::UNAUTHORIZED).text("no")).in_pieces(),
    Route::get("/count", |_, _, reply| reply.stream("text/plain", count)),
    Route::get("/sized", |_, _, reply| reply.stream_sized("text/plain", 2000, count)),
    Route::get("/short", |_, _, reply| reply.stream_sized("text/plain", 5000, count)),
    Route::get("/events", |_, _, reply| reply.stream("text/event-stream", tick)),
    Route::get("/say", |_, _, reply| reply.stream("text/plain", say)),
    Route::get("/broken", |_, _, _| Err(Failure::internal("the bus is stuck"))),
    Route::get("/refused", |_, _, _| Err(Failure::bad_request("not like this"))),
    Route::get("/long", |_, _, reply| reply.write("text/plain", |body| body.bytes(&[b'x'; 5000]))),
    Route::get("/inject", |_, _, reply| reply.header("X", "a\r\nY: b").text("hi")),
    Route::get("/none", |_, _, reply| reply.no_content()),
    Route::get("/moved", |_, _, reply| {
        reply.status(Status::FOUND).header("Location", "/").text("")
    }),
    Route::get("/json", |_, _, reply| reply.json(&[1, 2, 301])),
    Route::get("/token", |_, request, reply| reply.text(request.header("x-token").unwrap_or("?"))),
];

fn hello(_: &mut App, request: &Request<'_>, reply: Reply<'_>) -> Answer<App> {
    let mut buffer = [0; 64];
    let name = request.query().get("name").and_then(|name| name.decode(&mut buffer).ok());
    reply.write("text/plain; charset=utf-8", |body| {
        body.str("hello ");
        body.str(name.unwrap_or("world"));
    })
}

fn led(_: &mut App, request: &Request<'_>, reply: Reply<'_>) -> Answer<App> {
    let id: u8 = request.param_as("id")?;
    reply.write("text/plain", |body| {
        body.number(id.into());
        body.str(request.param("state").map_or("", |state| state.as_raw()));
    })
}

fn form(_: &mut App, request: &Request<'_>, reply: Reply<'_>) -> Answer<App> {
    let mut buffer = [0; 64];
    let value = request.form()?.get("名").ok_or(Failure::bad_request("名 is missing"))?;
    reply.text(value.decode(&mut buffer).unwrap_or("?"))
}

fn upload(app: &mut App, request: &Request<'_>, reply: Reply<'_>) -> Answer<App> {
    app.upload.extend_from_slice(request.body());
    if !request.is_complete() {
        return reply.more();
    }
    reply.write("text/plain", |body| body.number(app.upload.len() as u64))
}

fn echo(_: &mut App, request: &Request<'_>, reply: Reply<'_>) -> Answer<App> {
    match request.content_length() {
        Some(length) => reply.stream_sized("text/plain", length, copy),
        None => reply.stream("text/plain", copy),
    }
}

fn copy(_: &mut App, stream: &mut Stream<'_>) -> Result<Flow, Failure> {
    stream.copy_input();
    Ok(if stream.input_is_over() { Flow::Done } else { Flow::More })
}

/// 2000 bytes: the numbers from 0000 on.
fn count(_: &mut App, stream: &mut Stream<'_>) -> Result<Flow, Failure> {
    let mut position = usize::try_from(stream.position()).unwrap();
    while position < 2000 {
        let number = format!("{:04}", position / 4);
        let n = stream.write(&number.as_bytes()[position % 4..]);
        if n == 0 {
            return Ok(Flow::More);
        }
        position += n;
    }
    Ok(Flow::Done)
}

fn tick(app: &mut App, stream: &mut Stream<'_>) -> Result<Flow, Failure> {
    if app.ticks == 0 {
        return Ok(Flow::Wait(1000));
    }
    app.ticks -= 1;
    stream.write(b"data: tick\n\n");
    Ok(Flow::More)
}

fn observe(app: &mut App, _: &SocketAddr, event: &Event<'_>) {
    match event {
        Event::Request { method, target } => app.requests.push(format!("{method} {target}")),
        Event::Closed(reason) => app.closed.push(*reason),
        Event::Failed(failure) => app.failures.push(*failure),
        _ => {}
    }
}

fn site() -> Site<App> {
    Site::new(ROUTES).want(&["X-Token"]).on_event(observe)
}

fn numbers() -> String {
    (0..500).map(|n| format!("{n:04}")).collect()
}

fn answer_to(request: &[u8]) -> String {
    let answer = TestClient::new(site()).send_bytes(&mut App::default(), request);
    String::from_utf8(answer).unwrap()
}

/// What comes in, and what must go out.
fn exchanges() -> Vec<(String, String)> {
    let ok = |headers: &str, body: &str| format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n{body}");
    let plain = "Content-Type: text/plain\r\n";
    let utf8 = "Content-Type: text/plain; charset=utf-8\r\n";
    let hello = ok(&format!("{utf8}Content-Length: 11"), "hello world");
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
    let post = |target: &str, body: &str| {
        format!("POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    };
    let chunks = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n";
    vec![
        (get("/"), hello.clone()),
        (get("/?x=1&name=%E6%8E%8C+1"), ok(&format!("{utf8}Content-Length: 11"), "hello 掌 1")),
        (get("http://a/?name=b"), ok(&format!("{utf8}Content-Length: 7"), "hello b")),
        (get("/led/7/on"), ok(&format!("{plain}Content-Length: 3"), "7on")),
        (post("/form", "a=1&%E5%90%8D=%E5%85%89"), ok(&format!("{utf8}Content-Length: 3"), "光")),
        (post("/collect", "abc"), ok(&format!("{plain}Content-Length: 3"), "abc")),
        (post("/upload", "abc"), ok(&format!("{plain}Content-Length: 1"), "3")),
        (post("/echo", "光线"), ok(&format!("{plain}Content-Length: 6"), "光线")),
        (post("/echo", ""), ok(&format!("{plain}Content-Length: 0"), "")),
        // Two requests at once are answered in their order.
        (
            get("/") + &get("/led/1/x"),
            hello.clone() + &ok(&format!("{plain}Content-Length: 2"), "1x"),
        ),
        (post("/collect", "a") + &get("/"), ok(&format!("{plain}Content-Length: 1"), "a") + &hello),
        // The body of a request that is refused is read past.
        (
            post("/nowhere", "abc") + &get("/"),
            format!("HTTP/1.1 404 Not Found\r\n{utf8}Content-Length: 9\r\n\r\nNot Found{hello}"),
        ),
        (
            "GET / HTTP/1.0\r\n\r\n".into(),
            ok(&format!("Connection: close\r\n{utf8}Content-Length: 11"), "hello world"),
        ),
        (
            "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n".into(),
            ok(&format!("Connection: keep-alive\r\n{utf8}Content-Length: 11"), "hello world"),
        ),
        (
            format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n{}", get("/")),
            ok(&format!("Connection: close\r\n{utf8}Content-Length: 11"), "hello world"),
        ),
        (
            "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned() + &get("/"),
            ok(&format!("{utf8}Content-Length: 11"), "") + &hello,
        ),
        (
            "HEAD /broken HTTP/1.1\r\nHost: a\r\n\r\n".to_owned() + &get("/"),
            format!(
                "HTTP/1.1 500 Internal Server Error\r\n{utf8}Content-Length: 21\r\n\r\n{hello}"
            ),
        ),
        (get("/none") + &get("/"), format!("HTTP/1.1 204 No Content\r\n\r\n{hello}")),
        (
            get("/moved"),
            format!("HTTP/1.1 302 Found\r\nLocation: /\r\n{utf8}Content-Length: 0\r\n\r\n"),
        ),
        (get("/json"), ok("Content-Type: application/json\r\nContent-Length: 9", "[1,2,301]")),
        (get("/sized"), ok(&format!("{plain}Content-Length: 2000"), &numbers())),
        (
            "OPTIONS /led/1 HTTP/1.1\r\nHost: a\r\n\r\n".into(),
            "HTTP/1.1 204 No Content\r\nAllow: PUT\r\n\r\n".into(),
        ),
        (
            "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n".into(),
            format!(
                "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n{utf8}Content-Length: 18\r\n\r\nMethod Not Allowed"
            ),
        ),
        (
            get("/refused"),
            format!("HTTP/1.1 400 Bad Request\r\n{utf8}Content-Length: 13\r\n\r\nnot like this"),
        ),
        (
            chunks.into(),
            String::new(), // see below: the pieces depend on how it arrives
        ),
    ]
}

#[test]
fn requests_split_at_every_byte() {
    for (request, expected) in exchanges() {
        let bytes = request.as_bytes();
        for at in 0..=bytes.len() {
            let (front, back) = bytes.split_at(at);
            let pieces = [front, back].into_iter().filter(|piece| !piece.is_empty());
            check(pieces, &request, &expected);
        }
        check(bytes.chunks(1), &request, &expected);
    }
}

fn check<'p>(pieces: impl IntoIterator<Item = &'p [u8]>, request: &str, expected: &str) {
    let mut client = TestClient::new(site()).slot(1024);
    let answer = client.send_pieces(&mut App::default(), pieces);
    let answer = String::from_utf8(answer).unwrap();
    if expected.is_empty() {
        let Some((head, body)) = answer.split_once("\r\n\r\n") else {
            panic!("{request}: {answer}");
        };
        assert!(head.ends_with("Transfer-Encoding: chunked"), "{head}");
        assert_eq!(unchunk(body), "abcde");
    } else {
        assert_eq!(answer, expected, "{request}");
    }
}

fn unchunk(mut body: &str) -> String {
    let mut whole = String::new();
    loop {
        let (size, rest) = body.split_once("\r\n").unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        let (data, rest) = rest.split_at(size);
        whole += data;
        body = rest.strip_prefix("\r\n").unwrap();
        if size == 0 {
            assert_eq!(body, "", "nothing comes behind the last chunk");
            return whole;
        }
    }
}

#[test]
fn each_status_where_it_belongs() {
    let long = "x".repeat(600);
    let with = |line: &str, headers: &str| format!("{line} HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
    let table = [
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".into(), 400),
        ("GET /\r\n\r\n".into(), 400),
        ("\u{16}\u{3}\u{1}\r\n\r\n".into(), 400),
        (with("GET /", "A : b\r\n"), 400),
        (with("POST /collect", "Content-Length: 3x\r\n"), 400),
        (with("POST /collect", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400),
        (with("POST /collect", "Transfer-Encoding: chunked\r\n") + "zz\r\n", 400),
        (with("POST /upload", "Transfer-Encoding: chunked\r\n") + "3\r\nabcd", 400),
        ("POST /collect HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n".into(), 400),
        (with("PUT /led/999", ""), 400),
        (with("GET /nowhere", ""), 404),
        (with("POST /", ""), 405),
        (with("POST /collect", "Content-Length: 600\r\n") + &long, 413),
        (with("POST /collect", "Content-Length: 99999999999\r\n"), 413),
        (with("POST /collect", "Transfer-Encoding: chunked\r\n") + "258\r\n" + &long, 413),
        (with(&format!("GET /{long}"), ""), 414),
        (with("GET /", "Expect: tea\r\n"), 417),
        (with("GET /", &format!("X-Token: {long}\r\n")), 431),
        (with("GET /", &"A: b\r\n".repeat(4000)), 431),
        (with("GET /broken", ""), 500),
        (with("GET /long", ""), 500),
        (with("GET /inject", ""), 500),
        (with("BREW /", ""), 501),
        (with("POST /collect", "Transfer-Encoding: gzip\r\n"), 501),
        ("GET / HTTP/2.0\r\n\r\n".into(), 505),
        (with("GET /", &format!("Cookie: {}\r\n", "c".repeat(4096))), 200),
    ];
    for (request, code) in table {
        let answer = answer_to(request.as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {code} ")), "{code}: {request} {answer}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{request} {answer}");
    }
}

#[test]
fn a_failure_is_told_to_the_hook_and_not_to_the_stranger() {
    let mut app = App::default();
    let answer = TestClient::new(site()).get(&mut app, "/broken");
    assert_eq!((answer.status_code, answer.text()), (500, "Internal Server Error"));
    assert_eq!(app.failures, [Failure::internal("the bus is stuck")]);
    TestClient::new(site()).get(&mut app, "/long");
    let sentence = app.failures[1].to_string();
    assert!(sentence.contains("(512 bytes, 50"), "{sentence}");
}

#[test]
fn bodies_of_any_length_come_out_of_a_small_slot() {
    let mut app = App::default();
    for slot in [256, 512, 1024, 200_000] {
        let mut client = TestClient::new(site()).slot(slot);
        assert_eq!(client.get(&mut app, "/flash").content, FLASH);
        assert_eq!(client.get(&mut app, "/count").text(), numbers());
        assert_eq!(client.get(&mut app, "/sized").text(), numbers());
        let long = numbers().repeat(20);
        let url = "http://test/echo";
        let request = nal_http::client::Request::new(Method::POST, url).data(&long);
        assert_eq!(client.send(&mut app, &request).text(), long);
    }
}

#[test]
fn a_client_of_http_1_0_gets_no_chunks() {
    let answer = answer_to(b"GET /count HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(head, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain");
    assert_eq!(body, numbers());
}

#[test]
fn a_body_shorter_than_announced_is_never_passed_off_as_whole() {
    let mut app = App::default();
    let request = b"GET /short HTTP/1.1\r\nHost: a\r\n\r\n";
    let answer = TestClient::new(site()).send_bytes(&mut app, &[&request[..], request].concat());
    let answer = String::from_utf8(answer).unwrap();
    assert_eq!(answer.matches("HTTP/1.1").count(), 1, "the connection does not go on");
    assert!(app.failures[0].message.contains("announced"));
}

#[test]
fn expect_continue_is_promised_when_the_body_is_wanted() {
    let head = |target: &str, length| {
        format!(
            "POST {target} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let go_on = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK";
    for target in ["/collect", "/upload", "/echo"] {
        let head = head(target, 3);
        let pieces = [head.as_bytes(), b"abc"];
        let answer = TestClient::new(site()).send_pieces(&mut App::default(), pieces);
        let answer = String::from_utf8(answer).unwrap();
        // What streams its answer may begin it first.
        let promised = answer.contains("HTTP/1.1 100 Continue\r\n\r\n") || target == "/echo";
        assert!(promised && (answer.starts_with(go_on) || target == "/echo"), "{target}: {answer}");
        assert!(
            answer.ends_with(if target == "/upload" { "\r\n\r\n3" } else { "abc" }),
            "{answer}"
        );
    }
    // A body that came along is not asked for.
    let answer = answer_to((head("/collect", 3) + "abc").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    // What is refused by its head is not asked for either, and its connection ends.
    for (target, length, status) in
        [("/collect", 600, 413), ("/nowhere", 3, 404), ("/early", 3, 401)]
    {
        let answer = answer_to(head(target, length).as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains("Connection: close\r\n"), "{answer}");
    }
}

// ── Slots over a stack ──────────────────────────────────────────────────────────────────────────

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
    assert_eq!(app.closed, [CloseReason::GivenUp]);
    // Connections that work are never given up: here, two heads that are not complete.
    stack.continues(2, [b"GET ".into()]);
    stack.continues(3, [b"GET ".into()]);
    stack.knocks([GET.into()]);
    run(&mut server, &mut stack, &mut app, 2000);
    assert_eq!(server.open_connections(), 2);
    assert_eq!(stack.sent(4), b"");
    assert_eq!(app.closed.len(), 1);
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
        assert_eq!(app.closed, [reason]);
        assert!(!stack.is_open(1));
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
    assert_eq!(app.closed, [CloseReason::ClientLeft], "though there is nothing to write");
}

/// Says one thing each time it is asked, and then has nothing for a second.
fn say(app: &mut App, stream: &mut Stream<'_>) -> Result<Flow, Failure> {
    app.asked += 1;
    stream.write(b"tick ");
    Ok(Flow::Wait(1000))
}

#[test]
fn a_producer_is_asked_again_when_its_pause_is_over_and_not_before() {
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
