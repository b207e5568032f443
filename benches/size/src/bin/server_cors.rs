//! Server: a page of one other origin may ask (CORS).

#![no_std]
#![no_main]

use nal_http::server::guards::Cors;
use nal_http::server::{Answer, Reply, Request, Route, Site};
use nal_http_size::server::{self, App};

const ROUTES: &[Route<App>] = &server::with(light);
const CORS: Cors = Cors {
    origins: &["https://dashboard.example"],
    methods: "GET, PUT",
    headers: "Content-Type",
    max_age_s: 600,
    with_credentials: false,
};
const SITE: Site<App> = Site::new(ROUTES)
    .want(&["Origin", "Access-Control-Request-Method"])
    .map_response(|_, request, reply| CORS.apply(request, reply));

fn light(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    server::light(app, request, reply)
}

#[unsafe(no_mangle)]
extern "C" fn main() {
    server::serve(SITE);
}
