//! Client: a PUT whose body is read while it is sent.

#![no_std]
#![no_main]

use nal_http_size::client;
use nal_http_size::stub::Stub;

#[unsafe(no_mangle)]
extern "C" fn main() {
    client::upload(&mut Stub::default());
}
