//! The server, shut down when it is bright.

#![no_std]
#![no_main]

use nal_http::hal::{Clock, Deadline};
use nal_http_size::server::{self, App};
use nal_http_size::stub::{DeviceClock, Register, Stub};

#[unsafe(no_mangle)]
extern "C" fn main() {
    let mut stack = Stub::default();
    let server = server::listening(&mut stack);
    while Register::Light.get() < 1_000 {
        server::poll(server, &mut stack);
    }
    let deadline = Deadline::after(DeviceClock.now_ms(), 5_000);
    while server.poll_shutdown(&mut stack, &mut App, DeviceClock.now_ms(), deadline).is_err() {}
    Register::Result.set(2);
}
