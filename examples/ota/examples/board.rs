//! A board that can be updated, on this machine: its flash is memory.
//!
//! usage: board [PORT]    then: `curl -F file=@IMAGE -F sha256=$(sha256sum IMAGE | cut -c1-64) 127.0.0.1:8080/update`

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use nal_http::server::{Route, Server, Site};
use nal_http::wire::MultipartReader;
use nal_std::Stack;
use ota::{Boot, Update, Updates, Upload};

const PAGE: &str = "<!DOCTYPE html><title>Update</title><form method=post action=/update enctype=multipart/form-data>\
    <p><label>Image <input type=file name=file required></label><p><label>SHA-256 <input name=sha256 size=64 required></label>\
    <p><button>Update</button></form>";

const SITE: Site<Board, Upload> = Site::new(&[
    Route::get("/", |_, _, reply| reply.fixed("text/html; charset=utf-8", PAGE.as_bytes())),
    Route::put("/update", ota::put).in_pieces().want(ota::DIGESTS),
    Route::post("/update", ota::post).in_pieces().want(MultipartReader::HEADERS),
    Route::get("/update", ota::progress),
]);

struct Board(Update<Flash, Printer>);

impl Updates for Board {
    type Flash = Flash;
    type Boot = Printer;

    fn update(&mut self) -> &mut Update<Flash, Printer> {
        &mut self.0
    }
}

/// In the place of a bootloader.
struct Printer;

impl Boot for Printer {
    type Error = Infallible;

    fn start_next<F: NorFlash>(&mut self, _: &mut F, length: u32) -> Result<(), Infallible> {
        println!("an image of {length} bytes starts next");
        Ok(())
    }
}

struct Flash(Vec<u8>);

#[derive(Debug)]
struct OutOfBounds;

impl NorFlashError for OutOfBounds {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::OutOfBounds
    }
}

impl ErrorType for Flash {
    type Error = OutOfBounds;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), OutOfBounds> {
        let from = self.0.get(offset as usize..).and_then(|from| from.get(..bytes.len()));
        bytes.copy_from_slice(from.ok_or(OutOfBounds)?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.len()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), OutOfBounds> {
        self.0.get_mut(from as usize..to as usize).ok_or(OutOfBounds)?.fill(0xff);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), OutOfBounds> {
        let to = self.0.get_mut(offset as usize..).and_then(|to| to.get_mut(..bytes.len()));
        to.ok_or(OutOfBounds)?.copy_from_slice(bytes);
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).map_or(Ok(8080), |port| port.parse())?;
    let mut board = Board(Update::new(Flash(vec![0; 4 << 20]), Printer));
    let mut stack = Stack::bound_to(Ipv4Addr::LOCALHOST.into());
    let mut server: Server<Stack, Board, 4, 1024, Upload> = Server::new(SITE);
    server.listen(&mut stack, port)?;
    println!("http://127.0.0.1:{port}/");
    let start = Instant::now();
    loop {
        let now_ms = u32::try_from(start.elapsed().as_millis())?;
        if server.poll(&mut stack, &mut board, now_ms).is_err() {
            stack.wait(Duration::from_millis(server.idle_ms(now_ms).into()));
        }
    }
}
