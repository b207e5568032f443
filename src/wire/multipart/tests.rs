use std::string::String;
use std::vec::Vec;
use std::{format, vec};

use proptest::prelude::*;

use super::*;

/// What came out of a form: name, name of the file, type and bytes of each part.
type Parts = Vec<(String, Option<String>, Option<String>, Vec<u8>)>;

const LONGEST: &[u8] = b"----WebKitFormBoundary0123456789'()+_,-./:=? 0123456789abcdefghijklmnop";

/// What is in a form that arrives in these pieces.
fn read(boundary: &[u8], pieces: &[&[u8]], is_whole: bool) -> Result<Parts, MultipartError> {
    let content_type = [b"multipart/form-data; boundary=\"", boundary, b"\""].concat();
    let boundary = Boundary::of(&content_type).unwrap();
    let mut reader = MultipartReader::new();
    let (mut parts, mut is_open, mut held) = (Parts::new(), false, Vec::new());
    for (index, piece) in pieces.iter().enumerate() {
        held.extend_from_slice(piece);
        loop {
            let is_complete = index + 1 == pieces.len();
            let (taken, event) = reader.next(boundary, &held, is_complete)?;
            let Some(event) = event else {
                held.drain(..taken);
                break;
            };
            match event {
                FormEvent::Part(part) => {
                    assert!(!is_open);
                    is_open = true;
                    let text = |text: FormText<'_>| text.decode(&mut [0; 200]).unwrap().into();
                    let (name, filename) = (text(part.name()), part.filename().map(text));
                    let content_type = part.content_type().map(Into::into);
                    parts.push((name, filename, content_type, Vec::new()));
                    if is_whole {
                        reader.whole();
                    }
                }
                FormEvent::Data(bytes) => {
                    assert!(is_open && (is_whole || !bytes.is_empty()));
                    parts.last_mut().unwrap().3.extend_from_slice(bytes);
                    reader.whole();
                }
                FormEvent::PartEnd => {
                    assert!(is_open);
                    is_open = false;
                }
                FormEvent::End => assert!(!is_open && reader.is_finished()),
            }
            held.drain(..taken);
        }
        // What it leaves is the front of a boundary, of a head, or of a field that is wanted whole.
        assert!(is_whole || held.len() < 74 || !is_open);
    }
    assert!(reader.is_finished() && held.is_empty());
    Ok(parts)
}

/// The same, whatever the pieces are: as a whole, byte by byte, and in two.
fn read_split(boundary: &[u8], body: &[u8]) -> Result<Parts, MultipartError> {
    let expected = read(boundary, &[body], false);
    let bytes: Vec<&[u8]> = body.chunks(1).chain([&b""[..]]).collect();
    for is_whole in [false, true] {
        assert_eq!(read(boundary, &bytes, is_whole), expected, "{}", body.escape_ascii());
        // Long ones are heads that are too long, and are the same at most places.
        for at in (0..=body.len()).step_by(if body.len() > 500 { 7 } else { 1 }) {
            let (front, back) = body.split_at(at);
            assert_eq!(read(boundary, &[front, back], is_whole), expected, "{at}");
        }
    }
    expected
}

fn part(name: &str, filename: Option<&str>, content_type: Option<&str>, data: &[u8]) -> Parts {
    vec![(name.into(), filename.map(Into::into), content_type.map(Into::into), data.to_vec())]
}

#[test]
fn forms() {
    const HEAD: &str = "Content-Disposition: form-data; name=\"a\"\r\n\r\n";
    let field = |data: &[u8]| part("a", None, None, data);
    let both = [field(b"1"), field(b"")].concat();
    for (body, expected) in [
        (format!("--x\r\n{HEAD}1\r\n--x--\r\n"), field(b"1")),
        (format!("--x\r\n{HEAD}1\r\n--x--"), field(b"1")),
        (format!("\r\n--x\r\n{HEAD}1\r\n--x--\r\n"), field(b"1")),
        (
            format!("pre--x\r\namble\r\n--y\r\n--\r\n--x\r\n{HEAD}1\r\n--x--\r\nepi\r\n--x\r\n"),
            field(b"1"),
        ),
        (format!("--x \t \r\n{HEAD}1\r\n--x--  \t\r\n"), field(b"1")),
        (format!("--x\r\n{HEAD}1\r\n--x--what is behind is nobody's"), field(b"1")),
        (format!("--x\r\n{HEAD}\r\n--x--"), field(b"")),
        // By the letter of RFC 2046, the body of a part may be left out with its line end.
        (format!("--x\r\n{HEAD}--x--"), field(b"")),
        (format!("--x\r\n{HEAD}\r\n\r\n--x--"), field(b"\r\n")),
        (format!("--x\r\n{HEAD}1\r\n--x\r\n{HEAD}\r\n--x--"), both.clone()),
        (format!("--x\r\n{HEAD}1\r\n--x\r\n{HEAD}--x--"), both),
        (
            format!("--x\r\n{HEAD}-\r\n\r\r\n-\r\n--\r\n --x\r\n--X\n--x--\r\r\n--x--"),
            field(b"-\r\n\r\r\n-\r\n--\r\n --x\r\n--X\n--x--\r"),
        ),
        ("--x--".into(), vec![]),
        ("preamble\r\n--x--\r\n".into(), vec![]),
    ] {
        assert_eq!(read_split(b"x", body.as_bytes()), Ok(expected), "{body:?}");
    }
    let long = core::str::from_utf8(&LONGEST[..70]).unwrap();
    for boundary in [long, "-", "--", "'()+_,-./:=?", "a a"] {
        let body = format!("--{boundary}\r\n{HEAD}\r\n-{boundary}\r\n--{boundary}--\r\n");
        let expected = field(format!("\r\n-{boundary}").as_bytes());
        assert_eq!(read_split(boundary.as_bytes(), body.as_bytes()), Ok(expected), "{boundary}");
    }
}

#[test]
fn heads_of_parts() {
    // header, name, name of the file, type
    let table: &[(&str, &str, Option<&str>, Option<&str>)] = &[
        ("content-DISPOSITION:form-data;name=a", "a", None, None),
        ("X-Other: 1\r\nContent-Disposition: Form-Data ; name=\"a\" ;", "a", None, None),
        ("Content-Disposition: form-data; name=\"\"", "", None, None),
        ("Content-Disposition: form-data; name=\"光 a;b=c\"", "光 a;b=c", None, None),
        // As browsers escape, and as they do not.
        (
            "Content-Disposition: form-data; name=\"%22%0D%0A%0d%0a%41%%2\"",
            "\"\r\n\r\n%41%%2",
            None,
            None,
        ),
        ("Content-Disposition: form-data; name=\"a\\b\\\\c\\\"d\"", "a\\b\\c\"d", None, None),
        (
            "Content-Disposition: form-data; name=a; filename=\"\"\r\nContent-Type: application/octet-stream",
            "a",
            Some(""),
            Some("application/octet-stream"),
        ),
        (
            "Content-Disposition: form-data; name=a; filename=\"C:\\dir\\光.png\"",
            "a",
            Some("C:\\dir\\光.png"),
            None,
        ),
        ("Content-Disposition: form-data; filename=b; name=a", "a", Some("b"), None),
        (
            "Content-Disposition: form-data; name=a; filename*=UTF-8''%E5%85%89%22%41\\\\",
            "a",
            Some("光\"A\\\\"),
            None,
        ),
        (
            "Content-Disposition: form-data; name=a; filename=b; filename*=utf-8'en'c%20d",
            "a",
            Some("c d"),
            None,
        ),
        (
            "Content-Disposition: form-data; name=a; filename*=iso-8859-1''%A4; filename=b",
            "a",
            Some("b"),
            None,
        ),
        ("Content-Disposition: form-data; name=a; filename*=UTF-8", "a", None, None),
        (
            "Content-Transfer-Encoding: BINARY\r\nContent-Disposition: form-data; name=a",
            "a",
            None,
            None,
        ),
        ("Content-Disposition: form-data; name=a; size=3; x=\"\\\"; name=b\"", "a", None, None),
    ];
    for (head, name, filename, content_type) in table {
        let body = format!("--x\r\n{head}\r\n\r\n1\r\n--x--");
        let expected = part(name, *filename, *content_type, b"1");
        assert_eq!(read_split(b"x", body.as_bytes()), Ok(expected), "{head}");
    }
}

#[test]
fn what_is_none_is_an_error() {
    use MultipartError as E;
    const A: &str = "Content-Disposition: form-data; name=a";
    let (long, longest) = ("x".repeat(1100), "x".repeat(1024 - A.len() - 9));
    for (body, expected) in [
        ("", E::UnexpectedEnd),
        ("--", E::UnexpectedEnd),
        ("no boundary\r\n", E::UnexpectedEnd),
        ("--x", E::UnexpectedEnd),
        ("--x-", E::UnexpectedEnd),
        ("--x\r", E::UnexpectedEnd),
        ("--x\r\n", E::UnexpectedEnd),
        ("--x\n", E::Boundary),
        ("--x-\r\n", E::Boundary),
        ("--xy\r\n", E::Boundary),
        ("--x --\r\n", E::Boundary),
        ("--x\r\r\n", E::Boundary),
        (&format!("--x\r\n{A}"), E::UnexpectedEnd),
        (&format!("--x\r\n{A}\r\n\r\n"), E::UnexpectedEnd),
        (&format!("--x\r\n{A}\r\n\r\n1\r\n--x"), E::UnexpectedEnd),
        (&format!("--x\r\n{A}\r\n\r\n1\r\n--x-"), E::UnexpectedEnd),
        (&format!("--x\r\n{A}\r\n\r\n1\r\n--x\r\n"), E::UnexpectedEnd),
        (&format!("--x\r\n{A}\r\n\r\n1\n--x--\n"), E::UnexpectedEnd),
        (&format!("--x\r\n{A}\r\n\r\n1\r\n--xy"), E::Boundary),
        ("--x\r\n\r\n1\r\n--x--", E::Disposition),
        ("--x\r\nContent-Type: a/b\r\n\r\n1\r\n--x--", E::Disposition),
        (&format!("--x\r\n{A}\r\n{A}\r\n\r\n"), E::Disposition),
        ("--x\r\nContent-Disposition: form-data\r\n\r\n", E::Disposition),
        ("--x\r\nContent-Disposition: form-data; filename=a\r\n\r\n", E::Disposition),
        ("--x\r\nContent-Disposition: attachment; name=a\r\n\r\n", E::Disposition),
        ("--x\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\n", E::Disposition),
        (
            "--x\r\nContent-Disposition: form-data; name=a; filename=b; FileName=b\r\n\r\n",
            E::Disposition,
        ),
        ("--x\r\nContent-Disposition: form-data; name=\"a\r\n\r\n", E::Disposition),
        ("--x\r\nContent-Disposition: form-data; name=\"a\\\"\r\n\r\n", E::Disposition),
        ("--x\r\nContent-Disposition: form-data; name=\"a\"b\r\n\r\n", E::Disposition),
        ("--x\r\nContent-Disposition: form-data, name=a\r\n\r\n", E::Disposition),
        ("--x\r\nContent-Disposition: form-data; name\r\n\r\n", E::Disposition),
        ("--x\r\nno header\r\n", E::Header),
        ("--x\r\na b: c\r\n", E::Header),
        ("--x\r\n: c\r\n", E::Header),
        ("--x\r\na: b\r\n c\r\n", E::Header),
        ("--x\r\na: \0\r\n", E::Header),
        ("--x\r\na: b\rc\r\n", E::Header),
        (&format!("--x\r\n{A}\n\r\n"), E::LineEnding),
        (&format!("--x\r\n{A}\r\n\n"), E::LineEnding),
        (&format!("--x\r\n{A}\r\nContent-Transfer-Encoding: base64\r\n\r\n"), E::TransferEncoding),
        (&format!("--x\r\na: {long}\r\n"), E::HeadTooLong),
        (&format!("--x\r\n{}", "a: b\r\n".repeat(200)), E::HeadTooLong),
        (&format!("--x\r\n{A}\r\na: {longest}-\r\n\r\n"), E::HeadTooLong),
        (&format!("--x\r\n{A}\r\na: {longest}\r\n\r\n"), E::UnexpectedEnd),
        (&format!("--x\r\n{A}\r\n\r\n").repeat(65), E::TooManyParts),
    ] {
        assert_eq!(read_split(b"x", body.as_bytes()), Err(expected), "{body:?}");
    }
}

#[test]
fn limits_are_what_they_are_set_to() {
    let boundary = Boundary::of(b"multipart/form-data; boundary=x").unwrap();
    let body = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n--x\r\n";
    let head = "Content-Disposition: form-data; name=a\r\n\r\n".len();
    for (limit, is_read) in [(head, true), (head - 1, false)] {
        let mut reader = MultipartReader::new().most_head(u16::try_from(limit).unwrap());
        assert_eq!(reader.next(boundary, body, false).is_ok(), is_read);
    }
    let mut reader = MultipartReader::new().most_parts(1);
    let (taken, _) = reader.next(boundary, body, false).unwrap();
    assert!(matches!(
        reader.next(boundary, &body[taken..], false),
        Ok((3, Some(FormEvent::PartEnd)))
    ));
    for _ in 0..2 {
        // Whatever it is given behind that.
        let result = reader.next(boundary, b"\r\n", false);
        assert_eq!(result.err(), Some(MultipartError::TooManyParts));
    }
    assert_eq!(size_of::<MultipartReader>(), 8);
}

/// Simple, and over the whole body: lines by RFC 2046, nothing of the reader's own.
fn simple(boundary: &str, body: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let text: String = body.iter().map(|&byte| char::from(byte)).collect();
    let text = format!("\r\n{text}");
    let delimiter = format!("\r\n--{boundary}");
    let (mut parts, mut at) = (Vec::new(), text.find(&delimiter)?);
    loop {
        let rest = &text[at + delimiter.len()..];
        if rest.starts_with("--") {
            return Some(parts);
        }
        let rest = rest.trim_start_matches([' ', '\t']).strip_prefix("\r\n")?;
        let (head, _) = rest.split_once("\r\n\r\n")?;
        let head = head.strip_prefix("Content-Disposition: form-data; name=")?;
        // The line end of the empty line may be that in front of the boundary.
        let data_at = text.len() - rest.len()
            + "Content-Disposition: form-data; name=".len()
            + head.len()
            + 4;
        let end = data_at - 2 + text[data_at - 2..].find(&delimiter)?;
        let data = text.get(data_at..end).unwrap_or_default();
        parts.push((head.into(), data.chars().map(|byte| u8::try_from(byte).unwrap()).collect()));
        at = end;
    }
}

/// Bytes of which boundaries are made.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&[u8]] = &[b"\r", b"\n", b"-", b"--", b"b", b"bb", b"\r\n--b", b"\xff\0", b" "];
    let piece = prop::sample::select(PIECES);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// Valid forms, whose data does everything but to have a line that begins like a boundary.
    #[test]
    fn a_form_is_what_was_sent(
        parts in prop::collection::vec(noise(), 0..4),
        preamble in noise(), epilogue in noise(),
        cuts in prop::collection::vec(1_usize..20, 1..9), is_whole: bool,
    ) {
        let boundary = "bb-b";
        let holds = |data: &[u8]| {
            let lines = [b"\r\n", data].concat();
            lines.windows(8).any(|window| window == b"\r\n--bb-b")
        };
        prop_assume!(!holds(&preamble) && !parts.iter().any(|data| holds(data)));
        let mut body = preamble.clone();
        if !body.is_empty() {
            body.extend_from_slice(b"\r\n");
        }
        let mut expected = Vec::new();
        for (index, data) in parts.iter().enumerate() {
            let name = format!("n{index}");
            body.extend_from_slice(format!("--{boundary}\r\nContent-Disposition: form-data; name={name}\r\n\r\n").as_bytes());
            body.extend_from_slice(data);
            body.extend_from_slice(b"\r\n");
            expected.push((name, data.clone()));
        }
        body.extend_from_slice(format!("--{boundary}--").as_bytes());
        body.extend_from_slice(&epilogue);
        let (mut rest, mut pieces, mut cuts) = (&body[..], Vec::new(), cuts.iter().cycle());
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(rest.len().min(*cuts.next().unwrap()));
            pieces.push(piece);
            rest = behind;
        }
        let got = read(boundary.as_bytes(), &pieces, is_whole).unwrap();
        let got: Vec<_> = got.into_iter().map(|(name, _, _, data)| (name, data)).collect();
        prop_assert_eq!(&got, &expected);
        prop_assert_eq!(simple(boundary, &body), Some(expected));
    }

    /// Anything, valid or not: the simple parser takes as much of it, and the pieces do not matter.
    #[test]
    fn noise_is_read_as_a_simple_parser_does(
        pieces in prop::collection::vec(prop_oneof![
            noise(),
            Just(b"\r\n--b\r\nContent-Disposition: form-data; name=a\r\n\r\n".to_vec()),
            Just(b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n".to_vec()),
            Just(b"\r\n--b--".to_vec()),
        ], 0..6),
        at in 0_usize..200,
    ) {
        let body = pieces.concat();
        let whole = read(b"b", &[&body], false);
        let (front, back) = body.split_at(at.min(body.len()));
        prop_assert_eq!(&read(b"b", &[front, back], false), &whole);
        prop_assert_eq!(&read(b"b", &[front, back], true), &whole);
        let got = whole.map(|parts| {
            parts.into_iter().map(|(name, _, _, data)| (name, data)).collect::<Vec<_>>()
        });
        prop_assert_eq!(got.ok(), simple("b", &body));
    }
}
