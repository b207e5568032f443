//! What the servers of these tests serve.

use nal_http::server::{
    Answer, Body, CloseReason, ConnectInfo, Event, Failure, Flow, Reply, Request, Route, Site,
};
use nal_http::wire::Status;

#[derive(Default)]
pub struct App {
    pub requests: Vec<String>,
    pub closed: Vec<CloseReason>,
    pub failures: Vec<Failure>,
    pub upload: Vec<u8>,
    pub ticks: u32,
    pub asked: u32,
}

pub static FLASH: [u8; 3000] = [b'f'; 3000];

pub const ROUTES: &[Route<App>] = &[
    Route::get("/", hello),
    Route::get("/flash", |_, _, reply| reply.fixed("text/plain", &FLASH)),
    Route::get("/led/{id}/{state}", led),
    Route::put("/led/{id}", led),
    Route::post("/form", form),
    Route::post("/collect", |_, request, reply| reply.body("text/plain", request.body())),
    Route::post("/upload", upload).in_pieces(),
    Route::post("/echo", echo).in_pieces(),
    Route::post("/early", |_, _, reply| reply.status(Status::UNAUTHORIZED).text("no")).in_pieces(),
    Route::get("/count", |_, _, reply| count(reply.stream("text/plain"))),
    Route::get("/sized", |_, _, reply| count(reply.stream_sized("text/plain", 2000))),
    Route::get("/short", |_, _, reply| count(reply.stream_sized("text/plain", 5000))),
    Route::get("/events", tick),
    Route::get("/say", say),
    Route::get("/broken", |_, _, _| Err(Failure::internal("the bus is stuck"))),
    Route::get("/refused", |_, _, _| Err(Failure::bad_request("not like this"))),
    Route::get("/long", |_, _, reply| reply.write("text/plain", |body| body.bytes(&[b'x'; 5000]))),
    Route::get("/inject", |_, _, reply| reply.header("X", "a\r\nY: b").text("hi")),
    Route::get("/none", |_, _, reply| reply.no_content()),
    Route::get("/moved", |_, _, reply| {
        reply.status(Status::FOUND).header("Location", "/").text("")
    }),
    Route::get("/json", |_, _, reply| reply.json(&[1, 2, 301])),
    Route::get("/token", |_, request, reply| reply.text(request.header("x-token").unwrap_or("?"))),
];

pub fn hello(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let mut buffer = [0; 64];
    let name = request.query().get("name").and_then(|name| name.decode(&mut buffer).ok());
    reply.write("text/plain; charset=utf-8", |body| {
        body.str("hello ");
        body.str(name.unwrap_or("world"));
    })
}

pub fn led(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let id: u8 = request.param_as("id")?;
    reply.write("text/plain", |body| {
        body.number(id.into());
        body.str(request.param("state").map_or("", |state| state.as_raw()));
    })
}

pub fn form(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let mut buffer = [0; 64];
    let value = request.form()?.get("名").ok_or(Failure::bad_request("名 is missing"))?;
    reply.text(value.decode(&mut buffer).unwrap_or("?"))
}

pub fn upload(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    app.upload.extend_from_slice(request.body());
    if !request.is_complete() {
        return Ok(Flow::More);
    }
    reply.write("text/plain", |body| body.number(app.upload.len() as u64))
}

pub fn echo(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let body = match request.content_length() {
        Some(length) => reply.stream_sized("text/plain", length),
        None => reply.stream("text/plain"),
    };
    body.copy(request)
}

/// 2000 bytes: the numbers from 0000 on.
pub fn count(body: &mut Body<'_>) -> Answer {
    while body.position() < 2000 {
        let number = format!("{:04}", body.position() / 4);
        if body.write(&number.as_bytes()[body.position() % 4..]) == 0 {
            return Ok(Flow::More);
        }
    }
    Ok(Flow::Done)
}

pub fn tick(app: &mut App, _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let body = reply.stream("text/event-stream");
    if app.ticks == 0 {
        return Ok(Flow::Wait(1000));
    }
    app.ticks -= 1;
    body.write(b"data: tick\n\n");
    Ok(Flow::More)
}

pub fn observe(app: &mut App, _: &ConnectInfo, event: &Event<'_>) {
    match event {
        Event::Request { method, target } => app.requests.push(format!("{method} {target}")),
        Event::Closed(reason) => app.closed.push(*reason),
        Event::Failed(failure) => app.failures.push((*failure).clone()),
        _ => {}
    }
}

pub fn site() -> Site<App> {
    Site::new(ROUTES).want(&["X-Token"]).on_event(observe)
}

pub fn numbers() -> String {
    (0..500).map(|n| format!("{n:04}")).collect()
}

/// Says one thing each time it is asked, and then has nothing for a second.
fn say(app: &mut App, _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    app.asked += 1;
    reply.stream("text/plain").write(b"tick ");
    Ok(Flow::Wait(1000))
}
