//! Files that are read while they are sent.

use embedded_io::{ErrorKind, ErrorType, Read, Seek, SeekFrom};
use nal_http::client::Request as Ask;
use nal_http::server::{
    Answer, CloseReason, Event, Files, OpenFile, Reply, Request, Route, Site, Validators,
    media_type,
};
use nal_http::testing::{ScriptStack, TestClient, TestResponse};
use nal_http::wire::Method;

mod drivers;

use drivers::{BOTH, Serving};

const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

/// A file that is read in pieces of `piece` bytes, and cannot be read behind `broken`.
struct Card {
    data: Vec<u8>,
    at: usize,
    piece: usize,
    broken: usize,
    reads: usize,
    notes: Vec<String>,
}

impl Card {
    fn new(length: usize) -> Self {
        let data = (0..length).map(|n| b'a' + (n % 26).to_le_bytes()[0]).collect();
        Self { data, at: 0, piece: 100, broken: usize::MAX, reads: 0, notes: Vec::new() }
    }
}

impl ErrorType for Card {
    type Error = ErrorKind;
}

impl Read for Card {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, ErrorKind> {
        assert!(!out.is_empty(), "it is asked for nothing");
        if self.at >= self.broken {
            return Err(ErrorKind::TimedOut);
        }
        let rest = self.data.get(self.at..).unwrap_or_default();
        let n = self.piece.min(out.len()).min(rest.len());
        out[..n].copy_from_slice(&rest[..n]);
        self.at += n;
        self.reads += 1;
        Ok(n)
    }
}

impl Seek for Card {
    fn seek(&mut self, to: SeekFrom) -> Result<u64, ErrorKind> {
        let at = match to {
            SeekFrom::Start(at) => i64::try_from(at).unwrap(),
            SeekFrom::End(by) => i64::try_from(self.data.len()).unwrap() + by,
            SeekFrom::Current(_) => return Err(ErrorKind::Unsupported),
        };
        self.at = usize::try_from(at).map_err(|_| ErrorKind::InvalidInput)?;
        Ok(self.at as u64)
    }
}

fn file(card: &mut Card, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    if request.is_aborted() {
        card.notes.push("aborted".into());
        return reply.no_content();
    }
    let validators = Validators::etag("\"1\"").last_modified(DATE);
    reply.header("Cache-Control", "no-cache");
    OpenFile::new(card, media_type("log.csv")).validators(validators).reply(request, reply)
}

const SITE: Site<Card> = Site::new(&[
    Route::get("/log.csv", file),
    Route::get("/plain", |card, request, reply| {
        OpenFile::new(card, "text/x").reply(request, reply)
    }),
])
.want(Files::HEADERS)
.on_event(|card, _, event| match event {
    Event::Failed(failure) => card.notes.push(failure.message.into()),
    Event::Closed(CloseReason::BodyFailed) => card.notes.push("cut".into()),
    _ => {}
});

fn ask(
    card: &mut Card,
    method: Method<'_>,
    target: &str,
    headers: &[(&str, &str)],
) -> TestResponse {
    let url = format!("http://test{target}");
    let request = headers
        .iter()
        .fold(Ask::new(method, &url), |request, (name, value)| request.header(name, value));
    TestClient::new(SITE).send(card, &request)
}

#[test]
fn all_of_it_goes_through_slots_of_any_size() {
    for length in [0, 1, 200, 5000] {
        for slot in [416, 512, 1024, 4096] {
            for piece in [1, 100, 9999] {
                let mut card = Card { piece, ..Card::new(length) };
                let response = TestClient::new(SITE).slot(slot).get(&mut card, "/log.csv");
                assert_eq!(response.status_code, 200, "{response}");
                assert!(response.is_complete && response.content == card.data, "{length} {slot}");
                let header = |name| response.header(name);
                assert_eq!(header("Content-Length"), Some(length.to_string().as_str()));
                assert_eq!(header("Content-Type"), Some("text/csv; charset=utf-8"));
                assert_eq!(header("ETag"), Some("\"1\""));
                assert_eq!(header("Last-Modified"), Some(DATE));
                assert_eq!(header("Accept-Ranges"), Some("bytes"));
                assert_eq!(header("Cache-Control"), Some("no-cache"));
            }
        }
    }
    let response = ask(&mut Card::new(3), Method::GET, "/plain", &[]);
    assert_eq!((response.header("Content-Type"), response.header("ETag")), (Some("text/x"), None));
}

#[test]
fn heads_and_conditions_do_not_read_it() {
    let mut card = Card::new(5000);
    let head = ask(&mut card, Method::HEAD, "/log.csv", &[("Range", "bytes=0-9")]);
    assert_eq!((head.status_code, head.header("Content-Length")), (200, Some("5000")));
    for (header, status) in [
        (("If-None-Match", "\"1\""), 304),
        (("If-Modified-Since", DATE), 304),
        (("If-Match", "\"2\""), 412),
        (("If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT"), 412),
    ] {
        let response = ask(&mut card, Method::GET, "/log.csv", &[header]);
        assert_eq!(response.status_code, status, "{header:?}");
    }
    assert_eq!(card.reads, 0);
}

#[test]
fn ranges_are_those_of_files_in_flash() {
    // Range, If-Range, status, from where, how many
    let table = [
        ("bytes=0-9", None, 206, 0, 10),
        ("bytes=4990-", None, 206, 4990, 10),
        ("bytes=-3000", None, 206, 2000, 3000),
        ("bytes=1-9999", None, 206, 1, 4999),
        ("bytes=0-4999", Some("\"1\""), 206, 0, 5000),
        ("bytes=0-9", Some("\"2\""), 200, 0, 5000),
        ("bytes=0-9", Some("W/\"1\""), 200, 0, 5000),
        ("bytes=0-9", Some(DATE), 200, 0, 5000),
        ("bytes=0-9,20-29", None, 200, 0, 5000),
        ("lines=0-9", None, 200, 0, 5000),
        ("bytes=5000-", None, 416, 0, 0),
        ("bytes=-0", None, 416, 0, 0),
    ];
    for (range, if_range, status, start, length) in table {
        let headers: Vec<_> =
            [("Range", range)].into_iter().chain(if_range.map(|tag| ("If-Range", tag))).collect();
        let mut card = Card::new(5000);
        let response = ask(&mut card, Method::GET, "/log.csv", &headers);
        assert_eq!(response.status_code, status, "{range}");
        assert!(response.content == card.data[start..start + length], "{range}");
        let expected = match status {
            206 => Some(format!("bytes {start}-{}/5000", start + length - 1)),
            416 => Some("bytes */5000".into()),
            _ => None,
        };
        assert_eq!(response.header("Content-Range"), expected.as_deref(), "{range}");
    }
    // Of what has no tag, nobody has another part.
    for (headers, status) in [
        (&[("Range", "bytes=0-0")][..], 206),
        (&[("Range", "bytes=0-0"), ("If-Range", "\"1\"")], 200),
    ] {
        assert_eq!(ask(&mut Card::new(9), Method::GET, "/plain", headers).status_code, status);
    }
}

#[test]
fn what_cannot_be_read_is_cut_off() {
    for (broken, missing) in [(0, 0), (1000, 0), (4900, 0), (usize::MAX, 1)] {
        let mut card = Card { broken, ..Card::new(5000) };
        let response = if missing > 0 {
            TestClient::new(SHRINKING).get(&mut card, "/")
        } else {
            ask(&mut card, Method::GET, "/log.csv", &[])
        };
        if broken == 0 {
            assert_eq!(response.status_code, 500);
            assert_eq!(card.notes, ["a file cannot be read"]);
            continue;
        }
        assert!(response.status_code == 200 && !response.is_complete, "{broken}");
        assert!(card.data.starts_with(&response.content), "{broken}");
        let expected =
            if missing > 0 { "a file is shorter than it was" } else { "a file cannot be read" };
        let failure = response.failure.map(|failure| failure.message);
        assert_eq!(failure, Some(expected), "{broken}");
    }
}

/// It says that it is longer than it is.
struct Shrinking<'c>(&'c mut Card);

impl ErrorType for Shrinking<'_> {
    type Error = ErrorKind;
}

impl Read for Shrinking<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, ErrorKind> {
        self.0.read(out)
    }
}

impl Seek for Shrinking<'_> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64, ErrorKind> {
        self.0.seek(to).map(|at| if let SeekFrom::End(_) = to { at + 1 } else { at })
    }
}

const SHRINKING: Site<Card> = Site::new(&[Route::get("/", |card, request, reply| {
    OpenFile::new(&mut Shrinking(card), "text/plain").reply(request, reply)
})]);

#[test]
fn both_drivers_send_it() {
    const GET: &str = "GET /log.csv HTTP/1.1\r\nHost: a\r\nRange: bytes=10-\r\n\r\n";
    for driver in BOTH {
        let (stack, card) = (ScriptStack::new(), Card::new(50_000));
        let mut server: Serving<_, _, 1, 1024> = Serving::new(driver, SITE, stack, card, 0);
        server.stack().connects([GET.into()]);
        server.run(0);
        let sent = server.stack().sent(1).to_vec();
        assert!(
            sent.starts_with(b"HTTP/1.1 206 ") && sent.ends_with(&server.app().data[10..]),
            "{driver:?}"
        );
        assert_eq!(server.app().notes, [""; 0]);
    }
}

/// What was sent is a front of the file, the connection is closed, and the hook is told.
#[test]
fn a_card_that_goes_while_it_is_sent_with_both_drivers() {
    for driver in BOTH {
        let mut stack = ScriptStack::new();
        stack.connects(["GET /log.csv HTTP/1.1\r\nHost: a\r\n\r\n".into()]);
        let card = Card { broken: 20_000, ..Card::new(50_000) };
        let mut server: Serving<_, _, 1, 1024> = Serving::new(driver, SITE, stack, card, 0);
        server.run(2_000);
        let sent = server.stack().sent(1).to_vec();
        let at = sent.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
        let body = &sent[at..];
        assert!(sent.starts_with(b"HTTP/1.1 200 ") && server.app().data.starts_with(body));
        // The piece that could not be read whole is left out.
        assert!((19_488..=20_000).contains(&body.len()), "{driver:?} {}", body.len());
        assert!(!server.stack().is_open(1), "{driver:?}");
        assert_eq!(server.app().notes, ["a file cannot be read", "cut"], "{driver:?}");
    }
}
