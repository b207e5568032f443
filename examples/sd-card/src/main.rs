//! The files of an SD card, read while they are sent. Here the card is a file: an image with a partition table, and FAT16 or FAT32.
//!
//! `cargo run -p sd-card IMAGE [PORT]`; on a board, `ImageFile` is `embedded_sdmmc::SdCard` over SPI, and all else is the same.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use embedded_sdmmc::{
    Block, BlockCount, BlockDevice, BlockIdx, DirEntry, Error, LfnBuffer, Mode, RawDirectory,
    ShortFileName, TimeSource, Timestamp, VolumeIdx, VolumeManager,
};
use nal_http::server::{
    Answer, Etag, Failure, Files, OpenFile, Reply, Request, Route, Server, Site, Validators,
    media_type,
};
use nal_http::wire::Status;
use nal_std::Stack;

struct App {
    card: VolumeManager<ImageFile, NoClock>,
    root: RawDirectory,
}

/// So many bytes of UTF-8 a name may have; 765 are enough for any.
const NAME: usize = 255;

const SITE: Site<App> = Site::new(&[Route::get("/{name}", file)]).want(Files::HEADERS);

impl App {
    /// Opens the first partition.
    fn new(device: ImageFile) -> Result<Self, Error<io::Error>> {
        let card = VolumeManager::new(device, NoClock);
        let volume = card.open_raw_volume(VolumeIdx(0))?;
        let root = card.open_root_dir(volume)?;
        Ok(Self { card, root })
    }

    /// Looks for a file by its long name or its short one, whatever the case of their ASCII letters.
    fn find(&self, name: &str) -> Result<DirEntry, Error<io::Error>> {
        let short = ShortFileName::create_from_str(name).ok();
        let (mut buffer, mut found) = ([0; NAME], None);
        self.card.iterate_dir_lfn(self.root, &mut LfnBuffer::new(&mut buffer), |entry, long| {
            let is_named = long.is_some_and(|long| long.eq_ignore_ascii_case(name));
            let is_it = is_named || short.as_ref() == Some(&entry.name);
            let attributes = entry.attributes;
            if !is_it || attributes.is_directory() || attributes.is_volume() {
                return ControlFlow::Continue(());
            }
            found = Some(entry.clone());
            ControlFlow::Break(())
        })?;
        found.ok_or(Error::NotFound)
    }
}

/// Opens the file anew in each call: where it is costs a look at the directory, and nothing is left open when a client leaves. So a
/// card that is pulled out is noticed at the next piece, too.
fn file(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    if request.is_aborted() {
        return reply.no_content();
    }
    let mut buffer = [0; NAME];
    let name = request.param("name").and_then(|name| name.decode(&mut buffer).ok());
    let name = name.ok_or_else(missing)?;
    let entry = app.find(name).map_err(|error| failure(&error))?;
    let etag = tag(&entry);
    let file = app.card.open_file_in_dir(app.root, entry.name, Mode::ReadOnly);
    let mut file = file.map_err(|error| failure(&error))?.to_file(&app.card);
    reply.header("Cache-Control", "no-cache");
    let validators = Validators::etag(etag.as_str());
    OpenFile::new(&mut file, media_type(name)).validators(validators).reply(request, reply)
}

/// What changes with a file: how long it is, and when it was written.
fn tag(entry: &DirEntry) -> Etag {
    let time = &entry.mtime;
    let [date, time] = [
        [time.year_since_1970, time.zero_indexed_month, time.zero_indexed_day, time.hours],
        [time.minutes, time.seconds, 0, 0],
    ];
    let mixed = u32::from_be_bytes(date).wrapping_mul(31) ^ u32::from_be_bytes(time);
    Etag::number(u64::from(entry.size) << 32 | u64::from(mixed))
}

fn missing() -> Failure {
    Failure::new(Status::NOT_FOUND, "there is no such file")
}

fn failure(error: &Error<io::Error>) -> Failure {
    match error {
        Error::NotFound => missing(),
        _ => Failure::internal("the card cannot be read"),
    }
}

/// A file as the card.
struct ImageFile(RefCell<File>);

impl ImageFile {
    fn seek(&self, start: BlockIdx) -> io::Result<std::cell::RefMut<'_, File>> {
        let mut file = self.0.borrow_mut();
        file.seek(SeekFrom::Start(u64::from(start.0) * Block::LEN as u64))?;
        Ok(file)
    }
}

impl BlockDevice for ImageFile {
    type Error = io::Error;

    fn read(&self, blocks: &mut [Block], start: BlockIdx) -> io::Result<()> {
        let mut file = self.seek(start)?;
        blocks.iter_mut().try_for_each(|block| file.read_exact(&mut block.contents))
    }

    fn write(&self, blocks: &[Block], start: BlockIdx) -> io::Result<()> {
        let mut file = self.seek(start)?;
        blocks.iter().try_for_each(|block| file.write_all(&block.contents))
    }

    fn num_blocks(&self) -> io::Result<BlockCount> {
        let blocks = self.0.borrow().metadata()?.len() / Block::LEN as u64;
        u32::try_from(blocks).map(BlockCount).map_err(io::Error::other)
    }
}

/// It is only asked when something is written.
struct NoClock;

impl TimeSource for NoClock {
    fn get_timestamp(&self) -> Timestamp {
        Timestamp::from_fat(0x21, 0)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let image = arguments.next().ok_or("usage: sd-card IMAGE [PORT]")?;
    let port = arguments.next().map_or(Ok(8080), |port| port.parse())?;
    let mut app = App::new(ImageFile(RefCell::new(File::open(image)?)))?;
    let mut stack = Stack::new();
    let mut server: Server<Stack, App, 4, 1024> = Server::new(SITE);
    server.listen(&mut stack, port)?;
    println!("http://127.0.0.1:{port}/");
    let start = Instant::now();
    loop {
        // It wraps around, as the clock of a board does.
        let now_ms = u32::try_from(start.elapsed().as_millis() & 0xffff_ffff)?;
        if server.poll(&mut stack, &mut app, now_ms).is_err() {
            stack.wait(Duration::from_millis(server.idle_ms(now_ms).into()));
        }
    }
}

#[cfg(test)]
mod tests;
