#![no_std]
#![no_main]

use nal_http_embassy::peers::nanofish;
use nal_http_embassy::wired;

#[riscv_rt::entry]
fn main() -> ! {
    wired::run(|spawner, net| nanofish::spawn(spawner, wired::plain(spawner, net)))
}
