//! 6: text that is UTF-8, and text that is not.

use super::{CONTINUATION, Case, FINAL, Frame, TEXT, frame, got, text};

/// "κόσμε" in its pieces, which end where a letter does.
const KOSME: [&[u8]; 5] = [b"\xce\xba", b"\xe1\xbd\xb9", b"\xcf\x83", b"\xce\xbc", b"\xce\xb5"];

/// A message in these fragments.
fn fragments<'f>(payloads: impl IntoIterator<Item = &'f [u8]>) -> Vec<Frame> {
    let payloads: Vec<_> = payloads.into_iter().collect();
    let count = payloads.len();
    let frames = payloads.into_iter().enumerate().map(|(at, payload)| {
        let kind = if at == 0 { TEXT } else { CONTINUATION };
        frame(if at + 1 == count { FINAL | kind } else { kind }, payload)
    });
    frames.collect()
}

pub fn valid_in_fragments() -> Vec<Case> {
    let (hello, kosme) = ("Hello-µ@ßöäüàá-UTF-8!!", KOSME.concat());
    let (front, back) = hello.split_at("Hello-µ@ßöä".len());
    vec![
        Case::clean("6.1.1", vec![text("")], vec![got("")]),
        Case::clean("6.1.2", fragments([&b""[..]; 3]), vec![got("")]),
        Case::clean(
            "6.1.3",
            fragments([&b""[..], b"middle frame payload", b""]),
            vec![got("middle frame payload")],
        ),
        Case::clean("6.2.1", vec![text(hello)], vec![got(hello)]),
        Case::clean("6.2.2", fragments([front.as_bytes(), back.as_bytes()]), vec![got(hello)]),
        Case::clean("6.2.3", fragments(hello.as_bytes().chunks(1)), vec![got(hello)]),
        Case::clean("6.2.4", fragments(kosme.chunks(1)), vec![got(&kosme)]),
    ]
}

pub fn invalid_in_fragments() -> Vec<Case> {
    let wrong = [&KOSME.concat()[..], b"\xed\xa0\x80edited"].concat();
    vec![
        Case::closed("6.3.1", 1007, vec![text(&wrong)], vec![]),
        Case::closed("6.3.2", 1007, fragments(wrong.chunks(1)), vec![]),
    ]
}

/// Neither the frame nor the message is at its end when it is refused.
pub fn as_soon_as_it_is_wrong() -> Vec<Case> {
    let front = KOSME.concat();
    let wrong = [&front[..], b"\xf4\x90\x80\x80edited"].concat();
    let without_end =
        |front: &[u8], back: &[u8]| vec![frame(TEXT, front), frame(CONTINUATION, back)];
    let chopped = |number: &str, missing| Case {
        missing,
        ..Case::closed(number, 1007, vec![text(&wrong)], vec![])
    };
    vec![
        Case::closed("6.4.1", 1007, without_end(&front, &wrong[11..15]), vec![]),
        Case::closed("6.4.2", 1007, without_end(&wrong[..12], &wrong[12..13]), vec![]),
        chopped("6.4.3", wrong.len() - 15),
        chopped("6.4.4", wrong.len() - 13),
    ]
}

/// Each in one frame.
pub fn texts() -> Vec<Case> {
    let mut cases = Vec::new();
    for (group, texts) in (5..).zip(sequences()) {
        for (number, (is_valid, bytes)) in (1..).zip(texts) {
            let number = format!("6.{group}.{number}");
            cases.push(if is_valid {
                Case::clean(number, vec![text(&bytes)], vec![got(&bytes)])
            } else {
                Case::closed(number, 1007, vec![text(&bytes)], vec![])
            });
        }
    }
    cases
}

/// The sequences of Markus Kuhn's `UTF-8-test.txt`, from 6.5 on, and whether each is valid.
fn sequences() -> [Vec<(bool, Vec<u8>)>; 19] {
    let bytes = |bytes: &[u8]| bytes.to_vec();
    let valid = |texts: &[&[u8]]| texts.iter().map(|text| (true, bytes(text))).collect::<Vec<_>>();
    let invalid =
        |texts: &[&[u8]]| texts.iter().map(|text| (false, bytes(text))).collect::<Vec<_>>();
    let kosme = KOSME.concat();
    let prefixes = (1..=kosme.len()).map(|n| (matches!(n, 2 | 5 | 7 | 9 | 11), bytes(&kosme[..n])));
    // As there, both without the last byte.
    let continuation: Vec<u8> = (0x80..0xbf).collect();
    let starts = [0xc0..0xdf, 0xe0..0xef, 0xf0..0xf7, 0xf8..0xfb, 0xfc..0xfd];
    let starts = starts.map(|starts| (false, starts.flat_map(|start| [start, b' ']).collect()));
    let halves: [&[u8]; 4] = [b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xae\x80", b"\xed\xaf\xbf"];
    let others: [&[u8]; 2] = [b"\xed\xb0\x80", b"\xed\xbf\xbf"];
    let pairs = halves.iter().flat_map(|half| others.map(|other| (false, [half, other].concat())));
    let incomplete: [&[u8]; 10] = [
        b"\xc0",
        b"\xe0\x80",
        b"\xf0\x80\x80",
        b"\xf8\x80\x80\x80",
        b"\xfc\x80\x80\x80\x80",
        b"\xdf",
        b"\xef\xbf",
        b"\xf7\xbf\xbf",
        b"\xfb\xbf\xbf\xbf",
        b"\xfd\xbf\xbf\xbf\xbf",
    ];
    [
        valid(&[
            b"hello\x24world",
            b"hello\xc2\xa2world",
            b"hello\xe2\x82\xacworld",
            b"hello\xf0\xa4\xad\xa2world",
            &kosme,
        ]),
        prefixes.collect(),
        // First and last sequences of each length.
        valid(&[b"\x00", b"\xc2\x80", b"\xe0\xa0\x80", b"\xf0\x90\x80\x80"]),
        invalid(&[b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80"]),
        valid(&[b"\x7f", b"\xdf\xbf", b"\xef\xbf\xbf", b"\xf4\x8f\xbf\xbf"]),
        invalid(&[b"\xf7\xbf\xbf\xbf", b"\xfb\xbf\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf\xbf"]),
        [
            valid(&[b"\xed\x9f\xbf", b"\xee\x80\x80", b"\xef\xbf\xbd", b"\xf4\x8f\xbf\xbf"]),
            invalid(&[b"\xf4\x90\x80\x80"]),
        ]
        .concat(),
        // Bytes that continue nothing, and letters that nothing continues.
        invalid(&[
            b"\x80",
            b"\xbf",
            b"\x80\xbf",
            b"\x80\xbf\x80",
            b"\x80\xbf\x80\xbf",
            b"\x80\xbf\x80\xbf\x80",
            b"\x80\xbf\x80\xbf\x80\xbf",
            &continuation,
        ]),
        starts.to_vec(),
        invalid(&incomplete),
        invalid(&[&incomplete.concat()]),
        invalid(&[b"\xfe", b"\xff", b"\xfe\xfe\xff\xff"]),
        // Longer than they must be: a slash, the last of each length, zero.
        invalid(&[
            b"\xc0\xaf",
            b"\xe0\x80\xaf",
            b"\xf0\x80\x80\xaf",
            b"\xf8\x80\x80\x80\xaf",
            b"\xfc\x80\x80\x80\x80\xaf",
        ]),
        invalid(&[
            b"\xc1\xbf",
            b"\xe0\x9f\xbf",
            b"\xf0\x8f\xbf\xbf",
            b"\xf8\x87\xbf\xbf\xbf",
            b"\xfc\x83\xbf\xbf\xbf\xbf",
        ]),
        invalid(&[
            b"\xc0\x80",
            b"\xe0\x80\x80",
            b"\xf0\x80\x80\x80",
            b"\xf8\x80\x80\x80\x80",
            b"\xfc\x80\x80\x80\x80\x80",
        ]),
        // Surrogates, alone and in pairs.
        invalid(&[
            b"\xed\xa0\x80",
            b"\xed\xad\xbf",
            b"\xed\xae\x80",
            b"\xed\xaf\xbf",
            b"\xed\xb0\x80",
            b"\xed\xbe\x80",
            b"\xed\xbf\xbf",
        ]),
        pairs.collect(),
        // Valid, though no character: the last two of each plane.
        characters((0..=0x10).flat_map(|plane| [plane << 16 | 0xfffe, plane << 16 | 0xffff])),
        characters(0xfff9..=0xffff),
    ]
}

fn characters(points: impl IntoIterator<Item = u32>) -> Vec<(bool, Vec<u8>)> {
    let letters = points.into_iter().map(|point| char::from_u32(point).unwrap());
    letters.map(|letter| (true, letter.to_string().into_bytes())).collect()
}
