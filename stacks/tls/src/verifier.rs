//! Who the server is: what the handshake has to show.

use heapless::Vec;
use pki_types::{ServerName, SubjectPublicKeyInfoDer};
use webpki::{Error, RawPublicKeyEntity};

use super::certificate::Certificate;
use super::flight::{Certificates, Proof};
use super::schedule::Hash;
use super::trust::{Kind, Trust, sha256};
use super::{CertificateError, chain, signature};

/// The longest public key that is kept from the certificate until its signature comes: in DER,
/// 91 bytes for P-256, 120 for P-384, 550 for RSA with 4096 bits.
const MAX_KEY: usize = if cfg!(feature = "rsa") { 552 } else { 120 };

/// What the server signs, in front of the hash of the transcript (RFC 8446 section 4.4.3).
const CONTEXT: &[u8] = b"TLS 1.3, server CertificateVerify\0";

/// Verifies one handshake.
pub(super) struct Verifier<'t, 'h> {
    trust: Trust<'t>,
    name: &'h ServerName<'h>,
    now: Option<u64>,
}

/// The key of a certificate that is trusted, which the server has to have. In DER.
pub(super) type Key = Vec<u8, MAX_KEY>;

impl<'t, 'h> Verifier<'t, 'h> {
    /// A verifier of a server with this `name`, at the time `now` in seconds since 1970.
    pub(super) const fn new(trust: Trust<'t>, name: &'h ServerName<'h>, now: Option<u64>) -> Self {
        Self { trust, name, now }
    }

    /// The key of the server's certificate, if that is trusted.
    pub(super) fn certified(
        &self,
        certificates: &Certificates<'_>,
    ) -> Result<Key, CertificateError> {
        if matches!(self.trust.kind, Kind::Anyone) {
            return Ok(Key::new());
        }
        let server = certificates.clone().next().ok_or(CertificateError::Missing)?;
        let read = Certificate::read(server).ok_or(CertificateError::Malformed)?;
        match self.trust.kind {
            Kind::Authorities(authorities, verify) => {
                let Self { name, now, .. } = *self;
                verify(&chain::Question { certificates, name, now }, authorities)?;
            }
            Kind::Certificate(pin) if pin != sha256(server) => {
                return Err(CertificateError::NotPinned);
            }
            Kind::Key(pin) if pin != sha256(read.public_key) => {
                return Err(CertificateError::KeyNotPinned);
            }
            Kind::Certificate(_) | Kind::Key(_) | Kind::Anyone => {}
        }
        Key::from_slice(read.public_key).map_err(|_| CertificateError::Unsupported)
    }

    /// Checks that the server has signed the messages with this hash with the key.
    pub(super) fn proven(
        &self,
        key: &Key,
        transcript: &Hash,
        proof: &Proof<'_>,
    ) -> Result<(), CertificateError> {
        if matches!(self.trust.kind, Kind::Anyone) {
            return Ok(());
        }
        let algorithm =
            signature::of_handshake(proof.scheme).ok_or(CertificateError::Unsupported)?;
        let key = SubjectPublicKeyInfoDer::from(&key[..]);
        let key = RawPublicKeyEntity::try_from(&key).map_err(|_| CertificateError::Malformed)?;
        let signed = signed_content(transcript);
        key.verify_signature(algorithm, &signed, proof.signature).map_err(|error| match error {
            Error::InvalidSignatureForPublicKey => CertificateError::WrongProof,
            error => chain::error_of(&error),
        })
    }
}

/// 64 spaces, the context, and the hash of all messages up to the certificate.
fn signed_content(transcript: &Hash) -> [u8; 64 + CONTEXT.len() + 32] {
    let mut content = [b' '; 64 + CONTEXT.len() + 32];
    let behind = CONTEXT.iter().chain(transcript);
    content.iter_mut().skip(64).zip(behind).for_each(|(place, byte)| *place = *byte);
    content
}
