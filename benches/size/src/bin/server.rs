//! Server: three routes, four connections.

#![no_std]
#![no_main]

use nal_http_size::server;
use nal_http_size::stub::Stub;

#[unsafe(no_mangle)]
extern "C" fn main() {
    let mut stack = Stub::default();
    let server = server::listening(&mut stack);
    loop {
        server::poll(server, &mut stack);
    }
}
