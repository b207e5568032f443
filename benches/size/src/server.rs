//! The server that is measured: static text, formatted JSON, an echo of any length.

use core::mem::MaybeUninit;

use nal_http::server::{Answer, Handler, Reply, Request, Route, Server, Site};

use crate::stub::{Register, Stub};

pub struct App;

pub type Measured = Server<Stub, App, 4, 512>;

pub const PAGE: Route<App> = Route::get("/", page);
pub const LIGHT: Route<App> = Route::get("/light", light);
pub const ECHO: Route<App> = Route::post("/echo", echo).in_pieces();

pub const SITE: Site<App> = Site::new(&[PAGE, LIGHT, ECHO]);

/// The same routes, the second by another handler.
pub const fn with<T>(light: Handler<App, T>) -> [Route<App, T>; 3] {
    [Route::get("/", page), Route::get("/light", light), Route::post("/echo", echo).in_pieces()]
}

pub fn page<A, T>(_: &mut A, _: &mut Request<'_, T>, reply: &mut Reply<'_>) -> Answer {
    reply.fixed("text/plain", b"Hello from a microcontroller")
}

pub fn light<A, T>(_: &mut A, _: &mut Request<'_, T>, reply: &mut Reply<'_>) -> Answer {
    reply.write("application/json", |json| {
        json.str("{\"light\":");
        json.number(Register::Light.get() as u64);
        json.str("}");
    })
}

pub fn echo<A, T>(_: &mut A, request: &mut Request<'_, T>, reply: &mut Reply<'_>) -> Answer {
    reply.stream("text/plain").copy(request)
}

/// The server in its static; called once.
pub fn listening(stack: &mut Stub) -> &'static mut Measured {
    listening_for(stack, SITE)
}

/// The same for another site.
pub fn listening_for(stack: &mut Stub, site: Site<App>) -> &'static mut Measured {
    static mut PLACE: MaybeUninit<Measured> = MaybeUninit::uninit();
    let place = &raw mut PLACE;
    // SAFETY: there is one thread, and it comes here once.
    let server = unsafe { &mut *place }.write(Server::new(site));
    if server.listen(stack, 80).is_err() {
        Register::Result.set(1);
    }
    server
}

/// Serves another site.
pub fn serve(site: Site<App>) -> ! {
    let mut stack = Stub::default();
    let server = listening_for(&mut stack, site);
    loop {
        poll(server, &mut stack);
    }
}

/// The firmware's loop.
#[expect(clippy::cast_possible_truncation, reason = "registers have 32 bits here")]
pub fn poll<T: Default>(server: &mut Server<Stub, App, 4, 512, T>, stack: &mut Stub) {
    if server.poll(stack, &mut App, Register::TimeMs.get() as u32).is_err() {
        Register::Result.set(1);
    }
}
