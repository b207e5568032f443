//! The server, and a WebSocket beside its routes: values pushed, a switch taken.

#![no_std]
#![no_main]

use core::mem::MaybeUninit;

use nal_http::server::websocket::{Kind, Received, State};
use nal_http::server::{Answer, Reply, Request, Route, Server, Site};
use nal_http_size::stub::{Register, Stub};

struct App {
    led: bool,
}

const SITE: Site<App, State> = Site::new(&[
    Route::get("/", |_, _, reply| reply.fixed("text/plain", b"Hello from a microcontroller")),
    Route::get("/light", |_, _, reply| {
        reply.write("application/json", |json| {
            json.str("{\"light\":");
            json.number(Register::Light.get() as u64);
            json.str("}");
        })
    }),
    Route::post("/echo", |_, request, reply| reply.stream("text/plain").copy(request)).in_pieces(),
    Route::websocket("/ws", websocket),
]);

fn websocket(app: &mut App, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
    let mut socket = reply.websocket(request)?;
    while let Some(received) = socket.receive() {
        if let Received::Part(part) = received {
            app.led = part.text() == Some("on");
        }
    }
    socket.send(Kind::Text, |text| text.number(Register::Light.get() as u64));
    socket.wait(1_000)
}

#[unsafe(no_mangle)]
#[expect(clippy::cast_possible_truncation, reason = "registers have 32 bits here")]
extern "C" fn main() {
    static mut PLACE: MaybeUninit<Server<Stub, App, 4, 512, State>> = MaybeUninit::uninit();
    let mut stack = Stub::default();
    let place = &raw mut PLACE;
    // SAFETY: there is one thread, and it comes here once.
    let server = unsafe { &mut *place }.write(Server::new(SITE));
    let mut app = App { led: false };
    if server.listen(&mut stack, 80).is_err() {
        Register::Result.set(1);
    }
    loop {
        if server.poll(&mut stack, &mut app, Register::TimeMs.get() as u32).is_err() {
            Register::Result.set(app.led as usize);
        }
    }
}
