#![no_std]
#![no_main]

use nal_http_embassy::clients::ours;
use nal_http_embassy::rig;

#[riscv_rt::entry]
fn main() -> ! {
    rig::client("nal-http", |spawner, plug| ours::spawn(spawner, rig::plain(spawner, plug)))
}
