//! The same handlers through the server of futures.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;

use nal_http::embedded_io_async::{ErrorType, Read, Write};
use nal_http::hal::Timer;
use nal_http::server::CloseReason;
use nal_http::server::asynch::serve_connection;
use nal_http::testing::asynch::SimTime;

use super::frames::{App, Got, HELLO, SITE, chunks, frame, parse};

/// A client that sends its pieces, and then listens only.
struct Line {
    pieces: VecDeque<Vec<u8>>,
    got: Vec<u8>,
    ends: bool,
}

impl ErrorType for Line {
    type Error = Infallible;
}

impl Read for Line {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let Some(mut piece) = self.pieces.pop_front() else {
            return if self.ends { Ok(0) } else { std::future::pending().await };
        };
        let rest = piece.split_off(piece.len().min(buffer.len()));
        buffer[..piece.len()].copy_from_slice(&piece);
        if !rest.is_empty() {
            self.pieces.push_front(rest);
        }
        Ok(piece.len())
    }
}

impl Write for Line {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let n = bytes.len().min(50);
        self.got.extend(&bytes[..n]);
        Ok(n)
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn talk_with(frames: &[u8], size: usize, ends: bool) -> (App, Vec<Got>, CloseReason, u32) {
    talk(700, &chunks(frames, size), ends)
}

/// What the server answers to frames that come in these pieces; then the client leaves, or listens on.
pub fn talk(slot: usize, pieces: &[Vec<u8>], ends: bool) -> (App, Vec<Got>, CloseReason, u32) {
    let head = format!("{HELLO}\r\n").into_bytes();
    let pieces = std::iter::once(head).chain(pieces.iter().cloned()).collect();
    let mut line = Line { pieces, got: Vec::new(), ends };
    let app = RefCell::new(App::default());
    let (time, mut buffer) = (SimTime::new(0), vec![0; slot]);
    let peer = ([127, 0, 0, 1], 1).into();
    let serving = serve_connection(&mut line, peer, &SITE, &app, &mut buffer, &time);
    let reason = time.block_on(serving);
    (app.into_inner(), parse(&line.got).1, reason, time.now_ms())
}

#[test]
fn a_talk_and_its_end() {
    let long = vec![b'*'; 5_000];
    let frames = [frame(0x81, &long), frame(0x89, "x"), frame(0x88, b"\x03\xe8")].concat();
    for size in [1, 13, 5_000] {
        let (app, got, reason, _) = talk_with(&frames, size, false);
        assert_eq!(got.len(), 3);
        assert!(got[0] == Got::Text(long.clone()) && got[1] == Got::Pong(b"x".to_vec()));
        assert_eq!((&got[2], reason), (&Got::Close(Some(1000)), CloseReason::Complete));
        assert_eq!((app.closed, app.aborted), (vec![Some(1000)], 0));
    }
}

#[test]
fn silence_and_leaving() {
    let (app, got, _, ms) = talk_with(b"", 1, false);
    assert_eq!(got, [Got::Ping(vec![]), Got::Close(Some(1008))]);
    assert_eq!((app.closed, app.aborted), (vec![Some(1008)], 0));
    assert!((40_000..42_000).contains(&ms), "{ms} ms");
    let (app, got, reason, _) = talk_with(&frame(0x81, "x"), 1, true);
    assert_eq!((got, reason), (vec![Got::Text(b"x".to_vec())], CloseReason::ClientLeft));
    assert_eq!((app.closed, app.aborted), (vec![], 1));
}
