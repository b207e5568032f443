//! Why a TLS connection was refused or broke, each reason in one sentence.

use core::fmt;

use super::Alert;

/// Why there is no TLS connection, or no longer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TlsError {
    /// The server did not prove that it is the one that was meant.
    Certificate(CertificateError),
    /// The server has ended the connection with an alert (RFC 8446 section 6).
    Alert(Alert),
    /// The connection ended without a `close_notify`: somebody may have cut it off.
    Truncated,
    /// The connection ended in the handshake. Servers without TLS 1.3 may do this.
    ClosedInHandshake,
    /// A record was not encrypted that had to be: somebody may have put it in.
    NotEncrypted,
    /// A record was changed on its way, or encrypted with another key.
    NotAuthentic,
    /// Something that is not a TLS record, or has a length that none can have.
    NotTls,
    /// A record does not fit into the receive memory.
    RecordTooLong {
        /// The bytes that the memory has.
        have: usize,
        /// The bytes that the record needs; 16,640 are enough for any.
        need: usize,
    },
    /// A message of the handshake does not fit into the receive memory: as a rule, the certificates of
    /// the server, which have to be there as a whole.
    MessageTooLong {
        /// The bytes that the memory has.
        have: usize,
        /// The bytes that are enough for it, in whatever records it comes.
        need: usize,
    },
    /// The server has sent what TLS 1.3 does not allow, or not there. It was sent this alert.
    Protocol(Alert),
    /// The host is neither a DNS name nor an IP address.
    Host,
    /// The memory for sending is smaller than [`MIN_SEND`](super::MIN_SEND), or too small for what the server
    /// wants to get back with a second hello (RFC 8446 section 4.2.2).
    SendMemory {
        /// The bytes that the memory has.
        have: usize,
        /// The bytes that are enough.
        need: usize,
    },
    /// The random source gives the same bytes again and again. No key is safe with it.
    NotRandom,
    /// The connection is not open: it was closed, or never opened.
    NotOpen,
    /// Another connection has begun: a session has one at a time.
    Taken,
}

/// What is wrong with the server's certificate, or with the proof that it is the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum CertificateError {
    /// The server has sent no certificate.
    Missing,
    /// The server has not signed the handshake with the key of its certificate, or in the wrong place.
    NoProof,
    /// The signature over the handshake is not by the key of the certificate.
    WrongProof,
    /// The certificate, or one that it depends on, is not well-formed.
    Malformed,
    /// No chain leads to an authority that the firmware trusts.
    UnknownIssuer,
    /// The certificate is not signed by the one that it names as its issuer.
    WrongSignature,
    /// The certificate, or its issuer's, is expired.
    Expired,
    /// The certificate, or its issuer's, is valid from a later date on.
    NotYetValid,
    /// The certificate is for another host.
    WrongHost,
    /// The certificate is not for servers (extended key usage).
    NotForServers,
    /// The key of the certificate must not be used like this (key usage).
    KeyUsage,
    /// A certificate was issued by one that is not an authority, or by one too deep below it.
    NotAnAuthority,
    /// The server uses the certificate of an authority as its own. Such a certificate can be pinned.
    AuthorityAsServer,
    /// An authority above the certificate must not issue for this host (name constraints).
    NameConstraint,
    /// A certificate has a critical extension that this client does not know.
    CriticalExtension,
    /// A signature or a key is of a kind that this build does not verify. There are features for more.
    Unsupported,
    /// The chain is too long or too entangled.
    TooComplex,
    /// The certificate is not the pinned one.
    NotPinned,
    /// The public key is not the pinned one.
    KeyNotPinned,
    /// The authority's certificate in the firmware cannot be read: it has to be one certificate in DER.
    Authority,
}

impl From<CertificateError> for TlsError {
    fn from(error: CertificateError) -> Self {
        Self::Certificate(error)
    }
}

/// For what the client finds, and the alert that it sends.
impl From<Alert> for TlsError {
    fn from(alert: Alert) -> Self {
        Self::Protocol(alert)
    }
}

impl TlsError {
    /// The alert that the server is sent for it, if any (RFC 8446 section 6.2).
    pub(super) const fn alert(self) -> Option<Alert> {
        Some(match self {
            Self::Protocol(alert) => alert,
            Self::Certificate(error) => error.alert(),
            Self::NotEncrypted => Alert::UNEXPECTED_MESSAGE,
            Self::NotAuthentic => Alert::BAD_RECORD_MAC,
            Self::RecordTooLong { .. } => Alert::RECORD_OVERFLOW,
            Self::MessageTooLong { .. } => Alert::INTERNAL_ERROR,
            _ => return None,
        })
    }
}

impl CertificateError {
    const fn alert(self) -> Alert {
        match self {
            Self::Missing => Alert::DECODE_ERROR,
            Self::NoProof => Alert::UNEXPECTED_MESSAGE,
            Self::WrongProof => Alert::DECRYPT_ERROR,
            Self::UnknownIssuer | Self::WrongSignature => Alert::UNKNOWN_CA,
            Self::Expired | Self::NotYetValid => Alert::CERTIFICATE_EXPIRED,
            Self::Unsupported | Self::NotForServers => Alert::UNSUPPORTED_CERTIFICATE,
            Self::NotPinned | Self::KeyNotPinned => Alert::CERTIFICATE_UNKNOWN,
            Self::Authority => Alert::INTERNAL_ERROR,
            _ => Alert::BAD_CERTIFICATE,
        }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(error) => error.fmt(f),
            Self::Alert(alert) => write!(f, "server ended the TLS connection: {alert}"),
            Self::Truncated => f.write_str("TLS connection was cut off before its end"),
            Self::ClosedInHandshake => f.write_str(
                "server closed the connection in the TLS handshake: it may not speak TLS 1.3",
            ),
            Self::NotEncrypted => f.write_str("TLS record is not encrypted, and it has to be"),
            Self::NotAuthentic => f.write_str("TLS record was changed on its way"),
            Self::NotTls => f.write_str("server does not speak TLS on this port"),
            Self::RecordTooLong { have, need } => {
                write!(f, "TLS record needs {need} bytes of receive memory, and it has {have}")
            }
            Self::MessageTooLong { have, need } => write!(
                f,
                "server's certificates need {need} bytes of receive memory, and it has {have}"
            ),
            Self::Protocol(alert) => write!(f, "server broke the rules of TLS 1.3: {alert}"),
            Self::Host => f.write_str("host is neither a DNS name nor an IP address"),
            Self::SendMemory { have, need } => {
                write!(f, "TLS needs {need} bytes of send memory, and it has {have}")
            }
            Self::NotRandom => f.write_str("random source repeats itself: no key would be safe"),
            Self::NotOpen => f.write_str("TLS connection is not open"),
            Self::Taken => f.write_str(
                "another connection has taken the TLS session: give each a session of its own",
            ),
        }
    }
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "server sent no certificate",
            Self::NoProof => "server did not prove that it has the key of its certificate",
            Self::WrongProof => "handshake is not signed by the key of the server's certificate",
            Self::Malformed => "certificate is malformed",
            Self::UnknownIssuer => "certificate does not lead to a trusted authority",
            Self::WrongSignature => "certificate is not signed by its issuer",
            Self::Expired => "certificate is expired",
            Self::NotYetValid => "certificate is not yet valid",
            Self::WrongHost => "certificate is for another host",
            Self::NotForServers => "certificate is not for servers",
            Self::KeyUsage => "key of the certificate must not be used for signing",
            Self::NotAnAuthority => "certificate was issued by one that must not issue it",
            Self::AuthorityAsServer => {
                "server uses an authority's certificate as its own: pin it if that is meant"
            }
            Self::NameConstraint => "authority must not issue certificates for this host",
            Self::CriticalExtension => "certificate has a critical extension that is not known",
            Self::Unsupported => "certificate has a key or signature that this build cannot verify",
            Self::TooComplex => "certificate chain is too long",
            Self::NotPinned => "certificate is not the pinned one",
            Self::KeyNotPinned => "public key of the certificate is not the pinned one",
            Self::Authority => "trusted authority is not a certificate in DER",
        })
    }
}

impl core::error::Error for TlsError {}
impl core::error::Error for CertificateError {}

impl embedded_io::Error for TlsError {
    fn kind(&self) -> embedded_io::ErrorKind {
        use embedded_io::ErrorKind;
        match self {
            Self::Certificate(_) => ErrorKind::PermissionDenied,
            Self::Alert(_) => ErrorKind::ConnectionAborted,
            Self::Truncated | Self::ClosedInHandshake => ErrorKind::ConnectionReset,
            Self::RecordTooLong { .. } | Self::MessageTooLong { .. } => ErrorKind::OutOfMemory,
            Self::Host | Self::SendMemory { .. } | Self::NotRandom => ErrorKind::InvalidInput,
            Self::NotOpen | Self::Taken => ErrorKind::NotConnected,
            Self::NotEncrypted | Self::NotAuthentic | Self::NotTls | Self::Protocol(_) => {
                ErrorKind::InvalidData
            }
        }
    }
}
