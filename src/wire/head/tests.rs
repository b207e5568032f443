//! Heads in pieces, through buffers of any size.

use std::string::String;
use std::vec::Vec;
use std::{format, vec};

use proptest::prelude::*;

use super::*;
use crate::wire::{RequestHead, Window};

/// Reads the head of a request that arrives in pieces of `step` bytes through a buffer of
/// `size`. Returns what was kept, and what is behind the head.
fn read(
    mut reader: HeadReader,
    input: &[u8],
    size: usize,
    step: usize,
    rules: &HeadRules<'_>,
) -> Result<(HeadReader, Vec<u8>, Vec<u8>), HeadError> {
    let mut buffer = vec![0; size];
    let mut window = Window::default();
    let mut rest = input;
    loop {
        if reader.advance(&mut buffer, &mut window, rules)? == Progress::Complete {
            let behind = [window.bytes(&buffer), rest].concat();
            let kept = buffer[..reader.kept()].to_vec();
            return Ok((reader, kept, behind));
        }
        assert!(!rest.is_empty(), "more is wanted than there is");
        reader.make_room(&mut buffer, &mut window, rules)?;
        let room = window.room(&mut buffer);
        let n = room.len().min(step).min(rest.len());
        assert!(n > 0, "there is no room and no error");
        room[..n].copy_from_slice(&rest[..n]);
        window.received(n);
        rest = &rest[n..];
    }
}

fn request(input: &[u8]) -> Result<HeadReader, HeadError> {
    let rules = HeadRules::default();
    let whole = read(HeadReader::request(), input, 1024, usize::MAX, &rules).map(|(r, ..)| r);
    for step in 1..input.len() {
        let split = read(HeadReader::request(), input, 1024, step, &rules).map(|(r, ..)| r);
        let summary = |result: &Result<HeadReader, HeadError>| {
            result.as_ref().map(|r| (*r.fields(), r.version(), r.kept())).map_err(|e| *e)
        };
        assert_eq!(summary(&split), summary(&whole), "{} by {step}", input.escape_ascii());
    }
    whole
}

#[test]
fn requests_that_are_refused() {
    let head = |lines: &str| format!("GET / HTTP/1.1\r\n{lines}\r\n").into_bytes();
    let table: &[(&str, HeadError)] = &[
        ("", HeadError::Host),
        ("Host: a\r\nHost: a\r\n", HeadError::Host),
        ("Host: a b\r\n", HeadError::Host),
        ("Host : a\r\n", HeadError::Header { line: 2 }),
        (" Host: a\r\n", HeadError::Header { line: 2 }),
        ("Host: a\r\n folded\r\n", HeadError::Header { line: 3 }),
        ("Host: a\r\nX: a\rb\r\n", HeadError::Header { line: 3 }),
        ("Host: a\r\nX: a\0b\r\n", HeadError::Header { line: 3 }),
        ("Host: a\r\nX: a\x7fb\r\n", HeadError::Header { line: 3 }),
        ("Host: a\r\n: b\r\n", HeadError::Header { line: 3 }),
        ("Host: a\r\nX\r\n", HeadError::Header { line: 3 }),
        ("Host: a\r\nX Y: b\r\n", HeadError::Header { line: 3 }),
        ("Host: a\r\n光: b\r\n", HeadError::Header { line: 3 }),
        ("Host: a\nX: b\r\n", HeadError::LineEnding),
        ("Host: a\r\n\nX: b\r\n", HeadError::LineEnding),
        ("Host: a\r\nContent-Length: x\r\n", HeadError::ContentLength),
        ("Host: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n", HeadError::ConflictingLengths),
        ("Host: a\r\nTransfer-Encoding: chunked, gzip\r\n", HeadError::ChunkedNotLast),
        ("Host: a\r\nTransfer-Encoding: gzip,\r\n chunked\r\n", HeadError::Header { line: 4 }),
        (
            "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n",
            HeadError::LengthAndCoding,
        ),
    ];
    for (lines, expected) in table {
        assert_eq!(request(&head(lines)).err(), Some(*expected), "{lines:?}");
    }
    assert_eq!(request(b"GET / HTTP/3.0\r\n\r\n").err(), Some(HeadError::Version));
    assert_eq!(request(b"GET /\r\n\r\n").err(), Some(HeadError::StartLine));
    assert_eq!(request(b"\n\n").err(), Some(HeadError::LineEnding));
}

#[test]
fn requests_that_are_taken() {
    assert!(request(b"GET / HTTP/1.0\r\n\r\n").is_ok());
    assert!(request(b"\r\nGET / HTTP/1.1\r\nHost:\r\n\r\n").is_ok());
    let value = "GET / HTTP/1.1\r\nHost: a\r\nX:\t光 \u{80}\r\n\r\n";
    assert!(request(value.as_bytes()).is_ok());
    let chunked = request(b"POST / HTTP/1.1\r\nhOsT: a\r\ntransfer-encoding:Chunked\r\n\r\n");
    assert!(chunked.is_ok_and(|reader| reader.fields().is_chunked()));
}

#[test]
fn small_servers_may_end_lines_in_lf() {
    let rules = HeadRules::default();
    let input = b"HTTP/1.1 200 OK\nContent-Type: text/html\nConnection: close\n\n<html>";
    for step in 1..input.len() {
        let (reader, _, behind) = read(HeadReader::response(), input, 256, step, &rules).unwrap();
        assert_eq!((reader.code(), behind.as_slice()), (200, &b"<html>"[..]));
    }
}

/// 4 KiB of cookies in one line, and 2 KiB of other headers.
fn browser() -> Vec<u8> {
    let others: String = (0..40).map(|n| format!("X-Header-{n}: {}\r\n", "v".repeat(40))).collect();
    let cookies = "session=0123456789abcdef; ".repeat(160);
    let head = format!(
        "GET /light HTTP/1.1\r\nHost: a\r\n{others}Cookie: {cookies}\r\nX-Token: secret\r\nContent-Length: 3\r\n\r\nabc"
    );
    head.into_bytes()
}

#[test]
fn cookies_pass_through_a_small_buffer() {
    let input = browser();
    for size in [64, 100, 256, 512] {
        for step in [1, 7, 64, usize::MAX] {
            let rules = HeadRules { wanted: &["x-token"], needed: &[], limit: 16 * 1024 };
            let (reader, kept, behind) =
                read(HeadReader::request(), &input, size, step, &rules).unwrap();
            let head = RequestHead::new(&kept);
            assert_eq!(head.target(), "/light");
            assert_eq!(head.headers().get("X-Token"), Some("secret"));
            assert_eq!(head.headers().get("Cookie"), None);
            assert_eq!(reader.fields().content_length(), Some(3));
            assert!(reader.dropped());
            assert_eq!(behind, b"abc", "{size} by {step}");
        }
    }
}

#[test]
fn what_fits_is_kept() {
    let (reader, kept, _) =
        read(HeadReader::request(), &browser(), 16 * 1024, 100, &HeadRules::default()).unwrap();
    assert!(!reader.dropped());
    assert_eq!(RequestHead::new(&kept).headers().count(), 44);
}

#[test]
fn a_wanted_header_takes_the_place_of_others() {
    let input = b"GET / HTTP/1.1\r\nHost: a\r\nA: 123456789\r\nWanted: 0123456789\r\n\r\n";
    let rules = HeadRules { wanted: &["Wanted"], needed: &[], limit: 1024 };
    let (reader, kept, _) = read(HeadReader::request(), input, 56, 5, &rules).unwrap();
    let head = RequestHead::new(&kept);
    assert_eq!(head.headers().get("wanted"), Some("0123456789"));
    assert_eq!(head.headers().get("a"), None);
    assert!(reader.dropped());
}

#[test]
fn what_does_not_fit_is_told() {
    let rules = HeadRules { wanted: &["Wanted"], needed: &[], limit: 1000 };
    let error = |input: &[u8]| {
        let results = [1, 9, usize::MAX]
            .map(|step| read(HeadReader::request(), input, 64, step, &rules).err());
        assert!(results.iter().all(|result| *result == results[0]), "{results:?}");
        results[0]
    };
    let long = "x".repeat(100);
    let line = format!("GET /{long} HTTP/1.1\r\n\r\n");
    assert_eq!(error(line.as_bytes()), Some(HeadError::StartLineTooLong { have: 64 }));
    assert_eq!(error(long.as_bytes()), Some(HeadError::MethodTooLong));
    assert_eq!(error(format!("({long}").as_bytes()), Some(HeadError::StartLine));
    assert_eq!(error(format!("{{}} /{long}").as_bytes()), Some(HeadError::StartLine));
    let wanted = format!("GET / HTTP/1.1\r\nWanted: {long}\r\n\r\n");
    assert_eq!(error(wanted.as_bytes()), Some(HeadError::HeaderTooLong { have: 48 }));
    let host = format!("GET / HTTP/1.1\r\nHost: {long}\r\n\r\n");
    assert_eq!(error(host.as_bytes()), Some(HeadError::HeaderTooLong { have: 48 }));
    let name = format!("GET / HTTP/1.1\r\n{long}: x\r\n\r\n");
    assert_eq!(error(name.as_bytes()), Some(HeadError::HeaderTooLong { have: 48 }));
    let dropped = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\0\r\n\r\n");
    assert_eq!(error(dropped.as_bytes()), Some(HeadError::Header { line: 3 }));
    let bare_cr = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r{long}\r\n\r\n");
    assert_eq!(error(bare_cr.as_bytes()), Some(HeadError::Header { line: 3 }));
    let endless = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", "x".repeat(2000));
    assert_eq!(error(endless.as_bytes()), Some(HeadError::HeadTooLong { limit: 1000 }));
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}", "X: y\r\n".repeat(400));
    assert_eq!(error(many.as_bytes()), Some(HeadError::HeadTooLong { limit: 1000 }));
}

proptest! {
    #[test]
    fn any_bytes_are_taken_or_refused(
        lines in prop::collection::vec("[ -~\\t]{0,80}", 0..20),
        noise: Vec<u8>, size in 1_usize..300, step in 1_usize..50,
    ) {
        let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n\r\n", lines.join("\r\n"));
        for input in [text.as_bytes(), &noise] {
            let input = [input, &b"\r\n\r\n".repeat(3)].concat();
            for reader in [HeadReader::request(), HeadReader::response()] {
                let _ = read_some(reader, &input, size, step);
            }
        }
    }
}

/// As `read`, for input that may end before the head does.
fn read_some(reader: HeadReader, input: &[u8], size: usize, step: usize) -> Option<HeadError> {
    let padded = [input, &b"A: b\r\n".repeat(3000)].concat();
    read(reader, &padded, size, step, &HeadRules::default()).err()
}

/// Lines as servers send them, and as none should.
fn response_lines() -> impl Strategy<Value = Vec<u8>> {
    let lines: Vec<&'static [u8]> = vec![
        b"X-A: b\r\n",
        b"X-A: 0123456789 0123456789 0123456789 0123456789\r\n",
        b"Wanted: 0123456789\r\n",
        b"Wanted: 0123456789 0123456789 0123456789 0123456789\r\n",
        b"Location: /0123456789 \xe9 0123456789\n",
        b"Set-Cookie: 0123456789=0123456789\r\n",
        b" folded\r\n",
        b"\tfolded 0123456789 0123456789 0123456789\n",
        b" \x01\r\n",
        b"Content-Length: 1\r\n",
        b"Connection: close\r\n",
        b"X Y: z\r\n",
        b"no colon 0123456789 0123456789 0123456789\r\n",
        b": z\r\n",
        b"X-A: a\x01\r\n",
        b"X-A: a\r\r\n",
        b"Content-Length : 2\r\n",
    ];
    prop::collection::vec(prop::sample::select(lines), 0..12).prop_map(|lines| lines.concat())
}

proptest! {
    #[test]
    fn the_split_makes_no_difference_to_a_response(
        reason in "[ -~]{0,60}", lines in response_lines(), size in 16_usize..200, step in 1_usize..30,
    ) {
        const NEEDED: &[Needed] = &[
            Needed { name: "Location", codes: &[302] },
            Needed { name: "Set-Cookie", codes: &[] },
        ];
        let rules = HeadRules { wanted: &["Wanted"], needed: &[NEEDED], limit: 16 * 1024 };
        let input = [format!("HTTP/1.1 302 {reason}\r\n").as_bytes(), &lines, b"\r\nbehind"].concat();
        let outcome = |size, step| {
            let outcome = read(HeadReader::response(), &input, size, step, &rules);
            outcome.map(|(reader, kept, behind)| {
                (kept, behind, *reader.fields(), reader.dropped(), reader.missing(), reader.lost())
            })
        };
        let whole = outcome(size, usize::MAX);
        prop_assert_eq!(&outcome(size, step), &whole);
        match whole {
            Ok((_, behind, ..)) => prop_assert_eq!(behind, b"behind"),
            Err(HeadError::BufferTooSmall { need }) => {
                let again = outcome(need, step);
                let is_too_small = matches!(again, Err(HeadError::BufferTooSmall { .. }));
                prop_assert!(need > size && !is_too_small, "{} {:?}", need, again);
            }
            Err(_) => {}
        }
    }
}
