//! 5: messages in fragments, and what may come between these.

use super::{CONTINUATION, Case, FINAL, Got, PING, PONG, TEXT, frame, got, text};

const A: &str = "fragment1";
const B: &str = "fragment2";
const C: &str = "fragment3";

pub fn all() -> Vec<Case> {
    let last = |payload: &str| frame(FINAL | CONTINUATION, payload);
    let first = |payload: &str| frame(TEXT, payload);
    let middle = |payload: &str| frame(CONTINUATION, payload);
    let ping = |payload: &str| frame(PING, payload);
    let answer = |payload: &str| Got::Pong(payload.into());
    let both = || got("fragment1fragment2");
    let nothing = "non-continuation payload";
    let twice = |frames: [_; 3]| [frames.clone(), frames].concat();
    vec![
        Case::closed("5.1", 1002, vec![frame(PING ^ FINAL, A), last(B)], vec![]),
        Case::closed("5.2", 1002, vec![frame(PONG ^ FINAL, A), last(B)], vec![]),
        Case::clean("5.3, 5.4, 5.5", vec![first(A), last(B)], vec![both()]),
        Case::clean(
            "5.6, 5.7, 5.8",
            vec![first(A), ping("ping payload"), last(B)],
            vec![answer("ping payload"), both()],
        ),
        Case::closed("5.9, 5.10, 5.11", 1002, vec![last(nothing), text("Hello, world!")], vec![]),
        Case::closed(
            "5.12, 5.13, 5.14",
            1002,
            vec![middle(nothing), text("Hello, world!")],
            vec![],
        ),
        Case::closed(
            "5.15",
            1002,
            vec![first(A), last(B), middle(C), text("fragment4")],
            vec![both()],
        ),
        Case::closed("5.16", 1002, twice([middle(A), first(B), last(C)]), vec![]),
        Case::closed("5.17", 1002, twice([last(A), first(B), last(C)]), vec![]),
        Case::closed("5.18", 1002, vec![first(A), text(B)], vec![]),
        Case::clean(
            "5.19, 5.20",
            vec![
                first(A),
                middle(B),
                ping("pongme 1!"),
                middle(C),
                middle("fragment4"),
                ping("pongme 2!"),
                last("fragment5"),
            ],
            vec![
                answer("pongme 1!"),
                answer("pongme 2!"),
                got("fragment1fragment2fragment3fragment4fragment5"),
            ],
        ),
    ]
}
