//! Any bytes, split anywhere, into buffers of any size: no panic, and where the buffer is large the
//! split makes no difference.
#![no_main]

mod input;

use libfuzzer_sys::fuzz_target;
use nal_http::wire::{HeadError, HeadReader, HeadRules, Progress, Window};

/// What is known of a head that was read: what was kept of it, and what came behind it.
type Read = Result<Option<(Vec<u8>, Vec<u8>)>, HeadError>;

fuzz_target!(|input: &[u8]| {
    let Some((size, splits, bytes)) = input::parts(input) else { return };
    let _ = read(64 + usize::from(size) * 448 / 255, &splits, bytes);

    let large = 2 * bytes.len() + 64;
    assert_eq!(read(large, &splits, bytes), read(large, &[], bytes), "{splits:?}");
});

fn read(size: usize, splits: &[usize], mut bytes: &[u8]) -> Read {
    let rules = HeadRules { wanted: &["Cookie", "X-A"], needed: &[], limit: 2048 };
    let mut buffer = vec![0; size];
    let mut window = Window::default();
    let mut reader = HeadReader::request();
    let mut splits = splits.iter().copied();
    loop {
        if reader.advance(&mut buffer, &mut window, &rules)? == Progress::Complete {
            let head = buffer[..reader.kept()].to_vec();
            let behind = [window.bytes(&buffer), bytes].concat();
            return Ok(Some((head, behind)));
        }
        reader.make_room(&mut buffer, &mut window, &rules)?;
        let room = window.room(&mut buffer);
        assert!(!room.is_empty());
        if bytes.is_empty() {
            return Ok(None);
        }
        let n = splits.next().unwrap_or(usize::MAX).min(room.len()).min(bytes.len());
        room[..n].copy_from_slice(&bytes[..n]);
        window.received(n);
        bytes = &bytes[n..];
    }
}
