#![no_std]
#![no_main]

use nal_http_embassy::{ours, rig};

#[riscv_rt::entry]
fn main() -> ! {
    rig::server("nal-http", ours::start_on_cable)
}
