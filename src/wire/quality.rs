//! Lists of what a client wants, with weights (RFC 9110 section 12.4.2).

use super::bytes::split_bytes;

/// The names in a list such as `gzip;q=0.5, br`, with their weights in thousandths and one more, but 0 for what is not
/// wanted at all. What is malformed is left out.
pub(super) fn weighted(header: &[u8]) -> impl Iterator<Item = (&[u8], u16)> {
    header.split(|&byte| byte == b',').filter_map(|element| {
        let (name, parameters) = split_bytes(element, b';').unwrap_or((element, b""));
        Some((name.trim_ascii(), weight(parameters.trim_ascii())?))
    })
}

/// The one with the highest quality; of several, the first. `None` if that of all is 0.
pub(super) fn best<O: Copy>(
    offered: impl IntoIterator<Item = O>,
    quality: impl Fn(O) -> u16,
) -> Option<O> {
    let mut best = None;
    for one in offered {
        let quality = quality(one);
        if quality > best.map_or(0, |(_, quality)| quality) {
            best = Some((one, quality));
        }
    }
    best.map(|(one, _)| one)
}

/// A weight such as `q=0.5` (RFC 9110 section 12.4.2) in thousandths and one more; none at all is 1, and 0 is 0.
fn weight(text: &[u8]) -> Option<u16> {
    let digits = match text {
        [] => return Some(1001),
        [b'q' | b'Q', b'=', digits @ ..] => digits,
        _ => return None,
    };
    let (whole, fraction) = match digits {
        [whole @ (b'0' | b'1')] => (whole, &b""[..]),
        [whole @ (b'0' | b'1'), b'.', fraction @ ..] => (whole, fraction),
        _ => return None,
    };
    let (mut value, mut place) = (u16::from(whole & 0xf) * 1000, 100);
    for &byte in fraction {
        if !byte.is_ascii_digit() || place == 0 {
            return None;
        }
        value += u16::from(byte & 0xf) * place;
        place /= 10;
    }
    match value {
        0 => Some(0),
        1..=1000 => Some(value + 1),
        _ => None,
    }
}
