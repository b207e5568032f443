//! A client that opens a WebSocket: a text sent, what comes counted.

#![no_std]
#![no_main]

use nal_http::client::Client;
use nal_http::client::websocket::{Received, Upgrade};
use nal_http_size::stub::{DeviceClock, Register, Stub};

fn talk(stack: &mut Stub) -> Result<usize, nal_http::client::ErrorOf<Stub>> {
    let mut buffer = [0; 512];
    let mut client = Client::new(stack, DeviceClock);
    let upgrade = Upgrade::new();
    let random = || Register::Light.get() as u32;
    let opening = client.get("ws://192.168.0.9/ws").websocket(&upgrade);
    let mut socket = opening.open(random, &mut buffer)?;
    socket.send_text("on")?;
    let mut count = 0;
    while let Received::Part(part) = socket.receive()? {
        count += part.bytes.len();
    }
    Ok(count)
}

#[unsafe(no_mangle)]
extern "C" fn main() {
    Register::Result.set(talk(&mut Stub::default()).unwrap_or_default());
}
