//! Server: the value only for the board's own names.

#![no_std]
#![no_main]

use nal_http::server::{Answer, Reply, Request, Route, Site, guards};
use nal_http_size::server::{self, App};

const ROUTES: &[Route<App>] = &server::with(light);
const SITE: Site<App> = Site::new(ROUTES).want(&["Host"]);

fn light(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    guards::host(request, &["board.local", "192.168.4.1"])?;
    server::light(app, request, reply)
}

#[unsafe(no_mangle)]
extern "C" fn main() {
    server::serve(SITE);
}
