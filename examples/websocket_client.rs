//! A WebSocket on a terminal: what comes is printed, and each line that is typed is sent.
//!
//! `cargo run --example websocket_client -- ws://127.0.0.1:PORT/ws` talks with `--example websocket`, beside the pages
//! that show it. At the end of its input (Ctrl-D) it closes.

mod pc;

use std::error::Error;
use std::io::{self, Write};
use std::sync::mpsc::{self, TryRecvError};
use std::thread;

use nal_http::client::Client;
use nal_http::client::websocket::{CloseCode, Kind, Part, Received, Upgrade};
use nal_std::Stack;

/// A line that was typed waits no longer.
const TYPED_MS: u32 = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).ok_or("usage: websocket_client ws://HOST/PATH")?;
    let (sender, typed) = mpsc::channel();
    thread::spawn(move || {
        io::stdin().lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });

    let mut stack = Stack::new();
    let mut client = Client::new(&mut stack, pc::PcClock::new()).idle(pc::wait);
    let mut buffer = [0; 2048];
    let upgrade = Upgrade::new();
    let random = || getrandom::u32().expect("the system has random numbers");
    let mut socket = client.get(&url).websocket(&upgrade).open(random, &mut buffer)?;
    loop {
        match socket.receive_within(TYPED_MS)? {
            Some(Received::Part(part)) => show(part)?,
            Some(Received::Closed(Some(code))) => {
                return Err(format!("the server has closed it with {}", code.code()).into());
            }
            Some(Received::Closed(None)) => return Err("the server has closed it".into()),
            None => {}
        }
        match typed.try_recv() {
            Ok(line) => socket.send_text(&line)?,
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return Ok(socket.close(CloseCode::NORMAL)?),
        }
    }
}

/// Prints a message, or a part of one: a text as it is, of other bytes how many they are.
fn show(part: Part<'_>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match part.kind {
        Kind::Text => out.write_all(part.bytes)?,
        Kind::Binary => write!(out, "<{} bytes>", part.bytes.len())?,
    }
    if part.is_last {
        writeln!(out)?;
    }
    out.flush()
}
