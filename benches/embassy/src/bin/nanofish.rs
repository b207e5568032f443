#![no_std]
#![no_main]

use nal_http_embassy::{nanofish, wired};

#[riscv_rt::entry]
fn main() -> ! {
    wired::run(nanofish::spawn)
}
