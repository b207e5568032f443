#![no_std]
#![no_main]

use nal_http_embassy::clients::nanofish;
use nal_http_embassy::rig::{self, Program};

#[riscv_rt::entry]
fn main() -> ! {
    rig::client(&Program { name: "nanofish", spawn: nanofish::spawn })
}
