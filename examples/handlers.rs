//! Ten handlers, as `docs/handlers.md` has them beside those of other frameworks.
//!
//! `cargo run --example handlers -- PORT`, at 127.0.0.1.

mod pc;

use std::error::Error;
use std::fmt::Write;
use std::mem::replace;
use std::net::Ipv4Addr;

use nal_http::server::{Answer, Failure, Flow, Reply, Request, Route, Server, Site, guards};
use nal_http::wire::Status;
use nal_std::Stack;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The application.
#[derive(Default)]
pub struct App {
    value: u8,
    changes: u32,
    listeners: u32,
    is_measuring: bool,
}

/// What handlers remember between the calls for one request.
#[derive(Default)]
pub struct State {
    n: u32,
    sha: Sha256,
    seen: Option<u32>,
}

/// All ten, and what they need.
pub const SITE: Site<App, State> = Site::new(&[
    Route::get("/", hello),
    Route::post("/json", json),
    Route::post("/form", form),
    Route::get("/private", private),
    Route::get("/log.csv", csv),
    Route::post("/upload", upload).in_pieces(),
    Route::post("/echo", echo).in_pieces(),
    Route::get("/poll", poll),
    Route::put("/value", value),
    Route::get("/events", events),
    Route::get("/listeners", listeners),
    Route::get("/sensor", sensor),
])
.want(&["Authorization"]);

// [hello]
fn hello(_: &mut App, _: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
    reply.text("Hello, world!\n")
}
// [/hello]

// [json]
#[derive(Serialize)]
struct Output {
    ok: bool,
    level: u8,
}

fn json(_: &mut App, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
    let level: u8 = request.json_as("level")?;
    reply.json(&Output { ok: true, level: level.saturating_add(1) })
}
// [/json]

// [form]
fn form(_: &mut App, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
    let city: heapless::String<32> = request.form_as("city")?;
    let level = match request.form_as::<heapless::String<16>>("unit")?.as_str() {
        "celsius" => "20 C",
        "fahrenheit" => "68 F",
        _ => return Err(Failure::bad_request("a unit is not known").field("unit")),
    };
    reply.write("text/plain; charset=utf-8", |page| _ = writeln!(page, "{city}: {level}"))
}
// [/form]

// [auth]
fn private(_: &mut App, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
    guards::basic(request, "admin", "secret", "Basic realm=\"board\"")?;
    reply.text("welcome\n")
}
// [/auth]

// [csv]
fn csv(_: &mut App, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
    let body = reply.stream("text/csv");
    body.write_each(&mut request.state.n, 10_000, |w, n| _ = writeln!(w, "{n},{}", n * 7 % 100))
}
// [/csv]

// [upload]
fn upload(_: &mut App, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
    request.state.sha.update(request.body());
    if !request.is_complete() {
        return Ok(Flow::More);
    }
    reply.write("text/plain", |w| _ = writeln!(w, "{:x}", request.state.sha.finalize_reset()))
}
// [/upload]

// [echo]
fn echo(_: &mut App, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
    reply.stream("application/octet-stream").copy(request)
}
// [/echo]

// [poll]
fn poll(app: &mut App, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
    match (*request.state.seen.get_or_insert(app.changes) == app.changes, request.elapsed_ms()) {
        (true, 0..25_000) => Ok(Flow::Wait(50)),
        (true, _) => reply.no_content(),
        (false, _) => reply.write("text/plain", |w| _ = writeln!(w, "{}", app.value)),
    }
}
// [/poll]

fn value(app: &mut App, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
    app.value = request.text()?.trim().parse()?;
    app.changes += 1;
    reply.no_content()
}

// [events]
fn events(app: &mut App, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
    app.listeners += u32::from(request.is_first());
    app.listeners -= u32::from(request.is_aborted());
    request.state.n += 1;
    let body = reply.stream("text/event-stream");
    _ = write!(body.writer(), "data: {}\n\n", request.state.n);
    Ok(Flow::Wait(1_000))
}
// [/events]

fn listeners(app: &mut App, _: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
    reply.write("text/plain", |w| _ = writeln!(w, "{}", app.listeners))
}

// [sensor]
fn sensor(app: &mut App, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
    match (request.is_first(), replace(&mut app.is_measuring, request.is_first())) {
        (true, true) => reply.status(Status::SERVICE_UNAVAILABLE).text("busy\n"),
        (true, false) => Ok(Flow::Wait(750)),
        (false, _) => reply.text("421\n"),
    }
}
// [/sensor]

fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::args().nth(1).ok_or("usage: handlers PORT")?.parse()?;
    let mut stack = Stack::bound_to(Ipv4Addr::LOCALHOST.into());
    let mut server: Box<Server<Stack, App, 16, 4096, State>> = Box::new(Server::new(SITE));
    server.listen(&mut stack, port)?;
    match server.serve(&mut stack, &mut App::default(), &mut pc::PcClock::new(), pc::wait)? {}
}
