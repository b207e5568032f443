use crate::wire::Writer;

/// The SHA-1 of a message of 56 to 119 bytes, which are two blocks (RFC 3174).
///
/// It keeps no secret: the handshake wants it as a proof that a peer speaks WebSocket at all (RFC 6455 section 10.8).
pub(super) fn sha1(message: &[&[u8]]) -> [u32; 5] {
    let mut blocks = [0; 128];
    let mut writer = Writer::new(&mut blocks);
    for part in message {
        writer.bytes(part);
    }
    let bits = writer.len() * 8;
    writer.byte(0x80);
    let [.., third, second, first] = &mut blocks;
    [*first, *second, *third, ..] = bits.to_le_bytes();

    let mut state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in blocks.chunks(64) {
        process(&mut state, block);
    }
    state
}

#[expect(clippy::many_single_char_names, reason = "they are those of the RFC")]
fn process(state: &mut [u32; 5], block: &[u8]) {
    let mut words = [0; 16];
    for (word, bytes) in words.iter_mut().zip(block.chunks(4)) {
        *word = bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
    }
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    for round in 0..80 {
        let (f, k) = match round {
            0..20 => (b & c | !b & d, 0x5a82_7999),
            20..40 => (b ^ c ^ d, 0x6ed9_eba1),
            40..60 => (b & c | b & d | c & d, 0x8f1b_bcdc_u32),
            _ => (b ^ c ^ d, 0xca62_c1d6),
        };
        // The word of this round is the first, and that of the 16th round from here takes its place behind the others.
        let [word, _, third, _, _, _, _, _, ninth, _, _, _, _, fourteenth, _, _] = words;
        words.rotate_left(1);
        let [.., last] = &mut words;
        *last = (word ^ third ^ ninth ^ fourteenth).rotate_left(1);

        let sum = [a.rotate_left(5), f, e, k, word].into_iter().fold(0, u32::wrapping_add);
        (a, b, c, d, e) = (sum, a, b.rotate_left(30), c, d);
    }
    for (old, new) in state.iter_mut().zip([a, b, c, d, e]) {
        *old = old.wrapping_add(new);
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use proptest::prelude::*;
    use sha1_smol::Sha1;

    use super::*;

    #[test]
    fn the_long_example_of_the_rfc() {
        let message = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        let expected = [0x8498_3e44, 0x1c3b_d26e, 0xbaae_4aa1, 0xf951_29e5, 0xe546_70f1];
        assert_eq!(sha1(&[message]), expected);
    }

    proptest! {
        #[test]
        fn another_says_the_same(message in prop::collection::vec(any::<u8>(), 56..=119)) {
            let digest: Vec<u8> = sha1(&[&message]).iter().flat_map(|word| word.to_be_bytes()).collect();
            prop_assert_eq!(&digest[..], &Sha1::from(&message).digest().bytes()[..]);
        }
    }
}
