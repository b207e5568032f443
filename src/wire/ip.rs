//! Addresses in URLs. Those of `core` keep panicking code in the image.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::percent::from_hex;

/// Four decimal numbers with dots.
pub(super) fn parse_v4(text: &str) -> Option<IpAddr> {
    Some(Ipv4Addr::from(octets(text.as_bytes())?).into())
}

/// Eight groups of hexadecimal digits with colons, `::` for any number of zeros, perhaps with an
/// IPv4 address at the end (RFC 4291 section 2.2).
pub(super) fn parse_v6(text: &str) -> Option<IpAddr> {
    let mut groups = [0; 8];
    let (mut count, mut zeros_at) = (0, None);
    let mut rest = text.as_bytes();
    loop {
        match rest {
            [b':', b':', behind @ ..] if zeros_at.is_none() => {
                (zeros_at, rest) = (Some(count), behind);
                if rest.is_empty() {
                    break;
                }
            }
            [b':', behind @ ..] if count > 0 => rest = behind,
            _ => {}
        }
        let end = rest.iter().position(|&byte| byte == b':').unwrap_or(rest.len());
        let (group, behind) = rest.split_at_checked(end)?;
        match octets(group) {
            Some([a, b, c, d]) if behind.is_empty() => {
                *groups.get_mut(count)? = u16::from_be_bytes([a, b]);
                *groups.get_mut(count + 1)? = u16::from_be_bytes([c, d]);
                count += 2;
            }
            _ => {
                *groups.get_mut(count)? = hexadecimal(group)?;
                count += 1;
            }
        }
        rest = behind;
        if rest.is_empty() {
            break;
        }
    }
    let before = match zeros_at {
        Some(at) if count < 8 => at,
        None if count == 8 => 8,
        _ => return None,
    };
    let (before, behind) = groups.get(..count)?.split_at_checked(before)?;
    let mut address = [0; 8];
    address.iter_mut().zip(before).for_each(|(place, group)| *place = *group);
    let ends = address.iter_mut().rev().zip(behind.iter().rev());
    ends.for_each(|(place, group)| *place = *group);
    Some(Ipv6Addr::from(address).into())
}

fn hexadecimal(text: &[u8]) -> Option<u16> {
    let mut value = 0;
    for &digit in text {
        value = value << 4 | u16::from(from_hex(digit)?);
    }
    (1..=4).contains(&text.len()).then_some(value)
}

fn octets(text: &[u8]) -> Option<[u8; 4]> {
    let mut octets = [0_u8; 4];
    let (mut at, mut digits) = (0, 0);
    for &byte in text {
        if byte == b'.' && digits > 0 {
            (at, digits) = (at + 1, 0);
            continue;
        }
        let octet = octets.get_mut(at)?;
        // A leading zero would be octal to some.
        if !byte.is_ascii_digit() || digits > 0 && *octet == 0 {
            return None;
        }
        *octet = octet.checked_mul(10)?.checked_add(byte & 0xf)?;
        digits += 1;
    }
    (at == 3 && digits > 0).then_some(octets)
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
