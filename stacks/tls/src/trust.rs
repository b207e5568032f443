//! Which servers the firmware trusts.

use sha2::{Digest, Sha256};

use super::chain;

/// What a server must show to be trusted.
///
/// The certificates and hashes are the firmware's own, for example by `include_bytes!`.
///
/// | | is checked |
/// |---|---|
/// | [`authorities`](Self::authorities) | chain of signatures up to one of them, host name, key usages, constraints; the validity dates if the platform knows the date |
/// | [`certificate`](Self::certificate) | that the certificate is this one, bit by bit |
/// | [`key`](Self::key) | that the certificate's public key is this one |
/// | [`any_server_even_an_impostor`](Self::any_server_even_an_impostor) | nothing |
///
/// But for the last, the server also has to sign the handshake with the key of its certificate.
#[derive(Debug, Clone, Copy)]
pub struct Trust<'t> {
    pub(super) kind: Kind<'t>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind<'t> {
    /// With the function that checks it, so that a firmware with pins does not link it.
    Authorities(&'t [&'t [u8]], chain::Verify),
    Certificate([u8; 32]),
    Key([u8; 32]),
    Anyone,
}

impl<'t> Trust<'t> {
    /// Servers with a certificate that one of these authorities has issued, itself or by an
    /// authority below it. Each is one X.509 certificate in DER (not PEM).
    #[must_use]
    pub const fn authorities(certificates: &'t [&'t [u8]]) -> Self {
        Self { kind: Kind::Authorities(certificates, chain::verify) }
    }

    /// The one server whose certificate has this SHA-256, as of
    /// `openssl x509 -in server.pem -outform der | sha256sum`.
    ///
    /// Its names and dates are not looked at: the certificate is known, whatever it says. When it is
    /// renewed, the firmware must be too.
    #[must_use]
    pub const fn certificate(sha256: [u8; 32]) -> Self {
        Self { kind: Kind::Certificate(sha256) }
    }

    /// The one server whose public key (the `SubjectPublicKeyInfo` of RFC 5280 section 4.1 in DER)
    /// has this SHA-256, as of
    /// `openssl x509 -in server.pem -noout -pubkey | openssl pkey -pubin -outform der | sha256sum`.
    ///
    /// Names and dates are not looked at. The certificate may be renewed as long as its key stays.
    #[must_use]
    pub const fn key(sha256: [u8; 32]) -> Self {
        Self { kind: Kind::Key(sha256) }
    }

    /// Any server at all. Whoever sits between the firmware and the server can then read and change
    /// everything, as without TLS.
    #[must_use]
    pub const fn any_server_even_an_impostor() -> Self {
        Self { kind: Kind::Anyone }
    }
}

/// The hash that pins are compared with.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
