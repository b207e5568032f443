//! The other end, which is not counted, with plain sockets.
//!
//! `peer ask PORT REQUESTS PATH` sends requests over one connection to the counted server and then
//! ends it; `peer answer` prints a port, and answers one request a connection until it is killed.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use nal_http_instructions::{LARGE, number};

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("ask") => ask(&std::env::args().nth(4).ok_or("no path")?),
        _ => answer(),
    }
}

fn ask(path: &str) -> Result<(), Box<dyn Error>> {
    let port = u16::try_from(number(2)?)?;
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(1 << 16, stream.try_clone()?);
    let mut request = format!("GET {path} HTTP/1.1\r\n{REST}\r\n").into_bytes();
    if path == "/sink" {
        request = format!("POST {path} HTTP/1.1\r\n{REST}Content-Length: {LARGE}\r\n\r\n").into();
        request.extend_from_slice(&vec![0; LARGE]);
    }
    for _ in 0..number(3)? {
        stream.write_all(&request)?;
        read_response(&mut reader)?;
    }
    stream.write_all(format!("GET /end HTTP/1.1\r\n{REST}\r\n").as_bytes())?;
    read_response(&mut reader)
}

/// What curl sends.
const REST: &str = "Host: 127.0.0.1:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n";

fn read_response(reader: &mut impl BufRead) -> Result<(), Box<dyn Error>> {
    let mut left = 0;
    let mut chunked = false;
    loop {
        let line = read_line(reader)?;
        chunked |= line == "Transfer-Encoding: chunked";
        if let Some(length) = line.strip_prefix("Content-Length: ") {
            left = length.parse()?;
        }
        if line.is_empty() {
            break;
        }
    }
    std::io::copy(&mut reader.take(left), &mut std::io::sink())?;
    while chunked {
        let length = u64::from_str_radix(&read_line(reader)?, 16)?;
        std::io::copy(&mut reader.take(length), &mut std::io::sink())?;
        read_line(reader)?;
        chunked = length > 0;
    }
    Ok(())
}

fn read_line(reader: &mut impl BufRead) -> Result<String, Box<dyn Error>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Err("closed".into());
    }
    Ok(line.trim_end().to_owned())
}

fn answer() -> Result<(), Box<dyn Error>> {
    // As nginx sends a file.
    let small = b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Fri, 27 Nov 2026 08:00:00 GMT\r\n\
        Content-Type: text/plain\r\nContent-Length: 12\r\nLast-Modified: Mon, 23 Nov 2026 10:20:30 GMT\r\nConnection: close\r\n\
        ETag: \"6922e1a8-c\"\r\nAccept-Ranges: bytes\r\n\r\nHello, world";
    let mut length = format!("HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n").into_bytes();
    length.resize(length.len() + LARGE, 0);
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
        let response: &[u8] = match &request[..] {
            [b'G', b'E', b'T', b' ', b'/', b'l', ..] => &length,
            [b'G', b'E', b'T', b' ', b'/', b'c', ..] => &chunked,
            _ => small,
        };
        stream.write_all(response)?;
    }
}

/// As a server with buffers of 4 KiB sends them.
const CHUNK: usize = 4096;
