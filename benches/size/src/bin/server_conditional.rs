//! The server with a handler that answers conditional requests by a tag.

#![no_std]
#![no_main]

use nal_http::server::{Answer, Etag, Reply, Request, Route, Site, Validators};
use nal_http_size::server::{self, App};
use nal_http_size::stub::{Register, Stub};

const SITE: Site<App> = Site::new(&[server::PAGE, Route::get("/light", light), server::ECHO]);

fn light(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let etag = Etag::number(Register::Light.get() as u64);
    if reply.is_fresh(request, &Validators::etag(etag.as_str()))? {
        return reply.no_content();
    }
    server::light(app, request, reply)
}

#[unsafe(no_mangle)]
extern "C" fn main() {
    let mut stack = Stub::default();
    let server = server::listening_for(&mut stack, SITE);
    loop {
        server::poll(server, &mut stack);
    }
}
