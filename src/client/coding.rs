use core::fmt;

use crate::wire::{Headers, copy};

/// How a body is encoded that cannot be read here: `gzip`, say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Coding {
    name: [u8; 8],
}

impl Coding {
    /// The first that a response names, but for `identity`, which is none (RFC 9110 section 8.4.1).
    pub(super) fn of(headers: Headers<'_>) -> Option<Self> {
        let values = headers.filter(|(name, _)| name.eq_ignore_ascii_case("Content-Encoding"));
        let names = values.flat_map(|(_, value)| value.split(|&byte| byte == b','));
        let mut names = names.map(<[u8]>::trim_ascii);
        let is_one = |name: &&[u8]| !name.is_empty() && !name.eq_ignore_ascii_case(b"identity");
        names.find(is_one).map(|text| {
            let mut name = [0; 8];
            copy(&mut name, text);
            Self { name }
        })
    }

    /// Its name, of which 8 bytes are kept: those of the codings that are in use fit.
    #[must_use]
    pub fn name(&self) -> &str {
        let text = self.name.split(|&byte| byte == 0).next().unwrap_or_default();
        core::str::from_utf8(text).unwrap_or("unknown")
    }
}

impl fmt::Display for Coding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::ToString;

    use super::*;
    use crate::wire::ResponseHead;

    #[test]
    fn the_first_that_is_one() {
        let table = [
            ("", None),
            ("Content-Encoding: identity\r\n", None),
            ("Content-Encoding: \r\nContent-Encoding: , Identity\r\n", None),
            ("content-encoding: gzip\r\n", Some("gzip")),
            ("Content-Encoding: identity,\tBR , gzip\r\n", Some("BR")),
            ("Content-Encoding: identity\r\nContent-Encoding: x-long-name\r\n", Some("x-long-n")),
            ("Content-Encoding: 光光光\r\n", Some("unknown")),
        ];
        for (lines, expected) in table {
            let head = format!("HTTP/1.1 200 OK\r\n{lines}\r\n");
            let coding = Coding::of(ResponseHead::new(head.as_bytes()).headers());
            let name = coding.map(|coding| coding.to_string());
            assert_eq!(name.as_deref(), expected, "{lines}");
        }
    }
}
