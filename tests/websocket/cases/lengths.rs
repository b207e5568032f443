//! 9: long messages, many fragments, many round trips; 10: fragments of a message that are made for it.

use super::{BINARY, CONTINUATION, Case, FINAL, Frame, Got, TEXT, frame};

/// The suite's lengths and counts are divided by this: they measure, and here they are to be right.
const LESS: usize = 64;
const MIB: usize = (1 << 20) / LESS;

/// Text or binary: the group of each, and what it is made of.
type Kind = (&'static str, u8, fn(Vec<u8>) -> Got);

pub fn all() -> Vec<Case> {
    let kinds =
        |text, binary| -> [Kind; 2] { [(text, TEXT, Got::Text), (binary, BINARY, Got::Binary)] };
    let mut cases = Vec::new();
    for kind in kinds("9.1", "9.2") {
        let lengths = [MIB / 16, MIB / 4, MIB, 4 * MIB, 8 * MIB, 16 * MIB];
        cases.extend(
            (1..).zip(lengths).map(|(number, length)| message(kind, number, length, length)),
        );
    }
    for kind in kinds("9.3", "9.4") {
        let sizes = (0..9).map(|at| 64 << (2 * at));
        cases.extend((1..).zip(sizes).map(|(number, size)| message(kind, number, 4 * MIB, size)));
    }
    for kind in kinds("9.5", "9.6") {
        for (number, chop) in (1..).zip([64, 128, 256, 512, 1024, 2048]) {
            cases.push(Case { chop: Some(chop), ..message(kind, number, MIB, MIB) });
        }
    }
    for (group, opcode, got) in kinds("9.7", "9.8") {
        for (number, length) in (1..).zip([0, 16, 64, 256, 1024, 4096]) {
            let payload = vec![b'*'; length];
            let count = 1000 / LESS;
            let frames = vec![frame(FINAL | opcode, &payload); count];
            cases.push(Case::clean(format!("{group}.{number}"), frames, vec![got(payload); count]));
        }
    }
    cases.push(message(("10.1", TEXT, Got::Text), 1, 65_536, 1300));
    cases
}

/// A message in fragments of this size.
fn message((group, opcode, got): Kind, number: usize, length: usize, size: usize) -> Case {
    let payload: Vec<u8> = b"BAsd7&jh23".iter().copied().cycle().take(length).collect();
    let mut frames: Vec<Frame> =
        payload.chunks(size).map(|part| frame(CONTINUATION, part)).collect();
    frames[0].0 = opcode;
    frames.last_mut().unwrap().0 |= FINAL;
    Case::clean(format!("{group}.{number}"), frames, vec![got(payload)])
}
