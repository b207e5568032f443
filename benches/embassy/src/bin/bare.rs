#![no_std]
#![no_main]

use nal_http_embassy::{bare, wired};

#[riscv_rt::entry]
fn main() -> ! {
    wired::run(|spawner, net| bare::spawn(spawner, wired::plain(spawner, net)))
}
