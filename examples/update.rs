//! A firmware update: 4 MiB from a server that breaks off again and again, into a flash of memory.
//!
//! usage: update [URL]    without a URL, from a server that the example starts itself and that cuts its connections

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::thread;

use embedded_storage::{ReadStorage, Storage};
use nal_http::client::Client;
use nal_std::Stack;

mod pc;

const IMAGE: usize = 4 << 20;
const SECTOR: usize = 4096;

fn main() -> Result<(), Box<dyn Error>> {
    let expected = image();
    let (url, is_own) = match std::env::args().nth(1) {
        Some(url) => (url, false),
        None => (serve(expected.clone())?, true),
    };
    let mut flash = Flash { bytes: vec![0xff; 2 * IMAGE], erased: 0 };
    let mut stack = Stack::new();
    let mut client = Client::new(&mut stack, pc::PcClock::new()).idle(pc::wait);
    let mut buffer = [0; 16 * 1024];
    let mut percent = 0;
    let length = client.download(&url, &mut buffer, |piece| {
        flash.write(u32::try_from(piece.offset)?, piece.bytes)?;
        let done = piece.offset + piece.bytes.len() as u64;
        if let Some(now) = piece.total.map(|total| done * 100 / total.max(1)) {
            if now / 10 > percent / 10 {
                println!("{now} %, {done} bytes");
            }
            percent = now;
        }
        Ok::<(), Box<dyn Error>>(())
    });
    let length = usize::try_from(length.map_err(|error| error.to_string())?)?;
    println!("{length} bytes, {} sectors of flash erased", flash.erased);
    if is_own {
        let mut read = vec![0; IMAGE];
        flash.read(0, &mut read)?;
        if length != IMAGE || read != expected {
            return Err("the image in flash is not the one that was served".into());
        }
        println!("the image is intact");
    }
    Ok(())
}

/// A flash whose sectors are erased before they are written.
struct Flash {
    bytes: Vec<u8>,
    erased: usize,
}

/// An address outside of the flash.
#[derive(Debug)]
struct OutOfBounds;

impl std::fmt::Display for OutOfBounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the image is longer than the flash")
    }
}

impl Error for OutOfBounds {}

impl ReadStorage for Flash {
    type Error = OutOfBounds;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), OutOfBounds> {
        let start = offset as usize;
        let from = self.bytes.get(start..start + bytes.len()).ok_or(OutOfBounds)?;
        bytes.copy_from_slice(from);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl Storage for Flash {
    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), OutOfBounds> {
        let start = offset as usize;
        let end = start + bytes.len();
        self.bytes.get_mut(start..end).ok_or(OutOfBounds)?.copy_from_slice(bytes);
        // The sectors that begin in these bytes.
        self.erased += end.div_ceil(SECTOR) - start.div_ceil(SECTOR);
        Ok(())
    }
}

fn image() -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..IMAGE).map(|_| next()).collect()
}

/// Serves the image to one client after the other, and cuts each connection at some place.
fn serve(image: Vec<u8>) -> Result<String, Box<dyn Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!("http://{}/firmware.bin", listener.local_addr()?);
    thread::spawn(move || {
        let mut cut = 12_345;
        for stream in listener.incoming().flatten() {
            cut = cut * 69_069 % 1_048_573;
            // A client that is gone does not end the server.
            let _ = answer(stream, &image, cut);
        }
    });
    Ok(url)
}

fn answer(mut stream: TcpStream, image: &[u8], cut: usize) -> std::io::Result<()> {
    let mut head = vec![0; 4096];
    let n = stream.read(&mut head)?;
    let head = String::from_utf8_lossy(&head[..n]).into_owned();
    let range = head.lines().find_map(|line| line.strip_prefix("Range: bytes="));
    let from = range.and_then(|range| range.trim_end_matches('-').parse().ok()).unwrap_or(0);
    let rest = image.get(from..).unwrap_or_default();
    let length = rest.len();
    let (status, range) = if from > 0 {
        let (last, total) = (image.len() - 1, image.len());
        ("206 Partial Content", format!("Content-Range: bytes {from}-{last}/{total}\r\n"))
    } else {
        ("200 OK", String::new())
    };
    write!(stream, "HTTP/1.1 {status}\r\nETag: \"1\"\r\nContent-Length: {length}\r\n{range}\r\n")?;
    stream.write_all(&rest[..cut.min(length)])?;
    stream.shutdown(Shutdown::Write)
}
