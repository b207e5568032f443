use super::head::{CLOSE, FINAL};

/// Why a WebSocket is closed (RFC 6455 section 7.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: it has done what it was for.
    pub const NORMAL: Self = Self(1000);
    /// 1001: the server goes down, or the page was left.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: frames that break the protocol.
    pub const PROTOCOL: Self = Self(1002);
    /// 1003: a kind of message that is not taken, such as binary.
    pub const UNSUPPORTED: Self = Self(1003);
    /// 1007: text that is not UTF-8, or another message that is not what it must be.
    pub const INVALID: Self = Self(1007);
    /// 1008: against the rules of the application.
    pub const POLICY: Self = Self(1008);
    /// 1009: a message that is too long.
    pub const TOO_LONG: Self = Self(1009);
    /// 1011: a failure of the server.
    pub const INTERNAL: Self = Self(1011);

    /// 1013: the server has no room for it now, and may have later.
    pub const TRY_AGAIN: Self = Self(1013);

    /// The code with this number. `None` if none may be sent with it: it is not in use, or it stands for
    /// what is never sent (1005, 1006, 1015).
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(code)),
            _ => None,
        }
    }

    /// Its number.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }

    /// The close frame of a server.
    pub(crate) const fn frame(self) -> [u8; 4] {
        let [high, low] = self.0.to_be_bytes();
        [FINAL | CLOSE, 2, high, low]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_may_be_sent() {
        for (codes, is_valid) in [
            (0..=999, false),
            (1000..=1003, true),
            (1004..=1006, false),
            (1007..=1014, true),
            (1015..=2999, false),
            (3000..=4999, true),
            (5000..=u16::MAX, false),
        ] {
            for code in codes {
                assert_eq!(CloseCode::new(code).map(CloseCode::code), is_valid.then_some(code));
            }
        }
    }
}
