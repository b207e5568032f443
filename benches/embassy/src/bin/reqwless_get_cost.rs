#![no_std]
#![no_main]

use nal_http_embassy::peers::clients::reqwless;
use nal_http_embassy::rig;

#[riscv_rt::entry]
fn main() -> ! {
    rig::client("reqwless", |spawner, plug| reqwless::spawn(spawner, rig::plain(spawner, plug)))
}
