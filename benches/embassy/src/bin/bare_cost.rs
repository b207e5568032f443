#![no_std]
#![no_main]

use nal_http_embassy::{bare, rig};

#[riscv_rt::entry]
fn main() -> ! {
    rig::server("bare", |spawner, plug| bare::spawn(spawner, rig::plain(spawner, plug)))
}
