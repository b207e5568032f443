#![no_std]
#![no_main]

use nal_http_embassy::peers::clients::reqwless;
use nal_http_embassy::wired;

#[riscv_rt::entry]
fn main() -> ! {
    wired::run(|spawner, net| reqwless::spawn(spawner, wired::plain(spawner, net)))
}
