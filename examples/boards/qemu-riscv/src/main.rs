//! The light-sensor application on QEMU's `virt` board: riscv32imc, the ESP32-C3's instruction set.

#![no_std]
#![no_main]

mod board;
mod net;

use core::panic::PanicInfo;

use board::{Virt, exit};
use light_board::{Board, simulated};
use net::Net;

#[riscv_rt::entry]
fn main() -> ! {
    let net = Net::find().unwrap_or_else(|error| panic!("no network card: {error}"));
    let mac = net.mac();
    exit(simulated::run::<Virt, _>(net, mac))
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    Virt::print(format_args!("{info}\n"));
    exit(101)
}
