//! Server: the value only behind a login, by a signed cookie.

#![no_std]
#![no_main]

use nal_http::server::{Answer, Failure, Reply, Request, Route, Sessions, Site};
use nal_http::wire::Status;
use nal_http_size::server::{self, App};

const ROUTES: &[Route<App>] = &server::with(light);
const SITE: Site<App> = Site::new(ROUTES).want_cookies(&["session"]);
const SESSIONS: Sessions<'static> = Sessions::new("session", &[7; 32]);

fn light(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let now_s = request.now_ms() / 1000;
    if SESSIONS.find(request, now_s).is_none() {
        return Err(Failure::new(Status::FORBIDDEN, ""));
    }
    SESSIONS.log_in(reply, "admin", now_s)?;
    server::light(app, request, reply)
}

#[unsafe(no_mangle)]
extern "C" fn main() {
    server::serve(SITE);
}
