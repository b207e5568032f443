#![no_std]
#![no_main]

use nal_http_embassy::clients::reqwless;
use nal_http_embassy::rig::{self, Program};

#[riscv_rt::entry]
fn main() -> ! {
    rig::client(&Program { name: "reqwless", spawn: reqwless::spawn })
}
