//! The key exchange (RFC 8446 sections 4.2.8 and 7.4).

use p256::SecretKey;
use p256::elliptic_curve::sec1::ToEncodedPoint;

use super::alert::Alert;
use super::codec::Writer;
use super::schedule::Hash;
use super::{Platform, TlsError};

const P256: u16 = 23;
#[cfg(feature = "x25519")]
const X25519: u16 = 29;

/// The groups that are offered; for the first a share is sent at once.
pub(super) const GROUPS: &[u16] = &[
    #[cfg(feature = "x25519")]
    X25519,
    P256,
];
const FIRST: u16 = if cfg!(feature = "x25519") { 29 } else { P256 };

/// The client's half of one key exchange.
pub(super) enum Secret {
    P256(SecretKey),
    #[cfg(feature = "x25519")]
    X25519([u8; 32]),
}

impl Secret {
    /// A new one for the group that is offered first.
    pub(super) fn first(platform: &mut impl Platform) -> Result<Self, TlsError> {
        Self::of(FIRST, platform)
    }

    /// A new one for the group that a server asks for: one that was offered, and not the one that was sent.
    pub(super) fn other(&self, group: u16, platform: &mut impl Platform) -> Result<Self, TlsError> {
        if group == self.group() || !GROUPS.contains(&group) {
            return Err(Alert::ILLEGAL_PARAMETER.into());
        }
        Self::of(group, platform)
    }

    fn of(group: u16, platform: &mut impl Platform) -> Result<Self, TlsError> {
        match group {
            #[cfg(feature = "x25519")]
            X25519 => Ok(Self::X25519(random(platform))),
            _ => Self::p256(platform),
        }
    }

    fn p256(platform: &mut impl Platform) -> Result<Self, TlsError> {
        // One draw of 2^32 is no key, so that a second has never been needed.
        for _ in 0..4 {
            if let Ok(key) = SecretKey::from_slice(&random::<32>(platform)) {
                return Ok(Self::P256(key));
            }
        }
        Err(TlsError::NotRandom)
    }

    pub(super) const fn group(&self) -> u16 {
        match self {
            Self::P256(_) => P256,
            #[cfg(feature = "x25519")]
            Self::X25519(_) => X25519,
        }
    }

    /// Writes what the server has to know of it.
    pub(super) fn write(&self, writer: &mut Writer<'_>) {
        match self {
            Self::P256(key) => writer.put(key.public_key().to_encoded_point(false).as_bytes()),
            #[cfg(feature = "x25519")]
            Self::X25519(secret) => {
                use curve25519_dalek::constants::X25519_BASEPOINT;
                writer.put(X25519_BASEPOINT.mul_clamped(*secret).as_bytes());
            }
        }
    }

    /// What both sides know with the server's half.
    pub(super) fn agree(&self, share: &[u8]) -> Result<Hash, TlsError> {
        match self {
            Self::P256(key) => agree_p256(key, share),
            #[cfg(feature = "x25519")]
            Self::X25519(secret) => agree_x25519(*secret, share),
        }
        .ok_or(Alert::ILLEGAL_PARAMETER.into())
    }
}

fn agree_p256(key: &SecretKey, share: &[u8]) -> Option<Hash> {
    // Uncompressed, which is the only form in TLS 1.3 (RFC 8446 section 4.2.8.2). Whether it is on the curve is
    // looked at, too.
    let share = <&[u8; 65]>::try_from(share).ok()?;
    let public = p256::PublicKey::from_sec1_bytes(share).ok()?;
    let shared = p256::ecdh::diffie_hellman(key.to_nonzero_scalar(), public.as_affine());
    Some((*shared.raw_secret_bytes()).into())
}

#[cfg(feature = "x25519")]
fn agree_x25519(secret: [u8; 32], share: &[u8]) -> Option<Hash> {
    let public = curve25519_dalek::MontgomeryPoint(share.try_into().ok()?);
    let shared = public.mul_clamped(secret).to_bytes();
    // A server that forces this result gives the keys away (RFC 8446 section 7.4.2).
    (shared != [0; 32]).then_some(shared)
}

pub(super) fn random<const N: usize>(platform: &mut impl Platform) -> [u8; N] {
    let mut bytes = [0; N];
    platform.random(&mut bytes);
    bytes
}

/// Refuses a source that stands still: it would make keys that anybody knows.
pub(super) fn check_random(platform: &mut impl Platform) -> Result<(), TlsError> {
    let draws = [random::<16>(platform), random(platform)];
    if draws[0] == draws[1] { Err(TlsError::NotRandom) } else { Ok(()) }
}
