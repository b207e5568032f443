//! Addresses in URLs. Those of `core` keep panicking code in the image.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::bytes::{split_first, split_once};

/// Four decimal numbers with dots.
pub(super) fn parse_v4(text: &str) -> Option<IpAddr> {
    Some(Ipv4Addr::from(v4_octets(text)?).into())
}

/// Eight groups of hexadecimal digits with colons, `::` for any number of zeros, perhaps with an
/// IPv4 address at the end (RFC 4291 section 2.2).
pub(super) fn parse_v6(text: &str) -> Option<IpAddr> {
    let (mut front, mut back) = ([0; 8], [0; 8]);
    let Some(at) = text.as_bytes().windows(2).position(|pair| pair == b"::") else {
        return (groups(text, &mut front)? == 8).then(|| Ipv6Addr::from(front).into());
    };
    let before = groups(text.get(..at)?, &mut front)?;
    let behind = groups(text.get(at + 2..)?, &mut back)?;
    if before + behind > 7 {
        return None;
    }
    let ends = front.iter_mut().rev().zip(back.iter().take(behind).rev());
    ends.for_each(|(place, group)| *place = *group);
    Some(Ipv6Addr::from(front).into())
}

/// Reads groups into `out` and says how many there are.
fn groups(text: &str, out: &mut [u16; 8]) -> Option<usize> {
    let mut rest = Some(text).filter(|text| !text.is_empty());
    let mut count = 0;
    while let Some(text) = rest {
        let (group, behind) = split_first(text, b':');
        match v4_octets(group) {
            Some([a, b, c, d]) if behind.is_none() => {
                *out.get_mut(count)? = u16::from_be_bytes([a, b]);
                *out.get_mut(count + 1)? = u16::from_be_bytes([c, d]);
                count += 2;
            }
            _ => {
                *out.get_mut(count)? = hexadecimal(group)?;
                count += 1;
            }
        }
        rest = behind;
    }
    Some(count)
}

fn hexadecimal(text: &str) -> Option<u16> {
    let mut value = 0;
    for digit in text.bytes() {
        value = value << 4 | u16::from(super::percent::from_hex(digit)?);
    }
    (1..=4).contains(&text.len()).then_some(value)
}

fn v4_octets(text: &str) -> Option<[u8; 4]> {
    let (a, rest) = split_once(text, b'.')?;
    let (b, rest) = split_once(rest, b'.')?;
    let (c, d) = split_once(rest, b'.')?;
    Some([octet(a)?, octet(b)?, octet(c)?, octet(d)?])
}

fn octet(text: &str) -> Option<u8> {
    let mut value = 0_u8;
    for byte in text.bytes() {
        let digit = byte.is_ascii_digit().then_some(byte & 0xf)?;
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    // A leading zero would be octal to some.
    let plain = text.len() == 1 || !text.starts_with('0');
    (!text.is_empty() && plain).then_some(value)
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::{String, ToString};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn addresses_are_those_of_core(groups: [u16; 8], zeros: u8, octets: [u8; 4]) {
            let mut groups = groups;
            for (index, group) in groups.iter_mut().enumerate() {
                *group = if zeros >> index & 1 == 1 { 0 } else { *group };
            }
            let v6 = Ipv6Addr::from(groups);
            prop_assert_eq!(parse_v6(&v6.to_string()), Some(v6.into()));
            let v4 = Ipv4Addr::from(octets);
            prop_assert_eq!(parse_v4(&v4.to_string()), Some(v4.into()));
            let mixed = format!("64:ff9b::{v4}");
            prop_assert_eq!(parse_v6(&mixed), Some(mixed.parse::<Ipv6Addr>().unwrap().into()));
        }

        #[test]
        fn what_core_refuses_is_refused(text in "[0-9a-f:.]{0,20}", pieces: String) {
            for text in [text, pieces] {
                let v6 = text.parse::<Ipv6Addr>().ok().map(IpAddr::from);
                prop_assert_eq!(parse_v6(&text), v6, "{}", text);
                let v4 = text.parse::<Ipv4Addr>().ok().map(IpAddr::from);
                prop_assert_eq!(parse_v4(&text), v4, "{}", text);
            }
        }
    }
}
