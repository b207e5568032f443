//! Server: headers for security in all answers.

#![no_std]
#![no_main]

use nal_http::server::{Answer, Reply, Request, Route, Site, guards};
use nal_http_size::server::{self, App};

const ROUTES: &[Route<App>] = &server::with(light);
const SITE: Site<App> = Site::new(ROUTES).map_response(guards::secure_headers);

fn light(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    server::light(app, request, reply)
}

#[unsafe(no_mangle)]
extern "C" fn main() {
    server::serve(SITE);
}
