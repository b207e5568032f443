#![no_std]
#![no_main]

use nal_http_embassy::{ours, wired};

#[riscv_rt::entry]
fn main() -> ! {
    wired::run(ours::start_wired)
}
