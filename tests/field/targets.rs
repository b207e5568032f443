//! Methods, targets and hosts of requests (RFC 9112 section 3, RFC 3986 section 3.2).

use nal_http::server::Route;

use crate::site::{App, ask, hello, site, status_of};

const ROUTES: &[Route<App>] = &[
    Route::get("/host", |_, request, reply| reply.text(request.host().unwrap_or("none"))),
    Route::get("/{*all}", hello),
];

fn status(request: &str) -> u16 {
    let answer = ask(site(ROUTES), &mut App::default(), request);
    let status = status_of(&answer);
    // What cannot be understood may be followed by anything.
    assert_eq!(status != 200, answer.contains("Connection: close\r\n"), "{request} {answer}");
    status
}

/// Scanners for open proxies, and clients that were given a URL where they wanted a path.
#[test]
fn targets_are_those_that_their_methods_can_have() {
    let table = [
        ("GET /", 200),
        ("GET /a?b=c", 200),
        ("GET /?", 200),
        ("GET //a", 200),
        ("GET /a;b=c,d", 200),
        // Chrome leaves these in a query as they are, and curl what is not ASCII.
        ("GET /a?b=\\|^{}`\"", 200),
        ("GET /光", 200),
        ("GET http://a", 200),
        ("GET http://a/", 200),
        ("GET HTTP://a:80/b?c", 200),
        ("GET https://a?b", 200),
        ("GET *", 400),
        ("POST *", 400),
        ("M-SEARCH *", 400),
        ("OPTIONS *?", 400),
        ("GET foo", 400),
        ("GET h:80", 400),
        ("GET ?a", 400),
        ("GET /path#frag", 400),
        ("GET /path?a#frag", 400),
        ("GET http://a/#frag", 400),
        ("GET /a\\b", 400),
        ("GET \\a", 400),
        ("GET http://a\\b/", 400),
        ("GET http://", 400),
        ("GET http:///a", 400),
        ("GET http:/a", 400),
        ("GET http:a", 400),
        ("GET ftp://a/", 400),
        ("GET ://a/", 400),
        ("GET http://me@a/", 400),
        ("GET http://a:b/", 400),
        ("GET http://[::1/", 400),
        ("GET /a\x7f", 400),
        // What some terminals take for an escape: a line of a log would clear the screen.
        ("GET /\u{9b}2J", 400),
        ("GET /?\u{85}", 400),
        ("CONNECT /", 400),
        ("CONNECT", 400),
        ("GET", 400),
        ("GET /a /b", 400),
    ];
    for (line, expected) in table {
        let request = format!("{line} HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(status(&request), expected, "{line}");
    }
}

/// Fuzzers and scanners.
#[test]
fn a_method_that_nobody_knows_is_a_501_however_long_it_is() {
    for length in [10, 200, 400, 600, 5000] {
        let request = format!("{} / HTTP/1.1\r\nHost: a\r\n\r\n", "X".repeat(length));
        let answer = ask(site(ROUTES), &mut App::default(), &request);
        assert_eq!(status_of(&answer), 501, "{length}");
    }
    let request = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(5000));
    assert_eq!(status(&request), 414);
    let request = format!("({} / HTTP/1.1\r\nHost: a\r\n\r\n", "X".repeat(5000));
    assert_eq!(status(&request), 400);
}

/// What would be another host to a proxy in front, or to the handler behind.
#[test]
fn hosts_are_those_of_the_grammar() {
    let good = [
        "",
        "a",
        "a:",
        "a:80",
        "192.168.4.1:8080",
        "[::1]",
        "[fe80::1:2]:80",
        "my_board.local",
        "A-B.example",
        "%E5%85%89",
    ];
    for host in good {
        assert_eq!(status(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")), 200, "{host}");
    }
    let bad = [
        ":80",
        "a:b",
        "a:80:80",
        "a:65536",
        "a:-1",
        "a b",
        "a,b",
        "a, a",
        "me@a",
        "a/",
        "a/b",
        "a?b",
        "a#b",
        "http://a",
        "\"a\"",
        "a\"",
        "a\\b",
        "<a>",
        "[",
        "[]",
        "[::1",
        "::1",
        "[::1]8",
        "[::1]:b",
        "[a.b]",
        "[1:2]",
        "a]",
        "a%",
        "a%zz",
        "光.local",
        "a\tb",
    ];
    for host in bad {
        assert_eq!(status(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")), 400, "{host}");
        assert_eq!(status(&format!("GET / HTTP/1.0\r\nHost: {host}\r\n\r\n")), 400, "{host}");
    }
    let table = [
        ("HTTP/1.1\r\n", 400),
        ("HTTP/1.0\r\nConnection: close\r\n", 200),
        ("HTTP/1.1\r\nHost: a\r\nHost: a\r\n", 400),
        ("HTTP/1.1\r\nHost: a\r\nHost:\r\n", 400),
        ("HTTP/1.0\r\nHost: a\r\nhost: b\r\n", 400),
    ];
    for (rest, expected) in table {
        let answer = ask(site(ROUTES), &mut App::default(), &format!("GET / {rest}\r\n"));
        assert_eq!(status_of(&answer), expected, "{rest}");
        let absolute = format!("GET http://a/ {rest}\r\n");
        let answer = ask(site(ROUTES), &mut App::default(), &absolute);
        assert_eq!(status_of(&answer), expected, "{rest}");
    }
}

/// A handler that guards against DNS rebinding, or answers to several names.
#[test]
fn the_host_that_counts_can_be_asked_for() {
    let table = [
        ("GET /host HTTP/1.1\r\nHost: board.local:8080\r\n", "board.local:8080"),
        ("GET http://real:81/host HTTP/1.1\r\nHost: other\r\n", "real:81"),
        ("GET http://[::1]/host?a=http://b HTTP/1.1\r\nHost:\r\n", "[::1]"),
        ("GET /host HTTP/1.1\r\nHost:\r\n", ""),
        ("GET /host HTTP/1.0\r\n", "none"),
    ];
    for (head, host) in table {
        let answer = ask(site(ROUTES), &mut App::default(), &format!("{head}\r\n"));
        assert!(answer.ends_with(&format!("\r\n\r\n{host}")), "{head}: {answer}");
    }
    // It gives way to headers that are wanted, unless it is one.
    let late = format!(
        "GET /host HTTP/1.1\r\n{}Host: board\r\n\r\n",
        "X-Padding: 0123456789\r\n".repeat(40)
    );
    assert!(ask(site(ROUTES), &mut App::default(), &late).ends_with("none"));
    assert!(ask(site(ROUTES).want(&["Host"]), &mut App::default(), &late).ends_with("board"));
}
