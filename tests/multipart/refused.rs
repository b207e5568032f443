//! What is no form, or has no room.

use nal_http::testing::TestClient;

use crate::browsers::CHROMIUM;
use crate::{App, SITE, post};

/// What a site answers to a request, and what was noted of it.
fn answer(request: &str) -> (String, String) {
    let mut app = App::new(0);
    let answer = TestClient::new(SITE).send_bytes(&mut app, request.as_bytes());
    (String::from_utf8(answer).unwrap(), app.notes)
}

#[test]
fn what_is_no_such_form_is_refused() {
    const TYPE: &str = "multipart/form-data; boundary=x";
    const HEAD: &str = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
    let long = format!("{HEAD}{}\r\n--x--\r\n", "a".repeat(600));
    let parts = HEAD.repeat(65);
    for (content_type, body, status, sentence) in [
        ("text/plain", "", 415, "a body has to be multipart/form-data here"),
        ("multipart/form-data", "--", 400, "Content-Type has no boundary"),
        (TYPE, "", 400, "the body ends before the last boundary"),
        (TYPE, HEAD, 400, "the body ends before the last boundary"),
        (TYPE, "--x\r\nContent-Type: a/b\r\n\r\n", 400, "a part needs one Content-Disposition"),
        (TYPE, "--xy", 400, "a line of the body goes on behind the boundary"),
        // The value of a field is wanted whole, and there is no room.
        (TYPE, &long, 413, "body does not fit into the room"),
        (TYPE, &parts, 413, "the form has more parts than are allowed here"),
    ] {
        let (answer, notes) = answer(&post("/notes", content_type, body, body.len()));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains(sentence) && notes.contains(sentence), "{answer}");
    }
    // It is told before it sends the body.
    let request = post("/notes", "text/plain", "", 9000);
    let request = request.replace("Host: a", "Host: a\r\nExpect: 100-continue");
    let (answer, _) = answer(&request);
    assert!(
        answer.starts_with("HTTP/1.1 415 ") && answer.contains("Accept: multipart/form-data\r\n")
    );
}

#[test]
fn a_type_that_had_no_room_is_told() {
    let content_type = format!("{}; x=\"{}\"", CHROMIUM.0, "x".repeat(60));
    for target in ["/any", "/notes"] {
        let request = post(target, &content_type, CHROMIUM.1, CHROMIUM.1.len());
        let (slot, mut app) = (256, App::new(0));
        let answer = TestClient::new(SITE).slot(slot).send_bytes(&mut app, request.as_bytes());
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 431 "), "{target}: {answer}");
    }
}
