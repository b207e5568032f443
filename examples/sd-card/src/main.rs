//! The files of an SD card, read while they are sent. Here the card is a file: an image with a partition table and FAT.
//!
//! `cargo run -p sd-card IMAGE [PORT]`; on a board, `ImageFile` is `embedded_sdmmc::SdCard` over SPI, and all else is the same.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

use embedded_sdmmc::{
    Block, BlockCount, BlockDevice, BlockIdx, DirEntry, Error, Mode, RawDirectory, TimeSource,
    Timestamp, VolumeIdx, VolumeManager,
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

const SITE: Site<App> = Site::new(&[Route::get("/{name}", file)]).want(Files::HEADERS);

impl App {
    /// Opens the first partition.
    fn new(device: ImageFile) -> Result<Self, Error<io::Error>> {
        let card = VolumeManager::new(device, NoClock);
        let volume = card.open_raw_volume(VolumeIdx(0))?;
        let root = card.open_root_dir(volume)?;
        Ok(Self { card, root })
    }
}

/// Opens the file anew in each call: where it is costs a look at the directory, and nothing is left open when a client leaves.
fn file(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    if request.is_aborted() {
        return reply.no_content();
    }
    let mut buffer = [0; 12];
    let name = request.param("name").and_then(|name| name.decode(&mut buffer).ok());
    let name = name.ok_or_else(missing)?;
    let entry = app.card.find_directory_entry(app.root, name).map_err(|error| failure(&error))?;
    let etag = tag(&entry);
    let file = app
        .card
        .open_file_in_dir(app.root, name, Mode::ReadOnly)
        .map_err(|error| failure(&error))?;
    let mut file = file.to_file(&app.card);
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
        Error::NotFound | Error::FilenameError(_) | Error::OpenedDirAsFile => missing(),
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
mod tests {
    use std::io::Cursor;

    use fatfs::{FatType, FileSystem, FormatVolumeOptions, FsOptions};
    use nal_http::client;
    use nal_http::testing::{TestClient, TestResponse};
    use nal_http::wire::Method;

    use super::*;

    const VOLUME: usize = 8 << 20;
    const LOG: usize = 100_000;

    fn log() -> Vec<u8> {
        (0..LOG).map(|n| ((n * n) >> 3).to_le_bytes()[0]).collect()
    }

    /// A card with two files and a folder, as a camera or a PC would have made it.
    fn card(name: &str) -> std::path::PathBuf {
        let mut volume = Cursor::new(vec![0; VOLUME]);
        let options = FormatVolumeOptions::new().fat_type(FatType::Fat16).bytes_per_cluster(1024);
        fatfs::format_volume(&mut volume, options).unwrap();
        let files = FileSystem::new(&mut volume, FsOptions::new()).unwrap();
        let root = files.root_dir();
        root.create_file("LOG.CSV").unwrap().write_all(&log()).unwrap();
        root.create_file("EMPTY.TXT").unwrap();
        root.create_dir("DCIM").unwrap();
        drop(root);
        files.unmount().unwrap();

        // One partition of FAT16 behind the first sector.
        let mut image = vec![0; 512];
        let sectors = u32::try_from(VOLUME / 512).unwrap();
        image[446..462]
            .copy_from_slice(&[[0, 0, 0, 0, 0x06, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0]].concat());
        image[458..462].copy_from_slice(&sectors.to_le_bytes());
        image[510..].copy_from_slice(&[0x55, 0xaa]);
        image.extend(volume.into_inner());
        let path = std::env::temp_dir().join(format!("nal-http-{name}-{}", std::process::id()));
        std::fs::write(&path, image).unwrap();
        path
    }

    fn app(path: &std::path::Path) -> App {
        let file = File::options().read(true).write(true).open(path).unwrap();
        App::new(ImageFile(RefCell::new(file))).unwrap()
    }

    fn get(app: &mut App, target: &str, header: (&str, &str)) -> TestResponse {
        let url = format!("http://test{target}");
        let request = client::Request::new(Method::GET, &url).header(header.0, header.1);
        TestClient::new(SITE).send(app, &request)
    }

    #[test]
    fn files_of_a_card() {
        let path = card("card");
        let mut app = app(&path);
        let all = get(&mut app, "/LOG.CSV", ("X", ""));
        assert_eq!(
            (all.status_code, all.header("Content-Type")),
            (200, Some("text/csv; charset=utf-8"))
        );
        assert!(all.is_complete && all.content == log());
        let tag = all.header("ETag").unwrap();

        let part = get(&mut app, "/log.csv", ("Range", "bytes=70001-80000"));
        assert_eq!(
            (part.status_code, part.header("Content-Range")),
            (206, Some("bytes 70001-80000/100000"))
        );
        assert!(part.content == log()[70001..=80000]);
        assert_eq!(get(&mut app, "/LOG.CSV", ("If-None-Match", tag)).status_code, 304);
        assert_eq!(get(&mut app, "/LOG.CSV", ("Range", "bytes=100000-")).status_code, 416);
        let empty = get(&mut app, "/EMPTY.TXT", ("X", ""));
        assert!(empty.status_code == 200 && empty.content.is_empty());
        for none in ["/NO.CSV", "/DCIM", "/a%2Fb", "/much too long a name.csv", "/%FF"] {
            let target = none.replace(' ', "%20");
            assert_eq!(get(&mut app, &target, ("X", "")).status_code, 404, "{none}");
        }
        assert_eq!(get(&mut app, "/LOG.CSV", ("X", "")).content.len(), LOG);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_card_that_is_pulled_out_breaks_the_answer_off() {
        let path = card("pulled");
        let mut app = app(&path);
        let image = File::options().write(true).open(&path).unwrap();
        // The directory and the first clusters are still there.
        image.set_len(512 + 120_000).unwrap();
        let answer = get(&mut app, "/LOG.CSV", ("X", ""));
        assert!(answer.status_code == 200 && !answer.is_complete);
        assert!(!answer.content.is_empty() && log().starts_with(&answer.content));
        let failure = answer.failure.map(|failure| failure.message);
        assert_eq!(failure, Some("a file cannot be read"));
        std::fs::remove_file(path).unwrap();
    }
}
