//! Runs a server on QEMU whose connections are idle, and prints what a poll costs that finds nothing: the stub's share included.

#![no_std]
#![no_main]

use nal_http_size::probe::{self, Cost};
use nal_http_size::row::show;
use nal_http_size::server::{self, Measured};
use nal_http_size::stub::{Register, Stub, arrives};

#[unsafe(no_mangle)]
extern "C" fn main() {
    probe::print("on riscv32imc     instructions    stack     own    sends receives\n");
    let mut stack = Stub::default();
    Register::Address.set(0x7f00_0001);
    let server = server::listening(&mut stack);
    arrives("");
    let none = idle(server, &mut stack, 0);
    show("idle, 0 open", none, 0, &[stack.sends, stack.receives]);
    let receives_of_none = stack.receives;
    let four = idle(server, &mut stack, 4);
    show("idle, 4 open", four, 0, &[stack.sends, stack.receives]);
    let instructions = four.instructions.saturating_sub(none.instructions) / 4;
    let receives = stack.receives.saturating_sub(receives_of_none) / 4;
    show("idle, each", Cost { instructions, ..four }, 0, &[0, receives]);
    probe::exit(server.open_connections() == 4);
}

/// A poll that finds nothing, once so many clients have come.
fn idle(server: &mut Measured, stack: &mut Stub, clients: usize) -> Cost {
    Register::Knocks.set(clients);
    for _ in 0..=clients {
        server::poll(server, stack);
    }
    (stack.sends, stack.receives) = (0, 0);
    probe::cost(&mut || server::poll(server, stack))
}
