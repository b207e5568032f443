//! The cases of Autobahn's suite, each written once with its number there: the frames of a peer, and what an endpoint
//! that echoes says to them. [`autobahn`](super::autobahn) has them said to our server, and to our client.

mod closing;
mod fragments;
mod frames;
mod lengths;
mod utf8;

use super::frames::{Got, frame_as};

/// The groups of the suite, and how many cases each has. Beside these there are
///
/// * 0, 8, 7.2, 7.4, 7.6, 7.8, 7.10, 7.11, 9.9 and 9.10, which have a name there and no case;
/// * 12 (90 cases) and 13 (126), for permessage-deflate, which is declined: `compression_is_declined`.
pub const GROUPS: &[(&str, usize)] = &[
    ("1.1", 8),
    ("1.2", 8),
    ("2", 11),
    ("3", 7),
    ("4.1", 5),
    ("4.2", 5),
    ("5", 20),
    ("6.1", 3),
    ("6.2", 4),
    ("6.3", 2),
    ("6.4", 4),
    ("6.5", 5),
    ("6.6", 11),
    ("6.7", 4),
    ("6.8", 2),
    ("6.9", 4),
    ("6.10", 3),
    ("6.11", 5),
    ("6.12", 8),
    ("6.13", 5),
    ("6.14", 10),
    ("6.15", 1),
    ("6.16", 3),
    ("6.17", 5),
    ("6.18", 5),
    ("6.19", 5),
    ("6.20", 7),
    ("6.21", 8),
    ("6.22", 34),
    ("6.23", 7),
    ("7.1", 6),
    ("7.3", 6),
    ("7.5", 1),
    ("7.7", 13),
    ("7.9", 9),
    ("7.13", 2),
    // With a 64th of the suite's bytes and round trips; fragments and chops are as there.
    ("9.1", 6),
    ("9.2", 6),
    ("9.3", 9),
    ("9.4", 9),
    ("9.5", 6),
    ("9.6", 6),
    ("9.7", 6),
    ("9.8", 6),
    ("10.1", 1),
];

const FINAL: u8 = 0x80;
const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = FINAL | 8;
const PING: u8 = FINAL | 9;
const PONG: u8 = FINAL | 0xa;

/// The first byte of a frame, and its payload.
type Frame = (u8, Vec<u8>);

fn frame(first: u8, payload: impl AsRef<[u8]>) -> Frame {
    (first, payload.as_ref().to_vec())
}

/// One that is a whole text.
fn text(payload: impl AsRef<[u8]>) -> Frame {
    frame(FINAL | TEXT, payload)
}

fn close(code: u16, reason: impl AsRef<[u8]>) -> Frame {
    frame(CLOSE, [&code.to_be_bytes(), reason.as_ref()].concat())
}

fn got(text: impl AsRef<[u8]>) -> Got {
    Got::Text(text.as_ref().to_vec())
}

pub struct Case {
    /// Its number. Some have several, which differ in how the bytes are cut: each case is sent in all these ways.
    pub numbers: String,
    frames: Vec<Frame>,
    /// So many bytes of the last frame do not come.
    missing: usize,
    /// The bytes come in pieces of this size, and in no others.
    pub chop: Option<usize>,
    /// What is said to it.
    pub expected: Vec<Got>,
}

impl Case {
    /// The peer closes with 1000 behind the frames, and is answered so.
    fn clean(numbers: impl Into<String>, mut frames: Vec<Frame>, mut expected: Vec<Got>) -> Self {
        frames.push(close(1000, ""));
        expected.push(Got::Close(Some(1000)));
        Self { numbers: numbers.into(), frames, missing: 0, chop: None, expected }
    }

    /// The last that is said to it is a close frame with this code, whatever comes behind.
    fn closed(
        numbers: impl Into<String>,
        code: u16,
        frames: Vec<Frame>,
        mut expected: Vec<Got>,
    ) -> Self {
        expected.push(Got::Close(Some(code)));
        Self { numbers: numbers.into(), frames, missing: 0, chop: None, expected }
    }

    /// That of the close frame that ends it.
    pub fn code(&self) -> Option<u16> {
        self.expected.last().and_then(|got| if let Got::Close(code) = got { *code } else { None })
    }

    /// Such a case is sent in few ways.
    pub fn is_long(&self) -> bool {
        self.frames.iter().map(|(_, payload)| payload.len()).sum::<usize>() > 5_000
    }

    /// The frames of a client (masked: 0x80) or of a server (0).
    pub fn frames(&self, masked: u8) -> Vec<Vec<u8>> {
        let frames = self.frames.iter().map(|(first, payload)| frame_as(masked, *first, payload));
        let mut frames: Vec<_> = frames.collect();
        if let Some(last) = frames.last_mut() {
            last.truncate(last.len() - self.missing);
        }
        frames
    }
}

/// All of them.
pub fn all() -> Vec<Case> {
    let groups = [
        frames::lengths(),
        frames::pings(),
        frames::reserved_bits(),
        frames::reserved_opcodes(),
        fragments::all(),
        utf8::valid_in_fragments(),
        utf8::invalid_in_fragments(),
        utf8::as_soon_as_it_is_wrong(),
        utf8::texts(),
        closing::all(),
        lengths::all(),
    ];
    groups.into_iter().flatten().collect()
}

#[test]
fn every_case_of_the_suite_is_there_once() {
    let mut numbers = Vec::new();
    for case in all() {
        numbers.extend(case.numbers.split(", ").map(str::to_owned));
    }
    let expected = GROUPS
        .iter()
        .flat_map(|(group, count)| (1..=*count).map(move |number| format!("{group}.{number}")));
    assert_eq!(numbers, expected.collect::<Vec<_>>());
    assert_eq!(numbers.len(), 301);
}
