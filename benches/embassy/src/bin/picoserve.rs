#![no_std]
#![no_main]

use nal_http_embassy::peers::picoserve;
use nal_http_embassy::wired;

#[riscv_rt::entry]
fn main() -> ! {
    wired::run(|spawner, net| picoserve::spawn(spawner, wired::plain(spawner, net)))
}
