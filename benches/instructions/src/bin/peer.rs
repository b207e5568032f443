//! The other end, which is not counted, with plain sockets.
//!
//! `peer ask PORT REQUESTS PATH PAUSE close`, `... PAUSE IDLE` sends requests to the counted server, so many ms apart, each over a
//! connection of its own, or all over one beside so many idle ones, and then ends it; `peer answer` prints a port, and answers
//! one request a connection with a body in chunks until it is killed.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::thread::sleep;
use std::time::Duration;

use nal_http_instructions::asking::{Asking, request};
use nal_http_instructions::{LARGE, number, word};

fn main() -> Result<(), Box<dyn Error>> {
    match word(1)?.as_str() {
        "ask" => ask(&word(4)?, &word(6)?),
        _ => answer(),
    }
}

fn ask(path: &str, how: &str) -> Result<(), Box<dyn Error>> {
    let (port, close) = (u16::try_from(number(2)?)?, how == "close");
    let pause = Duration::from_millis(number(5)?.try_into()?);
    let mut idle = Vec::new();
    for _ in 0..if close { 0 } else { number(6)? } {
        let mut other = Asking::connect(port)?;
        other.send(&request("/", false))?;
        other.read_response()?;
        idle.push(other);
    }
    let bytes = request(path, close);
    let mut asking = Asking::connect(port)?;
    for count in 0..number(3)? {
        sleep(pause);
        if close && count > 0 {
            asking = Asking::connect(port)?;
        }
        asking.send(&bytes)?;
        asking.read_response()?;
    }
    drop(asking);
    let mut last = Asking::connect(port)?;
    last.send(&request("/end", true))?;
    last.read_response()
}

fn answer() -> Result<(), Box<dyn Error>> {
    let mut chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..LARGE / CHUNK {
        chunked.extend_from_slice(format!("{CHUNK:x}\r\n").as_bytes());
        chunked.resize(chunked.len() + CHUNK, 0);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("{}", listener.local_addr()?.port());
    loop {
        let (mut stream, _) = listener.accept()?;
        // Some clients send their head in many pieces.
        let mut request = Vec::new();
        let mut piece = [0; 1024];
        while !request.ends_with(b"\r\n\r\n") {
            match stream.read(&mut piece)? {
                0 => break,
                n => request.extend_from_slice(&piece[..n]),
            }
        }
        stream.write_all(&chunked)?;
    }
}

/// As a server with buffers of 4 KiB sends them.
const CHUNK: usize = 4096;
