//! 7: close frames, what they may hold, and what comes behind them.

use super::{CLOSE, CONTINUATION, Case, FINAL, PING, TEXT, close, frame, got, text};

const HELLO: &str = "Hello World!";

pub fn all() -> Vec<Case> {
    let ping = || frame(PING, "");
    let last = || frame(FINAL | CONTINUATION, "fragment2");
    let long = "BAsd7&jh23".repeat(26_215);
    let long = &long[..256 << 10];
    let closed = |number: &str, code, payload: &[u8]| {
        Case::closed(number, code, vec![frame(CLOSE, payload)], vec![])
    };
    let reason = |reason: &[u8]| [b"\x03\xe8", reason].concat();
    let mut cases = vec![
        Case::clean("7.1.1", vec![text(HELLO)], vec![got(HELLO)]),
        Case::closed("7.1.2", 1000, vec![close(1000, ""), close(1000, "")], vec![]),
        Case::closed("7.1.3", 1000, vec![close(1000, ""), ping()], vec![]),
        Case::closed("7.1.4", 1000, vec![close(1000, ""), text(HELLO)], vec![]),
        Case::closed(
            "7.1.5",
            1000,
            vec![frame(TEXT, "fragment1"), close(1000, ""), last()],
            vec![],
        ),
        Case::closed(
            "7.1.6",
            1000,
            vec![text(long), text(HELLO), close(1000, ""), ping()],
            vec![got(long), got(HELLO)],
        ),
        closed("7.3.1", 1000, b""),
        closed("7.3.2", 1002, b"a"),
        closed("7.3.3", 1000, &reason(b"")),
        closed("7.3.4", 1000, &reason(HELLO.as_bytes())),
        closed("7.3.5", 1000, &reason(&[b'*'; 123])),
        closed("7.3.6", 1002, &reason(&[b'*'; 124])),
        // 1002 would do there, too.
        closed(
            "7.5.1",
            1007,
            &reason(b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited"),
        ),
    ];
    let valid = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
    let invalid = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];
    for (group, codes) in [("7.7", &valid[..]), ("7.9", &invalid), ("7.13", &[5000, 65_535])] {
        for (number, &code) in (1..).zip(codes) {
            let answer = if group == "7.7" { code } else { 1002 };
            cases.push(closed(&format!("{group}.{number}"), answer, &u16::to_be_bytes(code)));
        }
    }
    cases
}
