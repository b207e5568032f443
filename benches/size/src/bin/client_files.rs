//! Client: a POST of a form with a file.

#![no_std]
#![no_main]

use nal_http_size::client;
use nal_http_size::stub::Stub;

#[unsafe(no_mangle)]
extern "C" fn main() {
    client::post_files(&mut Stub::default());
}
