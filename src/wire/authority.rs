//! Host and port, as a request names its server (RFC 9110 section 7.2, RFC 3986 section 3.2.2).

use super::ascii::Set;
use super::bytes::{find, split_bytes};
use super::percent::from_hex;

/// Whether `text` is a host, perhaps with a port behind it. Not so: nothing, a user name, and a
/// comma, which RFC 3986 allows in names, and which two Host headers make that a proxy has joined.
pub(super) fn is_authority(text: &[u8]) -> bool {
    if let [b'[', rest @ ..] = text {
        let Some((address, port)) = split_bytes(rest, b']') else { return false };
        return is_v6(address) && is_port(port);
    }
    let (name, port) = text.split_at_checked(find(text, b':')).unwrap_or_default();
    !name.is_empty() && is_name(name) && is_port(port)
}

fn is_name(mut name: &[u8]) -> bool {
    loop {
        name = match name.get(NAME.span(name)..) {
            Some([b'%', high, low, rest @ ..])
                if from_hex(*high).is_some() && from_hex(*low).is_some() =>
            {
                rest
            }
            rest => return rest == Some(&[]),
        };
    }
}

/// Those of RFC 3986's `reg-name` but the comma.
const NAME: &Set = &Set::alphanumeric_and(b"-._~!$&'()*+;=");

/// Groups of up to four hexadecimal digits: eight, or fewer and `::`; the last two may be written as
/// four with dots. What is only to be compared need not be parsed, as a URL's has to be.
fn is_v6(text: &[u8]) -> bool {
    let (mut groups, mut digits, mut colons, mut dots, mut is_short) = (0, 0, 0, 0, false);
    for &byte in text {
        match byte {
            b':' if dots == 0 && colons < 2 && !(colons == 1 && is_short) => {
                is_short |= colons == 1;
                (colons, digits) = (colons + 1, 0);
            }
            b'.' if digits > 0 && dots < 3 => (dots, digits) = (dots + 1, 0),
            // A colon alone is between two groups.
            _ if from_hex(byte).is_none() || digits == 4 || (groups == 0 && colons == 1) => {
                return false;
            }
            _ => {
                groups += u8::from(digits == 0 && (dots == 0 || dots == 3));
                (colons, digits) = (0, digits + 1);
            }
        }
    }
    let ends = if colons == 2 { dots == 0 } else { digits > 0 && (dots == 0 || dots == 3) };
    ends && if is_short { groups < 8 } else { groups == 8 }
}

/// Nothing, or a colon and a number that a port can have, or no number.
fn is_port(port: &[u8]) -> bool {
    let [b':', digits @ ..] = port else { return port.is_empty() };
    let mut number = 0_u32;
    for byte in digits {
        if !byte.is_ascii_digit() || number > 0xffff {
            return false;
        }
        number = number * 10 + u32::from(byte & 0xf);
    }
    number <= 0xffff
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::String;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn authorities() {
        let good = [
            "a",
            "a:",
            "a:80",
            "a:00080",
            "a:65535",
            "192.168.0.9:8080",
            "[::1]",
            "[fe80::1:2]:80",
            "[::ffff:1.2.3.4]",
            "[::]",
            "[1::]",
            "[1:2:3:4:5:6:7:8]",
            "[1:2:3:4::6:7:8]",
            "[1:2:3:4:5:6:1.2.3.4]",
            "a-b_c~d.e",
            "%E5%85%89.local",
            "a!$&'()*+;=",
        ];
        for text in good {
            assert!(is_authority(text.as_bytes()), "{text}");
        }
        let bad = [
            "",
            ":",
            ":80",
            "a:b",
            "a:80:80",
            "a:65536",
            "a:99999999999999999999",
            "a:-1",
            "a:8 0",
            "a b",
            "a,b",
            "me@a",
            "a/",
            "a?",
            "a#",
            "\"a\"",
            "a\\b",
            "<a>",
            "a|b",
            "a%",
            "a%2",
            "a%zz",
            "中.example",
            "[",
            "[]",
            "[::1",
            "::1",
            "[::1]80",
            "[::1]:x",
            "[1:2]",
            "[a.b]",
            "[[::1]]",
            "[v1.a]",
            "a]",
            "[::1%25eth0]",
            "[:1]",
            "[1:]",
            "[:::]",
            "[::1::]",
            "[1::2:]",
            "[:1:2:3:4:5:6:7:8]",
            "[1:2:3:4:5:6:7]",
            "[1:2:3:4:5:6:7:8:9]",
            "[1::2:3:4:5:6:7:8]",
            "[12345::]",
            "[::1.2.3]",
            "[::1.2.3.4.5]",
            "[::1.2.3.4:5]",
            "[::.1.2.3]",
            "[1.2.3.4]",
        ];
        for text in bad {
            assert!(!is_authority(text.as_bytes()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn addresses_are_those_of_core(groups: [u16; 8], zeros: u8, octets: [u8; 4], noise in "[0-9a-f:]{0,20}") {
            let mut groups = groups;
            for (index, group) in groups.iter_mut().enumerate() {
                *group = if zeros >> index & 1 == 1 { 0 } else { *group };
            }
            let v6 = core::net::Ipv6Addr::from(groups);
            let [a, b, c, d] = octets;
            let texts: [String; 3] = [format!("{v6}"), format!("64:ff9b::{a}.{b}.{c}.{d}"), noise];
            for text in texts {
                let is_one = text.parse::<core::net::Ipv6Addr>().is_ok();
                prop_assert_eq!(is_v6(text.as_bytes()), is_one, "{}", text);
            }
        }
    }
}
