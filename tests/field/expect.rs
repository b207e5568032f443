//! `Expect: 100-continue` (RFC 9110 section 10.1.1).

use nal_http::server::{Flow, Route};
use nal_http::testing::TestClient;
use nal_http::wire::Status;

use crate::site::{App, ask, copy, echo, hello, length, site, status_of};

const ROUTES: &[Route<App>] =
    &[
        Route::get("/", hello),
        Route::post("/length", length),
        Route::post("/echo", echo).in_pieces(),
        Route::post("/chunks", copy).in_pieces(),
        Route::post("/pieces", |_, request, reply| {
            if request.is_complete() { reply.text("done") } else { Ok(Flow::More) }
        })
        .in_pieces(),
        Route::post("/early", |_, _, reply| reply.status(Status::UNAUTHORIZED).text("no"))
            .in_pieces(),
    ];

fn head(target: &str, expect: &str, length: usize) -> String {
    format!(
        "POST {target} HTTP/1.1\r\nHost: a\r\nExpect: {expect}\r\nContent-Length: {length}\r\n\r\n"
    )
}

const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

/// curl with a body of more than 1 MiB, .NET's `HttpClient` and Java's with any: they send none of it before the 100.
#[test]
fn the_100_comes_before_anything_that_depends_on_the_body() {
    for target in ["/length", "/echo", "/chunks", "/pieces"] {
        let head = head(target, "100-continue", 3);
        let before = ask(site(ROUTES), &mut App::default(), &head);
        assert!(before.starts_with(CONTINUE), "{target}: {before}");
        assert_eq!(before.matches("100 Continue").count(), 1, "{target}: {before}");
        let pieces = [head.as_bytes(), b"a", b"bc"];
        let whole = TestClient::new(site(ROUTES)).send_pieces(&mut App::default(), pieces);
        let whole = String::from_utf8(whole).unwrap();
        let answer = whole.strip_prefix(CONTINUE).unwrap();
        assert_eq!(status_of(answer), 200, "{target}: {answer}");
        assert!(!answer.contains("Connection: close"), "{target}: {answer}");
    }
}

/// A client that does not wait, though it says so.
#[test]
fn a_body_that_came_along_is_not_asked_for() {
    for target in ["/length", "/echo", "/chunks", "/pieces"] {
        let request = head(target, "100-continue", 3) + "abc";
        let answer = ask(site(ROUTES), &mut App::default(), &request);
        assert_eq!(status_of(&answer), 200, "{target}: {answer}");
    }
}

/// A body that is refused by its head is not asked for; whether it comes is not known, so the connection ends.
#[test]
fn a_final_answer_takes_the_place_of_the_100() {
    for (target, length, status) in
        [("/length", 600, 413), ("/nowhere", 3, 404), ("/early", 3, 401)]
    {
        let answer = ask(site(ROUTES), &mut App::default(), &head(target, "100-continue", length));
        assert_eq!(status_of(&answer), status, "{answer}");
        assert!(answer.contains("Connection: close\r\n"), "{answer}");
    }
}

/// Where head and 100 do not fit beside each other, that is an error, and no client waits in vain.
#[test]
fn a_slot_too_small_for_both_says_so() {
    let head = head("/chunks", "100-continue", 3);
    for slot in 100..300 {
        let mut app = App::default();
        let answer = TestClient::new(site(ROUTES)).slot(slot).send_bytes(&mut app, head.as_bytes());
        let answer = String::from_utf8(answer).unwrap();
        let is_it = answer.is_empty()
            || answer.starts_with(CONTINUE)
            || answer.starts_with("HTTP/1.1 4")
            || answer.starts_with("HTTP/1.1 500") && app.failures[0].contains("does not fit");
        assert!(is_it, "{slot}: {answer} {:?}", app.failures);
    }
}

/// libcurl's users switch the header off with `Expect:`, and some proxies then forward it without a value.
#[test]
fn an_empty_expect_is_as_if_it_were_not_there() {
    let table = [
        ("", "", 200),
        (",", "", 200),
        (" , ,", "", 200),
        ("100-continue,", CONTINUE, 200),
        (", 100-Continue", CONTINUE, 200),
        ("100-continue, 100-continue", CONTINUE, 200),
        ("tea", "", 417),
        ("100-continue, tea", "", 417),
        ("100-continue;q=1", "", 417),
    ];
    for (expect, interim, status) in table {
        let head = head("/length", expect, 3);
        let pieces = [head.as_bytes(), b"abc"];
        let answer = TestClient::new(site(ROUTES)).send_pieces(&mut App::default(), pieces);
        let answer = String::from_utf8(answer).unwrap();
        let last = answer.strip_prefix(interim).unwrap();
        assert_eq!(status_of(last), status, "{expect}: {answer}");
    }
}
