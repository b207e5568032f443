//! Any text as a URL, an escaped text, a form: no panic, and what is written can be read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nal_http::wire::{Encoded, Pairs, Url, Writer, measure, write_pairs};

fuzz_target!(|text: &str| {
    if let Ok(url) = Url::parse(text) {
        assert!(!url.host().is_empty() && url.port() > 0 && url.path().starts_with('/'));
        let mut buffer = vec![0; measure(|writer| url.write_target(writer))];
        url.write_target(&mut Writer::new(&mut buffer));
        assert!(buffer.iter().all(u8::is_ascii_graphic), "{}", buffer.escape_ascii());
    }
    for encoded in [Encoded::new(text), Encoded::form(text)] {
        let mut buffer = vec![0; text.len()];
        if let Ok(decoded) = encoded.decode(&mut buffer) {
            assert!(encoded == *decoded);
        }
    }
    let pairs: Vec<_> =
        Pairs::new(text).map(|(name, value)| (name.as_raw(), value.as_raw())).collect();
    let mut buffer = vec![0; measure(|writer| write_pairs(writer, &pairs))];
    write_pairs(&mut Writer::new(&mut buffer), &pairs);
    let form = str::from_utf8(&buffer).expect("forms are ASCII");
    for ((name, value), expected) in Pairs::new(form).zip(&pairs) {
        assert!(name == *expected.0 && value == *expected.1);
    }
});
