//! Any frames, in any pieces: no panic, and splits change nothing in what they say.
#![no_main]

mod input;

use libfuzzer_sys::fuzz_target;
use nal_http::wire::websocket::{CloseCode, Frame, FrameReader, Limits};

/// What frames say: bytes of messages and their ends, pings, and why it is over.
fn read(bytes: &[u8], splits: &[usize], limits: Limits) -> (Vec<u8>, Option<Option<CloseCode>>) {
    let (mut reader, mut said, mut held) = (FrameReader::of_client(), Vec::new(), Vec::new());
    let mut rest = bytes;
    let mut splits = splits.iter();
    while !rest.is_empty() {
        let n = splits.next().map_or(rest.len(), |&n| n.clamp(1, rest.len()));
        held.extend_from_slice(&rest[..n]);
        rest = &rest[n..];
        let mut window = &mut held[..];
        loop {
            match reader.read(window, limits) {
                Err(code) => return (said, Some(Some(code))),
                Ok((Some(Frame::Close(code)), _)) => return (said, Some(code)),
                Ok((Some(frame), behind)) => {
                    match frame {
                        Frame::Part(part) => {
                            said.extend_from_slice(part.bytes);
                            said.extend(part.is_last.then_some(0xff));
                        }
                        Frame::Ping { length, is_first, bytes } => {
                            said.extend(is_first.then_some(length));
                            said.extend_from_slice(bytes);
                        }
                        _ => {}
                    }
                    window = behind;
                }
                Ok((None, behind)) => {
                    window = behind;
                    break;
                }
            }
        }
        held = window.to_vec();
    }
    (said, None)
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, splits, bytes)) = input::parts(input) else { return };
    let limits = Limits { whole: 0, part: 1 + usize::from(choice), message: 1 << 20 };
    let (said, end) = read(bytes, &[], limits);
    let (said_split, end_split) = read(bytes, &splits, limits);
    assert_eq!(end, end_split);
    // What was wrong may have been seen before the rest of its frame was shown.
    let is_refused = matches!(end, Some(Some(_)));
    assert!(
        said == said_split
            || (is_refused && (said.starts_with(&said_split) || said_split.starts_with(&said)))
    );
});
