//! The server with a file that is read while it is sent, in the place of the page.

#![no_std]
#![no_main]

use embedded_io::{ErrorKind, ErrorType, Read, Seek, SeekFrom};
use nal_http::server::{Answer, OpenFile, Reply, Request, Route, Site, Validators};
use nal_http_size::server::{self, App};
use nal_http_size::stub::{Register, Stub};

/// A device that reads zeros.
struct Card;

impl ErrorType for Card {
    type Error = ErrorKind;
}

impl Read for Card {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, ErrorKind> {
        let n = Register::Light.get().min(out.len());
        out.iter_mut().take(n).for_each(|byte| *byte = 0);
        Ok(n)
    }
}

impl Seek for Card {
    fn seek(&mut self, to: SeekFrom) -> Result<u64, ErrorKind> {
        match to {
            SeekFrom::Start(at) => Ok(at),
            _ => Ok(Register::Light.get() as u64),
        }
    }
}

fn file(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    OpenFile::new(&mut Card, "text/csv").validators(Validators::etag("\"1\"")).reply(request, reply)
}

const SITE: Site<App> = Site::new(&[Route::get("/", file), server::LIGHT, server::ECHO]);

#[unsafe(no_mangle)]
extern "C" fn main() {
    let mut stack = Stub::default();
    let server = server::listening_for(&mut stack, SITE);
    loop {
        server::poll(server, &mut stack);
    }
}
