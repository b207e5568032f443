//! The protection of records (RFC 8446 section 5).

use aes_gcm::{AeadInPlace, Aes128Gcm, KeyInit};

use super::TlsError;
use super::alert::Alert;
use super::schedule::{Hash, expand};

/// The header: type, version, length (RFC 8446 section 5.1).
pub(super) const HEADER: usize = 5;
/// The tag behind what is encrypted.
const TAG: usize = 16;
/// What an encrypted record has beside its content: the header, the type of what is inside, the tag.
pub(super) const OVERHEAD: usize = HEADER + 1 + TAG;
/// The length of an encrypted alert, `close_notify` among them.
pub(super) const ALERT_RECORD: usize = 2 + OVERHEAD;
/// The content of a record, at most.
pub(super) const MAX_CONTENT: usize = 16_384;
/// So many records may be encrypted with one key: 2^24.5 of the longest (RFC 8446 section 5.5).
const MAX_SEQUENCE: u64 = 1 << 24;

pub(super) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(super) const ALERT: u8 = 21;
pub(super) const HANDSHAKE: u8 = 22;
pub(super) const APPLICATION_DATA: u8 = 23;

/// The keys of one direction.
pub(super) struct Keys {
    secret: Hash,
    key: [u8; 16],
    iv: [u8; 12],
    sequence: u64,
}

impl Keys {
    pub(super) fn new(secret: Hash) -> Self {
        let (key, iv) = (expand(&secret, b"key", &[]), expand(&secret, b"iv", &[]));
        Self { secret, key, iv, sequence: 0 }
    }

    /// The secret that the keys come from.
    pub(super) const fn secret(&self) -> &Hash {
        &self.secret
    }

    /// The keys after these (RFC 8446 section 7.2).
    pub(super) fn next(&self) -> Self {
        Self::new(expand(&self.secret, b"traffic upd", &[]))
    }

    /// Whether no more should be encrypted with these.
    pub(super) const fn are_worn(&self) -> bool {
        self.sequence >= MAX_SEQUENCE
    }

    /// The cipher, and the number that it is to use once (RFC 8446 section 5.3).
    fn turn(&mut self) -> (Aes128Gcm, [u8; 12]) {
        let mut nonce = self.iv;
        let places = nonce.iter_mut().rev().zip(self.sequence.to_le_bytes());
        places.for_each(|(place, byte)| *place ^= byte);
        self.sequence = self.sequence.wrapping_add(1);
        (Aes128Gcm::new(&self.key.into()), nonce)
    }

    /// Encrypts the record in `memory`, whose content of `length` bytes stands behind the room for the
    /// header; says how long the whole is.
    pub(super) fn seal(&mut self, memory: &mut [u8], kind: u8, length: usize) -> Option<usize> {
        let whole = length + OVERHEAD;
        let (header, inside) = memory.get_mut(..whole)?.split_first_chunk_mut::<HEADER>()?;
        let (inside, tag) = inside.split_last_chunk_mut::<TAG>()?;
        *inside.last_mut()? = kind;
        *header = header_of(APPLICATION_DATA, whole - HEADER)?;
        let (cipher, nonce) = self.turn();
        *tag = cipher.encrypt_in_place_detached(&nonce.into(), header, inside).ok()?.into();
        Some(whole)
    }

    /// Decrypts a record in its place: the type of what is inside, and how long that is.
    pub(super) fn open(
        &mut self,
        header: [u8; HEADER],
        record: &mut [u8],
    ) -> Result<(u8, usize), TlsError> {
        let (inside, tag) = record.split_last_chunk_mut::<TAG>().ok_or(TlsError::NotTls)?;
        let (cipher, nonce) = self.turn();
        cipher
            .decrypt_in_place_detached(&nonce.into(), &header, inside, &(*tag).into())
            .map_err(|_| TlsError::NotAuthentic)?;
        if inside.len() > MAX_CONTENT + 1 {
            return Err(Alert::RECORD_OVERFLOW.into());
        }
        // Behind the type may be zeros, to hide the length (RFC 8446 section 5.4).
        let end = inside.iter().rposition(|byte| *byte != 0).ok_or(Alert::UNEXPECTED_MESSAGE)?;
        Ok((inside.get(end).copied().unwrap_or_default(), end))
    }
}

/// The header of a record of `length` bytes, if one can be so long.
pub(super) fn header_of(kind: u8, length: usize) -> Option<[u8; HEADER]> {
    let [high, low] = u16::try_from(length).ok()?.to_be_bytes();
    Some([kind, 3, 3, high, low])
}

#[cfg(test)]
mod tests {
    use super::{HEADER, Keys, MAX_SEQUENCE, OVERHEAD, TlsError};
    use crate::alert::Alert;

    fn seal(keys: &mut Keys, content: &[u8], memory: &mut [u8]) -> Option<usize> {
        memory[HEADER..HEADER + content.len()].copy_from_slice(content);
        keys.seal(memory, 23, content.len())
    }

    fn open(keys: &mut Keys, record: &mut [u8]) -> Result<(u8, usize), TlsError> {
        let (header, inside) = record.split_first_chunk_mut().unwrap();
        keys.open(*header, inside)
    }

    #[test]
    fn one_record_after_another() {
        let (mut ours, mut theirs) = (Keys::new([7; 32]), Keys::new([7; 32]));
        let mut before = [0; 40];
        for round in 0..20 {
            let mut memory = [0; 40];
            let length = seal(&mut ours, b"hello", &mut memory);
            assert_eq!(length, Some(5 + OVERHEAD));
            assert_ne!(memory, before);
            before = memory;
            assert_eq!(open(&mut theirs, &mut memory[..5 + OVERHEAD]), Ok((23, 5)));
            assert_eq!(memory[HEADER..HEADER + 5], *b"hello");
            if round % 6 == 5 {
                (ours, theirs) = (ours.next(), theirs.next());
            }
        }
    }

    #[test]
    fn no_bit_can_be_changed() {
        let mut memory = [0; 40];
        let length = seal(&mut Keys::new([7; 32]), b"hello", &mut memory).unwrap();
        for bit in 0..8 * length {
            let mut record = memory;
            record[bit / 8] ^= 1 << (bit % 8);
            let result = open(&mut Keys::new([7; 32]), &mut record[..length]);
            assert_eq!(result, Err(TlsError::NotAuthentic), "{bit}");
        }
    }

    #[test]
    fn padding_is_no_content() {
        let mut memory = [0; 60];
        memory[HEADER..HEADER + 6].copy_from_slice(b"hello\x16");
        let length = Keys::new([7; 32]).seal(&mut memory, 0, 30).unwrap();
        assert_eq!(open(&mut Keys::new([7; 32]), &mut memory[..length]), Ok((22, 5)));
        let mut memory = [0; 60];
        let length = Keys::new([7; 32]).seal(&mut memory, 0, 30).unwrap();
        let result = open(&mut Keys::new([7; 32]), &mut memory[..length]);
        assert_eq!(result, Err(Alert::UNEXPECTED_MESSAGE.into()));
    }

    #[test]
    fn keys_wear_out() {
        let mut keys = Keys::new([7; 32]);
        assert!(!keys.are_worn());
        keys.sequence = MAX_SEQUENCE;
        assert!(keys.are_worn() && !keys.next().are_worn());
    }
}
