//! Groups of routes: what fits below a prefix, who is asked before a handler and when, what is put into a head behind it.

use nal_http::server::guards;
use nal_http::server::{Answer, Failure, Flow, Group, Reply, Request, Route, Site};
use nal_http::testing::{ScriptStack, Step, TestClient};
use nal_http::wire::{Method, Status};

use crate::drivers::{BOTH, Driver, Serving};

/// What guards and handlers were called, in their order.
#[derive(Default)]
pub struct App {
    calls: Vec<String>,
}

pub const PURGE: Method<'static> = match Method::new("PURGE") {
    Ok(method) => method,
    Err(_) => panic!(),
};

const PINS: &Group<App> = &Group::new(&[
    Route::get("", |_, _, reply| reply.text("pins")),
    Route::get("/", |_, _, reply| reply.text("pins, with a slash")),
    Route::get("/{pin}", say_pin),
    Route::put("/{pin}", say_pin),
    Route::post("/{pin}/{state}", |_, request, reply| {
        let (pin, state): (u8, bool) = (request.param_as("pin")?, request.param_as("state")?);
        reply.text(&format!("{pin} {state}"))
    }),
    Route::get("/files/{*path}", |_, request, reply| {
        let path = request.param("path").map(|path| path.as_raw().to_owned());
        reply.text(&path.unwrap())
    }),
])
.guard(|app, request| {
    app.calls.push("inner".into());
    match request.param_as::<u8>("pin") {
        Ok(40..) => Err(Failure::new(Status::FORBIDDEN, "there are 40 pins")),
        _ => Ok(()),
    }
})
.after(|outcome| outcome.header("X-Inner", "1"));

const API: &Group<App> = &Group::new(&[
    Route::get("/light", |_, _, reply| reply.text("301")),
    Route::put("/light", |app: &mut App, request, reply| {
        app.calls.push(format!("light {:?}", request.body()));
        reply.no_content()
    }),
    Route::post("/upload", |app: &mut App, request, reply| {
        app.calls.push(format!("piece of {}", request.body().len()));
        if request.is_complete() { reply.no_content() } else { Ok(Flow::More) }
    })
    .in_pieces(),
    Route::get("/stream", |_, request, reply| {
        let body = reply.stream("text/plain");
        body.write(if request.is_first() { b"a" } else { b"b" });
        Ok(if request.is_first() { Flow::More } else { Flow::Done })
    }),
    Route::get("/param/{name}", |_, request, reply| {
        // In a later call, too.
        if request.is_first() {
            return Ok(Flow::Wait(5));
        }
        reply.text(request.param("name").unwrap().as_raw())
    }),
    Route::get("/broken", |_, _, _| Err(Failure::internal("secret"))),
    Route::new(PURGE, "/cache", |_, _, reply| reply.no_content()),
    Route::group("/v1/pins", PINS),
])
.guard(|app, request| {
    app.calls.push(format!("outer {:?} {}", request.body(), request.has_body()));
    guards::bearer(request, "key", "Bearer realm=\"b\"")
})
.after(|outcome| {
    let told = format!("{} {} {}", outcome.method(), outcome.target(), outcome.status().code());
    outcome.header("X-Outer", &told);
    outcome.header("X-Of", outcome.request_header("X-Of").unwrap_or("nobody"));
});

pub const ROUTES: &[Route<App>] = &[
    Route::get("/", |_, _, reply| reply.text("home")),
    Route::get("/apis", |_, _, reply| reply.text("apis")),
    Route::group("/api", API),
    Route::get("/{*path}", |_, _, reply| reply.text("a file")),
];
const SITE: Site<App> = Site::new(ROUTES).want(&["Authorization", "X-Of"]);

fn say_pin(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let pin: u8 = request.param_as("pin")?;
    reply.text(&pin.to_string())
}

pub const KEY: &str = "Authorization: Bearer key\r\n";

fn head(method: &str, target: &str, headers: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: x\r\n{headers}\r\n")
}

pub fn ask(site: Site<App>, method: &str, target: &str, headers: &str) -> String {
    let text = head(method, target, headers);
    String::from_utf8(TestClient::new(site).send_bytes(&mut App::default(), text.as_bytes()))
        .unwrap()
}

pub fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or_default()
}

pub fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = answer.split("\r\n\r\n").next().unwrap().split("\r\n");
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

#[test]
fn what_fits_below_a_prefix() {
    let of_pin = Some("GET, HEAD, PUT");
    // method, target, status, Allow, body of those that are 200
    for (method, target, expected, allow, text) in [
        ("GET", "/", "200", None, "home"),
        ("GET", "/apis", "200", None, "apis"),
        ("GET", "/other", "200", None, "a file"),
        ("GET", "/API/light", "200", None, "a file"),
        ("GET", "/api/light", "200", None, "301"),
        ("GET", "/%61pi/l%69ght", "200", None, "301"),
        ("GET", "http://x/api/light?a=/b", "200", None, "301"),
        ("GET", "/api%2Flight", "200", None, "a file"),
        ("GET", "//api/light", "200", None, "a file"),
        ("HEAD", "/api/light", "200", None, ""),
        // No table around it takes what a group does not know.
        ("GET", "/api", "404", None, ""),
        ("GET", "/api/", "404", None, ""),
        ("GET", "/api/nothing", "404", None, ""),
        ("GET", "/api/v1", "404", None, ""),
        ("DELETE", "/api/light", "405", Some("GET, HEAD, PUT"), ""),
        ("OPTIONS", "/api/light", "204", Some("GET, HEAD, PUT"), ""),
        ("OPTIONS", "/api/nothing", "404", None, ""),
        ("BREW", "/api/light", "501", None, ""),
        ("PURGE", "/api/cache", "204", None, ""),
        ("PURGE", "/api/light", "405", Some("GET, HEAD, PUT"), ""),
        ("PURGE", "/api/v1/pins/7", "405", of_pin, ""),
        ("PURGE", "/api/v1/pins/7/x/y", "404", None, ""),
        ("PURGE", "/apis", "405", Some("GET, HEAD"), ""),
        ("GET", "/api/v1/pins", "200", None, "pins"),
        ("GET", "/api/v1/pins/", "200", None, "pins, with a slash"),
        ("GET", "/api/v1/pins/7", "200", None, "7"),
        ("HEAD", "/api/v1/pins/7", "200", None, ""),
        ("PUT", "/%61pi/v%31/pins/%37", "200", None, "7"),
        ("PUT", "http://x/api/v1/pins/7", "200", None, "7"),
        ("GET", "/api/v1/pins/x", "400", None, ""),
        ("GET", "/api/v1/pins/39", "200", None, "39"),
        ("GET", "/api/v1/pins/40", "403", None, ""),
        ("POST", "/api/v1/pins/7", "405", of_pin, ""),
        ("OPTIONS", "/api/v1/pins/7", "204", of_pin, ""),
        ("OPTIONS", "/api/v1/pins/40", "204", of_pin, ""),
        ("POST", "/api/v1/pins/7/true", "200", None, "7 true"),
        ("POST", "/api/v1/pins/7/maybe", "400", None, ""),
        ("GET", "/api/v1/pins/files/a/b%20c", "200", None, "a/b%20c"),
        ("GET", "/api/v1/pins/files/", "200", None, ""),
        ("GET", "/api/param/a%2Fb", "200", None, "a%2Fb"),
        ("GET", "/api/../light", "400", None, ""),
        ("OPTIONS", "*", "204", Some("GET, HEAD, PUT, POST, PURGE"), ""),
    ] {
        let answer = ask(SITE, method, target, KEY);
        assert_eq!(status(&answer), expected, "{method} {target}: {answer}");
        assert_eq!(header(&answer, "Allow"), allow, "{method} {target}");
        if expected == "200" {
            assert_eq!(body(&answer), text, "{method} {target}");
        }
    }
}

/// With a fallback for the site, guards stand in front of that, too.
#[test]
fn a_guard_is_asked_whatever_is_below_its_prefix() {
    let site = || SITE.fallback(|_, _, reply| reply.text("fallback"));
    for (method, target, without, with) in [
        ("GET", "/", "200", "200"),
        ("GET", "/apis", "200", "200"),
        ("GET", "/api", "401", "200"),
        ("GET", "/api/", "401", "200"),
        ("GET", "/%61pi/light", "401", "200"),
        ("GET", "http://y/api/light", "401", "200"),
        ("GET", "/api/nothing", "401", "200"),
        ("GET", "/api/v1/pins/7", "401", "200"),
        ("DELETE", "/api/light", "401", "405"),
        ("BREW", "/api/light", "401", "501"),
        // The list of methods is the server's own answer: a preflight has no credentials.
        ("OPTIONS", "/api/light", "204", "204"),
        ("OPTIONS", "/api/nothing", "401", "200"),
    ] {
        for (headers, expected) in [("", without), (KEY, with)] {
            let answer = ask(site(), method, target, headers);
            assert_eq!(status(&answer), expected, "{method} {target} {headers} {answer}");
            let challenge = header(&answer, "WWW-Authenticate");
            assert_eq!(challenge.is_some(), expected == "401", "{answer}");
        }
    }
}

fn run(
    driver: Driver,
    site: Site<App>,
    steps: impl IntoIterator<Item = Step>,
) -> (String, Vec<String>) {
    let mut server =
        Serving::<_, _, 1, 1024>::new(driver, site, ScriptStack::new(), App::default(), 0);
    server.stack().connects(steps);
    server.run(3_000);
    let answer = String::from_utf8(server.stack().sent(1).to_vec()).unwrap();
    let calls = std::mem::take(&mut server.app().calls);
    (answer, calls)
}

/// The body has not been asked for, and is not waited for.
#[test]
fn guards_are_asked_before_the_body_comes() {
    const GO_ON: &str = "HTTP/1.1 100 Continue\r\n\r\n";
    let expecting = "Expect: 100-continue\r\nContent-Length: 2\r\n";
    for driver in BOTH {
        for target in ["/api/light", "/api/upload"] {
            let method = if target == "/api/light" { "PUT" } else { "POST" };
            let (answer, calls) =
                run(driver, SITE, [head(method, target, expecting).as_str().into()]);
            assert_eq!((status(&answer), calls), ("401", vec!["outer [] true".into()]), "{answer}");
            assert!(answer.contains("Connection: close\r\n"), "the body may come or not: {answer}");

            let let_in = format!("{expecting}{KEY}");
            let (answer, calls) =
                run(driver, SITE, [head(method, target, &let_in).as_str().into()]);
            assert!(answer.starts_with(GO_ON), "{driver:?} {target} {answer}");
            assert_eq!(calls.first().unwrap(), "outer [] true");

            let steps = [head(method, target, &let_in).as_str().into(), Step::Idle, "ab".into()];
            let (answer, calls) = run(driver, SITE, steps);
            assert_eq!(status(&answer[GO_ON.len()..]), "204", "{answer}");
            let guarded = calls.iter().filter(|call| call.starts_with("outer")).count();
            assert_eq!(guarded, 1, "once for each request: {calls:?}");
        }
        // Much that nobody asked for is not read, and nothing of it is taken for a request.
        let long = head("PUT", "/api/light", "Content-Length: 100000\r\n");
        let (answer, calls) =
            run(driver, SITE, [long.as_str().into(), "GET / HTTP/1.1\r\n\r\n".into()]);
        assert_eq!((answer.matches("HTTP/1.1").count(), status(&answer)), (1, "401"), "{answer}");
        assert_eq!(calls.len(), 1);
        // A short body that is there keeps the connection, as behind any other answer.
        let both =
            head("PUT", "/api/light", "Content-Length: 2\r\n") + "ab" + &head("GET", "/", "");
        let (answer, _) = run(driver, SITE, [both.as_str().into()]);
        assert!(answer.starts_with("HTTP/1.1 401") && answer.ends_with("home"), "{answer}");
    }
}

#[test]
fn groups_around_each_other_are_asked_from_the_outside() {
    for driver in BOTH {
        let (answer, calls) =
            run(driver, SITE, [head("GET", "/api/v1/pins/7", KEY).as_str().into()]);
        assert_eq!(
            (status(&answer), calls),
            ("200", vec!["outer [] false".into(), "inner".into()])
        );
        let (_, calls) = run(driver, SITE, [head("GET", "/api/v1/pins/7", "").as_str().into()]);
        assert_eq!(calls, ["outer [] false"]);
    }
}

/// Who looks behind a handler sees the status; be it whole, in pieces, a failure or what a guard said.
#[test]
fn headers_behind_the_handler() {
    for driver in BOTH {
        for (method, target, headers, outer, has_inner) in [
            ("GET", "/api/light", KEY, Some("GET /api/light 200"), false),
            ("HEAD", "/api/light", KEY, Some("HEAD /api/light 200"), false),
            ("PUT", "/api/light", KEY, Some("PUT /api/light 204"), false),
            ("GET", "/api/stream", KEY, Some("GET /api/stream 200"), false),
            ("GET", "/api/broken", KEY, Some("GET /api/broken 500"), false),
            ("GET", "/api/nothing?a", KEY, Some("GET /api/nothing?a 404"), false),
            ("GET", "/api/light", "", Some("GET /api/light 401"), false),
            ("OPTIONS", "/api/light", "", Some("OPTIONS /api/light 204"), false),
            ("GET", "/api/v1/pins/7", KEY, Some("GET /api/v1/pins/7 200"), true),
            ("GET", "/api/v1/pins/40", KEY, Some("GET /api/v1/pins/40 403"), true),
            ("GET", "/", KEY, None, false),
            ("GET", "/apis", KEY, None, false),
        ] {
            let (answer, _) = run(driver, SITE, [head(method, target, headers).as_str().into()]);
            assert_eq!(header(&answer, "X-Outer"), outer, "{driver:?} {answer}");
            assert_eq!(header(&answer, "X-Of"), outer.map(|_| "nobody"), "{answer}");
            assert_eq!(header(&answer, "X-Inner").is_some(), has_inner, "{answer}");
        }
        let (answer, _) = run(driver, SITE, [head("GET", "/api/stream", KEY).as_str().into()]);
        assert!(answer.ends_with("\r\n\r\n0001\r\na\r\n0001\r\nb\r\n0\r\n\r\n"), "{answer}");
        let headers = format!("{KEY}X-Of: me\r\n");
        let (answer, _) = run(driver, SITE, [head("GET", "/api/light", &headers).as_str().into()]);
        assert_eq!(header(&answer, "X-Of"), Some("me"), "{answer}");
    }
}

/// A group at `/` is the whole site, and what the site does to all answers goes on beside it.
#[test]
fn a_group_for_the_whole_site() {
    const ALL: &Group<App> = &Group::new(&[
        Route::get("/", |_, _, reply| reply.header("X-Twice", "handler").text("home")),
        Route::get("/light/{unit}", |_, request, reply| {
            reply.text(request.param("unit").unwrap().as_raw())
        }),
        Route::group("/api", API),
        Route::get("/long", |_, _, reply| reply.text(&"x".repeat(2_000))),
    ])
    .guard(|_, request| guards::host(request, &["x"]))
    .after(|outcome| {
        outcome.header("X-Status", outcome.status().as_str());
        // One that a response has once is that of who was last.
        outcome.header("Server", "after");
    });
    const WHOLE: Site<App> = Site::new(&[Route::group("/", ALL)])
        .want(&["Host", "Authorization"])
        .map_response(|_, _, reply| {
            reply.header("X-Map", "1").header("Server", "map");
        })
        .date(|_| Some(784_111_777));
    const OK: Option<&str> = Some("200 OK");
    for (target, headers, expected) in [
        ("/", "", OK),
        ("/light/lux", "", OK),
        ("/api/light", KEY, OK),
        ("/api/light", "", Some("401 Unauthorized")),
        ("/nowhere", "", Some("404 Not Found")),
    ] {
        let answer = ask(WHOLE, "GET", target, headers);
        assert_eq!(header(&answer, "X-Status"), expected, "{answer}");
        for (name, value) in
            [("X-Map", "1"), ("Server", "after"), ("Date", "Sun, 06 Nov 1994 08:49:37 GMT")]
        {
            assert_eq!(header(&answer, name), Some(value), "{answer}");
            assert_eq!(answer.matches(name).count(), 1, "{answer}");
        }
        assert_eq!(header(&answer, "X-Outer").is_some(), target.starts_with("/api"), "{answer}");
    }
    assert_eq!(body(&ask(WHOLE, "GET", "/light/lux", "")), "lux");
    assert_eq!(
        header(&ask(WHOLE, "OPTIONS", "*", ""), "Allow"),
        Some("GET, HEAD, PUT, POST, PURGE")
    );
    // What is sent once more as its status alone is shown to nobody.
    let failed = ask(WHOLE, "GET", "/long", "");
    assert_eq!(status(&failed), "500", "{failed}");
    let other = "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n";
    let answer = TestClient::new(WHOLE).send_bytes(&mut App::default(), other.as_bytes());
    let answer = String::from_utf8(answer).unwrap();
    assert_eq!(header(&answer, "X-Status"), Some("421 Misdirected Request"), "{answer}");
}

/// A guard may send elsewhere, as to a page where one logs in.
#[test]
fn a_guard_may_answer_with_any_status() {
    const PRIVATE: &Group<App> = &Group::new(&[Route::get("/a", |_, _, reply| reply.text("a"))])
        .guard(|_, _| Err(Failure::new(Status::SEE_OTHER, "").header("Location", "/login")));
    const SITE: Site<App> = Site::new(&[Route::group("/private", PRIVATE)]);
    let answer = ask(SITE, "GET", "/private/a", "");
    assert_eq!((status(&answer), header(&answer, "Location")), ("303", Some("/login")), "{answer}");
}

#[test]
fn mistakes_behind_the_handler_are_a_500() {
    const GROUP: &Group<App> = &Group::new(&[Route::get("/a", |_, _, reply| reply.text("a"))])
        .after(|outcome| outcome.header("X", "a\r\nY: b"));
    const SITE: Site<App> = Site::new(&[Route::group("/g", GROUP)]);
    let answer = ask(SITE, "GET", "/g/a", "");
    assert_eq!((status(&answer), header(&answer, "Y")), ("500", None), "{answer}");
}
