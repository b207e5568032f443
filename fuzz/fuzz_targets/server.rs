//! Any bytes, in any pieces, to a server: no panic, no standstill, and what it answers is HTTP. Pieces of a
//! body come in their order, and each that breaks off is told; the tail of a wildcard never climbs.
#![no_main]

mod input;

use std::net::{Ipv4Addr, SocketAddr};

use libfuzzer_sys::fuzz_target;
use nal_http::server::{
    Answer, ConnectInfo, Connection, Context, Failure, Flow, Reply, Request, Route, Site,
};

/// How far an upload has come.
#[derive(Default)]
struct App {
    offset: usize,
    is_open: bool,
}

const ROUTES: &[Route<App>] = &[
    Route::get("/", |_, _, reply| reply.fixed("text/html", &[b'x'; 600])),
    Route::get("/n/{n}", number),
    Route::post("/form", form),
    Route::post("/echo", echo).in_pieces(),
    Route::post("/count", count).in_pieces(),
    Route::post("/lines", lines).in_pieces(),
    Route::get("/files/{*path}", file),
];

fn file(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let mut buffer = [0; 1024];
    let path = request.param("path").expect("the route has it");
    let path = path.decode(&mut buffer).unwrap_or_default();
    assert!(
        !path.split(['/', '\\']).any(|segment| segment == "..") && !path.contains('\0'),
        "{path}"
    );
    assert!(!request.host().unwrap_or_default().contains(['/', '@', '"', ' ']));
    reply.no_content()
}

fn number(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let n: u64 = request.param_as("n")?;
    reply.write("text/plain", |body| body.number(n))
}

fn form(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let pairs = request.any_type().form()?.count();
    reply.header("X-A", request.header("X-A").unwrap_or_default()).write("text/plain", |body| {
        body.number(pairs as u64);
    })
}

fn echo(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let body = match request.content_length() {
        Some(length) => reply.stream_sized("", length),
        None => reply.stream(""),
    };
    body.copy(request)
}

/// Takes a line each time that there is one, waits for the next, and answers later.
fn lines(app: &mut App, request: &mut Request<'_>, _: &mut Reply<'_>) -> Answer {
    let taken = request.body().iter().position(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    request.take(if request.is_complete() && taken == 0 { usize::MAX } else { taken });
    app.is_open = !request.is_finished() && !request.is_aborted();
    if app.is_open { Ok(Flow::Wait(1)) } else { Err(Failure::bad_request("no")) }
}

fn count(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    assert_eq!(app.is_open, !request.is_first(), "the last one was told to be over");
    app.offset = if request.is_first() { 0 } else { app.offset };
    assert_eq!(request.offset(), app.offset);
    app.offset += request.body().len();
    app.is_open = !request.is_complete() && !request.is_aborted();
    if request.is_complete() { reply.no_content() } else { Ok(Flow::More) }
}

fuzz_target!(|input: &[u8]| {
    let Some((size, splits, mut bytes)) = input::parts(input) else { return };
    let size = 64 + usize::from(size) * 2;
    let (mut rx, mut tx) = (vec![0; size], vec![0; size]);
    let site =
        Site::new(ROUTES).want(&["X-A"]).head_limit(2048).date(|app| Some(app.offset as u64));
    let mut app = App::default();
    let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    let client = &ConnectInfo { peer, connection: 0 };
    let mut connection = Connection::new();
    let mut splits = splits.iter().map(|&split| split.max(1));
    let mut split = || splits.next().unwrap_or(usize::MAX);
    let (mut answer, mut now_ms) = (Vec::new(), 0);
    // Each round moves a byte, or has to end: a longer way is a standstill.
    let mut rounds = 100 * (bytes.len() + 10);
    while connection.over().is_none() {
        rounds -= 1;
        assert!(rounds > 0, "it does not end");
        now_ms += 1;
        let mut context = Context { app: &mut app, site: &site, client, now_ms };
        connection.advance(&mut rx, &mut tx, &mut context);
        let output = connection.output(&tx);
        if !output.is_empty() {
            let n = split().min(output.len());
            answer.extend_from_slice(&output[..n]);
            connection.sent(n);
        } else if connection.over().is_none() {
            now_ms += connection.pause_ms(now_ms);
            let room = connection.room(&mut rx);
            let n = split().min(room.len()).min(bytes.len());
            room[..n].copy_from_slice(&bytes[..n]);
            match n {
                0 if bytes.is_empty() => connection.end_of_input(),
                n => connection.received(n),
            }
            bytes = &bytes[n..];
        }
    }
    let mut context = Context { app: &mut app, site: &site, client, now_ms };
    connection.abandon(&mut rx, &mut tx, &mut context);
    assert!(!app.is_open);
    if !answer.is_empty() {
        let mut headers = [httparse::EMPTY_HEADER; 8];
        let parsed = httparse::Response::new(&mut headers).parse(&answer);
        assert!(parsed.is_ok_and(|parsed| parsed.is_complete()), "{}", answer.escape_ascii());
    }
});
