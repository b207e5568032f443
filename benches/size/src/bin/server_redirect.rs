//! Server: a redirect in place of the value.

#![no_std]
#![no_main]

use nal_http::server::{Answer, Reply, Request, Route, Site};
use nal_http::wire::Status;
use nal_http_size::server::{self, App};

const ROUTES: &[Route<App>] = &server::with(light);
const SITE: Site<App> = Site::new(ROUTES);

fn light(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    if request.query().next().is_some() {
        return reply.redirect(Status::SEE_OTHER, "/");
    }
    server::light(app, request, reply)
}

#[unsafe(no_mangle)]
extern "C" fn main() {
    server::serve(SITE);
}
