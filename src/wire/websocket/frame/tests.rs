use std::string::String;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::testing::websocket_frame;

const ALL: Limits = Limits { whole: 0, part: usize::MAX, message: u64::MAX };

const MASK: Option<[u8; 4]> = Some([0x12, 0x34, 0x56, 0x78]);

/// A masked frame of a client.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    websocket_frame(first, MASK, payload)
}

#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Message(Kind, Vec<u8>),
    Ping(Vec<u8>),
    Close(Option<u16>),
    Refused(u16),
}

/// What is seen of `bytes`, which come in pieces of these sizes, and how many parts of messages.
fn seen(bytes: &[u8], sizes: &[usize], limits: Limits) -> (Vec<Seen>, usize) {
    seen_by(FrameReader::of_client(), bytes, sizes, limits)
}

fn seen_by(
    mut reader: FrameReader,
    bytes: &[u8],
    sizes: &[usize],
    limits: Limits,
) -> (Vec<Seen>, usize) {
    let (mut all, mut parts) = (Vec::new(), 0);
    let (mut message, mut ping) = (Vec::new(), Vec::new());
    let mut held: Vec<u8> = Vec::new();
    let (mut rest, mut sizes) = (bytes, sizes.iter().cycle());
    while !rest.is_empty() {
        let n = sizes.next().map_or(usize::MAX, |&size| size.max(1)).min(rest.len());
        held.extend(&rest[..n]);
        rest = &rest[n..];
        let mut window = &mut held[..];
        loop {
            let (frame, behind) = match reader.read(window, limits) {
                Ok(read) => read,
                Err(code) => {
                    all.push(Seen::Refused(code.code()));
                    return (all, parts);
                }
            };
            window = behind;
            match frame {
                None => break,
                Some(Frame::Part(part)) => {
                    assert_eq!(part.is_first, message.is_empty() && part.is_first);
                    assert!(part.bytes.len() <= limits.part);
                    parts += 1;
                    message.extend_from_slice(part.bytes);
                    if part.is_last {
                        all.push(Seen::Message(part.kind, std::mem::take(&mut message)));
                    }
                }
                Some(Frame::Ping { length, is_first, bytes }) => {
                    assert_eq!(is_first, ping.is_empty());
                    ping.extend_from_slice(bytes);
                    if ping.len() == usize::from(length) {
                        all.push(Seen::Ping(std::mem::take(&mut ping)));
                    }
                }
                Some(Frame::Pong) => {}
                Some(Frame::Close(code)) => {
                    all.push(Seen::Close(code.map(CloseCode::code)));
                    return (all, parts);
                }
            }
        }
        held = window.to_vec();
    }
    (all, parts)
}

#[test]
fn a_message_that_fits_comes_whole() {
    let bytes = frame(0x81, b"hello, world");
    let whole = Limits { whole: 12, ..ALL };
    assert_eq!(seen(&bytes, &[1], whole).1, 1);
    assert_eq!(seen(&bytes, &[1], Limits { whole: 11, ..ALL }).1, 12);
    assert_eq!(seen(&bytes, &[99], Limits { part: 5, ..whole }).1, 3);
}

#[test]
fn a_message_is_too_long_by_its_heads() {
    let limits = Limits { message: 10, ..ALL };
    assert_eq!(seen(&frame(0x81, b"0123456789")[..6], &[1], limits).0, []);
    assert_eq!(seen(&frame(0x81, b"0123456789a")[..6], &[1], limits).0, [Seen::Refused(1009)]);
    let fragments = [frame(1, b"012345"), frame(0x80, b"67890")].concat();
    assert_eq!(seen(&fragments, &[99], limits).0, [Seen::Refused(1009)]);
}

fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let first =
        prop::sample::select(&[0x81, 0x82, 1, 2, 0, 0x80, 0x89, 0x8a, 0x88, 0xc1, 0x83][..]);
    let payload = prop_oneof![
        "[a-zß欢🎈]{0,40}".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..140),
        Just(b"\x03\xe8bye".to_vec()),
    ];
    (first, payload).prop_map(|(first, payload)| frame(first, &payload))
}

proptest! {
    #[test]
    fn splits_change_nothing(
        frames in prop::collection::vec(any_frame(), 1..6),
        sizes in prop::collection::vec(1_usize..20, 1..9),
        part in 1_usize..50,
        whole in 0_usize..50,
    ) {
        let bytes = frames.concat();
        let once = seen(&bytes, &[usize::MAX], ALL).0;
        prop_assert_eq!(&seen(&bytes, &[1], ALL).0, &once);
        let limits = Limits { whole, part, ..ALL };
        prop_assert_eq!(&seen(&bytes, &sizes, limits).0, &once);
    }

    #[test]
    fn those_of_a_server_say_the_same(
        messages in prop::collection::vec((prop::sample::select(&[0x81, 0x82, 0x89, 0x88][..]), "[a-z]{0,125}"), 1..5),
        sizes in prop::collection::vec(1_usize..20, 1..9),
    ) {
        let bytes = |mask| {
            let frames = messages.iter().map(|(first, text)| websocket_frame(*first, mask, text));
            frames.collect::<Vec<_>>().concat()
        };
        let once = seen(&bytes(MASK), &[usize::MAX], ALL).0;
        let server = seen_by(FrameReader::of_server(), &bytes(None), &sizes, ALL).0;
        prop_assert_eq!(server, once);
    }

    #[test]
    fn what_was_sent_is_read(text in "\\PC{0,300}", cut in 0_usize..300) {
        let cut = cut.min(text.len());
        let (front, back) = text.as_bytes().split_at(cut);
        let bytes = [frame(1, front), frame(0x89, b"ping"), frame(0x80, back)].concat();
        let all = [Seen::Ping(b"ping".to_vec()), Seen::Message(Kind::Text, text.clone().into())];
        prop_assert_eq!(&seen(&bytes, &[7], ALL).0[..], &all[..]);
    }
}
