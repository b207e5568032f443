//! Any form with files, in any pieces: what comes out does not depend on them, nothing but the front of a boundary is held
//! back, and each part comes out of the body in its order.
#![no_main]

mod input;

use libfuzzer_sys::fuzz_target;
use nal_http::wire::{Boundary, FormEvent, MultipartError, MultipartReader};

/// What came out, as bytes.
type Read = Result<Vec<u8>, MultipartError>;

fn read(
    boundary: Boundary<'_>,
    mut body: &[u8],
    mut size: impl FnMut() -> usize,
    whole: bool,
) -> Read {
    let mut reader = MultipartReader::new().most_parts(8).most_head(200);
    let (mut held, mut out, mut is_open) = (Vec::new(), Vec::new(), false);
    loop {
        let (piece, rest) = body.split_at(size().clamp(1, body.len().max(1)).min(body.len()));
        held.extend_from_slice(piece);
        body = rest;
        loop {
            let (taken, event) = reader.next(boundary, &held, body.is_empty())?;
            match event {
                None => {
                    held.drain(..taken);
                    break;
                }
                Some(FormEvent::Part(part)) => {
                    assert!(!is_open);
                    is_open = true;
                    out.push(b'<');
                    out.extend(part.name().bytes());
                    let _ = part.name().decode(&mut [0; 20]);
                    if let Some(name) = part.filename() {
                        assert!(name.bytes().count() <= name.as_raw().len());
                        out.extend(name.bytes());
                    }
                    out.extend_from_slice(part.content_type().unwrap_or_default().as_bytes());
                    out.push(b'>');
                    if whole {
                        reader.whole();
                    }
                }
                Some(FormEvent::Data(bytes)) => {
                    assert!(is_open && (whole || !bytes.is_empty()));
                    out.extend_from_slice(bytes);
                }
                Some(FormEvent::PartEnd) => {
                    assert!(is_open);
                    is_open = false;
                }
                Some(FormEvent::End) => assert!(!is_open && reader.is_finished()),
            }
            held.drain(..taken);
        }
        assert!(whole || !is_open || held.len() <= boundary.as_bytes().len() + 4);
        if body.is_empty() {
            assert!(reader.is_finished() && held.is_empty());
            return Ok(out);
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, splits, bytes)) = input::parts(input) else { return };
    let line = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(0);
    let (parameters, body) = bytes.split_at(line);
    let content_type = [b"multipart/form-data; boundary=", parameters].concat();
    let Ok(boundary) = Boundary::of(&content_type) else { return };
    let body = &body[body.len().min(1)..];
    let at_once = read(boundary, body, || usize::MAX, false);
    let mut splits = splits.into_iter().cycle();
    assert_eq!(read(boundary, body, || splits.next().unwrap_or(1), choice % 2 == 0), at_once);
});
