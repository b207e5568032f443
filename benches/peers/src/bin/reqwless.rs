#![no_std]
#![no_main]

use core::pin::pin;

use nal_http_peers::{once, reqwless};

#[unsafe(no_mangle)]
extern "C" fn main() {
    let mut program = pin!(reqwless::get());
    while once(program.as_mut()).is_none() {}
}
