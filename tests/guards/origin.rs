//! What pages of other origins may send, over either driver.

use nal_http::server::{Group, Route, Site, guards};
use nal_http::testing::{ScriptStack, TestClient};

use crate::drivers::{BOTH, Serving};

/// How often something was changed.
type App = u32;

const LED: &[Route<App>] = &[
    Route::get("/led", |_, _, reply| reply.text("on")),
    Route::post("/led", |changes, _, reply| {
        *changes += 1;
        reply.no_content()
    }),
];
const GUARDED: &Group<App> =
    &Group::new(LED).guard(|_, request| guards::origin(request, &["https://dashboard.example"]));
const SITE: Site<App> = Site::new(&[Route::group("/", GUARDED)]).want(&["Host", "Origin"]);

#[test]
fn only_own_pages_and_those_that_are_named_change_something() {
    for (head, expected) in [
        ("POST /led HTTP/1.1\r\nHost: board\r\n", "204"),
        ("POST /led HTTP/1.1\r\nHost: board\r\nOrigin: http://board\r\n", "204"),
        ("POST /led HTTP/1.1\r\nHost: board\r\nOrigin: http://BOARD\r\n", "204"),
        ("POST /led HTTP/1.1\r\nHost: board:81\r\nOrigin: http://board:81\r\n", "204"),
        ("POST /led HTTP/1.1\r\nHost: a\r\nOrigin: https://dashboard.example\r\n", "204"),
        ("POST http://board/led HTTP/1.1\r\nHost: a\r\nOrigin: http://board\r\n", "204"),
        ("POST http://board/led HTTP/1.1\r\nHost: evil\r\nOrigin: http://evil\r\n", "403"),
        ("POST /led HTTP/1.1\r\nHost: board\r\nOrigin: http://evil\r\n", "403"),
        ("POST /led HTTP/1.1\r\nHost: board\r\nOrigin: http://board.evil\r\n", "403"),
        ("POST /led HTTP/1.1\r\nHost: board\r\nOrigin: http://board:81\r\n", "403"),
        ("POST /led HTTP/1.1\r\nHost: board\r\nOrigin: http://board/\r\n", "403"),
        ("POST /led HTTP/1.1\r\nHost: board\r\nOrigin: http://me@board\r\n", "403"),
        ("POST /led HTTP/1.1\r\nHost: board\r\nOrigin: http://dashboard.example\r\n", "403"),
        ("POST /led HTTP/1.1\r\nHost: board\r\nOrigin: null\r\n", "403"),
        ("POST /led HTTP/1.1\r\nHost: board\r\nOrigin:\r\n", "403"),
        ("POST /led HTTP/1.1\r\nHost: board\r\nOrigin: \u{e4}\r\n", "403"),
        ("POST /led HTTP/1.1\r\nHost:\r\nOrigin: http://\r\n", "403"),
        ("POST /led HTTP/1.0\r\nOrigin: http://board\r\n", "403"),
        ("POST /led HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\nOrigin: http://evil\r\n", "403"),
        ("PUT /led HTTP/1.1\r\nHost: board\r\nOrigin: http://evil\r\n", "403"),
        ("GET /led HTTP/1.1\r\nHost: board\r\nOrigin: http://evil\r\n", "200"),
        ("HEAD /led HTTP/1.1\r\nHost: board\r\nOrigin: http://evil\r\n", "200"),
        ("OPTIONS /led HTTP/1.1\r\nHost: board\r\nOrigin: http://evil\r\n", "204"),
    ] {
        for driver in BOTH {
            let stack = ScriptStack::new();
            let mut server = Serving::<_, _, 1, 512>::new(driver, SITE, stack, 0, 0);
            server.stack().connects([format!("{head}\r\n").as_str().into()]);
            server.run(3_000);
            let answer = String::from_utf8(server.stack().sent(1).to_vec()).unwrap();
            assert_eq!(answer.get(9..12), Some(expected), "{driver:?} {head}");
            let is_changed = expected == "204" && head.starts_with("POST");
            assert_eq!(*server.app(), u32::from(is_changed), "{driver:?} {head}");
        }
    }
}

/// Where nobody wants `Origin`, a flood of other headers does not let anybody in.
#[test]
fn an_origin_that_was_dropped() {
    const UNWANTED: Site<App> = Site::new(&[Route::group("/", GUARDED)]);
    let mut client = TestClient::new(UNWANTED).slot(512);
    let flood = format!("X: {}\r\n", "a".repeat(90)).repeat(3);
    let head = format!("POST /led HTTP/1.1\r\nHost: board\r\n{flood}Origin: http://evil\r\n\r\n");
    let answer = String::from_utf8(client.send_bytes(&mut 0, head.as_bytes())).unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}
