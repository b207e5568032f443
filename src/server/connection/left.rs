/// How many responses more may keep a connection alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct Left(i8);

impl Left {
    /// Any number.
    pub(super) const ANY: Self = Self(i8::MAX);
    pub(super) const NONE: Self = Self(0);
    /// None, since the server is shut down.
    pub(super) const SHUT_DOWN: Self = Self(-1);

    pub(super) const fn keeps_alive(self) -> bool {
        self.0 > 0
    }

    pub(in crate::server) const fn is_shut_down(self) -> bool {
        self.0 < 0
    }

    /// Of a connection that answers `limit` requests at most, after another of them has come.
    pub(super) const fn counted(self, limit: i8) -> Self {
        match self {
            Self::ANY => Self(limit - 1),
            Self(1..) => Self(self.0 - 1),
            Self(_) => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_so_many_requests_ends_it() {
        for limit in [1, 2, 126] {
            let mut left = Left::ANY;
            for _ in 1..limit {
                left = left.counted(limit);
                assert!(left.keeps_alive());
            }
            assert_eq!(left.counted(limit), Left::NONE);
            assert_eq!(Left::NONE.counted(limit), Left::NONE, "it has to give way");
            assert!(Left::SHUT_DOWN.counted(limit).is_shut_down());
        }
    }
}
