//! Server: the value of a form in place of the value.

#![no_std]
#![no_main]

use nal_http::server::{Answer, Reply, Request, Route, Site};
use nal_http_size::server::{self, App};

const ROUTES: &[Route<App>] = &server::with(light);
const SITE: Site<App> = Site::new(ROUTES);

fn light(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    if request.has_body() {
        let level: u32 = request.form_as("level")?;
        return reply.write("text/plain", |body| body.number(level.into()));
    }
    server::light(app, request, reply)
}

#[unsafe(no_mangle)]
extern "C" fn main() {
    server::serve(SITE);
}
