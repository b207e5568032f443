//! Client: a GET over a connection that is kept.

#![no_std]
#![no_main]

use nal_http_size::client;
use nal_http_size::stub::Stub;

#[unsafe(no_mangle)]
extern "C" fn main() {
    client::get_and_keep(&mut Stub::default());
}
