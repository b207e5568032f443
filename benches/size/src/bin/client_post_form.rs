//! Client: a POST with a form.

#![no_std]
#![no_main]

use nal_http_size::client;
use nal_http_size::stub::Stub;

#[unsafe(no_mangle)]
extern "C" fn main() {
    client::post_form(&mut Stub::default());
}
