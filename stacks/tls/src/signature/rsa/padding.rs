//! How a hash is made as long as the key.

use sha2::digest::{Digest, Output, OutputSizeUser};
use sha2::{Sha256, Sha384, Sha512};

/// A hash with its `DigestInfo`, all but the hash itself (RFC 8017 section 9.2, note 1).
pub(super) trait Named: Digest {
    const PREFIX: [u8; 19];
}

impl Named for Sha256 {
    const PREFIX: [u8; 19] = prefix(0x01, 32);
}

impl Named for Sha384 {
    const PREFIX: [u8; 19] = prefix(0x02, 48);
}

impl Named for Sha512 {
    const PREFIX: [u8; 19] = prefix(0x03, 64);
}

/// SEQUENCE { SEQUENCE { OID 2.16.840.1.101.3.4.2.n, NULL }, OCTET STRING }
const fn prefix(n: u8, length: u8) -> [u8; 19] {
    [
        0x30,
        17 + length,
        0x30,
        13,
        0x06,
        9,
        0x60,
        0x86,
        0x48,
        0x01,
        0x65,
        0x03,
        0x04,
        0x02,
        n,
        0x05,
        0x00,
        0x04,
        length,
    ]
}

/// EMSA-PKCS1-v1_5: 00 01, FF up to the length, 00, the `DigestInfo` (RFC 8017 section 9.2).
///
/// The whole is compared with what it must be: nothing of it is parsed.
pub(super) fn is_pkcs1<D: Named>(encoded: &[u8], message: &[u8]) -> bool {
    let hash = D::digest(message);
    let Some(fill) = encoded.len().checked_sub(3 + D::PREFIX.len() + hash.len()) else {
        return false;
    };
    let expected = [0, 1].into_iter().chain(core::iter::repeat_n(0xff, fill)).chain([0]);
    fill >= 8 && encoded.iter().copied().eq(expected.chain(D::PREFIX).chain(hash))
}

/// EMSA-PSS with MGF1 and a salt as long as the hash, as TLS has it (RFC 8017 section 9.1.2,
/// RFC 8446 section 4.2.3).
///
/// ```text
/// encoded = mask(00…00 01 salt) | hash(00×8 | hash(message) | salt) | BC
/// ```
pub(super) fn is_pss<D: Digest>(encoded: &[u8], message: &[u8]) -> bool {
    pss::<D>(encoded, message).is_some()
}

fn pss<D: Digest>(encoded: &[u8], message: &[u8]) -> Option<()> {
    let length = <D as OutputSizeUser>::output_size();
    let (&0xbc, encoded) = encoded.split_last()? else { return None };
    let (masked, hash) = encoded.split_at_checked(encoded.len().checked_sub(length)?)?;
    let salt_start = masked.len().checked_sub(length)?;
    if masked.first()? & 0x80 != 0 {
        return None;
    }
    let mut salt = Output::<D>::default();
    let blocks = (0_u32..)
        .flat_map(|count| D::new().chain_update(hash).chain_update(count.to_be_bytes()).finalize());
    for (place, (byte, mask)) in masked.iter().zip(blocks).enumerate() {
        // The encoded message has a bit less than the key, so that it is a number below it.
        let byte = if place == 0 { (byte ^ mask) & 0x7f } else { byte ^ mask };
        let expected = u8::from(place + 1 == salt_start);
        match place.checked_sub(salt_start) {
            None if byte != expected => return None,
            None => {}
            Some(index) => *salt.get_mut(index)? = byte,
        }
    }
    let again = D::new()
        .chain_update([0; 8])
        .chain_update(D::digest(message))
        .chain_update(&salt)
        .finalize();
    (again.as_slice() == hash).then_some(())
}
