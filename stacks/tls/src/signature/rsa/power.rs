//! The signature to the power of the public exponent, modulo the key.
//!
//! All that goes in is public, so the time that it takes may depend on it.

use crypto_bigint::modular::montgomery_reduction;
use crypto_bigint::{Encoding, Limb, U2048, U4096, Uint, Word};

/// The bytes of the longest key.
pub(super) const MAX_BYTES: usize = U4096::BYTES;
/// The shortest key that is still safe, and the least that TLS certificates have.
const MIN_BYTES: usize = 2048 / 8;
/// Public exponents have four bytes at most: 65537 is the usual one.
pub(super) const MAX_PLACES: usize = 4;

/// A modulus and an exponent.
pub(super) struct PublicKey<'k> {
    modulus: &'k [u8],
    exponent: u32,
}

impl<'k> PublicKey<'k> {
    /// `None` if the key is too short or too long, or cannot be one.
    pub(super) fn new(modulus: &'k [u8], exponent: u32) -> Option<Self> {
        // Keys come in whole bytes, which spares the paddings a case of their own.
        let is_whole = modulus.first()? & 0x80 != 0;
        let is_odd = modulus.last()? & 1 == 1 && exponent & 1 == 1;
        let has_length = (MIN_BYTES..=MAX_BYTES).contains(&modulus.len());
        (has_length && is_whole && is_odd && exponent >= 3).then_some(Self { modulus, exponent })
    }

    /// What was signed, encoded, if `signature` is a number below the modulus.
    pub(super) fn open<'o>(
        &self,
        signature: &[u8],
        out: &'o mut [u8; MAX_BYTES],
    ) -> Option<&'o [u8]> {
        // Both are numbers with the most significant byte first.
        if signature.len() != self.modulus.len() || signature >= self.modulus {
            return None;
        }
        if self.modulus.len() == U2048::BYTES {
            let modulus = U2048::from_be_slice(self.modulus);
            let power = power(&U2048::from_be_slice(signature), self.exponent, &modulus);
            out.get_mut(U4096::BYTES - U2048::BYTES..)?.copy_from_slice(&power.to_be_bytes());
        } else {
            let modulus = U4096::from_be_slice(&padded(self.modulus)?);
            let base = U4096::from_be_slice(&padded(signature)?);
            *out = power(&base, self.exponent, &modulus).to_be_bytes();
        }
        out.get(MAX_BYTES - self.modulus.len()..)
    }
}

fn padded(number: &[u8]) -> Option<[u8; MAX_BYTES]> {
    let mut all = [0; MAX_BYTES];
    let start = MAX_BYTES.checked_sub(number.len())?;
    all.get_mut(start..)?.copy_from_slice(number);
    Some(all)
}

/// By Montgomery's multiplication, which gives `a * b / R` for an R of `L` limbs.
fn power<const L: usize>(base: &Uint<L>, exponent: u32, modulus: &Uint<L>) -> Uint<L> {
    let lowest = Uint::<1>::from_words([modulus.as_words().first().copied().unwrap_or(1)]);
    let inverse = lowest.inv_mod2k_vartime(Word::BITS as usize);
    let inverse = Limb(inverse.as_words().first().copied().unwrap_or(1).wrapping_neg());
    let times = |a: &Uint<L>, b: &Uint<L>| montgomery_reduction(&a.mul_wide(b), modulus, inverse);
    let base = times(base, &r_squared(modulus, times));
    let mut result = base;
    let below_the_first = u32::BITS - exponent.leading_zeros() - 1;
    for bit in (0..below_the_first).rev() {
        result = times(&result, &result);
        if exponent >> bit & 1 == 1 {
            result = times(&result, &base);
        }
    }
    times(&result, &Uint::ONE)
}

/// R² modulo the modulus.
fn r_squared<const L: usize>(
    modulus: &Uint<L>,
    times: impl Fn(&Uint<L>, &Uint<L>) -> Uint<L>,
) -> Uint<L> {
    let bits = Uint::<L>::BITS;
    // Doubling goes from the highest power of two below the modulus to 2R.
    let highest = modulus.bits_vartime() - 1;
    let mut result = Uint::ONE.shl_vartime(highest);
    for _ in highest..=bits {
        result = result.add_mod(&result, modulus);
    }
    // A square of 2^n * R is 2^2n * R, up to n = bits, which is R².
    for _ in 0..bits.trailing_zeros() {
        result = times(&result, &result);
    }
    result
}
