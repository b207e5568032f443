//! The light-sensor application on QEMU's `mps2-an385` board: a Cortex-M3.

#![no_std]
#![no_main]

mod board;
mod net;

use core::panic::PanicInfo;

use board::{Mps2, exit};
use cortex_m::Peripherals;
use light_board::{Board, simulated};
use net::Net;

#[cortex_m_rt::entry]
fn main() -> ! {
    if let Some(core) = Peripherals::take() {
        Mps2::start(core.SYST);
    }
    let net = Net::find().unwrap_or_else(|error| panic!("no network card: {error}"));
    let mac = net.mac();
    exit(simulated::run::<Mps2, _>(net, mac))
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    Mps2::print(format_args!("{info}\n"));
    exit(101)
}
