//! RSA with keys of 2048 to 4096 bits (RFC 8017), to verify only.

mod padding;
mod power;

use der::Decode;
use der::asn1::UintRef;
use pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};
use sha2::{Sha256, Sha384, Sha512};

use power::{MAX_BYTES, MAX_PLACES, PublicKey};

/// Whether the encoded message in front is that of the message behind.
type Check = fn(encoded: &[u8], message: &[u8]) -> bool;

/// A padding with a hash.
#[derive(Debug)]
pub(crate) struct Rsa {
    signature: AlgorithmIdentifier,
    check: Check,
}

/// In certificates.
pub(crate) const PKCS1_SHA256: Rsa =
    Rsa { signature: alg_id::RSA_PKCS1_SHA256, check: padding::is_pkcs1::<Sha256> };
pub(crate) const PKCS1_SHA384: Rsa =
    Rsa { signature: alg_id::RSA_PKCS1_SHA384, check: padding::is_pkcs1::<Sha384> };
pub(crate) const PKCS1_SHA512: Rsa =
    Rsa { signature: alg_id::RSA_PKCS1_SHA512, check: padding::is_pkcs1::<Sha512> };

/// Over the handshake.
pub(crate) const PSS_SHA256: Rsa =
    Rsa { signature: alg_id::RSA_PSS_SHA256, check: padding::is_pss::<Sha256> };
pub(crate) const PSS_SHA384: Rsa =
    Rsa { signature: alg_id::RSA_PSS_SHA384, check: padding::is_pss::<Sha384> };
pub(crate) const PSS_SHA512: Rsa =
    Rsa { signature: alg_id::RSA_PSS_SHA512, check: padding::is_pss::<Sha512> };

impl Rsa {
    fn verify(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
        let key = read_key(key)?;
        let mut encoded = [0; MAX_BYTES];
        let encoded = key.open(signature, &mut encoded)?;
        (self.check)(encoded, message).then_some(())
    }
}

/// `RSAPublicKey`: a SEQUENCE of modulus and exponent (RFC 8017 appendix A.1.1).
fn read_key(der: &[u8]) -> Option<PublicKey<'_>> {
    let content = der::asn1::AnyRef::from_der(der).ok()?;
    let content = content.sequence(|reader| {
        let modulus = UintRef::decode(reader)?;
        let exponent = UintRef::decode(reader)?;
        Ok((modulus, exponent))
    });
    let (modulus, exponent) = content.ok()?;
    let mut places = [0; MAX_PLACES];
    let exponent = exponent.as_bytes();
    let first = MAX_PLACES.checked_sub(exponent.len())?;
    places.get_mut(first..)?.copy_from_slice(exponent);
    PublicKey::new(modulus.as_bytes(), u32::from_be_bytes(places))
}

impl SignatureVerificationAlgorithm for Rsa {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        self.verify(public_key, message, signature).ok_or(InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}
