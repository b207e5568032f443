//! Server: the value as a query of three fields wants it.

#![no_std]
#![no_main]

use nal_http::server::{Answer, Reply, Request, Route, Site};
use nal_http_size::server::{self, App};
use serde::Deserialize;

const ROUTES: &[Route<App>] = &server::with(light);
const SITE: Site<App> = Site::new(ROUTES);

#[derive(Deserialize)]
struct Wanted<'q> {
    last: Option<u16>,
    is_raw: bool,
    room: &'q str,
}

fn light(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let mut buffer = [0; 32];
    let wanted: Wanted<'_> = request.typed_query(&mut buffer)?;
    if wanted.is_raw && wanted.last.is_none() {
        return reply.text(wanted.room);
    }
    server::light(app, request, reply)
}

#[unsafe(no_mangle)]
extern "C" fn main() {
    server::serve(SITE);
}
