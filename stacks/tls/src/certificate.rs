//! What is read from a certificate beside the chain: its public key, its dates, its key usage.
//!
//! RFC 5280 section 4.1: a certificate is a SEQUENCE of `tbsCertificate`, algorithm and signature;
//! the first is a SEQUENCE of version, serial number, algorithm, issuer, validity, subject, public
//! key and extensions. Each read goes forward over the bytes once, and no value is copied.

use der::asn1::{AnyRef, BitStringRef, GeneralizedTime, ObjectIdentifier, UtcTime};
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};

/// `id-ce-keyUsage` (RFC 5280 section 4.2.1.3).
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
/// Bit 0 of the key usage, in its first byte.
const DIGITAL_SIGNATURE: u8 = 0x80;
/// Bit 5.
const KEY_CERT_SIGN: u8 = 0x04;

/// The parts of a certificate that are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Certificate<'c> {
    /// The `SubjectPublicKeyInfo` in DER, with its tag and length.
    pub(super) public_key: &'c [u8],
    /// The name of its owner, in DER.
    pub(super) subject: &'c [u8],
    /// From when on it is valid, in seconds since 1970 (UTC).
    pub(super) not_before: u64,
    /// The first byte of the key usage, if the certificate restricts it.
    key_usage: Option<u8>,
}

impl<'c> Certificate<'c> {
    /// Reads a certificate in DER; `None` if it is malformed.
    pub(super) fn read(der: &'c [u8]) -> Option<Self> {
        Self::try_read(der).ok()
    }

    fn try_read(der: &'c [u8]) -> der::Result<Self> {
        let mut certificate = enter(der, Tag::Sequence)?;
        let mut tbs = SliceReader::new(inside(&mut certificate, Tag::Sequence)?)?;
        // Version 3 is tagged [0]; without it, this is the serial number.
        if tbs.peek_tag()? == context(0) {
            AnyRef::decode(&mut tbs)?;
        }
        inside(&mut tbs, Tag::Integer)?;
        inside(&mut tbs, Tag::Sequence)?;
        inside(&mut tbs, Tag::Sequence)?;
        let mut validity = SliceReader::new(inside(&mut tbs, Tag::Sequence)?)?;
        let not_before = time(&mut validity)?;
        let subject = inside(&mut tbs, Tag::Sequence)?;
        let public_key = tbs.tlv_bytes()?;
        let mut key_usage = None;
        while !tbs.is_finished() {
            let field = AnyRef::decode(&mut tbs)?;
            if field.tag() == context(3) {
                key_usage = find_key_usage(field.value())?;
            }
        }
        Ok(Self { public_key, subject, not_before, key_usage })
    }

    /// Whether its key may sign handshakes (RFC 8446 section 4.4.2.2).
    pub(super) fn may_sign(&self) -> bool {
        self.key_usage.is_none_or(|usage| usage & DIGITAL_SIGNATURE != 0)
    }

    /// Whether its key may sign certificates.
    pub(super) fn may_issue(&self) -> bool {
        self.key_usage.is_none_or(|usage| usage & KEY_CERT_SIGN != 0)
    }
}

fn find_key_usage(extensions: &[u8]) -> der::Result<Option<u8>> {
    let mut extensions = enter(extensions, Tag::Sequence)?;
    let mut found = None;
    while !extensions.is_finished() {
        let mut extension = SliceReader::new(inside(&mut extensions, Tag::Sequence)?)?;
        let id = ObjectIdentifier::decode(&mut extension)?;
        if id != KEY_USAGE {
            continue;
        }
        let mut value = AnyRef::decode(&mut extension)?;
        if value.tag() == Tag::Boolean {
            // It is marked as critical.
            value = AnyRef::decode(&mut extension)?;
        }
        let bits = BitStringRef::from_der(value.value())?;
        found = Some(bits.raw_bytes().first().copied().unwrap_or(0));
    }
    Ok(found)
}

/// Seconds since 1970, of a `Time` (RFC 5280 section 4.1.2.5).
fn time(reader: &mut SliceReader<'_>) -> der::Result<u64> {
    let since = match reader.peek_tag()? {
        Tag::UtcTime => UtcTime::decode(reader)?.to_unix_duration(),
        _ => GeneralizedTime::decode(reader)?.to_unix_duration(),
    };
    Ok(since.as_secs())
}

/// A reader of what is in the element that `der` begins with.
fn enter(der: &[u8], tag: Tag) -> der::Result<SliceReader<'_>> {
    SliceReader::new(inside(&mut SliceReader::new(der)?, tag)?)
}

/// The content of the next element, which must have this tag.
fn inside<'c>(reader: &mut SliceReader<'c>, tag: Tag) -> der::Result<&'c [u8]> {
    let element = AnyRef::decode(reader)?;
    element.tag().assert_eq(tag)?;
    Ok(element.value())
}

/// The tag of a field that is told apart by its number.
const fn context(number: u8) -> Tag {
    Tag::ContextSpecific { constructed: true, number: TagNumber::new(number) }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use proptest::prelude::*;

    use super::Certificate;

    const LEAF: &[u8] = include_bytes!("../tests/data/leaf-p256.der");
    const CA: &[u8] = include_bytes!("../tests/data/ca-rsa2048.der");

    #[test]
    fn parts() {
        let leaf = Certificate::read(LEAF).unwrap();
        assert_eq!(leaf.public_key.len(), 91);
        assert_eq!(leaf.subject, b"\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x04leaf");
        assert!(leaf.not_before > 1_790_000_000 && leaf.not_before < 2_000_000_000);
        assert!(leaf.may_sign() && !leaf.may_issue());
        let ca = Certificate::read(CA).unwrap();
        assert_eq!(ca.public_key.len(), 294);
        assert!(ca.may_issue() && !ca.may_sign());
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        for length in 0..LEAF.len() {
            assert_eq!(Certificate::read(&LEAF[..length]), None, "{length}");
        }
    }

    proptest! {
        #[test]
        fn noise_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert_eq!(Certificate::read(&bytes), None);
        }

        #[test]
        fn any_change_is_survived(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..9),
            is_ca: bool,
        ) {
            let mut bytes = Vec::from(if is_ca { CA } else { LEAF });
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            // Whatever it reads are parts of these bytes.
            if let Some(read) = Certificate::read(&bytes) {
                let range = bytes.as_ptr_range();
                for part in [read.public_key, read.subject].map(<[u8]>::as_ptr_range) {
                    prop_assert!(range.start <= part.start && part.end <= range.end);
                }
            }
        }

        #[test]
        fn any_length_is_survived(at in 0..LEAF.len(), length: [u8; 4], form in 0..5_u8) {
            let mut bytes = Vec::from(LEAF);
            let length = match form {
                0 => std::vec![length[0] & 0x7f],
                n => [&[0x80 | n][..], &length[..usize::from(n)]].concat(),
            };
            bytes.splice(at..=at, length);
            let _ = Certificate::read(&bytes);
        }
    }
}
