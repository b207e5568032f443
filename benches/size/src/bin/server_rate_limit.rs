//! Server: the value for no peer more often than so.

#![no_std]
#![no_main]

use nal_http::server::guards::RateLimit;
use nal_http::server::{Answer, Reply, Request, Route, Site};
use nal_http_size::server::{self, App};

const ROUTES: &[Route<App>] = &server::with(light);
const SITE: Site<App> = Site::new(ROUTES);

static mut LIMIT: RateLimit<16> = RateLimit::new(10, 500);

fn light(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let limit = &raw mut LIMIT;
    // SAFETY: there is one thread, and handlers are called one after another.
    unsafe { &mut *limit }.check(request)?;
    server::light(app, request, reply)
}

#[unsafe(no_mangle)]
extern "C" fn main() {
    server::serve(SITE);
}
