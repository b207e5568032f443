//! The server with a limit of requests for each connection.

#![no_std]
#![no_main]

use nal_http_size::server::{self, SITE};

#[unsafe(no_mangle)]
extern "C" fn main() {
    server::serve(SITE.requests_per_connection::<100>());
}
