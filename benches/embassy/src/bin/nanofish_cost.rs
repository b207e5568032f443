#![no_std]
#![no_main]

use nal_http_embassy::rig::{self, Program};
use nal_http_embassy::nanofish;

#[riscv_rt::entry]
fn main() -> ! {
    rig::server(&Program { name: "nanofish", spawn: nanofish::spawn })
}
