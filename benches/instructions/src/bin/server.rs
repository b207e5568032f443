//! The counted server: prints its port, and ends when its client asks for `/end`. Argument: 16, 64 or 256 slots.
//!
//! It polls only when the stack has something for it, and asks only the sockets that are ready, as a
//! server on a PC does.

use std::net::Ipv4Addr;
use std::time::Duration;

use nal_http::hal::Clock;
use nal_http::net::Readiness;
use nal_http::server::{Answer, Flow, Reply, Request, Route, Server, Site, Timeouts};
use nal_http_instructions::{LARGE, PcClock, number};
use nal_std::Stack;

struct App {
    ended: bool,
}

static ZEROS: [u8; LARGE] = [0; LARGE];

const SITE: Site<App> = Site::new(&[
    Route::get("/", |_, _, reply| reply.fixed("text/plain", b"Hello, world")),
    Route::get("/length", |_, _, reply| reply.fixed("text/plain", &ZEROS)),
    Route::get("/chunked", |_, _, reply| {
        let body = reply.stream("text/plain");
        body.write(ZEROS.get(body.position()..).unwrap_or_default());
        Ok(if body.position() == LARGE { Flow::Done } else { Flow::More })
    }),
    Route::post("/sink", sink).in_pieces(),
    Route::get("/end", |app, _, reply| {
        app.ended = true;
        reply.no_content()
    }),
]);

fn sink(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    if request.is_complete() { reply.no_content() } else { Ok(Flow::More) }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match number(1)? {
        16 => serve::<16>()?,
        64 => serve::<64>()?,
        256 => serve::<256>()?,
        slots => return Err(format!("{slots} slots are none of 16, 64, 256").into()),
    }
    Ok(())
}

fn serve<const SLOTS: usize>() -> Result<(), nal_std::Error> {
    let mut stack = Stack::bound_to(Ipv4Addr::LOCALHOST.into());
    let mut clock = PcClock::start();
    let mut app = App { ended: false };
    // Counting is slow: no idle connection is to be closed meanwhile.
    let timeouts = Timeouts { next_request_ms: 600_000, ..Timeouts::default() };
    let mut server: Server<Stack, App, SLOTS, 4096> = Server::new(SITE.timeouts(timeouts));
    server.listen(&mut stack, 0)?;
    if let Some(listener) = server.listener() {
        println!("{}", stack.local_addr(listener)?.port());
    }
    let readiness = Readiness { watch: Stack::watch, next: Stack::next_ready };
    while !app.ended {
        let now = clock.now_ms();
        if server.poll_with(&mut stack, &mut app, now, readiness).is_err() {
            stack.wait(Duration::from_millis(server.idle_ms(now).into()));
        }
    }
    Ok(())
}
