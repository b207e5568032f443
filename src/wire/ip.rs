//! Addresses in URLs. Those of `core` keep panicking code in the image.

use core::mem;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::percent::from_hex;

/// Four decimal numbers with dots.
pub(super) fn parse_v4(text: &str) -> Option<IpAddr> {
    Some(Ipv4Addr::from(octets(text.as_bytes())?).into())
}

/// Eight groups of hexadecimal digits with colons, `::` for any number of zeros, perhaps with an
/// IPv4 address at the end (RFC 4291 section 2.2).
pub(super) fn parse_v6(text: &str) -> Option<IpAddr> {
    let mut address = [0_u8; 16];
    let (mut end, mut gap) = (0, None);
    let mut rest = text.as_bytes();
    loop {
        let (group, mut value, mut digits) = (rest, 0_u32, 0);
        while let [byte, behind @ ..] = rest {
            let Some(digit) = from_hex(*byte) else { break };
            (value, digits, rest) = (value << 4 | u32::from(digit), digits + 1, behind);
        }
        if let [b'.', ..] = rest {
            let octets = octets(group)?;
            end = put(&mut address, end, octets >> 16)?;
            (value, digits, rest) = (octets, 1, &[]);
        }
        if digits > 4 {
            return None;
        }
        if digits > 0 {
            end = put(&mut address, end, value)?;
        }
        rest = match rest {
            [] if digits > 0 => break,
            [b':', b':', behind @ ..] if gap.is_none() => {
                gap = Some(end);
                behind
            }
            [b':', behind @ ..] if digits > 0 && !behind.is_empty() => behind,
            _ => return None,
        };
        if rest.is_empty() {
            break;
        }
    }
    let unused = address.len() - end;
    if gap.is_some() == (unused == 0) {
        return None;
    }
    // What is behind the gap goes to the end.
    for from in (gap.unwrap_or(end)..end).rev() {
        let byte = mem::take(address.get_mut(from)?);
        *address.get_mut(from + unused)? = byte;
    }
    Some(Ipv6Addr::from(address).into())
}

/// Puts the low two bytes of `group` where they belong, and returns where they end.
#[inline(never)]
fn put(address: &mut [u8; 16], at: usize, group: u32) -> Option<usize> {
    let [_, _, high, low] = group.to_be_bytes();
    *address.get_mut(at)? = high;
    *address.get_mut(at + 1)? = low;
    Some(at + 2)
}

fn octets(text: &[u8]) -> Option<u32> {
    let (mut address, mut octet, mut digits, mut dots) = (0_u32, 0, 0, 0);
    for &byte in text {
        match byte {
            b'.' if digits > 0 => {
                (address, octet, digits, dots) = (address << 8 | octet, 0, 0, dots + 1);
            }
            // A leading zero would be octal to some.
            b'0'..=b'9' if digits == 0 || octet > 0 => {
                (octet, digits) = (octet * 10 + u32::from(byte & 0xf), digits + 1);
            }
            _ => return None,
        }
        if octet > 255 {
            return None;
        }
    }
    (dots == 3 && digits > 0).then_some(address << 8 | octet)
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
