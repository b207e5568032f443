//! Client: a GET with default headers and a base URL.

#![no_std]
#![no_main]

use nal_http_size::client;
use nal_http_size::stub::Stub;

#[unsafe(no_mangle)]
extern "C" fn main() {
    client::get_from_base(&mut Stub::default());
}
