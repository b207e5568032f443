#![no_std]
#![no_main]

use nal_http_embassy::{nanofish, rig};

#[riscv_rt::entry]
fn main() -> ! {
    rig::server("nanofish", |spawner, plug| nanofish::spawn(spawner, rig::plain(spawner, plug)))
}
