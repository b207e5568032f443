//! The client that is not counted, over plain sockets.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use crate::LARGE;

/// What curl sends.
const REST: &str = "Host: 127.0.0.1:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n";

/// A request for a path, or an upload to `/sink`; with `close` the last of its connection.
#[must_use]
pub fn request(path: &str, close: bool) -> Vec<u8> {
    let last = if close { "Connection: close\r\n" } else { "" };
    if path != "/sink" {
        return format!("GET {path} HTTP/1.1\r\n{REST}{last}\r\n").into();
    }
    let head = format!("POST {path} HTTP/1.1\r\n{REST}{last}Content-Length: {LARGE}\r\n\r\n");
    [head.as_bytes(), &vec![0; LARGE]].concat()
}

/// A connection.
pub struct Asking(BufReader<TcpStream>);

impl Asking {
    /// # Errors
    /// Of the sockets.
    pub fn connect(port: u16) -> Result<Self, Box<dyn Error>> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::with_capacity(1 << 14, stream)))
    }

    /// # Errors
    /// Of the sockets.
    pub fn send(&mut self, request: &[u8]) -> Result<(), Box<dyn Error>> {
        Ok(self.0.get_mut().write_all(request)?)
    }

    /// Reads a response to its end.
    ///
    /// # Errors
    /// Of the sockets, or it is not a 200 or 204.
    pub fn read_response(&mut self) -> Result<(), Box<dyn Error>> {
        let status = self.read_line()?;
        if !status.starts_with("HTTP/1.1 20") {
            return Err(status.into());
        }
        let (mut left, mut chunked) = (0, false);
        loop {
            let line = self.read_line()?.to_ascii_lowercase();
            chunked |= line == "transfer-encoding: chunked";
            if let Some(length) = line.strip_prefix("content-length: ") {
                left = length.parse()?;
            }
            if line.is_empty() {
                break;
            }
        }
        self.skip(left)?;
        while chunked {
            let length = u64::from_str_radix(&self.read_line()?, 16)?;
            self.skip(length)?;
            self.read_line()?;
            chunked = length > 0;
        }
        Ok(())
    }

    fn skip(&mut self, length: u64) -> Result<(), Box<dyn Error>> {
        std::io::copy(&mut (&mut self.0).take(length), &mut std::io::sink())?;
        Ok(())
    }

    fn read_line(&mut self) -> Result<String, Box<dyn Error>> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err("closed".into());
        }
        Ok(line.trim_end().to_owned())
    }
}
