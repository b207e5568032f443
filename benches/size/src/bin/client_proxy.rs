//! Client: a GET through an http proxy.

#![no_std]
#![no_main]

use nal_http_size::client;
use nal_http_size::stub::Stub;

#[unsafe(no_mangle)]
extern "C" fn main() {
    client::get_through_proxy(&mut Stub::default());
}
