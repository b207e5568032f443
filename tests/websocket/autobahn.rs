//! The cases of Autobahn's suite that apply, with its numbers: against a server that echoes, in several
//! slots and splits. 8 is not in use there, 9 measures performance, 12 and 13 are for compression, which is
//! declined.

use super::frames::{Got, frame, talk_with};

/// Frames, and what comes back.
type Case = (&'static str, Vec<Vec<u8>>, Vec<Got>);

fn check(cases: Vec<Case>) {
    for (name, frames, expected) in cases {
        let bytes = frames.concat();
        for (slot, size) in [(1024, 1), (1024, usize::MAX), (1024, 997), (700, 13), (4096, 1500)] {
            let got = talk_with(slot, size, &bytes).1;
            let is_short = expected.iter().all(|got| format!("{got:?}").len() < 200);
            let told = if is_short { format!("{got:?}") } else { "other bytes".into() };
            assert!(got == expected, "case {name}, slot {slot}, pieces of {size}: {told}");
        }
    }
}

fn text(text: impl AsRef<[u8]>) -> Got {
    Got::Text(text.as_ref().to_vec())
}

fn pong(bytes: impl AsRef<[u8]>) -> Got {
    Got::Pong(bytes.as_ref().to_vec())
}

fn refused(code: u16) -> Got {
    Got::Close(Some(code))
}

#[test]
fn framing() {
    let mut cases: Vec<Case> = Vec::new();
    for (text_name, binary_name, length) in [
        ("1.1.1", "1.2.1", 0),
        ("1.1.2", "1.2.2", 125),
        ("1.1.3", "1.2.3", 126),
        ("1.1.4", "1.2.4", 127),
        ("1.1.5", "1.2.5", 128),
        ("1.1.6, 1.1.8", "1.2.6, 1.2.8", 65_535),
        ("1.1.7", "1.2.7", 65_536),
    ] {
        cases.push((
            text_name,
            vec![frame(0x81, vec![b'*'; length])],
            vec![text(vec![b'*'; length])],
        ));
        let bytes = vec![0xfe; length];
        cases.push((binary_name, vec![frame(0x82, &bytes)], vec![Got::Binary(bytes)]));
    }
    check(cases);
}

#[test]
fn pings_and_pongs() {
    let ten: Vec<_> = (0..10).map(|n| format!("payload-{n}")).collect();
    check(vec![
        ("2.1", vec![frame(0x89, "")], vec![pong("")]),
        ("2.2", vec![frame(0x89, "Hello, world!")], vec![pong("Hello, world!")]),
        ("2.3", vec![frame(0x89, b"\x00\xff\xfe\xfd")], vec![pong(b"\x00\xff\xfe\xfd")]),
        ("2.4, 2.6", vec![frame(0x89, [0xfe; 125])], vec![pong([0xfe; 125])]),
        ("2.5", vec![frame(0x89, [0xfe; 126])], vec![refused(1002)]),
        ("2.7", vec![frame(0x8a, "")], vec![]),
        ("2.8", vec![frame(0x8a, "unsolicited")], vec![]),
        ("2.9", vec![frame(0x8a, "unsolicited"), frame(0x89, "ping")], vec![pong("ping")]),
        (
            "2.10, 2.11",
            ten.iter().map(|payload| frame(0x89, payload)).collect(),
            ten.iter().map(pong).collect(),
        ),
    ]);
}

#[test]
fn reserved_bits_and_opcodes() {
    let (small, ping) = (|| frame(0x81, "small"), || frame(0x89, ""));
    check(vec![
        ("3.1", vec![frame(0x91, "small")], vec![refused(1002)]),
        ("3.2", vec![small(), frame(0xa1, "small"), ping()], vec![text("small"), refused(1002)]),
        ("3.3", vec![small(), frame(0xb1, "small"), ping()], vec![text("small"), refused(1002)]),
        ("3.4", vec![small(), frame(0xc1, "small"), ping()], vec![text("small"), refused(1002)]),
        ("3.5", vec![frame(0xd2, "small")], vec![refused(1002)]),
        ("3.6", vec![frame(0xe9, "small")], vec![refused(1002)]),
        ("3.7", vec![frame(0xf8, "")], vec![refused(1002)]),
    ]);
    for (name, opcode) in [("4.1.1", 3), ("4.1.2", 4), ("4.2.1", 11), ("4.2.2", 12)] {
        check(vec![(name, vec![frame(0x80 | opcode, ""), ping()], vec![refused(1002)])]);
    }
    for (name, opcode) in
        [("4.1.3", 5), ("4.1.4", 6), ("4.1.5", 7), ("4.2.3", 13), ("4.2.4", 14), ("4.2.5", 15)]
    {
        let frames = vec![small(), frame(0x80 | opcode, "x"), ping()];
        check(vec![(name, frames, vec![text("small"), refused(1002)])]);
    }
}

#[test]
fn fragments() {
    let (a, b) = ("fragment1", "fragment2");
    let both = || text("fragment1fragment2");
    let ping = || frame(0x89, "ping");
    check(vec![
        ("5.1", vec![frame(0x09, a), frame(0x80, b)], vec![refused(1002)]),
        ("5.2", vec![frame(0x0a, a), frame(0x80, b)], vec![refused(1002)]),
        ("5.3, 5.4, 5.5", vec![frame(1, a), frame(0x80, b)], vec![both()]),
        ("5.9, 5.10, 5.11", vec![frame(0x80, a), frame(0x81, b)], vec![refused(1002)]),
        ("5.12, 5.13, 5.14", vec![frame(0, a), frame(0x81, b)], vec![refused(1002)]),
        (
            "5.15",
            vec![frame(1, a), frame(0x80, b), frame(0, "fragment3"), frame(0x81, "fragment4")],
            vec![both(), refused(1002)],
        ),
        ("5.16", vec![frame(0, a), frame(1, b), frame(0x80, "c")], vec![refused(1002)]),
        ("5.17", vec![frame(0x80, a), frame(1, b), frame(0x80, "c")], vec![refused(1002)]),
    ]);
    // The echo of the first fragment may be on its way when the ping comes, or the frame that is wrong.
    for (name, frames, last) in [
        ("5.6, 5.7, 5.8", vec![frame(1, a), ping(), frame(0x80, b)], both()),
        ("5.18", vec![frame(1, a), frame(0x81, b)], refused(1002)),
    ] {
        let got = talk_with(1024, 3, &frames.concat()).1;
        assert_eq!(got.last(), Some(&last), "case {name}");
    }
    let frames = [frame(1, "f1"), frame(0, "f2"), ping(), frame(0, "f3"), frame(0, "f4"), ping()];
    let bytes = [frames.concat(), frame(0x80, "f5")].concat();
    let got = talk_with(1024, 5, &bytes).1;
    assert_eq!(got, [pong("ping"), pong("ping"), text("f1f2f3f4f5")], "case 5.19, 5.20");
}

#[test]
fn utf8() {
    let kosme = "Hello-µ@ßöäüàá-UTF-8!!";
    check(vec![
        ("6.1.1", vec![frame(0x81, "")], vec![text("")]),
        ("6.1.2", vec![frame(1, ""), frame(0, ""), frame(0x80, "")], vec![text("")]),
        ("6.1.3", vec![frame(1, ""), frame(0, "middle"), frame(0x80, "")], vec![text("middle")]),
        ("6.2.1", vec![frame(0x81, kosme)], vec![text(kosme)]),
        (
            "6.2.2",
            vec![frame(1, &kosme.as_bytes()[..13]), frame(0x80, &kosme.as_bytes()[13..])],
            vec![text(kosme)],
        ),
    ]);
    let bytewise = |text: &[u8]| -> Vec<u8> {
        let count = text.len();
        let frames = text.iter().enumerate().map(|(at, byte)| {
            let first = u8::from(at == 0) | if at + 1 == count { 0x80 } else { 0 };
            frame(first, [*byte])
        });
        frames.collect::<Vec<_>>().concat()
    };
    let long = "κόσμε".as_bytes();
    for (name, bytes) in [("6.2.3", kosme.as_bytes()), ("6.2.4", long)] {
        assert_eq!(talk_with(1024, 4, &bytewise(bytes)).1, [text(bytes)], "case {name}");
    }
    let bad = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited";
    for frames in [frame(0x81, bad), bytewise(bad)] {
        assert_eq!(talk_with(1024, 4, &frames).1.last(), Some(&refused(1007)), "case 6.3.*");
    }
    // 6.4.*: as soon as it is wrong, though neither frame nor message is at its end.
    let front = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";
    for wrong in [&b"\xf4\x90"[..], b"\xf4\x90\x80\x80"] {
        let frames = [frame(1, front), frame(0, wrong)].concat();
        assert_eq!(talk_with(1024, 4, &frames).1.last(), Some(&refused(1007)), "case 6.4.1, 6.4.2");
        let whole = frame(0x81, [&front[..], wrong, &[b'e'; 2_000]].concat());
        let got = talk_with(1024, 4, &whole[..8 + front.len() + wrong.len()]).1;
        assert_eq!(got.last(), Some(&refused(1007)), "case 6.4.3, 6.4.4");
    }
    // 6.5 to 6.23: what is text, and what is none.
    for valid in [
        &b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"[..],
        b"\x00",
        b"\xc2\x80",
        b"\xe0\xa0\x80",
        b"\xf0\x90\x80\x80",
        b"\x7f",
        b"\xdf\xbf",
        b"\xef\xbf\xbf",
        b"\xf4\x8f\xbf\xbf",
        b"\xed\x9f\xbf",
        b"\xee\x80\x80",
        b"\xef\xbf\xbd",
        b"\xef\xbf\xbe",
        b"\xf0\x9f\xbf\xbe",
    ] {
        check(vec![("6.5 to 6.23", vec![frame(0x81, valid)], vec![text(valid)])]);
    }
    for invalid in [
        &b"\xce"[..],
        b"\xce\xba\xe1",
        b"\xf8\x88\x80\x80\x80",
        b"\xfc\x84\x80\x80\x80\x80",
        b"\xf7\xbf\xbf\xbf",
        b"\xf4\x90\x80\x80",
        b"\x80",
        b"\xbf\x80\xbf",
        b"\xc0 ",
        b"\xe0\x80 ",
        b"\xfe",
        b"\xff",
        b"\xc0\xaf",
        b"\xe0\x80\xaf",
        b"\xf0\x80\x80\xaf",
        b"\xc1\xbf",
        b"\xe0\x9f\xbf",
        b"\xf0\x8f\xbf\xbf",
        b"\xed\xa0\x80",
        b"\xed\xaf\xbf",
        b"\xed\xbf\xbf",
        b"\xed\xa0\x80\xed\xb0\x80",
    ] {
        let got = talk_with(1024, 1, &frame(0x81, invalid)).1;
        assert_eq!(got, [refused(1007)], "case 6.6 to 6.21: {invalid:x?}");
    }
}

#[test]
fn closing() {
    let hello = || frame(0x81, "Hello World!");
    let close = |code: u16, reason: &[u8]| frame(0x88, [&code.to_be_bytes(), reason].concat());
    check(vec![
        ("7.1.1", vec![hello(), close(1000, b"")], vec![text("Hello World!"), refused(1000)]),
        ("7.1.2", vec![close(1000, b""), close(1000, b"")], vec![refused(1000)]),
        ("7.1.3", vec![close(1000, b""), frame(0x89, "")], vec![refused(1000)]),
        ("7.1.4", vec![close(1000, b""), hello()], vec![refused(1000)]),
        ("7.3.1", vec![frame(0x88, "")], vec![refused(1000)]),
        ("7.3.2", vec![frame(0x88, "a")], vec![refused(1002)]),
        ("7.3.3", vec![close(1000, b"")], vec![refused(1000)]),
        ("7.3.4", vec![close(1000, b"Hello World!")], vec![refused(1000)]),
        ("7.3.5", vec![close(1000, &[b'*'; 123])], vec![refused(1000)]),
        ("7.3.6", vec![close(1000, &[b'*'; 124])], vec![refused(1002)]),
        ("7.5.1", vec![close(1000, b"\xce\xba\xed\xa0\x80edited")], vec![refused(1007)]),
    ]);
    let fragment = [frame(1, "fragment1"), close(1000, b""), frame(0x80, "fragment2")].concat();
    assert_eq!(talk_with(1024, 7, &fragment).1, [refused(1000)], "case 7.1.5");
    let long = [frame(0x81, vec![b'B'; 262_144]), hello(), close(1000, b""), frame(0x89, "")];
    let got = talk_with(1024, 1_000, &long.concat()).1;
    assert_eq!(got.last(), Some(&refused(1000)), "case 7.1.6");
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] {
        check(vec![("7.7.*", vec![close(code, b"")], vec![refused(code)])]);
    }
    for code in [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535] {
        check(vec![("7.9.*, 7.13.*", vec![close(code, b"")], vec![refused(1002)])]);
    }
}

#[test]
fn a_frame_in_many_pieces() {
    let message = vec![b'*'; 65_536];
    let got = talk_with(1024, 1300, &frame(0x81, &message)).1;
    assert!(got == [text(&message)], "case 10.1.1");
}

#[test]
fn frames_that_are_not_masked_or_longer_written_than_they_must_be() {
    for bytes in [
        &b"\x81\x05hello"[..],
        b"\x81\xfe\x00\x05\0\0\0\0hello",
        b"\x81\xff\0\0\0\0\0\0\0\x05\0\0\0\0hello",
    ] {
        assert_eq!(talk_with(1024, 99, bytes).1, [refused(1002)]);
        assert_eq!(talk_with(1024, 1, bytes).1, [refused(1002)]);
    }
}
