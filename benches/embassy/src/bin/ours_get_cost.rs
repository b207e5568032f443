#![no_std]
#![no_main]

use nal_http_embassy::clients::ours;
use nal_http_embassy::rig::{self, Program};

#[riscv_rt::entry]
fn main() -> ! {
    rig::client(&Program { name: "ours", spawn: ours::spawn })
}
