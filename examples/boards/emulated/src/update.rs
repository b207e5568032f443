//! Firmware updates of a board that has no flash to spare: its slot is memory. A WebSocket beside them echoes, and a stream
//! of events goes on until the board restarts.

use core::convert::Infallible;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use nal_http::server::{Answer, Flow, Reply, Request, Route, Site};
use nal_http::wire::MultipartReader;
use ota::{Boot, Update, Updates};
use static_cell::ConstStaticCell;

use crate::echo::{State, echo};

/// The bytes of the slot.
const SLOT: usize = 64 * 1024;
/// What is written and what is erased at once.
const WORD: usize = 4;
const SECTOR: usize = 4096;

/// An application that is updated, and does little else.
#[derive(Debug)]
pub struct Updatable(Update<FlashInMemory, NextStart>);

/// Its site: `/update` as package `ota` has it; `/next`, how long the image is that starts next, 0 if that is the one that
/// runs; `/events`, how far an update is; `/echo`, a WebSocket.
pub const UPDATE_SITE: Site<Updatable, State> = Site::new(&[
    Route::put("/update", ota::put).in_pieces().want(ota::DIGESTS),
    Route::post("/update", ota::post).in_pieces().want(MultipartReader::HEADERS),
    Route::get("/update", ota::progress),
    Route::get("/next", |app, _, reply| {
        reply.write("text/plain", |text| text.number(app.next_start().into()))
    }),
    Route::get("/events", events),
    Route::websocket("/echo", echo),
]);

/// So long may take what is under way when the board is to restart.
pub const SHUTDOWN_MS: u32 = 10_000;

impl Default for Updatable {
    /// It takes the memory that this package has for a slot.
    ///
    /// # Panics
    /// At the second call.
    fn default() -> Self {
        static CELLS: ConstStaticCell<[u8; SLOT]> = ConstStaticCell::new([0; SLOT]);

        Self(Update::new(FlashInMemory(CELLS.take()), NextStart::default()))
    }
}

impl Updates for Updatable {
    type Flash = FlashInMemory;
    type Boot = NextStart;

    fn update(&mut self) -> &mut Update<FlashInMemory, NextStart> {
        &mut self.0
    }
}

impl Updatable {
    /// Where its slot is, for those who look at an emulator's memory from outside.
    #[must_use]
    pub fn slot(&mut self) -> *const () {
        self.0.parts().0.0.as_ptr().cast()
    }

    /// How long the image is that starts next; 0 if that is the one that runs.
    #[must_use]
    pub fn next_start(&mut self) -> u32 {
        self.0.parts().1.0
    }

    /// Whether an image is there, and the board is to restart.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.is_ready()
    }
}

/// Once a second, and a farewell.
fn events(app: &mut Updatable, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
    let body = reply.stream("text/event-stream");
    if request.is_shutting_down() {
        body.write(b"event: bye\ndata: restart\n\n");
        return Ok(Flow::Done);
    }
    let event = body.writer();
    event.str("data: ");
    event.str(app.0.state());
    event.str("\n\n");
    Ok(Flow::Wait(1_000))
}

/// In the place of a bootloader: how long the image is that starts next; 0 if that is the one that runs.
#[derive(Debug, Default)]
pub struct NextStart(u32);

impl Boot for NextStart {
    type Error = Infallible;

    fn start_next<F: NorFlash>(&mut self, _: &mut F, length: u32) -> Result<(), Infallible> {
        self.0 = length;
        Ok(())
    }
}

/// Memory with the rules of NOR flash: writing turns ones to zeros, word by word, and only erasing turns them back.
#[derive(Debug)]
pub struct FlashInMemory(&'static mut [u8; SLOT]);

/// It was asked for what flash cannot do.
#[derive(Debug)]
pub struct Refused(NorFlashErrorKind);

impl NorFlashError for Refused {
    fn kind(&self) -> NorFlashErrorKind {
        self.0
    }
}

impl FlashInMemory {
    fn area(&mut self, from: u32, length: usize, unit: usize) -> Result<&mut [u8], Refused> {
        let from = from as usize;
        if !from.is_multiple_of(unit) || !length.is_multiple_of(unit) {
            return Err(Refused(NorFlashErrorKind::NotAligned));
        }
        let area = self.0.get_mut(from..).and_then(|rest| rest.get_mut(..length));
        area.ok_or(Refused(NorFlashErrorKind::OutOfBounds))
    }
}

impl ErrorType for FlashInMemory {
    type Error = Refused;
}

impl ReadNorFlash for FlashInMemory {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Refused> {
        bytes.copy_from_slice(self.area(offset, bytes.len(), 1)?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        SLOT
    }
}

impl NorFlash for FlashInMemory {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Refused> {
        self.area(from, to.saturating_sub(from) as usize, SECTOR)?.fill(0xff);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Refused> {
        let cells = self.area(offset, bytes.len(), WORD)?;
        cells.iter_mut().zip(bytes).for_each(|(cell, byte)| *cell &= byte);
        Ok(())
    }
}
