//! Mistakes of handlers: each is told, and none makes a message that is not HTTP.

use nal_http::server::{Answer, Body, Failure, Flow, Route};
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
        done(reply.header("Content-Type", "text/csv").stream("text/plain"))
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
    Route::get("/fails", |_, _, reply| fails(reply.stream("text/plain"))),
    Route::get("/fails/sized", |_, _, reply| fails(reply.stream_sized("text/plain", 9))),
    Route::get("/unavailable", |_, _, reply| unavailable(reply.stream("text/plain"))),
    Route::get("/fails/late", |_, _, reply| fails_late(reply.stream("text/plain"))),
    Route::get("/long", |_, _, reply| ten(reply.stream_sized("text/plain", 5))),
    Route::get("/long/writer", |_, _, reply| ten_written(reply.stream_sized("text/plain", 5))),
    Route::get("/long/late", |_, _, reply| ten(reply.stream_sized("text/plain", 25))),
    Route::get("/short", |_, _, reply| ten_and_done(reply.stream_sized("text/plain", 12))),
    Route::get("/exact", |_, _, reply| ten(reply.stream_sized("text/plain", 20))),
    Route::get("/filled", |_, _, reply| fill(reply.stream_sized("text/plain", 5000))),
];

fn done(body: &mut Body<'_>) -> Answer {
    body.write(b"a,b");
    Ok(Flow::Done)
}

fn fails(body: &mut Body<'_>) -> Answer {
    body.write(b"some");
    Err(Failure::internal("the sensor does not answer"))
}

fn unavailable(_: &mut Body<'_>) -> Answer {
    Err(Failure::new(Status::SERVICE_UNAVAILABLE, "the sensor warms up"))
}

fn fails_late(body: &mut Body<'_>) -> Answer {
    if body.position() > 0 {
        return Err(Failure::internal("the card was pulled"));
    }
    body.write(b"some");
    Ok(Flow::More)
}

fn ten(body: &mut Body<'_>) -> Answer {
    body.write(b"0123456789");
    Ok(Flow::More)
}

fn ten_and_done(body: &mut Body<'_>) -> Answer {
    body.write(b"0123456789");
    Ok(Flow::Done)
}

fn ten_written(body: &mut Body<'_>) -> Answer {
    body.writer().str("0123456789");
    Ok(Flow::Done)
}

/// What most streams do: fill the room, and leave the end to the server.
fn fill(body: &mut Body<'_>) -> Answer {
    let room = body.room();
    body.write(&vec![b'x'; room]);
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

/// A handler that sets one header twice, such as one that its site has set for all.
#[test]
fn a_header_that_a_response_has_once_is_not_sent_twice() {
    for (target, status, name, value) in
        [("/types", 200, "content-Type", "c/d"), ("/locations", 302, "location", "/b")]
    {
        let (answer, app) = get(target);
        assert_eq!((status_of(&answer), app.failures.len()), (status, 0), "{answer}");
        assert_eq!(header(&answer, name), Some(value), "{answer}");
        assert_eq!(answer.to_lowercase().matches(&name.to_lowercase()).count(), 1, "{answer}");
    }
}

/// A handler that sets what the server writes.
#[test]
fn a_header_that_is_the_servers_is_not_sent() {
    let own = "500 Internal Server Error: a reply set a header that the server writes itself";
    for target in ["/length", "/coding", "/connection"] {
        let (answer, app) = get(target);
        assert_eq!(status_of(&answer), 500, "{answer}");
        assert_eq!(app.failures, [own], "{target}");
    }
}

/// A sensor that is not there when the page that shows it is asked for.
#[test]
fn a_stream_that_fails_at_once_is_answered_with_its_status() {
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
