//! Which coding of a body a client wants (RFC 9110 section 12.5.3).

use super::quality::{best, weighted};

/// How a body is coded (`Content-Encoding`, RFC 9110 section 8.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Not at all.
    Identity,
    /// `gzip` (RFC 1952).
    Gzip,
    /// `br` (RFC 7932).
    Brotli,
}

impl Coding {
    /// As it is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }

    fn is(self, name: &[u8]) -> bool {
        name.eq_ignore_ascii_case(self.as_str().as_bytes())
            || (self == Self::Gzip && name.eq_ignore_ascii_case(b"x-gzip"))
    }

    /// The one of the `offered` that a client likes best, by its `Accept-Encoding`; of several, the first. `None`
    /// if it takes none of them: 406. Without the header, that is the one that is not coded, or else the first.
    ///
    /// ```
    /// use nal_http::wire::Coding;
    ///
    /// let offered = [Coding::Brotli, Coding::Gzip, Coding::Identity];
    /// assert_eq!(Coding::choose(Some(b"gzip, br"), offered), Some(Coding::Brotli));
    /// assert_eq!(Coding::choose(Some(b"gzip, br;q=0.5"), offered), Some(Coding::Gzip));
    /// assert_eq!(Coding::choose(None, offered), Some(Coding::Identity));
    /// ```
    #[must_use]
    pub fn choose(
        header: Option<&[u8]>,
        offered: impl IntoIterator<Item = Self> + Clone,
    ) -> Option<Self> {
        let Some(header) = header else {
            let plain = offered.clone().into_iter().find(|&coding| coding == Self::Identity);
            return plain.or(offered.into_iter().next());
        };
        best(offered, |coding| coding.quality(header))
    }

    /// How much a client wants it, in thousandths and one more: 0 not at all, 1 if nothing is said of what is
    /// not coded, which then comes behind all that is wanted.
    fn quality(self, header: &[u8]) -> u16 {
        let mut other = u16::from(self == Self::Identity);
        for (name, quality) in weighted(header) {
            if self.is(name) {
                return quality;
            }
            if name == b"*" {
                other = quality;
            }
        }
        other
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Coding::{self, Brotli, Gzip, Identity};

    #[test]
    fn choices() {
        let all = [Brotli, Gzip, Identity];
        // header, which of all three, which of gzip alone, which of what is not coded alone
        let table = [
            ("", Some(Identity), None, Some(Identity)),
            ("gzip", Some(Gzip), Some(Gzip), Some(Identity)),
            ("br", Some(Brotli), None, Some(Identity)),
            ("gzip, deflate, br, zstd", Some(Brotli), Some(Gzip), Some(Identity)),
            ("GZIP,BR;Q=0.999", Some(Gzip), Some(Gzip), Some(Identity)),
            ("x-gzip", Some(Gzip), Some(Gzip), Some(Identity)),
            ("br;q=0.1, gzip;q=0.2", Some(Gzip), Some(Gzip), Some(Identity)),
            ("br ; q=0.1 , gzip ; q=0.100", Some(Brotli), Some(Gzip), Some(Identity)),
            ("gzip;q=0", Some(Identity), None, Some(Identity)),
            ("gzip;q=0.000, br", Some(Brotli), None, Some(Identity)),
            ("*", Some(Brotli), Some(Gzip), Some(Identity)),
            ("*;q=0", None, None, None),
            ("*;q=0, gzip", Some(Gzip), Some(Gzip), None),
            ("*;q=0, identity;q=0.1", Some(Identity), None, Some(Identity)),
            ("br;q=0, *", Some(Gzip), Some(Gzip), Some(Identity)),
            ("identity;q=0", None, None, None),
            ("identity;q=0, gzip;q=0.001", Some(Gzip), Some(Gzip), None),
            ("identity", Some(Identity), None, Some(Identity)),
            ("identity, gzip;q=0.5", Some(Identity), Some(Gzip), Some(Identity)),
            ("gzip;q=0.001", Some(Gzip), Some(Gzip), Some(Identity)),
            ("compress, deflate", Some(Identity), None, Some(Identity)),
            ("gzip;q=1.000", Some(Gzip), Some(Gzip), Some(Identity)),
            ("gzip;q=1.", Some(Gzip), Some(Gzip), Some(Identity)),
            // What is no weight is no element.
            ("gzip;q=1.001", Some(Identity), None, Some(Identity)),
            ("gzip;q=0.0001", Some(Identity), None, Some(Identity)),
            ("gzip;q=2", Some(Identity), None, Some(Identity)),
            ("gzip;q=.5", Some(Identity), None, Some(Identity)),
            ("gzip;q=-1", Some(Identity), None, Some(Identity)),
            ("gzip;level=9", Some(Identity), None, Some(Identity)),
            ("gzip br", Some(Identity), None, Some(Identity)),
            (",,gzip,", Some(Gzip), Some(Gzip), Some(Identity)),
        ];
        for (header, of_all, of_gzip, of_plain) in table {
            let choose = |offered: &[Coding]| {
                Coding::choose(Some(header.as_bytes()), offered.iter().copied())
            };
            assert_eq!(choose(&all), of_all, "{header}");
            assert_eq!(choose(&[Gzip]), of_gzip, "{header} of gzip");
            assert_eq!(choose(&[Identity]), of_plain, "{header} of identity");
        }
        assert_eq!(Coding::choose(None, all), Some(Identity));
        assert_eq!(Coding::choose(None, [Gzip]), Some(Gzip));
        assert_eq!(Coding::choose(None, []), None);
    }

    proptest! {
        #[test]
        fn what_is_chosen_was_offered(header in "[a-z*;=.,q01 ]{0,40}") {
            let chosen = Coding::choose(Some(header.as_bytes()), [Gzip]);
            prop_assert!(matches!(chosen, None | Some(Gzip)));
        }
    }
}
