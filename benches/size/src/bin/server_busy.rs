//! The server with a second one, of one small slot, for who waits too long.

#![no_std]
#![no_main]

use core::mem::MaybeUninit;

use nal_http::hal::Clock;
use nal_http::server::{Answer, Failure, Reply, Request, Route, Server, Site};
use nal_http_size::server::{self, App};
use nal_http_size::stub::{DeviceClock, Register, Stub};

type Doorman = Server<Stub, App, 1, 256>;

const BUSY: Site<App> =
    Site::new(&[Route::post("/{*any}", busy).in_pieces(), Route::put("/{*any}", busy).in_pieces()])
        .fallback(busy);

fn busy(_: &mut App, _: &mut Request<'_>, _: &mut Reply<'_>) -> Answer {
    Err(Failure::unavailable("all slots are taken", "10"))
}

#[unsafe(no_mangle)]
extern "C" fn main() {
    static mut PLACE: MaybeUninit<Doorman> = MaybeUninit::uninit();
    let place = &raw mut PLACE;
    // SAFETY: there is one thread, and it comes here once.
    let doorman = unsafe { &mut *place }.write(Server::new(BUSY));
    let mut stack = Stub::default();
    let server = server::listening(&mut stack);
    loop {
        server::poll(server, &mut stack);
        let now = DeviceClock.now_ms();
        server.hand_over(doorman, 600, now);
        if doorman.poll(&mut stack, &mut App, now).is_err() {
            Register::Result.set(1);
        }
    }
}
