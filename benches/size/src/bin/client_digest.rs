//! Client: a GET with a proof that the password is known.

#![no_std]
#![no_main]

use nal_http_size::client;
use nal_http_size::stub::Stub;

#[unsafe(no_mangle)]
extern "C" fn main() {
    client::get_with_digest(&mut Stub::default());
}
