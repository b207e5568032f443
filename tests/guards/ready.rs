//! Who is let pass by what is ready-made.

use nal_http::client::Request as Outgoing;
use nal_http::server::{Route, Site, guards};
use nal_http::testing::{TestClient, TestResponse};
use nal_http::wire::Method;

const SITE: Site<()> = Site::new(&[
    Route::get("/basic", |(), request, reply| {
        guards::basic(request, "admin", "光:x", "Basic realm=\"b\"")?;
        reply.text("in")
    }),
    Route::get("/colon", |(), request, reply| {
        guards::basic(request, "ad:min", "x", "Basic realm=\"b\"")?;
        reply.text("in")
    }),
    Route::get("/bearer", |(), request, reply| {
        guards::bearer(request, "s3cret-._~+/", "Bearer realm=\"b\"")?;
        reply.text("in")
    }),
    Route::get("/empty", |(), request, reply| {
        guards::bearer(request, "", "Bearer realm=\"b\"")?;
        reply.text("in")
    }),
    Route::get("/host", |(), request, reply| {
        guards::host(request, &["board.local", "192.168.4.1", "[fe80::1]"])?;
        reply.text("in")
    }),
])
.want(&["Host", "Authorization"])
.map_response(guards::secure_headers);

fn get(target: &str, value: &str) -> TestResponse {
    let url = format!("http://test{target}");
    let request = Outgoing::new(Method::GET, &url).header("Authorization", value);
    TestClient::new(SITE).send(&mut (), &request)
}

#[test]
fn basic_and_bearer() {
    for (target, value, is_in) in [
        ("/basic", "Basic YWRtaW465YWJOng=", true),
        ("/basic", "basic  YWRtaW465YWJOng= ", true),
        ("/basic", "Basic YWRtaW465YWJOng", true),
        ("/basic", "Basic YWRtaW465YWJOng==", false),
        ("/basic", "Basic YWRtaW465YWJOnh=", false),
        ("/basic", "Basic ywrtaw465ywjong=", false),
        ("/basic", "Basic YWRtaW465YWJ", false),
        ("/basic", "Basic YWRtaW465YWJOngA", false),
        ("/basic", "Basic ====", false),
        ("/basic", "Basic", false),
        ("/basic", "Basic ", false),
        ("/basic", "", false),
        ("/basic", "Bearer YWRtaW465YWJOng=", false),
        ("/colon", "Basic YWQ6bWluOng=", false),
        ("/bearer", "Bearer s3cret-._~+/", true),
        ("/bearer", "BEARER s3cret-._~+/", true),
        ("/bearer", "Bearer s3cret-._~+", false),
        ("/bearer", "Bearer s3cret-._~+/a", false),
        ("/bearer", "Bearer S3cret-._~+/", false),
        ("/bearer", "Bearer", false),
        ("/empty", "Bearer ", false),
        ("/empty", "Bearer", false),
    ] {
        let response = get(target, value);
        assert_eq!(response.status_code, if is_in { 200 } else { 401 }, "{target} {value}");
        assert_eq!(response.header("WWW-Authenticate").is_some(), !is_in, "{response}");
    }
}

/// What browsers send: of a page that came by an address, by a name, and by one that was rebound.
#[test]
fn hosts() {
    let status = |head: &str| {
        let answer = TestClient::new(SITE).send_bytes(&mut (), head.as_bytes());
        String::from_utf8(answer).unwrap()[9..12].to_owned()
    };
    for (host, expected) in [
        ("board.local", "200"),
        ("Board.LOCAL.", "200"),
        ("board.local:8080", "200"),
        ("192.168.4.1", "200"),
        ("[fe80::1]:80", "200"),
        ("evil.example", "421"),
        ("board.local.evil.example", "421"),
        ("evilboard.local", "421"),
        ("192.168.4.10", "421"),
        ("[fe80::2]", "421"),
        ("", "421"),
    ] {
        assert_eq!(
            status(&format!("GET /host HTTP/1.1\r\nHost: {host}\r\n\r\n")),
            expected,
            "{host}"
        );
    }
    assert_eq!(status("GET /host HTTP/1.0\r\n\r\n"), "421", "no host is none of ours");
    let whole = "GET http://evil.example/host HTTP/1.1\r\nHost: board.local\r\n\r\n";
    assert_eq!(status(whole), "421", "the target is what counts");
}

#[test]
fn all_answers_have_the_headers_for_security() {
    for target in ["/bearer", "/nowhere"] {
        let response = get(target, "Bearer s3cret-._~+/");
        assert_eq!(response.header("X-Content-Type-Options"), Some("nosniff"), "{response}");
        assert!(response.header("Content-Security-Policy").unwrap().contains("frame-ancestors"));
    }
}
