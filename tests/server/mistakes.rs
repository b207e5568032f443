//! What goes wrong in handlers: mistakes, each with a name, and failures that they return.

use std::cell::RefCell;

use nal_http::client::Request;
use nal_http::server::{Answer, Detail, Event, Failure, Flow, Handler, Mistake, Route, Site};
use nal_http::testing::TestClient;
use nal_http::wire::{Method, Status};

struct Nobody;

type Table = &'static [(&'static str, Handler<Nobody>, Mistake)];

const TABLE: Table = &[
    ("a", |_, _, reply| Ok(flow(reply.text("a"), Flow::More)), Mistake::GoesOn),
    ("b", |_, _, _| Ok(Flow::Done), Mistake::NoBody),
    ("c", |_, _, _| Ok(Flow::More), Mistake::NothingMore),
    ("d", |_, _, reply| twice(reply.text("a"), || reply.text("b")), Mistake::SecondBody),
    (
        "e",
        |_, _, reply| {
            reply.stream("text/plain").write(b"a");
            reply.text("b")
        },
        Mistake::SecondBody,
    ),
    (
        "f",
        |_, _, reply| {
            reply.stream("text/plain").write(b"a");
            reply.status(Status::ACCEPTED);
            Ok(Flow::Done)
        },
        Mistake::LateStatus,
    ),
    (
        "g",
        |_, _, reply| {
            reply.stream("text/plain").write(b"a");
            reply.header("A", "b");
            Ok(Flow::Done)
        },
        Mistake::LateHeader,
    ),
    ("h", |_, _, reply| reply.header("Connection", "close").text("a"), Mistake::OwnHeader),
    ("i", |_, _, reply| reply.header("A", "b\r\nC: d").text("a"), Mistake::MalformedHeader),
    ("j", |_, _, reply| reply.status(Status::NO_CONTENT).text("a"), Mistake::BodyForNone),
    ("k", |_, _, reply| reply.status(Status::NO_CONTENT).json(&1), Mistake::BodyForNone),
    (
        "l",
        |_, _, reply| {
            reply.stream_sized("text/plain", 3).write(b"abcd");
            Ok(Flow::Done)
        },
        Mistake::Longer,
    ),
    (
        "m",
        |_, _, reply| {
            reply.stream_sized("text/plain", 3).write(b"ab");
            Ok(Flow::Done)
        },
        Mistake::Shorter,
    ),
    (
        "n",
        |_, _, reply| {
            reply.stream("text/plain").writer().bytes(&[b'x'; 5_000]);
            Ok(Flow::Done)
        },
        Mistake::PieceTooLong,
    ),
    (
        "o",
        |_, request, reply| {
            request.text()?;
            request.any_type().json::<u8>()?;
            reply.text("a")
        },
        Mistake::BodyTaken,
    ),
    (
        "p",
        |_, request, reply| {
            if request.is_first() {
                return Ok(Flow::Wait(10));
            }
            request.text()?;
            reply.text("a")
        },
        Mistake::BodyGone,
    ),
];

fn flow(_: Answer, flow: Flow) -> Flow {
    flow
}

fn twice(_: Answer, second: impl FnOnce() -> Answer) -> Answer {
    second()
}

thread_local! {
    static TOLD: RefCell<Vec<Failure>> = const { RefCell::new(Vec::new()) };
}

/// By the client of a test and by the hook.
#[test]
fn mistakes_say_what_they_are() {
    for (name, handler, mistake) in TABLE {
        let routes = vec![Route::post("/", *handler)].leak();
        let site = Site::new(routes).on_event(|_, _, event| {
            if let Event::Failed(failure) = event {
                TOLD.with_borrow_mut(|told| told.push((*failure).clone()));
            }
        });
        let response = TestClient::new(site).post(&mut Nobody, "/", "");
        assert_eq!(
            (response.status_code, response.text()),
            (500, "Internal Server Error"),
            "{name}"
        );
        let failure = response.failure.as_ref().unwrap();
        assert_eq!(failure.detail, Detail::Mistake(*mistake), "{name}");
        assert!(response.to_string().contains(&mistake.to_string()), "{response}");
        assert_eq!(TOLD.take(), std::slice::from_ref(failure), "{name}");
    }
}

const ROUTES: &[Route<Nobody>] = &[
    Route::get("/401", |_, _, _| Err(Failure::unauthorized("Basic realm=\"b\""))),
    Route::get("/503", |_, _, _| {
        Err(Failure::new(Status::SERVICE_UNAVAILABLE, "secret").header("Retry-After", "2"))
    }),
    Route::get("/written", |_, _, _| {
        Err(Failure::written(Status::CONFLICT, "there is no such pin", |text| {
            text.number(7);
            text.str("光光光光光光光光光光光光");
        }))
    }),
    Route::get("/query", |_, request, reply| {
        let (from, to): (u32, u32) = (request.query_as("from")?, request.query_or("to", 9)?);
        reply.write("text/plain", |body| body.number((from + to).into()))
    }),
    Route::get("/param/{id}", |_, request, reply| {
        request.param_as::<u8>("id")?;
        request.param_as::<u8>("other")?;
        reply.text("")
    }),
    Route::post("/form", |_, request, reply| {
        let is_on: bool = request.form_as("on")?;
        reply.text(if is_on { "on" } else { "off" })
    }),
    Route::post("/json", |_, request, reply| {
        let (pin, is_on): (u8, bool) = (request.json_as("pin")?, request.json_as("on")?);
        // The body is as it was, and still to be had.
        assert_eq!(
            request.json::<&str>().map_err(|failure| failure.status),
            Err(Status::BAD_REQUEST)
        );
        reply.write("text/plain", |body| {
            body.number(pin.into());
            body.str(if is_on { " on" } else { " off" });
        })
    }),
];

#[test]
fn a_failure_has_a_header_and_text_of_its_own() {
    let get = |target: &str| TestClient::new(ROUTES).get(&mut Nobody, target);
    let response = get("/401");
    assert_eq!(response.header("WWW-Authenticate"), Some("Basic realm=\"b\""));
    assert_eq!(response.status_code, 401);
    let response = get("/503");
    assert_eq!(response.header("Retry-After"), Some("2"));
    assert_eq!(response.text(), "Service Unavailable", "of a 5xx the client reads no more");
    let response = get("/written");
    assert_eq!(response.text(), "there is no such pin: 7光光光光光光光光光光");
    for (target, status, body) in [
        ("/query?from=1", 200, "10"),
        ("/query?from=1&to=2", 200, "3"),
        ("/query?to=2", 400, "a value is missing: from"),
        ("/query?from=-1", 400, "a value is not what it must be: from"),
        ("/query?from=1&to=%FF", 400, "a value is not what it must be: to"),
        ("/param/x", 400, "a value is not what it must be: id"),
        ("/param/1", 500, "Internal Server Error"),
    ] {
        let response = get(target);
        assert_eq!((response.status_code, response.text()), (status, body), "{target}");
    }
    let response = get("/param/1");
    assert!(response.to_string().contains("no such parameter"), "{response}");
    for (form, status, body) in [
        ("on=true", 200, "on"),
        ("on=1", 422, "a value is not what it must be: on"),
        ("off=1", 422, "a value is missing: on"),
    ] {
        let response = TestClient::new(ROUTES).post(&mut Nobody, "/form", form);
        assert_eq!((response.status_code, response.text()), (status, body), "{form}");
    }
}

#[test]
fn values_of_a_json_body_come_one_after_the_other() {
    for (body, status, text) in [
        (r#"{"name":"\u5149","on":true,"pin":7}"#, 200, "7 on"),
        (r#"{"on":true,"pin":256}"#, 400, "field `pin`: the number is out of range"),
        (r#"{"on":1,"pin":7}"#, 400, "field `on`: the value is of another type"),
        (r#"{"pin":7}"#, 400, "field `on`: the field is missing"),
        (r#"{"pin":7"#, 400, "it ends too early"),
    ] {
        let request = Request::new(Method::POST, "http://test/json")
            .header("Content-Type", "application/json")
            .data(body);
        let response = TestClient::new(ROUTES).send(&mut Nobody, &request);
        assert_eq!(response.status_code, status, "{body}");
        assert!(response.text().ends_with(text), "{body}: {response}");
    }
}
