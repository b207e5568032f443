//! Client: a GET that wants trailers.

#![no_std]
#![no_main]

use nal_http_size::client;
use nal_http_size::stub::Stub;

#[unsafe(no_mangle)]
extern "C" fn main() {
    client::get_with_trailers(&mut Stub::default());
}
