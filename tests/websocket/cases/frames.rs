//! 1: frames of each kind and length; 2: pings and pongs; 3 and 4: what is reserved.

use super::{BINARY, CLOSE, Case, FINAL, Got, PING, PONG, TEXT, frame, got, text};

const HELLO: &str = "Hello, world!";

pub fn lengths() -> Vec<Case> {
    let of = |group: &'static str, first, byte, got: fn(Vec<u8>) -> Got| {
        let lengths = [0, 125, 126, 127, 128, 65_535, 65_536, 65_536];
        (1..).zip(lengths).map(move |(number, length)| {
            let payload = vec![byte; length];
            let chop = if number == 8 { Some(997) } else { None };
            let frames = vec![frame(FINAL | first, &payload)];
            Case { chop, ..Case::clean(format!("{group}.{number}"), frames, vec![got(payload)]) }
        })
    };
    of("1.1", TEXT, b'*', Got::Text).chain(of("1.2", BINARY, 0xfe, Got::Binary)).collect()
}

pub fn pings() -> Vec<Case> {
    let pong = |payload: &[u8]| Got::Pong(payload.to_vec());
    let echoed = |numbers: &str, payload: &[u8]| {
        Case::clean(numbers, vec![frame(PING, payload)], vec![pong(payload)])
    };
    let ten: Vec<_> = (0..10).map(|n| format!("payload-{n}")).collect();
    let unsolicited = || frame(PONG, "unsolicited pong payload");
    vec![
        echoed("2.1", b""),
        echoed("2.2", HELLO.as_bytes()),
        echoed("2.3", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"),
        echoed("2.4", &[0xfe; 125]),
        Case::closed("2.5", 1002, vec![frame(PING, [0xfe; 126])], vec![]),
        echoed("2.6", &[0xfe; 125]),
        Case::clean("2.7", vec![frame(PONG, "")], vec![]),
        Case::clean("2.8", vec![unsolicited()], vec![]),
        Case::clean(
            "2.9",
            vec![unsolicited(), frame(PING, "ping payload")],
            vec![pong(b"ping payload")],
        ),
        Case::clean(
            "2.10, 2.11",
            ten.iter().map(|payload| frame(PING, payload)).collect(),
            ten.iter().map(|payload| pong(payload.as_bytes())).collect(),
        ),
    ]
}

pub fn reserved_bits() -> Vec<Case> {
    let bits = |bits: u8| bits << 4;
    let alone = |number: &str, first, payload: &[u8]| {
        Case::closed(number, 1002, vec![frame(first, payload)], vec![])
    };
    let behind = |number: &str, first| {
        let frames = vec![text(HELLO), frame(first, HELLO), frame(PING, "")];
        Case::closed(number, 1002, frames, vec![got(HELLO)])
    };
    vec![
        alone("3.1", FINAL | TEXT | bits(1), HELLO.as_bytes()),
        behind("3.2", FINAL | TEXT | bits(2)),
        behind("3.3", FINAL | TEXT | bits(3)),
        behind("3.4", FINAL | TEXT | bits(4)),
        alone("3.5", FINAL | BINARY | bits(5), b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"),
        alone("3.6", PING | bits(6), HELLO.as_bytes()),
        alone("3.7", CLOSE | bits(7), b""),
    ]
}

pub fn reserved_opcodes() -> Vec<Case> {
    let mut cases = Vec::new();
    for (group, first) in [("4.1", 3), ("4.2", 11)] {
        for (number, opcode) in (1..).zip(first..first + 5) {
            let payload = if matches!(number, 1 | 3) { "" } else { "reserved opcode payload" };
            let wrong = frame(FINAL | opcode, payload);
            let number = format!("{group}.{number}");
            cases.push(if opcode < first + 2 {
                Case::closed(number, 1002, vec![wrong], vec![])
            } else {
                Case::closed(
                    number,
                    1002,
                    vec![text(HELLO), wrong, frame(PING, "")],
                    vec![got(HELLO)],
                )
            });
        }
    }
    cases
}
