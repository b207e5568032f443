//! Client: a GET over TLS, from a server whose key is known.

#![no_std]
#![no_main]

use core::hint::black_box;

use nal_http::tls::Trust;
use nal_http_size::client;
use nal_http_size::stub::Stub;

#[unsafe(no_mangle)]
extern "C" fn main() {
    client::get_over_tls(&mut Stub::default(), Trust::key(black_box([7; 32])));
}
