//! How long records may be.

/// What a record may take beside its content (RFC 8446 section 5.2).
const EXPANSION: usize = 256;

/// The length of records that the memory has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fragment {
    pub(super) content: usize,
    /// What to ask the server for (RFC 6066 section 4); nothing if there is room for the longest.
    pub(super) to_ask_for: Option<u8>,
}

const FRAGMENTS: [Fragment; 5] = [
    Fragment { content: 16_384, to_ask_for: None },
    Fragment { content: 4096, to_ask_for: Some(4) },
    Fragment { content: 2048, to_ask_for: Some(3) },
    Fragment { content: 1024, to_ask_for: Some(2) },
    SHORTEST,
];
const SHORTEST: Fragment = Fragment { content: 512, to_ask_for: Some(1) };

impl Fragment {
    /// The longest for which there is room in `receive` bytes.
    pub(super) fn of(receive: usize) -> Self {
        let fits = |fragment: &Self| fragment.content + EXPANSION <= receive;
        FRAGMENTS.into_iter().find(fits).unwrap_or(SHORTEST)
    }

    /// How much memory is enough for a message of so many bytes, in whatever records it comes.
    pub(super) fn enough_for(message: usize) -> usize {
        // With more memory, longer records are asked for, which then have to fit behind its beginning.
        let need = |fragment: &Self| message + fragment.content + EXPANSION;
        let all = FRAGMENTS.iter().rev();
        let mut enough =
            all.filter(|fragment| Self::of(need(fragment)).content <= fragment.content);
        enough.next().map_or(0, need)
    }
}

#[cfg(test)]
mod tests {
    use super::{EXPANSION, Fragment};

    #[test]
    fn memories() {
        for (receive, content, to_ask_for) in [
            (0, 512, Some(1)),
            (1279, 512, Some(1)),
            (1280, 1024, Some(2)),
            (2304, 2048, Some(3)),
            (4352, 4096, Some(4)),
            (16_639, 4096, Some(4)),
            (16_640, 16_384, None),
        ] {
            assert_eq!(Fragment::of(receive), Fragment { content, to_ask_for }, "{receive}");
        }
    }

    #[test]
    fn what_is_said_to_be_enough_is_enough() {
        for message in 1..40_000 {
            let enough = Fragment::enough_for(message);
            // All but its last byte have come, and then the longest record.
            assert!(message - 1 + Fragment::of(enough).content + EXPANSION <= enough, "{message}");
            assert!(enough < message + 16_640 + 1);
        }
    }
}
