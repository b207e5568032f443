//! `Date`, from whoever has a clock (RFC 9110 section 6.6.1).

use nal_http::server::{Failure, Route, Site};

use crate::site::{App, ask, copy, header, hello, note, status_of};

const ROUTES: &[Route<App>] = &[
    Route::get("/", hello),
    Route::get("/none", |_, _, reply| reply.no_content()),
    Route::get("/broken", |_, _, _| Err(Failure::internal("the bus is stuck"))),
    Route::get("/own", |_, _, reply| {
        reply.header("Date", "Thu, 01 Jan 1970 00:00:00 GMT").text("own")
    }),
    Route::post("/echo", copy).in_pieces(),
];

const DATED: Site<App> = Site::new(ROUTES).on_event(note).date(|app| app.unix_time);

/// A board that asks an NTP server, and caches in front of it: they need the date to know how old an answer is.
#[test]
fn every_answer_says_when_it_was_made() {
    let table = [
        ("GET /", 200),
        ("HEAD /", 200),
        ("GET /none", 204),
        ("OPTIONS /", 204),
        ("POST /echo", 200),
        ("GET /nowhere", 404),
        ("DELETE /", 405),
        ("GET /broken", 500),
        ("BREW /", 501),
        ("GET *", 400),
    ];
    for (line, status) in table {
        let request = format!("{line} HTTP/1.1\r\nHost: a\r\n\r\n");
        let mut app = App { unix_time: Some(784_111_777), ..App::default() };
        let answer = ask(DATED, &mut app, &request);
        assert_eq!(status_of(&answer), status, "{answer}");
        assert_eq!(header(&answer, "Date"), Some("Sun, 06 Nov 1994 08:49:37 GMT"), "{answer}");
        // Before the board knows the time it must not make one up.
        let answer = ask(DATED, &mut App::default(), &request);
        assert_eq!((status_of(&answer), header(&answer, "Date")), (status, None), "{answer}");
    }
}

/// A gateway that hands on an answer with the date that it came with.
#[test]
fn a_handlers_own_date_is_the_only_one() {
    let mut app = App { unix_time: Some(784_111_777), ..App::default() };
    let answer = ask(DATED, &mut app, "GET /own HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(header(&answer, "Date"), Some("Thu, 01 Jan 1970 00:00:00 GMT"));
}

/// A clock that is not set may say anything.
#[test]
fn times_out_of_range_are_not_sent() {
    for (time, date) in [
        (0, Some("Thu, 01 Jan 1970 00:00:00 GMT")),
        (4_294_967_295, Some("Sun, 07 Feb 2106 06:28:15 GMT")),
        (4_294_967_296, None),
        (u64::MAX, None),
    ] {
        let mut app = App { unix_time: Some(time), ..App::default() };
        let answer = ask(DATED, &mut app, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(header(&answer, "Date"), date, "{time}");
    }
}
