//! Which signatures can be verified: in certificates, and over the handshake.

mod ecdsa;
#[cfg(feature = "ed25519")]
mod ed25519;
#[cfg(feature = "rsa")]
mod rsa;

use embedded_tls::SignatureScheme;
use pki_types::SignatureVerificationAlgorithm as Algorithm;

/// Those that certificates may be signed with.
pub(super) const IN_CERTIFICATES: &[&dyn Algorithm] = &[
    &ecdsa::P256_SHA256,
    #[cfg(feature = "p384")]
    &ecdsa::P384_SHA384,
    #[cfg(feature = "p384")]
    &ecdsa::P384_SHA256,
    #[cfg(feature = "p384")]
    &ecdsa::P256_SHA384,
    #[cfg(feature = "rsa")]
    &rsa::PKCS1_SHA256,
    #[cfg(feature = "rsa")]
    &rsa::PKCS1_SHA384,
    #[cfg(feature = "rsa")]
    &rsa::PKCS1_SHA512,
    #[cfg(feature = "rsa")]
    &rsa::PSS_SHA256,
    #[cfg(feature = "rsa")]
    &rsa::PSS_SHA384,
    #[cfg(feature = "rsa")]
    &rsa::PSS_SHA512,
    #[cfg(feature = "ed25519")]
    &ed25519::ED25519,
];

/// The one that a server means that signs the handshake with this scheme (RFC 8446 section 4.2.3).
pub(super) fn of_handshake(scheme: SignatureScheme) -> Option<&'static dyn Algorithm> {
    match scheme {
        SignatureScheme::EcdsaSecp256r1Sha256 => Some(&ecdsa::P256_SHA256),
        #[cfg(feature = "p384")]
        SignatureScheme::EcdsaSecp384r1Sha384 => Some(&ecdsa::P384_SHA384),
        #[cfg(feature = "rsa")]
        SignatureScheme::RsaPssRsaeSha256 => Some(&rsa::PSS_SHA256),
        #[cfg(feature = "rsa")]
        SignatureScheme::RsaPssRsaeSha384 => Some(&rsa::PSS_SHA384),
        #[cfg(feature = "rsa")]
        SignatureScheme::RsaPssRsaeSha512 => Some(&rsa::PSS_SHA512),
        #[cfg(feature = "ed25519")]
        SignatureScheme::Ed25519 => Some(&ed25519::ED25519),
        _ => None,
    }
}
