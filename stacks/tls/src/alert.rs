//! What a side sends when it ends a connection (RFC 8446 section 6).

use core::fmt;

/// An alert, by its number (RFC 8446 section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Alert {
    code: u8,
}

impl Alert {
    pub(super) const CLOSE_NOTIFY: Self = Self::new(0);
    pub(super) const UNEXPECTED_MESSAGE: Self = Self::new(10);
    pub(super) const BAD_RECORD_MAC: Self = Self::new(20);
    pub(super) const RECORD_OVERFLOW: Self = Self::new(22);
    pub(super) const BAD_CERTIFICATE: Self = Self::new(42);
    pub(super) const UNSUPPORTED_CERTIFICATE: Self = Self::new(43);
    pub(super) const CERTIFICATE_EXPIRED: Self = Self::new(45);
    pub(super) const CERTIFICATE_UNKNOWN: Self = Self::new(46);
    pub(super) const ILLEGAL_PARAMETER: Self = Self::new(47);
    pub(super) const UNKNOWN_CA: Self = Self::new(48);
    pub(super) const DECODE_ERROR: Self = Self::new(50);
    pub(super) const DECRYPT_ERROR: Self = Self::new(51);
    pub(super) const PROTOCOL_VERSION: Self = Self::new(70);
    pub(super) const INTERNAL_ERROR: Self = Self::new(80);
    pub(super) const USER_CANCELED: Self = Self::new(90);
    pub(super) const MISSING_EXTENSION: Self = Self::new(109);
    pub(super) const UNSUPPORTED_EXTENSION: Self = Self::new(110);

    pub(super) const fn new(code: u8) -> Self {
        Self { code }
    }

    /// Its number on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.code
    }

    /// Its name in RFC 8446 section 6, if it has one there: `handshake_failure` for 40.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.code {
            0 => "close_notify",
            10 => "unexpected_message",
            20 => "bad_record_mac",
            22 => "record_overflow",
            40 => "handshake_failure",
            42 => "bad_certificate",
            43 => "unsupported_certificate",
            44 => "certificate_revoked",
            45 => "certificate_expired",
            46 => "certificate_unknown",
            47 => "illegal_parameter",
            48 => "unknown_ca",
            49 => "access_denied",
            50 => "decode_error",
            51 => "decrypt_error",
            70 => "protocol_version",
            71 => "insufficient_security",
            80 => "internal_error",
            86 => "inappropriate_fallback",
            90 => "user_canceled",
            109 => "missing_extension",
            110 => "unsupported_extension",
            112 => "unrecognized_name",
            113 => "bad_certificate_status_response",
            115 => "unknown_psk_identity",
            116 => "certificate_required",
            120 => "no_application_protocol",
            _ => return None,
        })
    }

    /// What it means for a client like this one, where its name does not say it.
    const fn meaning(self) -> Option<&'static str> {
        Some(match self.code {
            40 => {
                "no cipher, key exchange or kind of certificate in common, or it does not speak TLS 1.3"
            }
            70 => "no version in common, and this client speaks TLS 1.3",
            112 => "it does not know this host",
            116 => "it wants a certificate of the client",
            _ => return None,
        })
    }
}

/// The features that are off, for what a server may insist on.
const OFF: &[&str] = &[
    #[cfg(not(feature = "rsa"))]
    "`rsa` (in nal-http `tls-rsa`)",
    #[cfg(not(feature = "p384"))]
    "`p384` (in nal-http `tls-p384`)",
    #[cfg(not(feature = "ed25519"))]
    "`ed25519` (in nal-http `tls-ed25519`)",
    #[cfg(not(feature = "x25519"))]
    "`x25519` (in nal-http `tls-x25519`)",
];

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} (alert {})", self.code)?,
            None => write!(f, "alert {}", self.code)?,
        }
        if let Some(meaning) = self.meaning() {
            write!(f, ": {meaning}")?;
        }
        if self.code == 40 {
            for (at, feature) in OFF.iter().enumerate() {
                f.write_str(if at == 0 { "; features that are off and may help: " } else { ", " })?;
                f.write_str(feature)?;
            }
        }
        Ok(())
    }
}
