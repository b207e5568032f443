use std::io::Cursor;
use std::path::PathBuf;

use fatfs::{FatType, FileSystem, FormatVolumeOptions, FsOptions};
use nal_http::client;
use nal_http::server::{CloseReason, Event};
use nal_http::testing::{Call, Fault, FaultStack, ScriptStack, TestClient, TestResponse};
use nal_http::wire::Method;

use super::*;

const LOG: usize = 100_000;
const LONG: &str = "Light of the 7th, by the window 光.csv";

/// What a card is formatted with, the number of its kind of partition, and how large it is at least.
const FAT16: (FatType, u8, usize) = (FatType::Fat16, 0x06, 8 << 20);
const FAT32: (FatType, u8, usize) = (FatType::Fat32, 0x0c, 34 << 20);

fn log() -> Vec<u8> {
    (0..LOG).map(|n| ((n * n) >> 3).to_le_bytes()[0]).collect()
}

/// A card with some files and a folder, as a camera or a PC would have made it; a file that goes when the test is over.
struct Card(PathBuf);

impl Card {
    fn new(name: &str, (fat_type, partition, volume): (FatType, u8, usize)) -> Self {
        let cluster = if fat_type == FatType::Fat16 { 1024 } else { 512 };
        let mut bytes = Cursor::new(vec![0; volume]);
        let options = FormatVolumeOptions::new().fat_type(fat_type).bytes_per_cluster(cluster);
        fatfs::format_volume(&mut bytes, options.volume_label(*b"LIGHT      ")).unwrap();
        let files = FileSystem::new(&mut bytes, FsOptions::new()).unwrap();
        assert_eq!(files.fat_type(), fat_type);
        let root = files.root_dir();
        // Two that grow by turns: no two clusters of one are neighbours.
        let mut both = ["LOG.CSV", LONG].map(|name| root.create_file(name).unwrap());
        for piece in log().chunks(1024) {
            for file in &mut both {
                file.write_all(piece).unwrap();
            }
        }
        drop(both);
        root.create_file("EMPTY.TXT").unwrap();
        root.create_dir("DCIM").unwrap();
        drop(root);
        files.unmount().unwrap();

        // One partition behind the first sector.
        let mut image = vec![0; 512];
        image[450] = partition;
        image[454..458].copy_from_slice(&1_u32.to_le_bytes());
        image[458..462].copy_from_slice(&u32::try_from(volume / 512).unwrap().to_le_bytes());
        image[510..].copy_from_slice(&[0x55, 0xaa]);
        image.extend(bytes.into_inner());
        let path = std::env::temp_dir().join(format!("nal-http-{name}-{}", std::process::id()));
        std::fs::write(&path, image).unwrap();
        Self(path)
    }

    fn app(&self) -> App {
        let file = File::options().read(true).write(true).open(&self.0).unwrap();
        App::new(ImageFile(RefCell::new(file))).unwrap()
    }

    /// From now on it cannot be read.
    fn pull_out(&self) {
        File::options().write(true).open(&self.0).unwrap().set_len(0).unwrap();
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn get(app: &mut App, target: &str, header: (&str, &str)) -> TestResponse {
    let url = format!("http://test{target}");
    let request = client::Request::new(Method::GET, &url).header(header.0, header.1);
    TestClient::new(SITE).send(app, &request)
}

/// A path with its escapes.
fn path(name: &str) -> String {
    let escaped: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("/{escaped}")
}

#[test]
fn files_of_a_card() {
    for fat in [FAT16, FAT32] {
        let card = Card::new("files", fat);
        let mut app = card.app();
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
        for long in [LONG, &LONG.to_ascii_uppercase(), "lighto~1.csv"] {
            let response = get(&mut app, &path(long), ("Range", "bytes=-3000"));
            let is_there = response.status_code == 206;
            assert!(is_there && response.content == log()[97_000..], "{long}: {response}");
        }
        for none in ["NO.CSV", "DCIM", "LIGHT", "a/b", "LOG.CSV ", "Light of the 7th.csv"] {
            assert_eq!(get(&mut app, &path(none), ("X", "")).status_code, 404, "{none}");
        }
        for none in ["/", "/%FF", &format!("/{}", "x".repeat(256))] {
            assert_eq!(get(&mut app, none, ("X", "")).status_code, 404, "{none}");
        }
        assert_eq!(get(&mut app, "/LOG.CSV", ("X", "")).content.len(), LOG);
    }
}

/// The test's own files are what they are meant to be: with holes between their clusters.
#[test]
fn the_files_are_in_pieces() {
    for fat in [FAT16, FAT32] {
        let card = Card::new("pieces", fat);
        let (image, log) = (std::fs::read(&card.0).unwrap(), log());
        let sectors = || image.chunks(512);
        let first = sectors().position(|sector| sector == &log[..512]).unwrap();
        assert!(sectors().skip(first).zip(log.chunks(512)).any(|(sector, piece)| sector != piece));
    }
}

#[test]
fn a_card_that_is_pulled_out_while_a_file_is_sent() {
    const NOTED: Site<(App, Vec<String>)> =
        Site::new(&[Route::get("/{name}", |both: &mut (App, _), request, reply| {
            file(&mut both.0, request, reply)
        })])
        .on_event(|(_, notes), _, event| match event {
            Event::Failed(failure) => notes.push(failure.message.into()),
            Event::Closed(CloseReason::BodyFailed) => notes.push("cut".into()),
            _ => {}
        });
    for fat in [FAT16, FAT32] {
        let card = Card::new("pulled", fat);
        let mut app = (card.app(), Vec::new());
        let mut stack = ScriptStack::new();
        stack.connects(["GET /LOG.CSV HTTP/1.1\r\nHost: a\r\n\r\n".into()]);
        let mut stack =
            FaultStack::new(stack).at_most(100).every_other(Call::Send, Fault::WouldBlock);
        let mut server: Server<_, _, 1, 1024> = Server::new(NOTED);
        server.listen(&mut stack, 80).unwrap();
        let mut polls = 0;
        while stack.inner().open_sockets() > 1 || polls < 100 {
            if stack.inner().sent(1).len() > 20_000 && app.1.is_empty() {
                card.pull_out();
            }
            let _ = server.poll(&mut stack, &mut app, polls);
            polls += 1;
            assert!(polls < 5_000, "the connection is closed");
        }
        assert_eq!(app.1, ["the card cannot be read", "cut"]);
        let sent = stack.inner().sent(1);
        let at = sent.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
        let body = &sent[at..];
        assert!(sent.starts_with(b"HTTP/1.1 200 ") && log().starts_with(body));
        assert!((15_000..30_000).contains(&body.len()), "{}", body.len());
        // What is asked for without a card.
        let answer = get(&mut app.0, "/LOG.CSV", ("X", ""));
        let failure = answer.failure.map(|failure| failure.message);
        assert_eq!((answer.status_code, failure), (500, Some("the card cannot be read")));
    }
}
