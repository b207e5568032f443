//! What comes from the server: records, and in them messages of the handshake and data.

use heapless::Vec;

use super::TlsError;
use super::alert::Alert;
use super::codec::Reader;
use super::fragment::Fragment;
use super::keys::{
    ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, HEADER, Keys, MAX_CONTENT,
};
use super::link::Link;

/// No encrypted record may have more beside its content (RFC 8446 section 5.2).
const MAX_EXPANSION: usize = 256;
/// An encrypted record has a tag of 16 bytes and at least the type of what is inside.
const MIN_ENCRYPTED: usize = 17;

const NEW_SESSION_TICKET: u8 = 4;
const KEY_UPDATE: u8 = 24;

/// A message of the handshake.
#[derive(Clone, Copy)]
pub(super) struct Message<'m> {
    /// All of it, as it counts for the transcript.
    pub(super) bytes: &'m [u8],
}

impl<'m> Message<'m> {
    pub(super) fn kind(self) -> u8 {
        self.bytes.first().copied().unwrap_or_default()
    }

    pub(super) fn body(self) -> Reader<'m> {
        Reader::new(self.bytes.get(MESSAGE_HEADER..).unwrap_or_default())
    }
}

/// The type of a message and its length.
const MESSAGE_HEADER: usize = 4;

/// The records of the server.
///
/// In the handshake, its messages are joined at the front of the memory: a message may come in many
/// records, and a record may have many messages (RFC 8446 section 5.1).
pub(super) struct Incoming<'m, 'l, const N: usize> {
    link: &'l Link<N>,
    memory: &'m mut [u8],
    /// None before the server's hello.
    keys: Option<Keys>,
    /// How many bytes of messages there are, and how many of these are done with.
    joined: usize,
    done: usize,
    /// Behind the handshake: the beginning of a message, and how much of it is passed over.
    begun: Vec<u8, { MESSAGE_HEADER + 1 }>,
    to_skip: usize,
    is_open: bool,
}

/// What a record behind the handshake has brought.
pub(super) enum Event<'m> {
    Data(&'m [u8]),
    /// The server has new keys, and wants the client to have some, too.
    Update,
    /// The server has sent `close_notify`.
    End,
}

impl<'m, 'l, const N: usize> Incoming<'m, 'l, N> {
    pub(super) fn new(link: &'l Link<N>, memory: &'m mut [u8]) -> Self {
        let (joined, done, to_skip) = (0, 0, 0);
        Self { link, memory, keys: None, joined, done, begun: Vec::new(), to_skip, is_open: false }
    }

    /// The keys of all that comes from now on. No message may be in records with both, the old ones and
    /// the new (RFC 8446 section 5.1).
    pub(super) fn change_keys(&mut self, keys: Keys) -> Result<(), TlsError> {
        if self.joined > self.done {
            return Err(Alert::UNEXPECTED_MESSAGE.into());
        }
        self.keys = Some(keys);
        Ok(())
    }

    /// The handshake is over.
    pub(super) fn open(&mut self) {
        (self.joined, self.done, self.is_open) = (0, 0, true);
    }

    /// The next message of the handshake.
    pub(super) async fn message(&mut self) -> Result<Message<'_>, TlsError> {
        self.memory.copy_within(self.done..self.joined, 0);
        (self.joined, self.done) = (self.joined - self.done, 0);
        while self.message_length().is_none_or(|length| length > self.joined) {
            let (kind, length) = self.record(self.joined).await?;
            let content = self.memory.get(self.joined..self.joined + length).unwrap_or_default();
            match kind {
                // An empty one must not be (RFC 8446 section 5.1).
                HANDSHAKE if length > 0 => self.joined += length,
                ALERT => alert(content)?.map_or(Ok(()), |alert| Err(TlsError::Alert(alert)))?,
                _ => return Err(Alert::UNEXPECTED_MESSAGE.into()),
            }
        }
        self.done = self.message_length().unwrap_or_default();
        Ok(Message { bytes: self.memory.get(..self.done).unwrap_or_default() })
    }

    /// How long the first message is that is not done with, as soon as that has come.
    fn message_length(&self) -> Option<usize> {
        let mut header = Reader::new(self.memory.get(..self.joined)?);
        header.u8().ok()?;
        let [high, middle, low] = header.array().ok()?;
        usize::try_from(u32::from_be_bytes([0, high, middle, low]))
            .ok()?
            .checked_add(MESSAGE_HEADER)
    }

    /// What comes next behind the handshake.
    pub(super) async fn event(&mut self) -> Result<Event<'_>, TlsError> {
        loop {
            let (kind, length) = self.record(0).await?;
            let is_between = self.begun.is_empty() && self.to_skip == 0;
            match kind {
                // Nothing may stand between the parts of a message.
                HANDSHAKE if length > 0 => {
                    if self.behind(length)? {
                        return Ok(Event::Update);
                    }
                }
                ALERT if is_between => {
                    let content = self.memory.get(..length).unwrap_or_default();
                    match alert(content)? {
                        None => {}
                        Some(Alert::CLOSE_NOTIFY) => return Ok(Event::End),
                        Some(alert) => return Err(TlsError::Alert(alert)),
                    }
                }
                APPLICATION_DATA if is_between => {
                    return Ok(Event::Data(self.memory.get(..length).unwrap_or_default()));
                }
                _ => return Err(Alert::UNEXPECTED_MESSAGE.into()),
            }
        }
    }

    /// Takes a record of messages behind the handshake (RFC 8446 section 4.6); says whether the client is
    /// to change its keys. Tickets are of no use without resumption, and are passed over.
    fn behind(&mut self, length: usize) -> Result<bool, TlsError> {
        let content = self.memory.get(..length).unwrap_or_default();
        let mut rest = Reader::new(content);
        while !rest.is_empty() {
            if self.to_skip > 0 {
                let n = self.to_skip.min(rest.rest().len());
                rest.bytes(n)?;
                self.to_skip -= n;
                continue;
            }
            // There is always room: what is complete is cleared.
            let _ = self.begun.push(rest.u8()?);
            match self.begun[..] {
                [NEW_SESSION_TICKET, high, middle, low] => {
                    self.to_skip = u32::from_be_bytes([0, high, middle, low]) as usize;
                    self.begun.clear();
                }
                [KEY_UPDATE, 0, 0, 1, request] => {
                    // What comes behind it has other keys, and is in another record.
                    let (Some(keys), true) = (&self.keys, rest.is_empty()) else {
                        return Err(Alert::UNEXPECTED_MESSAGE.into());
                    };
                    self.keys = Some(keys.next());
                    self.begun.clear();
                    return match request {
                        0 | 1 => Ok(request == 1),
                        _ => Err(Alert::ILLEGAL_PARAMETER.into()),
                    };
                }
                [NEW_SESSION_TICKET | KEY_UPDATE] | [_, _] | [_, _, _] | [KEY_UPDATE, 0, 0, 1] => {}
                [KEY_UPDATE, ..] => return Err(Alert::DECODE_ERROR.into()),
                _ => return Err(Alert::UNEXPECTED_MESSAGE.into()),
            }
        }
        Ok(false)
    }

    /// Reads a record to the memory from `at` on: the type of what is inside, and how long that is.
    async fn record(&mut self, at: usize) -> Result<(u8, usize), TlsError> {
        loop {
            let mut header = [0; HEADER];
            self.link.fill(&mut header).await?;
            let (kind, length) = self.check(header)?;
            let have = self.memory.len();
            let room = self.memory.get_mut(at..).and_then(|room| room.get_mut(..length));
            let Some(record) = room else {
                return Err(match self.message_length() {
                    Some(message) if at > 0 => {
                        TlsError::MessageTooLong { have, need: Fragment::enough_for(message) }
                    }
                    _ => TlsError::RecordTooLong { have, need: at + length },
                });
            };
            self.link.fill(record).await?;
            match &mut self.keys {
                // Nobody needs it any more (RFC 8446 appendix D.4).
                _ if kind == CHANGE_CIPHER_SPEC && record == [1] => {}
                _ if kind == CHANGE_CIPHER_SPEC => return Err(Alert::UNEXPECTED_MESSAGE.into()),
                Some(keys) => return keys.open(header, record),
                None => return Ok((kind, length)),
            }
        }
    }

    /// The type and the length of a record with this header, if one may come now.
    ///
    /// Whoever is on the way could put in records that are not encrypted.
    fn check(&self, header: [u8; HEADER]) -> Result<(u8, usize), TlsError> {
        let [kind, major, _, high, low] = header;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let is_encrypted = self.keys.is_some();
        match kind {
            _ if major != 3 || length == 0 => Err(TlsError::NotTls),
            APPLICATION_DATA if is_encrypted && length < MIN_ENCRYPTED => Err(TlsError::NotTls),
            APPLICATION_DATA if is_encrypted && length > MAX_CONTENT + MAX_EXPANSION => {
                Err(Alert::RECORD_OVERFLOW.into())
            }
            APPLICATION_DATA if is_encrypted => Ok((kind, length)),
            CHANGE_CIPHER_SPEC if !self.is_open && length == 1 => Ok((kind, length)),
            CHANGE_CIPHER_SPEC | ALERT | HANDSHAKE if is_encrypted => Err(TlsError::NotEncrypted),
            HANDSHAKE | ALERT if length > MAX_CONTENT => Err(Alert::RECORD_OVERFLOW.into()),
            HANDSHAKE | ALERT => Ok((kind, length)),
            _ => Err(TlsError::NotTls),
        }
    }
}

/// The alert that a record consists of, but for the one that announces another (RFC 8446 section 6.1).
fn alert(content: &[u8]) -> Result<Option<Alert>, TlsError> {
    // All others are fatal, whatever level they give themselves.
    match *content {
        [_, code] => Ok(Some(Alert::new(code)).filter(|alert| *alert != Alert::USER_CANCELED)),
        _ => Err(Alert::DECODE_ERROR.into()),
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use core::pin::pin;
    use core::task::{Context, Poll, Waker};
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::{HANDSHAKE, Incoming, Link, TlsError};
    use crate::keys::header_of;
    use crate::link::Phase;

    fn record(kind: u8, content: &[u8]) -> Vec<u8> {
        [&header_of(kind, content.len()).unwrap()[..], content].concat()
    }

    fn message(kind: u8, length: usize) -> Vec<u8> {
        let mut bytes = u32::try_from(length).unwrap().to_be_bytes().to_vec();
        bytes[0] = kind;
        bytes.extend((0..length).map(|at| at.to_le_bytes()[0]));
        bytes
    }

    /// Feeds what a server sends before it has keys, so much at a time; returns the messages.
    fn feed(wire: &[u8], step: usize, memory: usize) -> (Vec<Vec<u8>>, Option<TlsError>) {
        let link = Link::<64>::new();
        link.with(|state| state.phase = Phase::Handshake);
        let mut memory = std::vec![0; memory];
        let mut incoming = Incoming::new(&link, &mut memory);
        let mut messages = Vec::new();
        let mut context = Context::from_waker(Waker::noop());
        let mut rest = wire;
        loop {
            let mut next = pin!(async { incoming.message().await.map(|got| got.bytes.to_vec()) });
            let result = loop {
                if let Poll::Ready(result) = next.as_mut().poll(&mut context) {
                    break result;
                }
                let n = link.with(|state| state.wire_in.push(&rest[..step.min(rest.len())]));
                rest = &rest[n..];
                link.with(|state| state.wire_ended = rest.is_empty());
            };
            match result {
                Ok(message) => messages.push(message),
                Err(TlsError::Truncated) => return (messages, None),
                Err(error) => return (messages, Some(error)),
            }
        }
    }

    proptest! {
        #[test]
        fn messages_are_joined_in_every_split(
            lengths in prop::collection::vec(0..90_usize, 1..8),
            splits in prop::collection::vec(1..50_usize, 1..20),
            step in 1..64_usize,
        ) {
            let messages: Vec<_> = (1..).zip(&lengths).map(|(kind, n)| message(kind, *n)).collect();
            let all = messages.concat();
            let (mut wire, mut rest) = (Vec::new(), &all[..]);
            for split in splits.iter().cycle() {
                let (part, behind) = rest.split_at((*split).min(rest.len()));
                wire.extend(record(HANDSHAKE, part));
                // Some servers send one of these, for who is in between.
                wire.extend(record(20, &[1]));
                rest = behind;
                if rest.is_empty() {
                    break;
                }
            }
            // The longest message but a byte, and the longest record.
            prop_assert_eq!(feed(&wire, step, 94 - 1 + 50), (messages, None));
        }

        #[test]
        fn noise_is_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), step in 1..64_usize) {
            feed(&bytes, step, 100);
            // What looks like records gets further.
            let records: Vec<u8> = bytes.chunks(9).flat_map(|part| record(20 + part[0] % 4, part)).collect();
            feed(&records, step, 100);
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error_with_a_number() {
        let wire =
            [record(HANDSHAKE, &message(11, 1000)[..500]), record(HANDSHAKE, &[0; 504])].concat();
        let (_, error) = feed(&wire, 50, 800);
        let Some(TlsError::MessageTooLong { have: 800, need }) = error else { panic!("{error:?}") };
        assert_eq!(feed(&wire, 50, need).0, [[&message(11, 1000)[..500], &[0; 504]].concat()]);
        let (_, error) = feed(&record(HANDSHAKE, &[0; 900]), 50, 800);
        assert_eq!(error, Some(TlsError::RecordTooLong { have: 800, need: 900 }));
    }
}
