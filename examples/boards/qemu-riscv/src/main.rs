//! The light-sensor application on QEMU's `virt` board: riscv32imc, the ESP32-C3's instruction set.

#![no_std]
#![no_main]

mod board;
mod net;

use core::net::Ipv4Addr;
use core::panic::PanicInfo;

use board::{Virt, exit};
use board_drivers::{Ascii, Screen};
use light_board::simulated::{OledInMemory, Readings};
use light_board::{Address, Board, LightBoard, fetch};
use net::Net;

/// The one of QEMU's network, which its DHCP does not name.
const NAME_SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 3);

#[riscv_rt::entry]
fn main() -> ! {
    let net = Net::find().unwrap_or_else(|error| panic!("no network card: {error}"));
    let mac = net.mac();
    let address = Address::Dhcp { name_server: Some(NAME_SERVER) };
    let mut stack = light_board::stack::<Virt, _>(net, mac, address);
    match board::argument().as_str() {
        "" => {}
        "panic" => panic!("on purpose"),
        url => {
            if let Err(error) = fetch::<Virt, _>(&mut stack, url) {
                Virt::print(format_args!("{error}\n"));
                exit(1);
            }
            exit(0);
        }
    }
    Virt::print(format_args!("OLED in memory at {:p}\n", OledInMemory::address()));
    let screen = Screen::new(OledInMemory, Ascii);
    let mut board = LightBoard::<Virt, _, _, _>::new(stack, Readings::default(), screen)
        .unwrap_or_else(|error| panic!("cannot listen: {error}"));
    loop {
        let idle_ms = board.step();
        if idle_ms > 0 {
            Virt::rest(idle_ms);
        }
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    Virt::print(format_args!("{info}\n"));
    exit(101)
}
