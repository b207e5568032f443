#![no_std]
#![no_main]

use nal_http_embassy::nanofish;
use nal_http_embassy::rig::{self, Program};

#[riscv_rt::entry]
fn main() -> ! {
    rig::server(&Program { name: "nanofish", spawn: nanofish::spawn })
}
