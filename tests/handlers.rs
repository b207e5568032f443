//! The ten handlers of `examples/handlers.rs`, asked without a network.

use nal_http::client::Request;
use nal_http::server::Connection;
use nal_http::testing::{TestClient, TestResponse};
use nal_http::wire::Method;
use sha2::{Digest, Sha256};

#[expect(dead_code, reason = "its `main` serves them on a port")]
#[path = "../examples/handlers.rs"]
mod example;

use example::{App, SITE, State};

fn client() -> TestClient<App, State> {
    TestClient::new(SITE)
}

fn ask(method: Method<'_>, target: &str, header: (&str, &str), body: &str) -> TestResponse {
    let url = format!("http://test{target}");
    let request = Request::new(method, &url).header(header.0, header.1).data(body);
    client().send(&mut App::default(), &request)
}

fn got(response: &TestResponse) -> (u16, &str) {
    (response.status_code, response.text())
}

#[test]
fn hello() {
    let response = client().get(&mut App::default(), "/");
    assert_eq!(got(&response), (200, "Hello, world!\n"));
}

#[test]
fn json() {
    let post = |body| ask(Method::POST, "/json", ("Content-Type", "application/json"), body);
    let response = post(r#"{"name":"x","level":3}"#);
    assert_eq!(got(&response), (200, r#"{"ok":true,"level":4}"#));
    assert_eq!(response.header("Content-Type"), Some("application/json"));
    for (body, word) in
        [(r#"{"name":"x"}"#, "level"), (r#"{"level":"much"}"#, "level"), (r#"{"name""#, "JSON")]
    {
        let response = post(body);
        assert!(response.status_code == 400 && response.text().contains(word), "{response}");
    }
}

#[test]
fn form() {
    let post = |form: &str| client().post(&mut App::default(), "/form", form);
    assert_eq!(got(&post("city=S%C3%A3o+Paulo&unit=fahrenheit")), (200, "São Paulo: 68 F\n"));
    assert_eq!(got(&post("city=a&unit=celsius")), (200, "a: 20 C\n"));
    for (form, status, word) in [
        ("city=a&unit=kelvin", 400, "unit"),
        ("city=a", 422, "unit"),
        ("unit=celsius", 422, "city"),
    ] {
        let response = post(form);
        assert_eq!(response.status_code, status, "{response}");
        assert!(response.text().contains(word), "{response}");
    }
}

#[test]
fn auth() {
    let get = |value| ask(Method::GET, "/private", ("Authorization", value), "");
    assert_eq!(got(&get("Basic YWRtaW46c2VjcmV0")), (200, "welcome\n"));
    for value in ["Basic YWRtaW46c2VjcmV1", "Basic !", "Bearer a", "Basic ywrTAw46C2vJCMv0"] {
        let response = get(value);
        assert_eq!(response.status_code, 401);
        assert_eq!(response.header("WWW-Authenticate"), Some("Basic realm=\"board\""));
    }
}

#[test]
fn csv() {
    for slot in [256, 1024, 65_536] {
        let response = client().slot(slot).get(&mut App::default(), "/log.csv");
        let expected: String = (0..10_000).map(|n| format!("{n},{}\n", n * 7 % 100)).collect();
        assert!(response.is_complete && response.text() == expected, "{slot}");
    }
}

#[test]
fn upload() {
    let body = "x".repeat(100_000);
    for length in [0, 5, body.len()] {
        let body = &body[..length];
        let hash = format!("{:x}\n", Sha256::digest(body));
        let response = ask(Method::POST, "/upload", ("A", "b"), body);
        assert_eq!(got(&response), (200, hash.as_str()));
        let bytes =
            format!("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}");
        for step in [7, 1000] {
            let answer = client().send_pieces(&mut App::default(), bytes.as_bytes().chunks(step));
            assert!(answer.ends_with(hash.as_bytes()), "{}", answer.escape_ascii());
        }
    }
}

#[test]
fn echo() {
    let body = "0123456789".repeat(10_000);
    let response = ask(Method::POST, "/echo", ("A", "b"), &body);
    assert!(response.status_code == 200 && response.text() == body);
}

#[test]
fn poll() {
    let mut app = App::default();
    let response = client().wait(30_000).get(&mut app, "/poll");
    assert_eq!(got(&response), (204, ""));
    assert_eq!(client().put(&mut app, "/value", "7").status_code, 204);
    assert_eq!(client().put(&mut app, "/value", "much").status_code, 400);
}

#[test]
fn events() {
    let mut app = App::default();
    let response = client().wait(2_500).get(&mut app, "/events");
    assert_eq!(got(&response), (200, "data: 1\n\ndata: 2\n\ndata: 3\n\n"));
    assert!(!response.is_complete, "the client has left");
    assert_eq!(got(&client().get(&mut app, "/listeners")), (200, "0\n"));
}

#[test]
fn sensor() {
    let mut app = App::default();
    assert_eq!(got(&client().get(&mut app, "/sensor")), (200, "421\n"));
    // Who leaves before it has measured leaves no lock behind.
    let answer =
        client().wait(700).send_bytes(&mut app, b"GET /sensor HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(answer, b"");
    assert_eq!(got(&client().get(&mut app, "/sensor")), (200, "421\n"));
}

/// What the handlers remember lies in the connection.
#[test]
fn the_state_is_a_part_of_the_connection() {
    let state = size_of::<State>();
    let connection = size_of::<Connection<App, State>>();
    assert!(connection <= size_of::<Connection<App>>() + state + align_of::<State>());
}
