//! Who the server is: what the handshake has to show, and in which order.

use embedded_tls::{
    Aes128GcmSha256, CertificateRef, CertificateVerifyRef, TlsError as Failure, TlsVerifier,
};
use heapless::Vec;
use pki_types::{ServerName, SubjectPublicKeyInfoDer};
use sha2::{Digest, Sha256};
use webpki::{Error, RawPublicKeyEntity};

use super::certificate::Certificate;
use super::trust::{Kind, Trust, sha256};
use super::{CertificateError, chain, signature};

/// The longest public key that is kept from the certificate until its signature comes: in DER,
/// 91 bytes for P-256, 120 for P-384, 550 for RSA with 4096 bits.
const MAX_KEY: usize = if cfg!(feature = "rsa") { 552 } else { 120 };

/// What the server signs, in front of the hash of the transcript (RFC 8446 section 4.4.3).
const CONTEXT: &[u8] = b"TLS 1.3, server CertificateVerify\0";

/// Verifies one handshake.
///
/// `embedded-tls` asks it when a certificate or a signature comes. It does not mind when neither
/// comes, so [`conclude`](Self::conclude) has to be asked before anything is sent.
pub(super) struct Verifier<'t, 'h> {
    trust: Trust<'t>,
    name: &'h ServerName<'h>,
    now: Option<u64>,
    stage: Stage,
    /// The key of the certificate, and the hash of all messages up to it: for the proof.
    key: Vec<u8, MAX_KEY>,
    transcript: [u8; 32],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was shown.
    Nothing,
    /// The certificate is one that is trusted; now its key has to be shown.
    Certified,
    /// The server is the one that was meant.
    Proven,
    /// It is not.
    Refused(CertificateError),
}

impl<'t, 'h> Verifier<'t, 'h> {
    /// A verifier of a server with this `name`, at the time `now` in seconds since 1970.
    pub(super) const fn new(trust: Trust<'t>, name: &'h ServerName<'h>, now: Option<u64>) -> Self {
        Self { trust, name, now, stage: Stage::Nothing, key: Vec::new(), transcript: [0; 32] }
    }

    /// What the handshake has shown, once it is over.
    pub(super) fn conclude(&self) -> Result<(), CertificateError> {
        match (self.stage, self.trust.kind) {
            (Stage::Proven, _) | (_, Kind::Anyone) => Ok(()),
            (Stage::Refused(error), _) => Err(error),
            (Stage::Nothing, _) => Err(CertificateError::Missing),
            (Stage::Certified, _) => Err(CertificateError::NoProof),
        }
    }

    /// The reason for breaking off the handshake, if it is one of this verifier.
    pub(super) fn refusal(&self) -> Option<CertificateError> {
        match self.stage {
            Stage::Refused(error) => Some(error),
            _ => None,
        }
    }

    fn certified(
        &mut self,
        transcript: &Sha256,
        message: &CertificateRef<'_>,
    ) -> Result<Stage, CertificateError> {
        if self.stage != Stage::Nothing {
            return Err(CertificateError::NoProof);
        }
        let server = message.entries.first().map(chain::der).ok_or(CertificateError::Missing)?;
        let read = Certificate::read(server).ok_or(CertificateError::Malformed)?;
        match self.trust.kind {
            Kind::Authorities(authorities, verify) => {
                let Self { name, now, .. } = *self;
                let certificates = &message.entries[..];
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
        self.key = Vec::from_slice(read.public_key).map_err(|_| CertificateError::Unsupported)?;
        self.transcript = transcript.clone().finalize().into();
        Ok(Stage::Certified)
    }

    fn proven(&self, proof: &CertificateVerifyRef<'_>) -> Result<Stage, CertificateError> {
        if self.stage != Stage::Certified {
            return Err(CertificateError::NoProof);
        }
        let algorithm =
            signature::of_handshake(proof.signature_scheme).ok_or(CertificateError::Unsupported)?;
        let key = SubjectPublicKeyInfoDer::from(&self.key[..]);
        let key = RawPublicKeyEntity::try_from(&key).map_err(|_| CertificateError::Malformed)?;
        let signed = signed_content(&self.transcript);
        key.verify_signature(algorithm, &signed, proof.signature).map_err(|error| match error {
            Error::InvalidSignatureForPublicKey => CertificateError::WrongProof,
            error => chain::error_of(&error),
        })?;
        Ok(Stage::Proven)
    }

    fn go_on(&mut self, stage: Result<Stage, CertificateError>) -> Result<(), Failure> {
        if matches!(self.trust.kind, Kind::Anyone) {
            return Ok(());
        }
        // The first refusal is the one that counts.
        self.stage = match (self.stage, stage) {
            (Stage::Refused(error), _) | (_, Err(error)) => Stage::Refused(error),
            (_, Ok(stage)) => stage,
        };
        self.refusal().map_or(Ok(()), |_| Err(Failure::InvalidCertificate))
    }
}

impl TlsVerifier<Aes128GcmSha256> for Verifier<'_, '_> {
    fn set_hostname_verification(&mut self, _hostname: &str) -> Result<(), Failure> {
        // The name was given in `new`: this one is missing for IP addresses.
        Ok(())
    }

    fn verify_certificate(
        &mut self,
        transcript: &Sha256,
        message: CertificateRef<'_>,
    ) -> Result<(), Failure> {
        let stage = self.certified(transcript, &message);
        self.go_on(stage)
    }

    fn verify_signature(&mut self, proof: CertificateVerifyRef<'_>) -> Result<(), Failure> {
        let stage = self.proven(&proof);
        self.go_on(stage)
    }
}

/// 64 spaces, the context, and the hash of all messages up to the certificate.
fn signed_content(transcript: &[u8; 32]) -> [u8; 64 + CONTEXT.len() + 32] {
    let mut content = [b' '; 64 + CONTEXT.len() + 32];
    let behind = CONTEXT.iter().chain(transcript);
    content.iter_mut().skip(64).zip(behind).for_each(|(place, byte)| *place = *byte);
    content
}
