//! Which signatures can be verified: in certificates, and over the handshake.

mod ecdsa;
#[cfg(feature = "ed25519")]
mod ed25519;
#[cfg(feature = "rsa")]
mod rsa;

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

/// The numbers of all that are verified, as they are offered (RFC 8446 section 4.2.3).
pub(super) const SCHEMES: &[u16] = &[
    ECDSA_SECP256R1_SHA256,
    #[cfg(feature = "p384")]
    ECDSA_SECP384R1_SHA384,
    #[cfg(feature = "ed25519")]
    ED25519,
    #[cfg(feature = "rsa")]
    RSA_PSS_RSAE_SHA256,
    #[cfg(feature = "rsa")]
    RSA_PSS_RSAE_SHA384,
    #[cfg(feature = "rsa")]
    RSA_PSS_RSAE_SHA512,
    // In certificates only.
    #[cfg(feature = "rsa")]
    RSA_PKCS1_SHA256,
    #[cfg(feature = "rsa")]
    RSA_PKCS1_SHA384,
    #[cfg(feature = "rsa")]
    RSA_PKCS1_SHA512,
];

const ECDSA_SECP256R1_SHA256: u16 = 0x0403;
#[cfg(feature = "p384")]
const ECDSA_SECP384R1_SHA384: u16 = 0x0503;
#[cfg(feature = "ed25519")]
const ED25519: u16 = 0x0807;
#[cfg(feature = "rsa")]
const RSA_PSS_RSAE_SHA256: u16 = 0x0804;
#[cfg(feature = "rsa")]
const RSA_PSS_RSAE_SHA384: u16 = 0x0805;
#[cfg(feature = "rsa")]
const RSA_PSS_RSAE_SHA512: u16 = 0x0806;
#[cfg(feature = "rsa")]
const RSA_PKCS1_SHA256: u16 = 0x0401;
#[cfg(feature = "rsa")]
const RSA_PKCS1_SHA384: u16 = 0x0501;
#[cfg(feature = "rsa")]
const RSA_PKCS1_SHA512: u16 = 0x0601;

/// The one that a server means that signs the handshake with this scheme.
pub(super) fn of_handshake(scheme: u16) -> Option<&'static dyn Algorithm> {
    match scheme {
        ECDSA_SECP256R1_SHA256 => Some(&ecdsa::P256_SHA256),
        #[cfg(feature = "p384")]
        ECDSA_SECP384R1_SHA384 => Some(&ecdsa::P384_SHA384),
        #[cfg(feature = "rsa")]
        RSA_PSS_RSAE_SHA256 => Some(&rsa::PSS_SHA256),
        #[cfg(feature = "rsa")]
        RSA_PSS_RSAE_SHA384 => Some(&rsa::PSS_SHA384),
        #[cfg(feature = "rsa")]
        RSA_PSS_RSAE_SHA512 => Some(&rsa::PSS_SHA512),
        #[cfg(feature = "ed25519")]
        ED25519 => Some(&ed25519::ED25519),
        _ => None,
    }
}
