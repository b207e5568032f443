//! Any value of `Range`, of any length: a part lies in what there is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nal_http::wire::ByteRange;

fuzz_target!(|input: (u16, &[u8])| {
    let (length, value) = (usize::from(input.0), input.1);
    if let ByteRange::Part { start, length: part } = ByteRange::of(value, length) {
        assert!(part > 0 && start + part <= length);
        // What is sent of it is what a client that asks for just that gets.
        let again = format!("bytes={start}-{}", start + part - 1);
        assert_eq!(ByteRange::of(again.as_bytes(), length), ByteRange::of(value, length));
    }
});
