//! The programs that are compared, and the boards that they run on: QEMU's with its network card, or one on a cable in
//! memory, where instructions are counted.

#![no_std]

pub mod bare;
#[path = "../../board/src/cable.rs"]
mod cable;
pub mod clients;
pub mod end;
#[path = "../../board/src/messages.rs"]
pub mod messages;
pub mod ours;
#[path = "../../board/src/peer.rs"]
mod peer;
#[cfg(feature = "peers")]
pub mod peers;
#[path = "../../size/src/probe.rs"]
pub mod probe;
#[path = "../../board/src/quiet.rs"]
mod quiet;
pub mod rig;
#[path = "../../board/src/tally.rs"]
mod tally;
pub mod wired;

use core::panic::PanicInfo;

use embassy_net::{Runner, Stack};
use embassy_net_driver::Driver;

/// Each server has so many tasks, with a socket each.
pub const TASKS: usize = 8;
/// Bytes that a socket receives into, and as many that it sends from.
pub const SOCKET: usize = 2048;
/// Bytes of a server's own buffer for each connection.
pub const HTTP: usize = 1024;

/// What the page's handlers read, and what they show it in.
pub use quiet::LIGHT;
pub const PAGE: [&str; 2] = [
    "<!DOCTYPE html><meta http-equiv=refresh content=2><title>mPython</title><h1>欢迎使用掌控板mPython！你的光线传感器值是:",
    "</h1>",
];

/// embassy-net's stack over this driver. QEMU's network gives an address by DHCP, the peer on the cable does not.
fn stack<D: Driver>(driver: D) -> (Stack<'static>, Runner<'static, D>) {
    light_embassy::network(driver, 0x1234_5678)
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    virt::print(format_args!("{info}\n"));
    virt::exit(101)
}
