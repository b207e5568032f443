//! JSON as other programs write it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use nal_http::client::{Client, Error, JsonProblem, Request, RequestError, ResponseError};
use nal_http::server::{Answer, Reply, Route};
use nal_http::testing::{ScriptStack, TestClient, Ticks};
use nal_http::wire::Method;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

const URL: &str = "http://mpython.cn/weather";

/// What a client takes out of this body, in a buffer that it just fits into.
fn received<T: DeserializeOwned>(body: &[u8]) -> Result<T, ResponseError> {
    let mut stack = ScriptStack::new();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    stack.answers([(&[head.as_bytes(), body].concat()).into()]);
    let mut buffer = vec![0; (head.len() + body.len()).max(128)];
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let mut response = client.get(URL).send(&mut buffer).unwrap();
    response.json().map_err(|error| match error {
        Error::Response(error) => error,
        other => panic!("{other}"),
    })
}

#[derive(Debug, PartialEq, Deserialize)]
struct Weather<'a> {
    city: &'a str,
    temp: f32,
}

/// Python's `json.dumps` escapes all that is not ASCII, as `requests`, Flask and Django send it.
#[test]
fn text_that_python_has_escaped_is_the_text() {
    let mut stack = ScriptStack::new();
    let body = r#"{"city":"\u6df1\u5733 \ud83c\udf24","temp":25.5}"#;
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stack.answers([answer.as_str().into()]);
    let mut buffer = [0; 200];
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let mut response = client.get(URL).send(&mut buffer).unwrap();
    let weather: Weather<'_> = response.json().unwrap();
    assert_eq!(weather, Weather { city: "深圳 🌤", temp: 25.5 });
}

/// PHP's `json_encode` escapes `/`, and each writer a quote; owned and borrowed text is the same.
#[test]
fn short_escapes_are_undone_in_owned_text_too() {
    let body = br#"{"path\u002fa":"http:\/\/a\/b","\u540d":"say \"hi\"\n\t\\"}"#;
    let texts: BTreeMap<String, String> = received(body).unwrap();
    assert_eq!(texts["path/a"], "http://a/b");
    assert_eq!(texts["名"], "say \"hi\"\n\t\\");
}

/// A name that a strict writer has escaped is found all the same.
#[test]
fn an_escaped_name_is_the_field() {
    let body = br#"{"\u0063ity":"a","te\u006dp":1}"#;
    let body: &'static [u8] = body;
    assert_eq!(received::<Owned>(body), Ok(Owned { city: "a".into(), temp: 1.0 }));
}

#[derive(Debug, PartialEq, Deserialize)]
struct Owned {
    city: String,
    temp: f32,
}

/// .NET and PowerShell put a byte order mark in front; RFC 8259 section 8.1 lets it pass.
#[test]
fn a_byte_order_mark_is_let_pass() {
    assert_eq!(received::<u8>("\u{feff} 7 ".as_bytes()), Ok(7));
}

/// Sensors that fail send `null`, JavaScript `NaN` or too large numbers; some logs end in garbage.
#[test]
fn what_is_not_asked_for_is_an_error_with_its_place() {
    for (body, sentence) in [
        (r#"{"city":"a","temp":null}"#, "at byte 19, field `temp`: the value is of another type"),
        (r#"{"city":"a","temp":NaN}"#, "at byte 19, field `temp`: this is not JSON"),
        (r#"{"city":"a","temp":1e99}"#, "at byte 19, field `temp`: the number is out of range"),
        (r#"{"city":"a"}"#, "at byte 11, field `temp`: the field is missing"),
        (r#"{"city":"a","temp":1}}"#, "at byte 21: this is not JSON"),
        (
            r#"{"city":"\ud83c","temp":1}"#,
            "at byte 9, field `city`: the string has an escape or bytes that are no text",
        ),
        (r#"{"city":"a","#, "at byte 12: it ends too early"),
        ("<html>busy</html>", "at byte 0: this is not JSON"),
    ] {
        let error = received::<Owned>(body.as_bytes()).unwrap_err().to_string();
        let expected = format!("response body is not the JSON that was asked for: {sentence}");
        assert_eq!(error, expected, "{body}");
    }
}

/// Fuzzers, and people with bad intentions: a stack of 8 KiB must not be filled by a body.
#[test]
fn nesting_is_bounded_on_both_sides() {
    let body = format!("{{\"other\":{}", "[".repeat(300));
    let Err(ResponseError::Json(error)) = received::<Owned>(body.as_bytes()) else { panic!() };
    assert_eq!((error.position, error.problem), (40, JsonProblem::Depth));
    let answer = post(&body);
    assert_eq!(
        (answer.0, answer.1.contains("nested more than 32 deep")),
        (400, true),
        "{}",
        answer.1
    );
}

#[derive(Default)]
struct Board {
    password: String,
}

#[derive(Serialize, Deserialize)]
struct Wifi<'a> {
    name: &'a str,
    password: &'a str,
    channel: Option<u8>,
}

/// The settings page of a board: borrows from the body while it answers.
fn store(
    board: &mut Board,
    request: &mut nal_http::server::Request<'_>,
    reply: &mut Reply<'_>,
) -> Answer {
    let wifi: Wifi<'_> = request.json()?;
    board.password = wifi.password.into();
    reply.json(&wifi)
}

/// Behind the body was looked at.
fn store_late(
    _: &mut Board,
    request: &mut nal_http::server::Request<'_>,
    reply: &mut Reply<'_>,
) -> Answer {
    assert!(!request.text()?.is_empty());
    let wifi: Wifi<'_> = request.json()?;
    reply.json(&wifi)
}

/// What a handler that takes it as JSON answers, and the password that it has stored.
fn post(body: &str) -> (u16, String, String) {
    let routes = const { &[Route::post("/wifi", store), Route::post("/late", store_late)] };
    let mut board = Board::default();
    let request = Request::new(Method::POST, "http://test/wifi")
        .header("Content-Type", "application/json")
        .data(body);
    let answer = TestClient::new(&routes[..]).send(&mut board, &request);
    (answer.status_code, answer.text().to_owned(), board.password)
}

/// A password with a quote and a backslash, as `JSON.stringify` of a browser escapes it.
#[test]
fn a_password_that_a_browser_has_escaped_is_stored_as_it_is() {
    let (status, text, password) =
        post(r#"{"name":"\u638c\u63a7\u677f","password":"a\"b\\c","channel":null}"#);
    assert_eq!((status, password.as_str()), (200, "a\"b\\c"));
    assert_eq!(text, r#"{"name":"掌控板","password":"a\"b\\c","channel":null}"#);
}

/// A phone's app of another version: it reads which field it was.
#[test]
fn the_client_of_a_server_reads_what_was_wrong() {
    for (body, sentence) in [
        (r#"{"name":"a"}"#, "at byte 11, field `password`: the field is missing"),
        (
            r#"{"name":"a","password":7}"#,
            "at byte 23, field `password`: the value is of another type",
        ),
        (
            r#"{"name":"a","password":"b","channel":256}"#,
            "at byte 37, field `channel`: the number is out of range",
        ),
        ("", "at byte 0: it ends too early"),
    ] {
        let expected = format!("body is not the JSON that is needed here: {sentence}");
        let (status, text, password) = post(body);
        assert_eq!(
            (status, text.trim_end(), password.as_str()),
            (400, expected.as_str(), ""),
            "{body}"
        );
    }
}

/// A handler that logs the body first: it is told in the first try what is wrong, whatever the body is.
#[test]
fn a_body_that_was_looked_at_cannot_be_taken() {
    let routes = const { &[Route::post("/late", store_late)] };
    let request = Request::new(Method::POST, "http://test/late")
        .header("Content-Type", "application/json")
        .data("{}");
    assert_eq!(TestClient::new(&routes[..]).send(&mut Board::default(), &request).status_code, 500);
}

/// A program that reads a line of JSON and writes it again, as it would write it.
struct Peer {
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    input: std::process::ChildStdin,
    child: std::process::Child,
}

impl Peer {
    fn start(program: &str, script: &str) -> Option<Self> {
        let flag = if program == "node" { "-e" } else { "-c" };
        let mut command = Command::new(program);
        command.args([flag, script]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let Ok(mut child) = command.spawn() else {
            assert!(std::env::var_os("NAL_HTTP_NO_SKIP").is_none(), "this needs {program}");
            eprintln!("SKIPPED: {program} is not installed");
            return None;
        };
        let lines = BufReader::new(child.stdout.take()?).lines();
        Some(Self { lines, input: child.stdin.take()?, child })
    }

    fn write_again(&mut self, text: &str) -> String {
        writeln!(self.input, "{text}").unwrap();
        self.lines.next().unwrap().unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Reading {
    place: String,
    by_name: BTreeMap<String, Vec<i32>>,
    celsius: Option<f32>,
    is_fresh: bool,
    letter: char,
}

prop_compose! {
    fn reading()(
        place in any::<String>(), names in prop::collection::btree_map(any::<String>(), prop::collection::vec(any::<i32>(), 0..3), 0..3),
        celsius in prop::option::of(-1.0e6_f32..1.0e6), is_fresh in any::<bool>(), letter in any::<char>(),
    ) -> Reading {
        Reading { place, by_name: names, celsius, is_fresh, letter }
    }
}

/// The body that a client sends for a value.
fn sent<T: Serialize>(value: &T) -> String {
    let mut buffer = vec![0; 64 * 1024];
    let request = Request::new(Method::POST, URL).json(value);
    let mut stack = ScriptStack::new();
    stack.answers([b"HTTP/1.1 204 No Content\r\n\r\n".into()]);
    let mut call = request.start(&mut buffer).unwrap();
    while call.poll(&mut stack, 0).is_err() {}
    let message = String::from_utf8(stack.sent(0).to_vec()).unwrap();
    message.split_once("\r\n\r\n").unwrap().1.to_owned()
}

fn comes_back_from(program: &str, script: &str) {
    let Some(peer) = Peer::start(program, script) else { return };
    let peer = RefCell::new(peer);
    TestRunner::default()
        .run(&reading(), |value| {
            let text = peer.borrow_mut().write_again(&sent(&value));
            prop_assert_eq!(received::<Reading>(text.as_bytes()), Ok(value), "{}", text);
            Ok(())
        })
        .unwrap();
}

/// `json.dumps`, with `\u` for all that is not ASCII.
#[test]
fn any_value_comes_back_from_python() {
    comes_back_from(
        "python3",
        "import sys, json\nfor line in sys.stdin.buffer: print(json.dumps(json.loads(line)), flush=True)",
    );
}

/// `JSON.stringify`, as browsers have it, with text as it is.
#[test]
fn any_value_comes_back_from_node() {
    comes_back_from(
        "node",
        "let rest = '';
        process.stdin.setEncoding('utf8').on('data', (data) => {
            const lines = (rest + data).split('\\n');
            rest = lines.pop();
            for (const line of lines) console.log(JSON.stringify(JSON.parse(line)));
        });",
    );
}

/// What cannot be a number in JSON is `null`, as in JavaScript; and controls are escaped, as RFC 8259 demands.
#[test]
fn what_is_written_is_json() {
    assert_eq!(sent(&[f32::NAN, f32::INFINITY, 1.5]), "[null,null,1.5]");
    assert_eq!(sent(&"a\"\\\n\u{1}\u{7f}\u{2028}/光"), "\"a\\\"\\\\\\n\\u0001\u{7f}\u{2028}/光\"");
}

/// A relative URL stands at the end of the buffer, and counts.
#[test]
fn the_room_that_json_needs_is_enough_beside_a_relative_url() {
    let value = "x".repeat(200);
    let mut size = 200;
    for attempt in 0..4 {
        let mut stack = ScriptStack::new();
        stack.answers([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".into()]);
        let mut client = Client::new(&mut stack, Ticks::every(1)).base_url("http://mpython.cn/a/");
        let mut buffer = vec![0; size];
        let request = client.post("weather/of/a/longer/name").json(&value);
        let need = match request.send(&mut buffer) {
            Ok(_) => {
                assert!(attempt > 0);
                return;
            }
            Err(Error::Request(RequestError::HeadTooLong(room))) => room.need,
            Err(Error::Request(RequestError::JsonTooLong(room))) => {
                assert_eq!(room.have, size);
                // Exactly that is enough.
                assert!(size < room.need && room.need < size + 300);
                room.need
            }
            Err(error) => panic!("{error}"),
        };
        size = need;
    }
    panic!("{size} bytes were to be enough");
}
