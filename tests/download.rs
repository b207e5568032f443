//! Downloads that break off and go on.

use nal_http::client::{Client, DownloadError, DownloadErrorOf, Error, Phase, Piece, ResumeError};
use nal_http::hal::Clock;
use nal_http::net::Timeouts;
use nal_http::testing::{ScriptStack, Step, Ticks};
use proptest::prelude::*;

const CHANGED: &str = "Last-Modified: Tue, 24 Nov 2026 08:00:00 GMT";
const URL: &str = "http://mpython.cn/firmware.bin";

type Failure = DownloadErrorOf<ScriptStack, &'static str>;

/// A flash of so many bytes; each byte must be written where the one before it has ended, or at 0.
#[derive(Debug, Default)]
struct Flash {
    bytes: Vec<u8>,
    starts: usize,
}

impl Flash {
    fn write(&mut self, piece: Piece<'_>) -> Result<(), &'static str> {
        assert!(!piece.bytes.is_empty());
        if piece.offset == 0 {
            self.bytes.clear();
            self.starts += 1;
        }
        assert_eq!(piece.offset, self.bytes.len() as u64, "pieces follow one another");
        self.bytes.extend_from_slice(piece.bytes);
        assert!(piece.total.is_none_or(|total| self.bytes.len() as u64 <= total));
        Ok(())
    }
}

fn download(stack: &mut ScriptStack, size: usize) -> (Result<u64, Failure>, Flash) {
    let mut flash = Flash::default();
    let mut buffer = vec![0; size];
    let mut client = Client::new(stack, Ticks::every(200)).timeouts(Timeouts::each(2_000));
    let result = client.download(URL, &mut buffer, |piece| flash.write(piece));
    assert_eq!(stack.open_sockets(), 0);
    (result, flash)
}

fn head(status: &str, headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}\r\n").into_bytes()
}

fn response(status: &str, headers: &str, body: &[u8]) -> Step {
    Step::Send([head(status, headers), body.to_vec()].concat())
}

fn sent(stack: &ScriptStack, socket: usize) -> String {
    String::from_utf8_lossy(stack.sent(socket)).into_owned()
}

#[test]
fn silence_takes_the_time_outs_of_the_client() {
    let mut stack = ScriptStack::new();
    for _ in 0..5 {
        stack.answers([]);
    }
    let (mut clock, mut buffer) = (Ticks::every(1), [0; 600]);
    let result = Client::new(&mut stack, &mut clock).timeouts(Timeouts::each(100)).download(
        "http://mpython.cn/firmware",
        &mut buffer,
        |_| Ok::<_, ()>(()),
    );
    assert_eq!(result, Err(DownloadError::Client(Error::TimedOut(Phase::Head))));
    // Five times 100 ms, and pauses of 1, 2, 4 and 8 s.
    assert!((15_500..16_000).contains(&clock.now_ms()), "{}", clock.now_ms());
}

#[test]
fn a_file_comes_in_one_go() {
    let mut stack = ScriptStack::new();
    stack.answers([response("200 OK", "Content-Length: 9\r\nETag: \"1\"\r\n", b"firmware!")]);
    let (result, flash) = download(&mut stack, 512);
    assert_eq!((result, flash.bytes.as_slice()), (Ok(9), &b"firmware!"[..]));
    assert!(!sent(&stack, 0).contains("Range"), "nothing is there yet");
}

#[test]
fn a_connection_that_breaks_is_continued_where_it_was() {
    for (validator, end) in [("ETag: \"1\"", Step::Reset), (CHANGED, Step::Close)] {
        let mut stack = ScriptStack::new();
        let now = "Date: Thu, 26 Nov 2026 08:00:00 GMT";
        let headers = format!("Content-Length: 9\r\n{now}\r\n{validator}\r\n");
        stack.answers([response("200 OK", &headers, b"firm"), end.clone()]);
        let headers = format!("Content-Length: 5\r\nContent-Range: bytes 4-8/9\r\n{validator}\r\n");
        stack.answers([response("206 Partial Content", &headers, b"wa"), end.clone()]);
        let headers = format!("Content-Length: 3\r\nContent-Range: bytes 6-8/9\r\n{validator}\r\n");
        stack.answers([response("206 Partial Content", &headers, b"re!")]);
        let (result, flash) = download(&mut stack, 512);
        assert_eq!((result, flash.bytes.as_slice()), (Ok(9), &b"firmware!"[..]));
        assert_eq!(flash.starts, 1);
        let value = validator.split_once(": ").unwrap().1;
        for (socket, from) in [(1, 4), (2, 6)] {
            let asked = format!("Range: bytes={from}-\r\nIf-Range: {value}\r\n");
            assert!(sent(&stack, socket).contains(&asked), "{}", sent(&stack, socket));
        }
    }
}

#[test]
fn a_file_that_has_changed_starts_over() {
    let mut stack = ScriptStack::new();
    stack.answers([
        response("200 OK", "Content-Length: 9\r\nETag: \"1\"\r\n", b"firm"),
        Step::Reset,
    ]);
    stack.answers([response("200 OK", "Content-Length: 3\r\nETag: \"2\"\r\n", b"new")]);
    let (result, flash) = download(&mut stack, 512);
    assert_eq!((result, flash.bytes.as_slice()), (Ok(3), &b"new"[..]));
    assert_eq!(flash.starts, 2);
}

#[test]
fn a_server_that_tells_no_version_starts_over() {
    for header in ["", "ETag: W/\"1\"\r\n"] {
        let mut stack = ScriptStack::new();
        let headers = format!("Content-Length: 9\r\n{header}");
        stack.answers([response("200 OK", &headers, b"firm"), Step::Reset]);
        stack.answers([response("200 OK", &headers, b"firmware!")]);
        let (result, flash) = download(&mut stack, 512);
        assert_eq!((result, flash.bytes.as_slice()), (Ok(9), &b"firmware!"[..]));
        assert!(!sent(&stack, 1).contains("Range"), "{header}");
    }
}

#[test]
fn parts_that_were_not_asked_for_are_never_written() {
    let ranges = [
        "Content-Range: bytes 0-8/9\r\n",
        "Content-Range: bytes 5-8/9\r\n",
        "Content-Range: bytes 4-8/10\r\n",
        "Content-Range: bytes 4-7/9\r\n",
        "Content-Range: bytes 4-9/10\r\n",
        "",
    ];
    for range in ranges {
        let mut stack = ScriptStack::new();
        stack.answers([
            response("200 OK", "Content-Length: 9\r\nETag: \"1\"\r\n", b"firm"),
            Step::Reset,
        ]);
        let headers = format!("Content-Length: 5\r\n{range}");
        for _ in 0..5 {
            stack.answers([response("206 Partial Content", &headers, b"XXXXX")]);
        }
        let (result, flash) = download(&mut stack, 512);
        assert_eq!(result, Err(DownloadError::Resume(ResumeError::Range)), "{range}");
        assert_eq!(flash.bytes, b"firm", "{range}");
    }
}

#[test]
fn a_part_that_is_longer_than_the_file_is_never_written() {
    let mut stack = ScriptStack::new();
    stack.answers([
        response("200 OK", "Content-Length: 9\r\nETag: \"1\"\r\n", b"firm"),
        Step::Reset,
    ]);
    for _ in 0..5 {
        let headers = "Transfer-Encoding: chunked\r\nContent-Range: bytes 4-8/9\r\n";
        stack.answers([response("206 Partial Content", headers, b"9\r\nXXXXXXXXX\r\n0\r\n\r\n")]);
    }
    let (result, flash) = download(&mut stack, 512);
    assert_eq!(result, Err(DownloadError::Resume(ResumeError::Range)));
    assert_eq!(flash.bytes, b"firm");
}

#[test]
fn some_answers_end_it_at_once_and_some_after_five() {
    for (status, attempts) in
        [("404 Not Found", 1), ("204 No Content", 1), ("503 Busy", 5), ("429 Slow", 5)]
    {
        let mut stack = ScriptStack::new();
        for _ in 0..9 {
            stack.answers([response(status, "Content-Length: 0\r\n", b"")]);
        }
        let (result, _) = download(&mut stack, 512);
        let code = status[..3].parse().unwrap();
        assert_eq!(result, Err(DownloadError::Resume(ResumeError::Status(code))));
        assert!(
            !sent(&stack, attempts - 1).is_empty() && sent(&stack, attempts).is_empty(),
            "{status}"
        );
    }
    let mut stack = ScriptStack::new();
    for _ in 0..9 {
        stack.answers([response("200 OK", "", b"how long is this?"), Step::Close]);
    }
    assert_eq!(download(&mut stack, 512).0, Err(DownloadError::Resume(ResumeError::NoLength)));
}

#[test]
fn a_file_that_has_become_shorter_starts_over() {
    let mut stack = ScriptStack::new();
    stack.answers([
        response("200 OK", "Content-Length: 9\r\nETag: \"1\"\r\n", b"firm"),
        Step::Reset,
    ]);
    stack.answers([response(
        "416 Range Not Satisfiable",
        "Content-Range: bytes */3\r\nContent-Length: 0\r\n",
        b"",
    )]);
    stack.answers([response("200 OK", "Content-Length: 3\r\nETag: \"2\"\r\n", b"new")]);
    let (result, flash) = download(&mut stack, 512);
    assert_eq!((result, flash.bytes.as_slice()), (Ok(3), &b"new"[..]));
}

#[test]
fn what_cannot_be_written_ends_it() {
    let mut stack = ScriptStack::new();
    stack.answers([response("200 OK", "Content-Length: 3\r\n", b"abc")]);
    let mut buffer = [0; 512];
    let mut client = Client::new(&mut stack, Ticks::every(200));
    let result = client.download(URL, &mut buffer, |_| Err("the flash is worn out"));
    assert_eq!(result, Err(DownloadError::Write("the flash is worn out")));
    let error = result.unwrap_err().to_string();
    assert_eq!(error, "download cannot be written: \"the flash is worn out\"");
}

proptest! {
    /// A server that breaks off at any place, again and again.
    #[test]
    fn the_file_is_whole_wherever_it_breaks(
        file in prop::collection::vec(any::<u8>(), 1..2_000), cuts in prop::collection::vec(1_usize..500, 0..12), size in 400_usize..900,
    ) {
        let mut stack = ScriptStack::new();
        let mut done = 0;
        let total = file.len();
        for cut in cuts.iter().copied().chain([usize::MAX]) {
            let rest = &file[done..];
            let now = rest.len().min(cut);
            let headers = if done == 0 {
                format!("Content-Length: {total}\r\nETag: \"7\"\r\n")
            } else {
                format!(
                    "Content-Length: {}\r\nContent-Range: bytes {done}-{}/{total}\r\nETag: \"7\"\r\n",
                    rest.len(), total - 1
                )
            };
            let status = if done == 0 { "200 OK" } else { "206 Partial Content" };
            stack.answers([response(status, &headers, &rest[..now]), Step::Close]);
            done += now;
            if done == total {
                break;
            }
        }
        let (result, flash) = download(&mut stack, size);
        prop_assert_eq!(result, Ok(total as u64));
        prop_assert!(flash.bytes == file);
        prop_assert_eq!(flash.starts, 1);
    }
}
