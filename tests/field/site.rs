//! What the tests of the server share: an application that notes what it is told, and how it is asked.

use nal_http::server::{Answer, CloseReason, ConnectInfo, Event, Reply, Request, Route, Site};
use nal_http::testing::TestClient;

#[derive(Default)]
pub struct App {
    pub failures: Vec<String>,
    pub statuses: Vec<u16>,
    pub closed: Vec<CloseReason>,
    /// What the handlers of uploads were called with.
    pub pieces: Vec<String>,
    pub received: [usize; 2],
    pub ticks: u32,
    pub unix_time: Option<u64>,
}

pub fn note(app: &mut App, _: &ConnectInfo, event: &Event<'_>) {
    match event {
        Event::Failed(failure) => app.failures.push(failure.to_string()),
        Event::Answered(status) => app.statuses.push(status.code()),
        Event::Closed(reason) => app.closed.push(*reason),
        _ => {}
    }
}

pub fn site(routes: &'static [Route<App>]) -> Site<App> {
    Site::new(routes).on_event(note)
}

/// All that a site answers, as text.
pub fn ask(site: Site<App>, app: &mut App, request: &str) -> String {
    String::from_utf8(TestClient::new(site).send_bytes(app, request.as_bytes())).unwrap()
}

/// The status of an answer, of which there has to be exactly one.
pub fn status_of(answer: &str) -> u16 {
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

/// The value of a header of an answer, which has it once at most.
pub fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next().unwrap();
    let mut values =
        head.split("\r\n").filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let value = values.next();
    assert_eq!(values.next(), None, "{name} is sent twice: {answer}");
    value
}

pub fn echo(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let body = match request.content_length() {
        Some(length) => reply.stream_sized("text/plain", length),
        None => reply.stream("text/plain"),
    };
    body.copy(request)
}

pub fn copy(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    reply.stream("text/plain").copy(request)
}

pub fn hello(_: &mut App, _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    reply.text("hello")
}

pub fn length(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    reply.write("text/plain", |body| body.number(request.body().len() as u64))
}
