//! The server with a stream of events beside its routes: the last 16 levels of light.

#![no_std]
#![no_main]

use core::mem::MaybeUninit;

use nal_http::server::{Answer, EventStream, Listener, Reply, Request, Route, Server, Site};
use nal_http_size::server::{echo, light, page};
use nal_http_size::stub::{Register, Stub};

struct App {
    levels: EventStream<u16, 16>,
}

const SITE: Site<App, Listener> = Site::new(&[
    Route::get("/", page),
    Route::get("/light", light),
    Route::post("/echo", echo).in_pieces(),
    Route::get("/events", events),
]);

fn events(app: &mut App, request: &mut Request<'_, Listener>, reply: &mut Reply<'_>) -> Answer {
    app.levels.reply(request, reply, |event, level| {
        event.name("light").write(|data| data.number((*level).into()));
    })
}

#[unsafe(no_mangle)]
#[expect(clippy::cast_possible_truncation, reason = "registers have 32 bits here")]
extern "C" fn main() {
    static mut PLACE: MaybeUninit<Server<Stub, App, 4, 512, Listener>> = MaybeUninit::uninit();
    let place = &raw mut PLACE;
    let (mut stack, mut app) = (Stub::default(), App { levels: EventStream::new() });
    // SAFETY: there is one thread, and it comes here once.
    let server = unsafe { &mut *place }.write(Server::new(SITE));
    if server.listen(&mut stack, 80).is_err() {
        Register::Result.set(1);
    }
    loop {
        app.levels.push(Register::Light.get() as u16);
        server.wake();
        if server.poll(&mut stack, &mut app, Register::TimeMs.get() as u32).is_err() {
            Register::Result.set(1);
        }
    }
}
