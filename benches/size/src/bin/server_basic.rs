//! Server: the value only with user and password.

#![no_std]
#![no_main]

use nal_http::server::{Answer, Reply, Request, Route, Site, guards};
use nal_http_size::server::{self, App};

const ROUTES: &[Route<App>] = &server::with(light);
const SITE: Site<App> = Site::new(ROUTES).want(&["Authorization"]);

fn light(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    guards::basic(request, "admin", "secret", "Basic realm=\"board\"")?;
    server::light(app, request, reply)
}

#[unsafe(no_mangle)]
extern "C" fn main() {
    server::serve(SITE);
}
