//! The server with firmware updates, of package `ota`, in the place of the value.

#![no_std]
#![no_main]

use core::mem::MaybeUninit;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use nal_http::server::{Route, Server, Site};
use nal_http::wire::MultipartReader;
use nal_http_size::stub::{Register, Stub};
use ota::{Boot, Update, Updates, Upload};

/// A flash behind registers.
struct Flash;

#[derive(Debug)]
struct Refused;

impl NorFlashError for Refused {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

fn done() -> Result<(), Refused> {
    if Register::Light.get() == 0 { Err(Refused) } else { Ok(()) }
}

impl ErrorType for Flash {
    type Error = Refused;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Refused> {
        Register::ReceiveFrom.set(offset as usize);
        bytes.fill(Register::Light.get() as u8);
        done()
    }

    fn capacity(&self) -> usize {
        1 << 20
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, from: u32, _: u32) -> Result<(), Refused> {
        Register::Result.set(from as usize);
        done()
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Refused> {
        Register::Result.set(offset as usize);
        bytes.iter().for_each(|byte| Register::SendTo.set((*byte).into()));
        done()
    }
}

struct Bootloader;

impl Boot for Bootloader {
    type Error = Refused;

    fn start_next<F: NorFlash>(&mut self, _: &mut F, length: u32) -> Result<(), Refused> {
        Register::Result.set(length as usize);
        done()
    }
}

struct App(Update<Flash, Bootloader>);

impl Updates for App {
    type Flash = Flash;
    type Boot = Bootloader;

    fn update(&mut self) -> &mut Update<Flash, Bootloader> {
        &mut self.0
    }
}

const SITE: Site<App, Upload> = Site::new(&[
    Route::get("/", |_, _, reply| reply.fixed("text/plain", b"Hello from a microcontroller")),
    Route::put("/update", ota::put).in_pieces().want(ota::DIGESTS),
    Route::post("/update", ota::post).in_pieces().want(MultipartReader::HEADERS),
    Route::get("/update", ota::progress),
]);

#[unsafe(no_mangle)]
extern "C" fn main() {
    static mut PLACE: MaybeUninit<Server<Stub, App, 4, 512, Upload>> = MaybeUninit::uninit();
    let place = &raw mut PLACE;
    let (mut stack, mut app) = (Stub::default(), App(Update::new(Flash, Bootloader)));
    // SAFETY: there is one thread, and it comes here once.
    let server = unsafe { &mut *place }.write(Server::new(SITE));
    if server.listen(&mut stack, 80).is_err() {
        Register::Result.set(1);
    }
    loop {
        let now_ms = Register::TimeMs.get() as u32;
        if server.poll(&mut stack, &mut app, now_ms).is_err() {
            Register::Result.set(1);
        }
    }
}
