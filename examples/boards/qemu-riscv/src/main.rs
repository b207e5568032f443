//! The light-sensor application on QEMU's `virt` board: riscv32imc, the ESP32-C3's instruction set.

#![no_std]
#![no_main]

use core::fmt;
use core::panic::PanicInfo;

use light_board::{Board, simulated};
use virt::{Net, TICKS_PER_MS, exit};

/// The network card does not wake the hart: it is looked at so often.
const LONGEST_REST_MS: u32 = 1;

/// The machine.
struct Virt;

impl Board for Virt {
    fn uptime_ms() -> u64 {
        virt::ticks() / TICKS_PER_MS
    }

    fn rest(ms: u32) {
        virt::rest(ms.min(LONGEST_REST_MS));
    }

    fn print(text: fmt::Arguments<'_>) {
        virt::print(text);
    }

    fn random() -> u32 {
        virt::random()
    }
}

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
