//! What browsers send of pages of other origins, and what they look for in the answer.

use nal_http::server::guards::Cors;
use nal_http::server::{Route, Site};
use nal_http::testing::TestClient;

use crate::groups;

const ONE: Cors = Cors {
    origins: &["https://a.example", "http://localhost:3000"],
    methods: "GET, PUT",
    headers: "Content-Type",
    max_age_s: 600,
    with_credentials: true,
};
const ANY: Cors = Cors { origins: &["*"], ..ONE };

const ROUTES: &[Route<()>] = &[
    Route::get("/light", |(), _, reply| reply.text("301")),
    Route::put("/light", |(), _, reply| reply.no_content()),
];
const WANTED: &[&str] = &["Origin", "Access-Control-Request-Method"];

fn ask(cors_of_any: bool, method: &str, target: &str, headers: &str) -> String {
    let site = Site::new(ROUTES).want(WANTED);
    let site = if cors_of_any {
        site.map_response(|(), request, reply| ANY.apply(request, reply))
    } else {
        site.map_response(|(), request, reply| ONE.apply(request, reply))
    };
    let text = format!("{method} {target} HTTP/1.1\r\nHost: board.local\r\n{headers}\r\n");
    String::from_utf8(TestClient::new(site).send_bytes(&mut (), text.as_bytes())).unwrap()
}

/// Chromium's, for `fetch(url, { method: "PUT", headers: { "Content-Type": "application/json" } })`.
const PREFLIGHT: &str = "Connection: keep-alive\r\nAccept: */*\r\nAccess-Control-Request-Method: PUT\r\n\
    Access-Control-Request-Headers: content-type\r\nOrigin: https://a.example\r\nSec-Fetch-Mode: cors\r\n\
    Sec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: empty\r\nReferer: https://a.example/\r\n";

#[test]
fn a_preflight_is_told_what_its_origin_may() {
    let answer = ask(false, "OPTIONS", "/light", PREFLIGHT);
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    for line in [
        "Vary: Origin\r\n",
        "Access-Control-Allow-Origin: https://a.example\r\n",
        "Access-Control-Allow-Credentials: true\r\n",
        "Access-Control-Allow-Methods: GET, PUT\r\n",
        "Access-Control-Allow-Headers: Content-Type\r\n",
        "Access-Control-Max-Age: 600\r\n",
        "Allow: GET, HEAD, PUT\r\n",
    ] {
        assert_eq!(answer.matches(line).count(), 1, "{line} {answer}");
    }
    let unknown = ask(false, "OPTIONS", "/nowhere", PREFLIGHT);
    assert!(unknown.starts_with("HTTP/1.1 404"), "a browser goes no further: {unknown}");
}

#[test]
fn another_origin_is_told_nothing() {
    for origin in [
        "https://evil.example",
        "https://a.example.evil.example",
        "https://a.example:444",
        "http://a.example",
        "https://A.example",
        "null",
        "*",
        "",
    ] {
        for method in ["OPTIONS", "GET", "PUT"] {
            let headers =
                PREFLIGHT.replace("Origin: https://a.example", &format!("Origin: {origin}"));
            let answer = ask(false, method, "/light", &headers);
            assert!(!answer.contains("Access-Control-"), "{origin} {answer}");
            assert!(answer.contains("Vary: Origin\r\n"), "{answer}");
        }
    }
}

#[test]
fn the_answer_itself_says_who_may_read_it() {
    for target in ["/light", "/nowhere"] {
        let answer = ask(false, "GET", target, "Origin: http://localhost:3000\r\n");
        assert!(
            answer.contains("Access-Control-Allow-Origin: http://localhost:3000\r\n"),
            "{answer}"
        );
        assert!(!answer.contains("Allow-Methods"), "{answer}");
    }
    assert!(!ask(false, "GET", "/light", "").contains("Access-Control-"), "no page has asked");
    let plain = ask(false, "OPTIONS", "/light", "Origin: https://a.example\r\n");
    assert!(!plain.contains("Allow-Methods"), "this is no preflight: {plain}");
}

#[test]
fn any_origin_never_has_credentials() {
    let answer = ask(true, "OPTIONS", "/light", PREFLIGHT);
    assert!(answer.contains("Access-Control-Allow-Origin: *\r\n"), "{answer}");
    assert!(!answer.contains("Credentials") && !answer.contains("Vary"), "{answer}");
}

/// CORS as `map_response`, an authentication as guard: the preflight passes, and so does what follows it.
#[test]
fn a_preflight_passes_before_an_authentication() {
    const CORS: Cors = Cors {
        origins: &["https://a.example"],
        methods: "GET, PUT",
        headers: "Authorization",
        max_age_s: 600,
        with_credentials: false,
    };
    let site = || {
        Site::new(groups::ROUTES)
            .want(&["Authorization", "Origin", "Access-Control-Request-Method"])
            .map_response(|_, request, reply| CORS.apply(request, reply))
    };
    let origin = "Origin: https://a.example\r\n";
    let preflight = format!("{origin}Access-Control-Request-Method: PUT\r\n");
    let answer = groups::ask(site(), "OPTIONS", "/api/light", &preflight);
    assert_eq!(groups::status(&answer), "204", "{answer}");
    assert_eq!(groups::header(&answer, "Access-Control-Allow-Headers"), Some("Authorization"));
    for (key, expected) in [("", "401"), (groups::KEY, "204")] {
        let answer = groups::ask(site(), "PUT", "/api/light", &format!("{origin}{key}"));
        assert_eq!(groups::status(&answer), expected, "{answer}");
        let allowed = groups::header(&answer, "Access-Control-Allow-Origin");
        assert_eq!(allowed, Some("https://a.example"), "the page may read why");
    }
}
