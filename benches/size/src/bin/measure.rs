//! Runs server and client on QEMU and prints what requests cost: the stub's share included.

#![no_std]
#![no_main]

use nal_http_size::messages::{CHROME, CHUNKED, CURL, ECHO, LENGTH, NGINX};
use nal_http_size::probe;
use nal_http_size::row::show;
use nal_http_size::stub::{Register, Stub, arrives, was_answered};
use nal_http_size::{client, server};

#[unsafe(no_mangle)]
extern "C" fn main() {
    probe::print("on riscv32imc     instructions    stack     own    sends receives\n");
    let mut stack = Stub::default();
    Register::Address.set(0x7f00_0001);
    let server = server::listening(&mut stack);
    let mut all_answered = true;
    for (name, request) in
        [("curl, new", CURL), ("curl", CURL), ("Chrome", CHROME), ("echo, chunked", ECHO)]
    {
        Register::Knocks.set(usize::from(server.open_connections() == 0));
        arrives(request);
        (stack.sends, stack.receives) = (0, 0);
        let cost = probe::cost(&mut || server::poll(server, &mut stack));
        show(name, cost, 0, &[stack.sends, stack.receives]);
        all_answered &= was_answered();
    }
    for (name, response) in
        [("GET, nginx", NGINX), ("GET, length", LENGTH), ("GET, chunked", CHUNKED)]
    {
        arrives(response);
        let mut stack = Stub::default();
        let cost = probe::cost(&mut || client::get(&mut stack));
        show(name, cost, client::BUFFERS, &[stack.sends, stack.receives]);
        all_answered &= Register::Result.get() == 200;
    }
    probe::exit(all_answered);
}
