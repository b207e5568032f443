#![no_std]
#![no_main]

use nal_http_embassy::peers::picoserve;
use nal_http_embassy::rig;

#[riscv_rt::entry]
fn main() -> ! {
    rig::server("picoserve", |spawner, plug| picoserve::spawn(spawner, rig::plain(spawner, plug)))
}
