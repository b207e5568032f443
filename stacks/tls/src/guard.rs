//! Looks at each record before `embedded-tls` does, and refuses those it should not get.
//!
//! `embedded-tls` 0.19 takes records that are not encrypted at any time. Somebody on the way could
//! end the stream with an alert of their own, or stop the firmware with a message that the library
//! does not expect there. It also panics on an encrypted record with nothing inside.

use super::{Alert, TlsError};

/// The header: type, version, length (RFC 8446 section 5.1).
const HEADER: usize = 5;
/// An encrypted record has a tag of 16 bytes and at least the type of what is inside.
const MIN_ENCRYPTED: usize = 17;
/// No record may have more: 16,384 bytes of content and 256 for the encryption.
pub(super) const MAX_RECORD: usize = 16_384 + 256;
/// A server sends one (RFC 8446 appendix D.4).
const MAX_CHANGE_CIPHER_SPEC: u8 = 1;

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

/// Follows the records of the server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guard {
    phase: Phase,
    header: [u8; HEADER],
    /// So many bytes of the header have come.
    have: usize,
    /// So many bytes of the record are still to come.
    rest: usize,
    /// The room that there is for a record.
    limit: usize,
    change_cipher_specs: u8,
    /// The content of an alert that is not encrypted, as far as it has come.
    alert: [u8; 2],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The next handshake record is the server's hello, and the only one that is not encrypted.
    Hello,
    Handshake,
    Open,
}

impl Guard {
    /// A guard of a connection that has room for records of `limit` bytes.
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            phase: Phase::Hello,
            header: [0; HEADER],
            have: 0,
            rest: 0,
            limit,
            change_cipher_specs: 0,
            alert: [0; 2],
        }
    }

    /// The handshake is over.
    pub(super) fn open(&mut self) {
        self.phase = Phase::Open;
    }

    /// Whether the handshake has come so far that the server speaks TLS 1.3.
    pub(super) fn has_met_server(&self) -> bool {
        self.phase != Phase::Hello
    }

    /// Whether the last record has as much content as a record may have.
    pub(super) fn was_full(&self, content: usize) -> bool {
        let [.., high, low] = self.header;
        usize::from(u16::from_be_bytes([high, low])) >= content + MIN_ENCRYPTED
    }

    /// Says how many of the bytes that came may be handed on: they are in one part of one record.
    pub(super) fn admit(&mut self, bytes: &[u8]) -> Result<usize, TlsError> {
        if self.have < HEADER {
            let room = self.header.get_mut(self.have..).unwrap_or_default();
            let n = room.len().min(bytes.len());
            room.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
            self.have += n;
            if self.have == HEADER {
                self.rest = self.check_header()?;
            }
            return Ok(n);
        }
        let n = self.rest.min(bytes.len());
        self.note_alert(bytes.get(..n).unwrap_or_default());
        self.rest -= n;
        if self.rest == 0 {
            self.end_record();
        }
        Ok(n)
    }

    /// The alert that was sent in the clear, once it is complete.
    pub(super) fn clear_alert(&self) -> Option<Alert> {
        let is_complete = self.have == 0 && self.header.first() == Some(&ALERT);
        is_complete.then(|| Alert::new(self.alert[1]))
    }

    fn check_header(&self) -> Result<usize, TlsError> {
        let [kind, major, _, high, low] = self.header;
        let length = usize::from(u16::from_be_bytes([high, low]));
        if major != 3 || length > MAX_RECORD || length == 0 {
            return Err(TlsError::NotTls);
        }
        if length > self.limit {
            return Err(TlsError::RecordTooLong { have: self.limit, need: length });
        }
        match (self.phase, kind) {
            (Phase::Handshake | Phase::Open, APPLICATION_DATA) if length >= MIN_ENCRYPTED => {}
            (Phase::Hello, HANDSHAKE) => {}
            (Phase::Hello, ALERT) if length == 2 => {}
            (Phase::Handshake, CHANGE_CIPHER_SPEC)
                if length == 1 && self.change_cipher_specs < MAX_CHANGE_CIPHER_SPEC => {}
            (Phase::Handshake | Phase::Open, CHANGE_CIPHER_SPEC | ALERT | HANDSHAKE) => {
                return Err(TlsError::NotEncrypted);
            }
            _ => return Err(TlsError::NotTls),
        }
        Ok(length)
    }

    fn note_alert(&mut self, bytes: &[u8]) {
        if self.header.first() == Some(&ALERT) {
            let at = 2_usize.saturating_sub(self.rest);
            let places = self.alert.iter_mut().skip(at);
            places.zip(bytes).for_each(|(place, byte)| *place = *byte);
        }
    }

    fn end_record(&mut self) {
        self.have = 0;
        match self.header.first() {
            Some(&HANDSHAKE) => self.phase = Phase::Handshake,
            Some(&CHANGE_CIPHER_SPEC) => self.change_cipher_specs += 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use proptest::prelude::*;

    use super::{Guard, TlsError};

    fn record(kind: u8, length: u16) -> Vec<u8> {
        let [high, low] = length.to_be_bytes();
        let mut record = std::vec![kind, 3, 3, high, low];
        record.resize(5 + usize::from(length), 0);
        record
    }

    fn feed(guard: &mut Guard, mut bytes: &[u8]) -> Result<(), TlsError> {
        while !bytes.is_empty() {
            let n = guard.admit(bytes)?;
            bytes = &bytes[n..];
        }
        Ok(())
    }

    #[test]
    fn each_record_has_its_time() {
        use TlsError::{NotEncrypted, NotTls};
        let (hello, open) = ([record(22, 90)].concat(), true);
        let ccs = [record(22, 90), record(20, 1)].concat();
        for (before, is_open, next, result) in [
            (&[][..], false, record(22, 90), Ok(())),
            (&[], false, record(21, 2), Ok(())),
            (&[], false, record(20, 1), Err(NotTls)),
            (&[], false, record(23, 90), Err(NotTls)),
            (&[], false, b"HTTP/1.1 400 Bad Request\r\n".to_vec(), Err(NotTls)),
            (&hello, false, record(23, 17), Ok(())),
            (&hello, false, record(23, 16), Err(NotTls)),
            (&hello, false, record(20, 1), Ok(())),
            (&hello, false, record(20, 2), Err(NotEncrypted)),
            (&ccs, false, record(20, 1), Err(NotEncrypted)),
            (&hello, false, record(21, 2), Err(NotEncrypted)),
            (&hello, false, record(22, 4), Err(NotEncrypted)),
            (&hello, open, record(23, 4000), Ok(())),
            (
                &hello,
                open,
                record(23, 4001),
                Err(TlsError::RecordTooLong { have: 4000, need: 4001 }),
            ),
            (&hello, open, record(23, 16_641), Err(NotTls)),
            (&hello, open, record(23, 0), Err(NotTls)),
            (&hello, open, record(21, 2), Err(NotEncrypted)),
            (&hello, open, record(22, 4), Err(NotEncrypted)),
            (&hello, open, record(20, 1), Err(NotEncrypted)),
            (&hello, open, record(24, 20), Err(NotTls)),
        ] {
            let mut guard = Guard::new(4000);
            feed(&mut guard, before).unwrap();
            if is_open {
                guard.open();
            }
            assert_eq!(feed(&mut guard, &next), result, "{before:?} {is_open} {next:?}");
        }
    }

    #[test]
    fn an_alert_is_read_in_pieces() {
        for split in 1..7 {
            let mut guard = Guard::new(4000);
            let alert = [21, 3, 3, 0, 2, 2, 70];
            feed(&mut guard, &alert[..split]).unwrap();
            assert_eq!(guard.clear_alert(), None);
            feed(&mut guard, &alert[split..]).unwrap();
            assert_eq!(guard.clear_alert().map(super::Alert::code), Some(70));
        }
    }

    proptest! {
        #[test]
        fn splits_make_no_difference(
            kinds in prop::collection::vec((20..24_u8, 1..60_u16), 0..8),
            splits in prop::collection::vec(1..9_usize, 1..20),
        ) {
            let stream: Vec<u8> = kinds.iter().flat_map(|(kind, length)| record(*kind, *length)).collect();
            let whole = feed(&mut Guard::new(50), &stream);
            let mut guard = Guard::new(50);
            let mut rest = &stream[..];
            let mut result = Ok(());
            for n in splits.iter().cycle() {
                let (piece, behind) = rest.split_at((*n).min(rest.len()));
                result = result.and_then(|()| feed(&mut guard, piece));
                rest = behind;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(result, whole);
        }
    }
}
