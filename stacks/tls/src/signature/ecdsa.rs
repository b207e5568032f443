//! ECDSA on the curves P-256 and P-384 (FIPS 186-5 section 6).

use pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};
use sha2::{Digest, Sha256};

type Verify = fn(key: &[u8], message: &[u8], signature: &[u8]) -> Option<()>;

/// A curve with a hash.
#[derive(Debug)]
pub(crate) struct Ecdsa {
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
    verify: Verify,
}

pub(crate) const P256_SHA256: Ecdsa = Ecdsa {
    key: alg_id::ECDSA_P256,
    signature: alg_id::ECDSA_SHA256,
    verify: |key, message, signature| p256(key, &Sha256::digest(message), signature),
};

#[cfg(feature = "p384")]
pub(crate) const P256_SHA384: Ecdsa = Ecdsa {
    key: alg_id::ECDSA_P256,
    signature: alg_id::ECDSA_SHA384,
    verify: |key, message, signature| p256(key, &sha2::Sha384::digest(message), signature),
};

#[cfg(feature = "p384")]
pub(crate) const P384_SHA256: Ecdsa = Ecdsa {
    key: alg_id::ECDSA_P384,
    signature: alg_id::ECDSA_SHA256,
    verify: |key, message, signature| p384(key, &Sha256::digest(message), signature),
};

#[cfg(feature = "p384")]
pub(crate) const P384_SHA384: Ecdsa = Ecdsa {
    key: alg_id::ECDSA_P384,
    signature: alg_id::ECDSA_SHA384,
    verify: |key, message, signature| p384(key, &sha2::Sha384::digest(message), signature),
};

fn p256(key: &[u8], hash: &[u8], signature: &[u8]) -> Option<()> {
    use p256::ecdsa::signature::hazmat::PrehashVerifier;
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    let signature = p256::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(hash, &signature).ok()
}

#[cfg(feature = "p384")]
fn p384(key: &[u8], hash: &[u8], signature: &[u8]) -> Option<()> {
    use p384::ecdsa::signature::hazmat::PrehashVerifier;
    let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    let signature = p384::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(hash, &signature).ok()
}

impl SignatureVerificationAlgorithm for Ecdsa {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        (self.verify)(public_key, message, signature).ok_or(InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}
