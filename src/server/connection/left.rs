/// How many responses more may keep a connection alive, if there is a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct Left(u16);

impl Left {
    /// Any number.
    pub(in crate::server) const ANY: Self = Self(0);
    pub(super) const NONE: Self = Self(u16::MAX);

    pub(super) const fn keeps_alive(self) -> bool {
        self.0 != Self::NONE.0
    }

    /// Of a connection that answers `limit` requests at most, after another of them has come.
    pub(super) const fn counted(self, limit: u16) -> Self {
        match self {
            Self::ANY if limit > 1 => Self(limit - 1),
            Self::NONE | Self(0 | 1) => Self::NONE,
            Self(more) => Self(more - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_so_many_requests_ends_it() {
        for limit in [1, 2, 126, 1_000, u16::MAX] {
            let mut left = Left::ANY;
            for _ in 1..limit {
                left = left.counted(limit);
                assert!(left.keeps_alive());
            }
            assert_eq!(left.counted(limit), Left::NONE);
            assert_eq!(Left::NONE.counted(limit), Left::NONE, "it has to give way");
        }
    }
}
