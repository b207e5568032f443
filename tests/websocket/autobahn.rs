//! Autobahn's [cases](super::cases) against our server and our client, each by its drivers, in slots of several sizes,
//! and cut in several ways.

use nal_http::client::websocket::{Upgrade, WebSocketError};
use nal_http::testing::{FaultStack, Step};

use super::cases::{self, Case};
use super::frames::{Got, chunks, frame_as, talk, talk_with};
use super::handshake::ask;
use super::talk::{DRIVERS, accept, server};
use super::{asynch, frames};

/// The pieces in which the bytes of a case come: as Autobahn chops them, frame by frame, and in other ways.
fn pieces(case: &Case, masked: u8) -> Vec<(String, Vec<Vec<u8>>)> {
    let frames = case.frames(masked);
    let bytes = frames.concat();
    let sizes = match case.chop {
        Some(size) => vec![size],
        None if case.is_long() => vec![997],
        None => vec![1, 13, 997, usize::MAX],
    };
    let chopped =
        sizes.into_iter().map(|size| (format!("in pieces of {size} bytes"), chunks(&bytes, size)));
    let by_frames = case.chop.is_none().then(|| ("by frames".to_owned(), frames));
    chopped.chain(by_frames).collect()
}

fn check(case: &Case, how: &str, said: &[Got]) {
    if said != case.expected {
        let brief = |got: &[Got]| format!("{got:?}").chars().take(300).collect::<String>();
        panic!("case {}, {how}: {} and not {}", case.numbers, brief(said), brief(&case.expected));
    }
}

#[test]
fn our_server() {
    for case in cases::all() {
        for (how, pieces) in pieces(&case, 0x80) {
            for &slot in if case.is_long() { &[1024][..] } else { &[700, 1024, 4096] } {
                check(&case, &format!("{how}, slot {slot}"), &talk(slot, &pieces).1);
            }
            let (_, said, ..) = asynch::talk(1024, &pieces, false);
            check(&case, &format!("{how}, awaited"), &said);
        }
    }
}

#[test]
fn our_client() {
    let head = accept("");
    for case in cases::all() {
        for (how, pieces) in pieces(&case, 0) {
            for (drive, driver) in DRIVERS.into_iter().zip(["blocking", "polled", "awaited"]) {
                let pieces = [head.as_bytes()].into_iter().chain(pieces.iter().map(Vec::as_slice));
                let stack = FaultStack::new(server(pieces, &[]));
                let stack = stack.at_most(if case.is_long() { 150 } else { 7 });
                let seen = drive(stack.into(), &Upgrade::new());
                check(&case, &format!("{how}, {driver}"), &seen.sent);
                // The application is told the server's code, and not that of the answer.
                let has_none = case.numbers == "7.3.1";
                let end = if has_none { None } else { case.code() };
                assert_eq!(seen.end, Ok(end), "case {}, {how}, {driver}", case.numbers);
            }
        }
    }
}

#[test]
fn compression_is_declined() {
    // What 12 offers, and the ways in which 13 does; the answer names no extension, and messages go on as they are.
    for offer in [
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate; server_no_context_takeover; client_max_window_bits",
        "permessage-deflate; server_max_window_bits=8; client_max_window_bits",
        "permessage-deflate; server_no_context_takeover; server_max_window_bits=15, permessage-deflate",
    ] {
        let answer = ask(&format!("{}Sec-WebSocket-Extensions: {offer}\r\n", frames::HELLO));
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        assert!(!answer.contains("Extensions"), "{answer}");
    }
    // A server that compresses all the same is refused, before a frame of it is read.
    let head = accept("Sec-WebSocket-Extensions: permessage-deflate\r\n");
    for drive in DRIVERS {
        let stack = FaultStack::new(server([head.as_bytes()], &[Step::Close]));
        let seen = drive(stack.into(), &Upgrade::new());
        assert_eq!(seen.end, Err(Some(WebSocketError::Extension.into())));
        assert!(!seen.head.contains("Extensions"), "{}", seen.head);
    }
    // A message that says that it is compressed is one with a reserved bit.
    assert_eq!(talk_with(1024, 99, &frame_as(0x80, 0xc1, "x")).1, [Got::Close(Some(1002))]);
}

#[test]
fn frames_that_are_not_masked_or_longer_written_than_they_must_be() {
    for bytes in [
        &b"\x81\x05hello"[..],
        b"\x81\xfe\x00\x05\0\0\0\0hello",
        b"\x81\xff\0\0\0\0\0\0\0\x05\0\0\0\0hello",
    ] {
        assert_eq!(talk_with(1024, 99, bytes).1, [Got::Close(Some(1002))]);
        assert_eq!(talk_with(1024, 1, bytes).1, [Got::Close(Some(1002))]);
    }
}
