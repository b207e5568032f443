//! A body is what it says it is, or 415.

use nal_http::client::Request;
use nal_http::server::{Route, Site};
use nal_http::testing::{TestClient, TestResponse};
use nal_http::wire::Method;

const SITE: Site<()> = Site::new(&[
    Route::post("/json", |(), request, reply| {
        let level: u8 = request.json()?;
        reply.json(&level)
    }),
    Route::post("/json/level", |(), request, reply| {
        let level: u8 = request.json_as("level")?;
        reply.json(&level)
    }),
    Route::post("/json/any", |(), request, reply| {
        let level: u8 = request.any_type().json()?;
        reply.json(&level)
    }),
    Route::post("/json/any/level", |(), request, reply| {
        let level: u8 = request.any_type().json_as("level")?;
        reply.json(&level)
    }),
    Route::post("/form", |(), request, reply| {
        let level: u8 = request.form_as("level")?;
        reply.json(&level)
    }),
    Route::post("/form/any", |(), request, reply| {
        let level: u8 = request.any_type().form_as("level")?;
        reply.json(&level)
    }),
]);

fn post(target: &str, content_type: Option<&str>, body: &str) -> TestResponse {
    let url = format!("http://test{target}");
    let mut request = Request::new(Method::POST, &url);
    if let Some(content_type) = content_type {
        request = request.header("Content-Type", content_type);
    }
    TestClient::new(SITE).send(&mut (), &request.data(body))
}

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn json_says_that_it_is_json() {
    for (content_type, status) in [
        (Some("application/json"), 200),
        (Some("Application/JSON;charset=utf-8"), 200),
        (Some("application/json ; charset=utf-8"), 200),
        (Some("application/problem+json"), 200),
        (Some("application/vnd.api+JSON; a=b"), 200),
        // What a page of another origin can have a browser send unasked.
        (Some("text/plain"), 415),
        (Some("text/plain;charset=UTF-8"), 415),
        (Some("text/plain; application/json"), 415),
        (Some("text/plain; a=b+json"), 415),
        (Some(FORM), 415),
        (Some("multipart/form-data; boundary=+json"), 415),
        (None, 415),
        (Some(""), 415),
        (Some("application/jsonp"), 415),
        (Some("application/json, text/plain"), 415),
    ] {
        for (target, body) in [("/json", "7"), ("/json/level", r#"{"level":7}"#)] {
            let response = post(target, content_type, body);
            assert_eq!(response.status_code, status, "{target} {content_type:?} {response}");
            let accept = (status == 415).then_some("application/json");
            assert_eq!(response.header("Accept"), accept, "{response}");
        }
    }
}

#[test]
fn a_form_says_that_it_is_a_form() {
    for (content_type, status) in [
        (Some(FORM), 200),
        (Some("application/X-WWW-form-urlencoded; charset=utf-8"), 200),
        (Some("text/plain"), 415),
        (Some("application/json"), 415),
        (None, 415),
    ] {
        let response = post("/form", content_type, "level=7");
        assert_eq!(response.status_code, status, "{content_type:?} {response}");
        assert_eq!(response.header("Accept"), (status == 415).then_some(FORM), "{response}");
    }
}

#[test]
fn a_handler_can_take_any_type() {
    for content_type in [None, Some("text/plain"), Some(FORM)] {
        assert_eq!(post("/json/any", content_type, "7").text(), "7");
        assert_eq!(post("/json/any/level", content_type, r#"{"level":7}"#).text(), "7");
        assert_eq!(post("/form/any", content_type, "level=7").text(), "7");
    }
}

/// Chrome has 600 bytes of headers in front of it, and a small slot drops most of them.
#[test]
fn the_type_of_json_is_kept_where_there_is_little_room() {
    let send = |slot, headers: &str| {
        let head = format!("POST /json HTTP/1.1\r\nHost: a\r\n{headers}Content-Length: 1\r\n\r\n7");
        let answer = TestClient::new(SITE).slot(slot).send_bytes(&mut (), head.as_bytes());
        String::from_utf8(answer).unwrap()[9..12].to_owned()
    };
    let long = format!("User-Agent: {}\r\nA: {}\r\n", "a".repeat(80), "b".repeat(400));
    let json = "Content-Type: application/json\r\n";
    assert_eq!(send(256, &format!("{long}{json}")), "200");
    assert_eq!(send(512, &format!("{long}{json}")), "200");
    assert_eq!(send(512, &long), "431", "nobody knows whether it was JSON");
    let parameter = format!("Content-Type: application/json; a={}\r\n", "b".repeat(300));
    assert_eq!(send(512, &parameter), "431");
}

/// A `TestClient` says what it is told to, once, in place of what it sends else.
#[test]
fn a_client_that_is_told_what_to_say() {
    let client = TestClient::new(SITE).header("content-type", "text/plain");
    let mut client = client.header("Content-Type", "application/json");
    assert_eq!(client.post(&mut (), "/json", "7").text(), "7");
    assert_eq!(client.post(&mut (), "/form", "level=7").status_code, 415);
}
