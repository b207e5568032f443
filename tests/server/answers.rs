//! Every answer passes one place: headers for all, pages of one's own for errors, a fallback, a log.

use nal_http::server::{
    Access, Answer, CloseReason, ConnectInfo, Event, Failure, Flow, Reply, Request, Route, Site,
    explain,
};
use nal_http::testing::{ScriptStack, Step, TestClient};
use nal_http::wire::{Method, Status};

use crate::drivers::{BOTH, Serving};

#[derive(Default)]
struct App {
    mapped: Vec<String>,
    log: Vec<String>,
    failures: Vec<String>,
}

const ROUTES: &[Route<App>] = &[
    Route::get("/", |_, _, reply| reply.text("hello")),
    Route::get("/own", |_, _, reply| {
        reply.header("access-control-allow-origin", "http://a").text("own")
    }),
    Route::post("/collect", |_, request, reply| reply.body("text/plain", request.body())),
    Route::post("/upload", upload).in_pieces(),
    Route::get(
        "/later",
        |_, request, reply| {
            if request.is_first() { Ok(Flow::Wait(10)) } else { reply.text("later") }
        },
    ),
    Route::get("/stream", |_, _, reply| {
        let body = reply.stream("text/plain");
        let is_first = body.position() == 0;
        body.write(b"12345");
        Ok(if is_first { Flow::Wait(1_000) } else { Flow::Done })
    }),
    Route::get("/broken", |_, _, _| Err(Failure::internal("the bus is stuck"))),
    Route::get("/long", |_, _, reply| reply.write("text/plain", |body| body.bytes(&[b'x'; 5000]))),
];

fn upload(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    if request.is_complete() { reply.text("done") } else { Ok(Flow::More) }
}

fn cors(app: &mut App, request: &Request<'_>, reply: &mut Reply<'_>) {
    app.mapped.push(format!("{} {}", request.method(), request.target()));
    reply.header("Access-Control-Allow-Origin", "*").header("Vary", "Origin");
}

fn note(app: &mut App, client: &ConnectInfo, event: &Event<'_>) {
    match event {
        Event::Completed(access) => app.log.push(format!("{} {access}", client.connection)),
        Event::Failed(failure) => app.failures.push(failure.to_string()),
        _ => {}
    }
}

const SITE: Site<App> = Site::new(ROUTES).want(&["X-Token"]).on_event(note);

fn answer_to(site: Site<App>, app: &mut App, request: &str) -> String {
    let answer = TestClient::new(site).send_bytes(app, request.as_bytes());
    String::from_utf8(answer).unwrap()
}

/// A request for each of the server's own answers; the last says why, to who is told.
fn errors() -> Vec<(String, u16, &'static str)> {
    let with = |line: &str, headers: &str| format!("{line} HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
    let long = "x".repeat(600);
    vec![
        (with("GET /nowhere", ""), 404, ""),
        (with("HEAD /nowhere", ""), 404, ""),
        (with("DELETE /", ""), 405, ""),
        (with("BREW /", ""), 501, ""),
        (with("GET /a/../b", ""), 400, ""),
        (with("GET /", "A : b\r\n"), 400, "line 3 of the head is not a header"),
        ("GET / HTTP/1.1\r\n\r\n".into(), 400, "exactly one valid Host"),
        (with("GET /", &format!("X-Token: {long}\r\n")), 431, "a header that is needed"),
        (with(&format!("GET /{long}"), ""), 414, "first line of the head"),
        ("GET / HTTP/2.0\r\n\r\n".into(), 505, "neither HTTP/1.0 nor HTTP/1.1"),
        (with("GET /", "Expect: tea\r\n"), 417, ""),
        (with("POST /collect", "Content-Length: 600\r\n"), 413, "600 needed"),
        (with("POST /collect", "Transfer-Encoding: chunked\r\n") + "zz\r\n", 400, "hexadecimal"),
        (
            with("POST /upload", "Transfer-Encoding: chunked\r\n") + "3\r\nabcd",
            400,
            "its size says",
        ),
        (with("GET /broken", ""), 500, "the bus is stuck"),
        (with("GET /long", ""), 500, "does not fit"),
    ]
}

fn status_of(answer: &str) -> u16 {
    assert!(!answer.contains("\r\n\r\nHTTP/1.1 "), "{answer}");
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

/// S9: a script from elsewhere sees the status, and not "Failed to fetch".
#[test]
fn a_header_for_all_is_in_each_answer_of_the_server_too() {
    for (request, status, why) in errors() {
        let mut app = App::default();
        let answer = answer_to(SITE.map_response(cors), &mut app, &request);
        assert_eq!(status_of(&answer), status, "{answer}");
        for header in ["Access-Control-Allow-Origin: *\r\n", "Vary: Origin\r\n"] {
            assert_eq!(answer.matches(header).count(), 1, "{answer}");
        }
        let is_told = app.failures.iter().any(|failure| failure.contains(why));
        assert_eq!(is_told, !why.is_empty(), "{request:?} {:?}", app.failures);
        assert_eq!(app.log.len(), 1, "{:?}", app.log);
    }
    // One that could not be read has none of what is asked for.
    let mut app = App::default();
    answer_to(SITE.map_response(cors), &mut app, "GET /secret HTTP/1.1\r\n\r\n");
    assert_eq!(app.mapped, [" "]);
    // A handler may set it anew, and it is there once.
    for (target, value) in [("/", "*"), ("/own", "http://a"), ("/later", "*"), ("/stream", "*")] {
        let mut app = App::default();
        let response = TestClient::new(SITE.map_response(cors)).get(&mut app, target);
        let of = |name: &str| {
            let headers = response.headers.iter();
            headers.filter(|(other, _)| other.eq_ignore_ascii_case(name)).count()
        };
        assert_eq!(response.header("Access-Control-Allow-Origin"), Some(value), "{response}");
        assert_eq!((of("Access-Control-Allow-Origin"), of("Vary")), (1, 1), "{response}");
    }
    // 408 comes by time.
    for driver in BOTH {
        let (site, stack) = (SITE.map_response(cors), ScriptStack::new());
        let mut server = Serving::<_, _, 1, 512>::new(driver, site, stack, App::default(), 0);
        server.stack().connects([b"GET / HT".into()]);
        server.run(10_000);
        let answer = String::from_utf8(server.stack().sent(1).to_vec()).unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("Origin: *"), "{answer}");
    }
}

#[test]
fn pages_of_ones_own_for_errors() {
    fn page(_: &mut App, _: &Request<'_>, failure: &Failure, reply: &mut Reply<'_>) -> Answer {
        reply.write("application/problem+json", |json| {
            json.str("{\"status\":");
            json.number(failure.status.code().into());
            json.str("}");
        })
    }
    for (request, status, _) in errors() {
        let answer = answer_to(SITE.handle_error(page), &mut App::default(), &request);
        assert_eq!(status_of(&answer), status, "{answer}");
        assert!(answer.contains("Content-Type: application/problem+json\r\n"), "{answer}");
        let body =
            if request.starts_with("HEAD") { "" } else { &format!("{{\"status\":{status}}}") };
        assert!(answer.ends_with(&format!("\r\n\r\n{body}")), "{answer}");
        assert_eq!(answer.contains("Allow: GET, HEAD\r\n"), status == 405, "{answer}");
    }
    // What is no error has its own answer.
    let options = "OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n";
    let answer = answer_to(SITE.handle_error(page), &mut App::default(), options);
    assert_eq!(answer, "HTTP/1.1 204 No Content\r\nAllow: GET, HEAD\r\n\r\n");
    // One that fails itself leaves the status.
    let handles: [nal_http::server::HandleError<App>; 4] = [
        |_, _, _, _| Err(Failure::internal("no page")),
        |_, _, _, _| Ok(Flow::More),
        |_, _, _, _| Ok(Flow::Done),
        |_, _, _, reply| reply.body("text/plain", &[b'x'; 5_000]),
    ];
    for handle in handles {
        let mut app = App::default();
        let response = TestClient::new(SITE.handle_error(handle)).get(&mut app, "/nowhere");
        assert_eq!((response.status_code, response.text()), (404, ""));
        assert_eq!(app.failures.len(), 1, "{:?}", app.failures);
    }
    // One that tells all.
    for (request, status, why) in errors() {
        let answer = answer_to(SITE.handle_error(explain), &mut App::default(), &request);
        assert_eq!(status_of(&answer), status, "{answer}");
        let is_told = answer.split_once("\r\n\r\n").unwrap().1.contains(why);
        assert_eq!(is_told, status < 500 || why.is_empty(), "{answer}");
    }
}

/// A mistake in what is set for all is not one for ever.
#[test]
fn a_header_for_all_that_is_malformed_leaves_the_status() {
    const BAD: Site<App> = SITE.map_response(|_, _, reply| _ = reply.header("A", "b\r\nc"));
    for target in ["/", "/nowhere"] {
        let mut app = App::default();
        let response = TestClient::new(BAD).get(&mut app, target);
        let status = if target == "/" { 500 } else { 404 };
        assert_eq!((response.status_code, response.text()), (status, ""));
        assert!(app.failures.iter().all(|failure| failure.contains("another header")));
    }
}

#[test]
fn a_fallback_takes_what_no_route_knows_and_nothing_else() {
    fn fallback(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
        let (method, path) = (request.method(), request.path());
        reply.write("text/plain", |body| {
            for text in [method, " ", path, " "] {
                body.str(text);
            }
            body.bytes(request.body());
        })
    }
    let table = [
        ("GET", "/nowhere", "", 200, "GET /nowhere "),
        ("POST", "/nowhere?a", "abc", 200, "POST /nowhere abc"),
        ("BREW", "/nowhere", "", 200, "BREW /nowhere "),
        ("OPTIONS", "/nowhere", "", 200, "OPTIONS /nowhere "),
        ("GET", "/", "", 200, "hello"),
        ("DELETE", "/", "", 405, "Method Not Allowed"),
        ("BREW", "/", "", 501, "Not Implemented"),
        ("OPTIONS", "/", "", 204, ""),
        ("OPTIONS", "*", "", 204, ""),
        ("GET", "/a/../b", "", 400, "Bad Request"),
        ("POST", "/nowhere", &"x".repeat(600), 413, "body does not fit into the room"),
    ];
    for (method, target, body, status, text) in table {
        let length = body.len();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        let answer = answer_to(SITE.fallback(fallback), &mut App::default(), &request);
        assert_eq!(status_of(&answer), status, "{answer}");
        assert!(answer.split_once("\r\n\r\n").unwrap().1.starts_with(text), "{answer}");
        let allow = ["Allow: GET, HEAD\r\n", "Allow: GET, HEAD, POST\r\n"];
        let has_allow = allow.iter().any(|allow| answer.contains(allow));
        assert_eq!(has_allow, matches!(status, 204 | 405), "{answer}");
    }
    let connect = "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n";
    assert_eq!(status_of(&answer_to(SITE.fallback(fallback), &mut App::default(), connect)), 501);
}

#[test]
fn a_log_of_accesses_has_all_of_it_in_one_event() {
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
    let serving =
        |driver| Serving::<_, _, 3, 512>::new(driver, SITE, ScriptStack::new(), App::default(), 0);
    for driver in BOTH {
        let mut server = serving(driver);
        let requests = get("/") + &get("/nowhere?a=b") + &get("/later") + &get("/stream");
        server.stack().connects([requests.as_str().into()]);
        server.stack().connects([b"GET / HTTP/1.1\r\n\r\n".into()]);
        server.stack().connects([b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n".into(), Step::Close]);
        server.run(3_000);
        let mut log = server.app().log.clone();
        log.sort();
        assert_eq!(
            log,
            [
                "0 GET / 200 5 bytes 0 ms",
                "0 GET /later 200 5 bytes 10 ms",
                "0 GET /nowhere?a=b 404 9 bytes 0 ms",
                "0 GET /stream 200 10 bytes 1000 ms",
                "1   400 11 bytes 0 ms",
                "2 HEAD / 200 0 bytes 0 ms",
            ]
        );
        // One that is cut off is told as well.
        let mut server = serving(driver);
        server.stack().connects([get("/stream").as_str().into()]);
        server.run(0);
        server.close();
        assert_eq!(server.app().log, ["0 GET /stream 200 5 bytes 0 ms, cut off"]);
    }
}

/// What an event is can be asked without its text.
#[test]
fn an_access_has_its_parts() {
    thread_local! {
        static SEEN: std::cell::RefCell<Vec<(u16, usize, bool)>> =
            const { std::cell::RefCell::new(Vec::new()) };
    }
    let site = Site::<App>::new(ROUTES).on_event(|_, client, event| {
        assert_eq!((client.connection, client.peer.port()), (0, 1));
        match *event {
            Event::Completed(Access { status, bytes, is_complete, .. }) => {
                SEEN.with_borrow_mut(|seen| seen.push((status.code(), bytes, is_complete)));
            }
            Event::Closed(reason) => assert_eq!(reason, CloseReason::Complete),
            _ => {}
        }
    });
    let mut client = TestClient::new(site);
    let request = nal_http::client::Request::new(Method::POST, "http://test/collect").data("abc");
    let response = client.send(&mut App::default(), &request);
    assert_eq!((response.status_code, response.text()), (Status::OK.code(), "abc"));
    assert_eq!(SEEN.take(), [(200, 3, true)]);
}

/// 4 KB of cookies that other sites on the same host have set.
fn browser(method: &str, target: &str, before: &str, behind: &str) -> String {
    let others: String = (0..80).map(|n| format!("other_{n}={}; ", "x".repeat(40))).collect();
    format!(
        "{method} {target} HTTP/1.1\r\nHost: a\r\nCookie: {others}{before}{others}long={}{behind}\r\nX-Token: t\r\n\r\n",
        "y".repeat(2_000)
    )
}

#[test]
fn one_cookie_is_kept_without_the_others() {
    const COOKIES: Site<App> = Site::new(&[Route::get("/", |_, request, reply| {
        let session = request.cookie("session").unwrap_or("none");
        let token = request.header("X-Token").unwrap_or("none");
        reply.write("text/plain", |body| {
            for text in [session, " ", token] {
                body.str(text);
            }
        })
    })])
    .want(&["X-Token"])
    .want_cookies(&["session"]);
    for (before, behind, expected) in [
        ("session=0123456789; ", "", "0123456789 t"),
        ("", "; session=0123456789", "0123456789 t"),
        ("", "", "none t"),
        ("sessions=1; ", "; Session=2", "none t"),
    ] {
        let request = browser("GET", "/", before, behind);
        for step in [1, 7, 64, 5_000, usize::MAX] {
            for slot in [256, 512, 1024] {
                let pieces = request.as_bytes().chunks(step.min(request.len()));
                let mut client = TestClient::new(COOKIES).slot(slot);
                let answer = client.send_pieces(&mut App::default(), pieces);
                let answer = String::from_utf8(answer).unwrap();
                assert!(
                    answer.ends_with(&format!("\r\n\r\n{expected}")),
                    "{slot} {step}: {answer}"
                );
            }
        }
    }
    // The limit of a head holds for what was taken out, too.
    let endless = format!("GET / HTTP/1.1\r\nHost: a\r\nCookie: {}", "a=b; ".repeat(4_000));
    let answer = TestClient::new(COOKIES).send_bytes(&mut App::default(), endless.as_bytes());
    assert!(answer.starts_with(b"HTTP/1.1 431 "), "{}", answer.escape_ascii());
    // What no header may have is refused in any of them.
    for bad in ["a=\x01; ", "a=b\rX: y; "] {
        let request = browser("GET", "/", bad, "");
        let answer = TestClient::new(COOKIES).send_bytes(&mut App::default(), request.as_bytes());
        assert!(answer.starts_with(b"HTTP/1.1 400 "), "{bad:?} {}", answer.escape_ascii());
    }
}

#[test]
fn a_route_alone_refuses_what_it_wants_and_cannot_have() {
    const WANTS: Site<App> = Site::new(&[
        Route::get("/", |_, _, reply| reply.text("hello")),
        Route::get("/all", |_, request, reply| reply.text(request.header("Cookie").unwrap_or("?")))
            .want(&["Cookie"]),
    ])
    .want(&["X-Token"]);
    for step in [1, 7, 64, usize::MAX] {
        for (target, status) in [("/", 200), ("/all", 431), ("/nowhere", 404)] {
            let request = browser("GET", target, "", "");
            let pieces = request.as_bytes().chunks(step.min(request.len()));
            let answer = TestClient::new(WANTS).slot(512).send_pieces(&mut App::default(), pieces);
            let answer = String::from_utf8(answer).unwrap();
            assert_eq!(status_of(&answer), status, "{answer}");
        }
        let short = "\r\nGET /all HTTP/1.1\r\nHost: a\r\nA: 0123456789 0123456789 0123456789\r\nCookie: a=b\r\n\r\n";
        let pieces = short.as_bytes().chunks(step.min(short.len()));
        let answer = TestClient::new(WANTS).slot(256).send_pieces(&mut App::default(), pieces);
        assert!(answer.ends_with(b"\r\n\r\na=b"), "{}", answer.escape_ascii());
    }
}
