#![no_std]
#![no_main]

use nal_http_embassy::picoserve;
use nal_http_embassy::rig::{self, Program};

#[riscv_rt::entry]
fn main() -> ! {
    rig::server(&Program { name: "picoserve", spawn: picoserve::spawn })
}
