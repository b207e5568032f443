//! The platform and the verifier in the form in which `embedded-tls` asks for them.

use embedded_tls::{
    Aes128GcmSha256, CryptoProvider, CryptoRng, CryptoRngCore, TlsError as Failure, TlsVerifier,
};
use p256::elliptic_curve::rand_core::{self, RngCore};

use super::verifier::Verifier;
use super::{Platform, TlsError};

/// What one handshake asks for.
pub(super) struct Provider<'p, 't, 'h, P> {
    random: Random<&'p mut P>,
    pub(super) verifier: Verifier<'t, 'h>,
}

impl<'p, 't, 'h, P: Platform> Provider<'p, 't, 'h, P> {
    pub(super) fn new(platform: &'p mut P, verifier: Verifier<'t, 'h>) -> Self {
        Self { random: Random(platform), verifier }
    }
}

impl<P: Platform> CryptoProvider for Provider<'_, '_, '_, P> {
    type CipherSuite = Aes128GcmSha256;
    /// There is no certificate of the client, so nothing is signed.
    type Signature = [u8; 0];

    fn rng(&mut self) -> impl CryptoRngCore {
        &mut self.random
    }

    fn verifier(&mut self) -> Result<&mut impl TlsVerifier<Aes128GcmSha256>, Failure> {
        Ok(&mut self.verifier)
    }
}

/// A platform as the random source that the cryptography asks for.
struct Random<P>(P);

impl<P: Platform> RngCore for Random<P> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.0.random(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.0.random(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.random(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.0.random(bytes);
        Ok(())
    }
}

impl<P: Platform> CryptoRng for Random<P> {}

/// Refuses a source that stands still. It would make keys that anybody knows, and the search for a
/// key that is not zero would never end.
pub(super) fn check_random(platform: &mut impl Platform) -> Result<(), TlsError> {
    let mut draws = [[0; 16]; 2];
    for draw in &mut draws {
        platform.random(draw);
    }
    let [first, second] = draws;
    if first == second { Err(TlsError::NotRandom) } else { Ok(()) }
}
