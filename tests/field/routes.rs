//! Which route answers, and what is said where none does (RFC 9110 sections 9.3.7, 15.5.5 and 15.5.6).

use nal_http::server::{Answer, Reply, Request, Route};
use nal_http::testing::TestClient;
use nal_http::wire::{Method, Status};

use crate::site::{App, ask, header, hello, site, status_of};

/// An application with a page for every path, CORS for every path, and files below one of them.
const ROUTES: &[Route<App>] = &[
    Route::get("/led/{id}", hello),
    Route::put("/led/{id}", hello),
    Route::get("/files/{*path}", file),
    Route::new(Method::OPTIONS, "/api/{*rest}", |_, _, reply| reply.no_content()),
    Route::new(Method::OPTIONS, "/{*all}", |_, _, reply| {
        let reply = reply.status(Status::NO_CONTENT);
        reply.header("Access-Control-Allow-Origin", "*").no_content()
    }),
];

const PAGES: &[Route<App>] = &[Route::post("/led/{id}", hello), Route::get("/{*page}", hello)];

fn file(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let mut buffer = [0; 256];
    let path = request.param("path").and_then(|path| path.decode(&mut buffer).ok());
    reply.text(path.unwrap_or("?"))
}

fn answer(routes: &'static [Route<App>], method: &str, target: &str) -> (u16, Option<String>) {
    let request = format!("{method} {target} HTTP/1.1\r\nHost: a\r\n\r\n");
    let answer = ask(site(routes), &mut App::default(), &request);
    (status_of(&answer), header(&answer, "Allow").map(String::from))
}

/// A firmware whose pages are served from elsewhere answers OPTIONS for every path, since browsers ask that first.
#[test]
fn a_route_for_every_path_does_not_make_each_path_known() {
    let table = [
        ("GET", "/led/1", 200, None),
        ("OPTIONS", "/led/1", 204, None),
        ("OPTIONS", "/nowhere", 204, None),
        ("GET", "/nowhere", 404, None),
        ("POST", "/nowhere", 404, None),
        ("GET", "/api/nowhere", 404, None),
        ("DELETE", "/led/1", 405, Some("GET, HEAD, PUT, OPTIONS")),
        ("POST", "/files/a", 405, Some("GET, HEAD, OPTIONS")),
        ("BREW", "/nowhere", 501, None),
    ];
    for (method, target, status, allow) in table {
        let expected = (status, allow.map(String::from));
        assert_eq!(answer(ROUTES, method, target), expected, "{method} {target}");
    }
}

/// An application of one page sends that page for each path that it does not know.
#[test]
fn a_page_for_every_path_takes_gets_alone() {
    let table = [
        ("GET", "/nowhere", 200, None),
        ("HEAD", "/", 200, None),
        ("POST", "/nowhere", 404, None),
        ("PUT", "/led/1", 405, Some("POST, GET, HEAD")),
        ("OPTIONS", "/led/1", 204, Some("POST, GET, HEAD")),
        ("OPTIONS", "/nowhere", 204, Some("GET, HEAD")),
    ];
    for (method, target, status, allow) in table {
        let expected = (status, allow.map(String::from));
        assert_eq!(answer(PAGES, method, target), expected, "{method} {target}");
    }
}

const REPEATED: &[Route<App>] = &[
    Route::new(Method::HEAD, "/a", hello),
    Route::get("/a", hello),
    Route::get("/{name}", hello),
    Route::put("/a", hello),
    Route::put("/{name}", hello),
];

/// Several patterns fit one path.
#[test]
fn allow_names_each_method_once() {
    assert_eq!(answer(REPEATED, "POST", "/a"), (405, Some("GET, HEAD, PUT".into())));
    assert_eq!(answer(REPEATED, "OPTIONS", "*"), (204, Some("GET, HEAD, PUT".into())));
    let head = &REPEATED[..1];
    assert_eq!(answer(head, "OPTIONS", "/a"), (204, Some("HEAD".into())));
}

const MANY: &[Route<App>] = &{
    const METHODS: [Method<'static>; 4] = [Method::GET, Method::PUT, Method::POST, Method::DELETE];
    const PATHS: &str = "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let mut routes = [const { Route::get("/a", hello) }; 47];
    let mut at = 0;
    while at < routes.len() {
        routes[at] = Route::new(METHODS[at % 4], PATHS.split_at(at + 1).0, hello);
        at += 1;
    }
    routes
};

/// `curl -X OPTIONS --request-target '*'`, at a firmware with 47 routes and slots of 512 bytes.
#[test]
fn options_for_the_whole_server_does_not_depend_on_how_many_routes_it_has() {
    let request = b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n";
    let answer = TestClient::new(MANY).slot(512).send_bytes(&mut App::default(), request);
    let answer = String::from_utf8(answer).unwrap();
    assert_eq!(status_of(&answer), 204);
    assert_eq!(header(&answer, "Allow"), Some("GET, HEAD, PUT, POST, DELETE"));
}

/// Scanners look for files outside of those that are served.
#[test]
fn the_tail_of_a_wildcard_cannot_climb() {
    let climbing = [
        "/files/../etc/passwd",
        "/files/..%2f..%2fetc",
        "/files/%2e%2e/%2e%2e/etc",
        "/files/.%2E/etc",
        "/files/a/..",
        "/files/a%2F..%2Fb",
        "/files/..%5c..%5cetc",
        "/files/a%5C..",
        "/files/page.html%00.txt",
        "/files/%2e%2e%2fetc?a=b",
        "http://a/files/..%2fetc",
        "/led/..%2f",
        "/led/..",
    ];
    for target in climbing {
        assert_eq!(answer(ROUTES, "GET", target).0, 400, "{target}");
    }
    let staying = [
        ("/files/a/b.html", "a/b.html"),
        ("/files/a%2fb", "a/b"),
        ("/files/...", "..."),
        ("/files/..a/b..", "..a/b.."),
        ("/files/a?b=../c", "a"),
        // Its escapes are undone once: this is a name with a percent sign.
        ("/files/%252e%252e/a", "%2e%2e/a"),
    ];
    for (target, decoded) in staying {
        let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        let answer = ask(site(ROUTES), &mut App::default(), &request);
        assert!(answer.ends_with(&format!("\r\n\r\n{decoded}")), "{target}: {answer}");
    }
}
