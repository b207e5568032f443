//! Client and server in one image.

#![no_std]
#![no_main]

use nal_http_size::stub::Stub;
use nal_http_size::{client, server};

#[unsafe(no_mangle)]
extern "C" fn main() {
    let mut stack = Stub::default();
    client::get(&mut stack);
    let server = server::listening(&mut stack);
    loop {
        server::poll(server, &mut stack);
    }
}
