#![no_std]
#![no_main]

use nal_http_embassy::{picoserve, rig};

#[riscv_rt::entry]
fn main() -> ! {
    rig::server("picoserve", |spawner, plug| picoserve::spawn(spawner, rig::plain(spawner, plug)))
}
