#![no_std]
#![no_main]

use core::pin::pin;

use nal_http_peers::{edge, once};

#[unsafe(no_mangle)]
extern "C" fn main() {
    let mut program = pin!(edge::get());
    while once(program.as_mut()).is_none() {}
}
