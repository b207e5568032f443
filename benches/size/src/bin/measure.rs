//! Runs server and client on QEMU and prints what requests cost: the stub's share included.

#![no_std]
#![no_main]

use nal_http_size::probe::{self, Cost};
use nal_http_size::server::Measured;
use nal_http_size::stub::{Register, Stub};
use nal_http_size::{client, server};

const CURL: &str =
    "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n";
const CHROME: &str = "GET / HTTP/1.1\r\nHost: 192.168.0.9\r\nConnection: keep-alive\r\nCache-Control: max-age=0\r\n\
    sec-ch-ua: \"Chromium\";v=\"142\", \"Google Chrome\";v=\"142\", \"Not_A Brand\";v=\"99\"\r\n\
    sec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: \"Windows\"\r\nUpgrade-Insecure-Requests: 1\r\n\
    User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\n\
    Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n\
    Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nAccept-Encoding: gzip, deflate\r\nAccept-Language: zh-CN,zh;q=0.9\r\n\r\n";
const ECHO: &str =
    "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
const LENGTH: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 12\r\nConnection: close\r\n\r\nHello, world";
const CHUNKED: &str =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nHello,\r\n6\r\n world\r\n0\r\n\r\n";

/// Where the stub sends to: memory behind its registers.
const SENT: usize = 0x8021_0000;

#[unsafe(no_mangle)]
extern "C" fn main() {
    probe::print("on riscv32imc     instructions    stack    sends receives\n");
    let mut stack = Stub::default();
    Register::Address.set(0x7f00_0001);
    let server = server::listening(&mut stack);
    let mut all_answered = true;
    for (name, request) in [
        ("curl, new       ", CURL),
        ("curl            ", CURL),
        ("Chrome          ", CHROME),
        ("echo, chunked   ", ECHO),
    ] {
        Register::Knocks.set(usize::from(server.open_connections() == 0));
        all_answered &= serve(name, request, server, &mut stack);
    }
    for (name, response) in [("GET, length     ", LENGTH), ("GET, chunked    ", CHUNKED)] {
        arrives(response);
        let mut stack = Stub::default();
        let cost = probe::cost(&mut || client::get(&mut stack));
        show(name, cost, &stack);
        all_answered &= Register::Result.get() == 200;
    }
    probe::exit(all_answered);
}

fn serve(name: &str, request: &str, server: &mut Measured, stack: &mut Stub) -> bool {
    arrives(request);
    (stack.sends, stack.receives) = (0, 0);
    let cost = probe::cost(&mut || server::poll(server, stack));
    show(name, cost, stack);
    // SAFETY: the stub has written there.
    let answer = unsafe { core::slice::from_raw_parts(SENT as *const u8, 12) };
    answer == b"HTTP/1.1 200"
}

fn arrives(bytes: &str) {
    Register::ReceiveFrom.set(bytes.as_ptr().expose_provenance());
    Register::ReceiveLeft.set(bytes.len());
    Register::SendTo.set(SENT);
}

fn show(name: &str, cost: Cost, stack: &Stub) {
    probe::print(name);
    for number in [cost.instructions, cost.stack, stack.sends as usize, stack.receives as usize] {
        probe::print("    ");
        probe::print_number(number);
    }
    probe::print("\n");
}
