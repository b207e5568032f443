//! What a server says when it ends a connection.

use core::fmt;

use embedded_tls::alert::AlertDescription;

/// An alert of the server, by its number (RFC 8446 section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Alert {
    code: u8,
}

impl Alert {
    pub(super) const fn new(code: u8) -> Self {
        Self { code }
    }

    /// Its number on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.code
    }
}

impl From<AlertDescription> for Alert {
    fn from(description: AlertDescription) -> Self {
        Self::new(description as u8)
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.code {
            40 => "no cipher, key exchange or signature in common",
            70 => "it does not support TLS 1.3",
            80 => "it failed",
            112 => "it does not know this host",
            116 => "it wants a certificate of the client",
            code => return write!(f, "alert {code}"),
        };
        write!(f, "{text} (alert {})", self.code)
    }
}
