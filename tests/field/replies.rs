//! Mistakes of handlers and producers: each is told, and none makes a message that is not HTTP.

use nal_http::server::{Failure, Flow, Route, Stream};
use nal_http::wire::Status;

use crate::site::{App, ask, header, site, status_of};

const ROUTES: &[Route<App>] = &[
    Route::get("/type", |_, _, reply| {
        reply.header("content-type", "application/problem+json").text("{}")
    }),
    Route::get("/type/write", |_, _, reply| {
        reply.header("Content-Type", "text/csv").write("text/plain", |body| body.str("a,b"))
    }),
    Route::get("/type/stream", |_, _, reply| {
        reply.header("Content-Type", "text/csv").stream("text/plain", done)
    }),
    Route::get("/types", |_, _, reply| {
        reply.header("Content-Type", "a/b").header("content-Type", "c/d").text("")
    }),
    Route::get("/locations", |_, _, reply| {
        let reply = reply.status(Status::FOUND).header("Location", "/a");
        reply.header("X-A", "1").header("location", "/b").text("")
    }),
    Route::get("/cookies", |_, _, reply| {
        reply.header("Set-Cookie", "a=1").header("Set-Cookie", "b=2").header("X-A", "").text("ok")
    }),
    Route::get("/length", |_, _, reply| reply.header("content-length", "3").text("abc")),
    Route::get("/coding", |_, _, reply| reply.header("Transfer-Encoding", "x").text("abc")),
    Route::get("/connection", |_, _, reply| reply.header("CONNECTION", "upgrade").text("abc")),
    Route::get("/fails", |_, _, reply| reply.stream("text/plain", fails)),
    Route::get("/fails/sized", |_, _, reply| reply.stream_sized("text/plain", 9, fails)),
    Route::get("/unavailable", |_, _, reply| reply.stream("text/plain", unavailable)),
    Route::get("/fails/late", |_, _, reply| reply.stream("text/plain", fails_late)),
    Route::get("/long", |_, _, reply| reply.stream_sized("text/plain", 5, ten)),
    Route::get("/long/writer", |_, _, reply| reply.stream_sized("text/plain", 5, ten_written)),
    Route::get("/long/late", |_, _, reply| reply.stream_sized("text/plain", 25, ten)),
    Route::get("/short", |_, _, reply| reply.stream_sized("text/plain", 12, ten_and_done)),
    Route::get("/exact", |_, _, reply| reply.stream_sized("text/plain", 20, ten)),
    Route::get("/filled", |_, _, reply| reply.stream_sized("text/plain", 5000, fill)),
];

fn done(_: &mut App, stream: &mut Stream<'_>) -> Result<Flow, Failure> {
    stream.write(b"a,b");
    Ok(Flow::Done)
}

fn fails(_: &mut App, stream: &mut Stream<'_>) -> Result<Flow, Failure> {
    stream.write(b"some");
    Err(Failure::internal("the sensor does not answer"))
}

fn unavailable(_: &mut App, _: &mut Stream<'_>) -> Result<Flow, Failure> {
    Err(Failure::new(Status::SERVICE_UNAVAILABLE, "the sensor warms up"))
}

fn fails_late(_: &mut App, stream: &mut Stream<'_>) -> Result<Flow, Failure> {
    if stream.position() > 0 {
        return Err(Failure::internal("the card was pulled"));
    }
    stream.write(b"some");
    Ok(Flow::More)
}

fn ten(_: &mut App, stream: &mut Stream<'_>) -> Result<Flow, Failure> {
    stream.write(b"0123456789");
    Ok(Flow::More)
}

fn ten_and_done(_: &mut App, stream: &mut Stream<'_>) -> Result<Flow, Failure> {
    stream.write(b"0123456789");
    Ok(Flow::Done)
}

fn ten_written(_: &mut App, stream: &mut Stream<'_>) -> Result<Flow, Failure> {
    stream.writer().str("0123456789");
    Ok(Flow::Done)
}

/// What most producers do: fill the room, and leave the end to the server.
fn fill(_: &mut App, stream: &mut Stream<'_>) -> Result<Flow, Failure> {
    let room = stream.room();
    stream.write(&vec![b'x'; room]);
    Ok(Flow::More)
}

fn get(target: &str) -> (String, App) {
    let mut app = App::default();
    let answer = ask(site(ROUTES), &mut app, &format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
    (answer, app)
}

/// A handler that says itself what its body is.
#[test]
fn a_content_type_that_a_handler_sets_is_the_only_one() {
    for (target, name, value) in [
        ("/type", "content-type", "application/problem+json"),
        ("/type/write", "Content-Type", "text/csv"),
        ("/type/stream", "Content-Type", "text/csv"),
    ] {
        let (answer, _) = get(target);
        assert_eq!(header(&answer, name), Some(value), "{answer}");
        assert_eq!(answer.to_lowercase().matches("content-type").count(), 1, "{answer}");
    }
    let (answer, app) = get("/cookies");
    assert_eq!((status_of(&answer), answer.matches("Set-Cookie").count()), (200, 2));
    assert_eq!(app.failures, [""; 0]);
}

/// A handler that sets what the server writes, or one header twice.
#[test]
fn a_header_that_a_response_has_once_is_not_sent_twice() {
    let twice = "500 Internal Server Error: a reply set a header twice that a response has once";
    let own = "500 Internal Server Error: a reply set a header that the server writes itself";
    for (target, sentence) in [
        ("/types", twice),
        ("/locations", twice),
        ("/length", own),
        ("/coding", own),
        ("/connection", own),
    ] {
        let (answer, app) = get(target);
        assert_eq!(status_of(&answer), 500, "{answer}");
        assert_eq!(app.failures, [sentence], "{target}");
    }
}

/// A sensor that is not there when the page that shows it is asked for.
#[test]
fn a_producer_that_fails_at_once_is_answered_with_its_status() {
    for (target, status, sentence) in [
        ("/fails", 500, "500 Internal Server Error: the sensor does not answer"),
        ("/fails/sized", 500, "500 Internal Server Error: the sensor does not answer"),
        ("/unavailable", 503, "503 Service Unavailable: the sensor warms up"),
    ] {
        let (answer, app) = get(target);
        assert_eq!(status_of(&answer), status, "{answer}");
        assert!(!answer.contains("some") && !answer.contains("sensor"), "{answer}");
        assert_eq!(app.failures, [sentence]);
        assert_eq!(app.statuses, [status], "one answer is told");
    }
    let (answer, app) = get("/fails/late");
    assert!(answer.starts_with("HTTP/1.1 200 ") && !answer.ends_with("0\r\n\r\n"), "{answer}");
    assert_eq!(app.failures, ["500 Internal Server Error: the card was pulled"]);
}

/// A file that has grown since its length was taken, or has become shorter.
#[test]
fn a_body_of_another_length_than_announced_is_a_failure() {
    let longer = "500 Internal Server Error: a body is longer than its announced length";
    for target in ["/long", "/long/writer"] {
        let (answer, app) = get(target);
        assert_eq!(status_of(&answer), 500, "{answer}");
        assert_eq!(app.failures, [longer], "{target}");
    }
    let (answer, app) = get("/long/late");
    assert!(answer.ends_with("\r\n\r\n01234567890123456789"), "{answer}");
    assert_eq!(app.failures, [longer]);
    let (_, app) = get("/short");
    let shorter = "500 Internal Server Error: a body ended before its announced length";
    assert_eq!(app.failures, [shorter]);
    for (target, length) in [("/exact", 20), ("/filled", 5000)] {
        let (answer, app) = get(target);
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        assert_eq!((body.len(), app.failures.len()), (length, 0), "{target}");
    }
}
