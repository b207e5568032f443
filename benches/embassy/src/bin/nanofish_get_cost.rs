#![no_std]
#![no_main]

use nal_http_embassy::peers::clients::nanofish;
use nal_http_embassy::rig;

#[riscv_rt::entry]
fn main() -> ! {
    rig::client("nanofish", |spawner, plug| nanofish::spawn(spawner, rig::plain(spawner, plug)))
}
