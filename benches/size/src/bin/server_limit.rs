//! The server with a limit of requests for each connection.

#![no_std]
#![no_main]

use nal_http::server::Site;
use nal_http_size::server::{self, App, SITE};

const LIMITED: Site<App> = SITE.requests_per_connection(100);

#[unsafe(no_mangle)]
extern "C" fn main() {
    server::serve(LIMITED);
}
