//! Any value of `Accept-Encoding`: what is chosen was offered, and the order matters only between equals.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nal_http::wire::Coding;

const ALL: [Coding; 3] = [Coding::Brotli, Coding::Gzip, Coding::Identity];

fuzz_target!(|value: &[u8]| {
    let chosen = Coding::choose(Some(value), ALL);
    let taken: Vec<_> =
        ALL.into_iter().filter(|&coding| Coding::choose(Some(value), [coding]).is_some()).collect();
    // One is chosen exactly if any is taken alone, and then it is one of these.
    assert_eq!(chosen.is_some(), !taken.is_empty());
    assert!(chosen.is_none_or(|coding| taken.contains(&coding)));
    // What nobody wants takes nothing away.
    assert_eq!(Coding::choose(Some(value), taken), chosen);
});
