//! Client: JSON sent and received.

#![no_std]
#![no_main]

use nal_http_size::client;
use nal_http_size::stub::Stub;

#[unsafe(no_mangle)]
extern "C" fn main() {
    client::json(&mut Stub::default());
}
