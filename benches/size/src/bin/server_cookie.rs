//! Server: the value with a cookie.

#![no_std]
#![no_main]

use nal_http::server::{Answer, Cookie, Reply, Request, Route, SameSite, Site};
use nal_http_size::server::{self, App};

const ROUTES: &[Route<App>] = &server::with(light);
const SITE: Site<App> = Site::new(ROUTES);

fn light(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let cookie = Cookie::new("unit", "lux").path("/").max_age(3600).same_site(SameSite::Lax);
    reply.cookie(cookie);
    server::light(app, request, reply)
}

#[unsafe(no_mangle)]
extern "C" fn main() {
    server::serve(SITE);
}
