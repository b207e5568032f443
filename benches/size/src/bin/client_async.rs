//! Async client: a GET, its body in pieces.

#![no_std]
#![no_main]

#[unsafe(no_mangle)]
extern "C" fn main() {
    nal_http_size::async_client::get();
}
