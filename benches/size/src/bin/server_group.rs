//! Server: the value in a group, with a guard and a header behind the handler.

#![no_std]
#![no_main]

use nal_http::server::{Failure, Group, Request, Route, Site};
use nal_http::wire::Status;
use nal_http_size::server::{self, App, ECHO, LIGHT, PAGE};

const API: &Group<App> =
    &Group::new(&[LIGHT]).guard(allow).after(|outcome| outcome.header("Cache-Control", "no-store"));
const SITE: Site<App> = Site::new(&[PAGE, Route::group("/api", API), ECHO]);

fn allow(_: &mut App, request: &Request<'_>) -> Result<(), Failure> {
    if request.elapsed_ms() > 0 {
        return Err(Failure::new(Status::FORBIDDEN, ""));
    }
    Ok(())
}

#[unsafe(no_mangle)]
extern "C" fn main() {
    server::serve(SITE);
}
