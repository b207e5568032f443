//! From the shared secret to the keys of each direction (RFC 8446 section 7).

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// A hash, or a secret, which has the same length.
pub(super) type Hash = [u8; 32];

/// The secrets of one connection, one after another.
pub(super) struct Schedule {
    secret: Hash,
}

impl Schedule {
    /// The secret of the handshake, from what the key exchange gave.
    pub(super) fn of_handshake(shared: &Hash) -> Self {
        // There is no key that both had before.
        Self { secret: mac(&[0; 32], &[&[0; 32]]) }.next(shared)
    }

    /// The secret behind the handshake.
    pub(super) fn of_application(&self) -> Self {
        self.next(&[0; 32])
    }

    fn next(&self, input: &Hash) -> Self {
        let salt = expand(&self.secret, b"derived", &Sha256::digest([]));
        Self { secret: mac(&salt, &[input]) }
    }

    /// The secret of one direction, after the messages with this hash.
    pub(super) fn traffic(&self, label: &[u8], transcript: &Hash) -> Hash {
        expand(&self.secret, label, transcript)
    }
}

/// What the side with this secret proves with its `Finished` (RFC 8446 section 4.4.4).
pub(super) fn finished(secret: &Hash, transcript: &Hash) -> Hash {
    mac(&expand(secret, b"finished", &[]), &[transcript])
}

/// `HKDF-Expand-Label`, up to the length of one hash.
pub(super) fn expand<const N: usize>(secret: &Hash, label: &[u8], context: &[u8]) -> [u8; N] {
    const { assert!(N <= size_of::<Hash>(), "HKDF needs one block only") }
    let block = mac(
        secret,
        &[
            &[0, byte(N), byte(b"tls13 ".len() + label.len())],
            b"tls13 ",
            label,
            &[byte(context.len())],
            context,
            &[1],
        ],
    );
    let mut out = [0; N];
    out.iter_mut().zip(block).for_each(|(place, byte)| *place = byte);
    out
}

/// Lengths here are below 64.
const fn byte(length: usize) -> u8 {
    length.to_le_bytes()[0]
}

/// HMAC of all parts; with the salt as the key, this is `HKDF-Extract`.
fn mac(key: &Hash, parts: &[&[u8]]) -> Hash {
    // A key that is shorter than a block is filled up with zeros (RFC 2104 section 2).
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(place, byte)| *place = *byte);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::{Hash, Schedule, expand, finished};

    fn hex<const N: usize>(text: &str) -> [u8; N] {
        core::array::from_fn(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
    }

    /// The simple handshake of RFC 8448 section 3.
    #[test]
    fn the_example_of_the_rfc() {
        let shared = hex("8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d");
        let hellos: Hash = hex("860c06edc07858ee8e78f0e7428c58edd6b43f2ca3e6e95f02ed063cf0e1cad8");
        let schedule = Schedule::of_handshake(&shared);
        let server = schedule.traffic(b"s hs traffic", &hellos);
        let expected = "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38";
        assert_eq!(server, hex(expected));
        assert_eq!(expand(&server, b"key", &[]), hex::<16>("3fce516009c21727d0f2e4e86ee403bc"));
        assert_eq!(expand(&server, b"iv", &[]), hex::<12>("5d313eb2671276ee13000b30"));
        let client = schedule.traffic(b"c hs traffic", &hellos);
        let all: Hash = hex("9608102a0f1ccc6db6250b7b7e417b1a000eaada3daae4777a7686c9ff83df13");
        let verify = "a8ec436d677634ae525ac1fcebe11a039ec17694fac6e98527b642f2edd5ce61";
        assert_eq!(finished(&client, &all), hex(verify));
        let application = schedule.of_application().traffic(b"s ap traffic", &all);
        let expected = "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643";
        assert_eq!(application, hex(expected));
    }
}
