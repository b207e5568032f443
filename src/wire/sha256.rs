use sha2::compress256;
use sha2::digest::consts::U64;
use sha2::digest::generic_array::GenericArray;

/// SHA-256 (FIPS 180-4) of bytes that come in pieces, such as a body. Needs the feature `sha256`. 104 bytes; it cannot panic, and
/// takes 1.2 KB of flash.
///
/// ```
/// use nal_http::wire::Sha256;
///
/// let mut hash = Sha256::new();
/// hash.update(b"a");
/// hash.update(b"bc");
/// assert_eq!(hash.finish()[..4], [0xba, 0x78, 0x16, 0xbf]);
/// ```
///
/// The crate `sha2` compresses; its own blocks keep checks of bounds that could panic in a small image.
#[derive(Debug, Clone)]
pub struct Sha256 {
    state: [u32; 8],
    block: GenericArray<u8, U64>,
    length: u64,
}

impl Sha256 {
    /// Of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        let state = [
            0x6a09_e667,
            0xbb67_ae85,
            0x3c6e_f372,
            0xa54f_f53a,
            0x510e_527f,
            0x9b05_688c,
            0x1f83_d9ab,
            0x5be0_cd19,
        ];
        Self { state, block: GenericArray::default(), length: 0 }
    }

    /// Takes what comes next.
    #[inline(never)]
    pub fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let filled = self.filled();
            if let Some(place) = self.block.get_mut(filled) {
                *place = *byte;
            }
            self.length += 1;
            if self.filled() == 0 {
                compress256(&mut self.state, core::slice::from_ref(&self.block));
            }
        }
    }

    /// The hash of all that has come.
    #[must_use]
    pub fn finish(mut self) -> [u8; 32] {
        let bits = self.length * 8;
        self.update(&[0x80]);
        while self.filled() != 56 {
            self.update(&[0]);
        }
        self.update(&bits.to_be_bytes());
        let mut bytes = [0; 32];
        for (place, word) in bytes.chunks_mut(4).zip(self.state) {
            place.iter_mut().zip(word.to_be_bytes()).for_each(|(place, byte)| *place = byte);
        }
        bytes
    }

    /// So many bytes wait in the block.
    const fn filled(&self) -> usize {
        let [.., last] = self.length.to_be_bytes();
        last as usize % 64
    }
}

impl Default for Sha256 {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use proptest::prelude::*;
    use sha2::Digest as _;

    use super::*;

    proptest! {
        #[test]
        fn it_is_sha_256_in_any_pieces(bytes in prop::collection::vec(any::<u8>(), 0..300), at: usize) {
            let expected: [u8; 32] = sha2::Sha256::digest(&bytes).into();
            let (front, back): (&[u8], &[u8]) = bytes.split_at(at % (bytes.len() + 1));
            let mut hash = Sha256::default();
            hash.update(front);
            hash.update(back);
            prop_assert_eq!(hash.finish(), expected);
        }
    }

    #[test]
    fn every_length_around_a_block() {
        for length in 0..200 {
            let bytes: Vec<u8> = (0..length).collect();
            let mut hash = Sha256::new();
            hash.update(&bytes);
            assert_eq!(hash.finish(), <[u8; 32]>::from(sha2::Sha256::digest(&bytes)), "{length}");
        }
    }
}
