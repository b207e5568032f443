//! What goes to the server.

use super::TlsError;
use super::alert::Alert;
use super::codec::Writer;
use super::keys::{
    ALERT, ALERT_RECORD, APPLICATION_DATA, HANDSHAKE, HEADER, Keys, OVERHEAD, header_of,
};
use super::link::{Link, State};

/// `KeyUpdate`, which asks for nothing back (RFC 8446 section 4.6.3).
const KEY_UPDATE: [u8; 5] = [24, 0, 0, 1, 0];

/// The records of the client.
pub(super) struct Outgoing<'m, 'l, const N: usize> {
    link: &'l Link<N>,
    /// One record: room for its header, then its content.
    memory: &'m mut [u8],
    /// How much data a record may have.
    limit: usize,
    /// None before the server's hello.
    keys: Option<Keys>,
    /// So many bytes of data wait in the memory.
    filled: usize,
    /// A record has left in parts: nothing but its rest can follow.
    is_amid: bool,
}

impl<'m, 'l, const N: usize> Outgoing<'m, 'l, N> {
    /// Records of data with up to `limit` bytes, if the memory has room for so many.
    pub(super) fn new(link: &'l Link<N>, memory: &'m mut [u8], limit: usize) -> Self {
        let limit = limit.min(memory.len().saturating_sub(OVERHEAD));
        Self { link, memory, limit, keys: None, filled: 0, is_amid: false }
    }

    /// The keys of all that goes from now on.
    pub(super) fn change_keys(&mut self, keys: Keys) {
        self.keys = Some(keys);
    }

    /// Sends messages of the handshake in one record. `count` gets them for the transcript.
    pub(super) async fn messages(
        &mut self,
        write: impl FnOnce(&mut Writer<'_>),
        count: impl FnOnce(&[u8]),
    ) -> Result<(), TlsError> {
        let content = self.memory.get_mut(HEADER..).unwrap_or_default();
        let mut writer = Writer::new(content);
        write(&mut writer);
        let length = writer.finish();
        if length + OVERHEAD > self.memory.len() {
            let (have, need) = (self.memory.len(), length + OVERHEAD);
            return Err(TlsError::SendMemory { have, need });
        }
        let content = self.memory.get(HEADER..).unwrap_or_default();
        count(content.get(..length).unwrap_or_default());
        self.record(HANDSHAKE, length).await
    }

    /// Takes data of the client, and sends it as soon as there is a record full of it.
    pub(super) async fn data(&mut self) -> Result<(), TlsError> {
        let room = HEADER + self.filled..HEADER + self.limit;
        let room = self.memory.get_mut(room).unwrap_or_default();
        let left = room.len();
        let n = self.link.with(|state| state.plain_out.pop(room));
        self.filled += n;
        if n < left { Ok(()) } else { self.flush().await }
    }

    /// Sends the data that waits; with the next keys, if the server wants that or the old ones are worn.
    pub(super) async fn flush(&mut self) -> Result<(), TlsError> {
        if self.filled == 0 {
            return Ok(());
        }
        let is_wanted = self.link.with(|state| core::mem::take(&mut state.update));
        if is_wanted || self.keys.as_ref().is_some_and(Keys::are_worn) {
            self.update_keys().await?;
        }
        let length = core::mem::take(&mut self.filled);
        self.record(APPLICATION_DATA, length).await
    }

    /// Sends `KeyUpdate`: all that follows has the next keys.
    async fn update_keys(&mut self) -> Result<(), TlsError> {
        let mut memory = [0; KEY_UPDATE.len() + OVERHEAD];
        let length = self.seal_in(&mut memory, HANDSHAKE, &KEY_UPDATE);
        self.keys = self.keys.as_ref().map(Keys::next);
        self.is_amid = true;
        self.link.send(memory.get(..length).unwrap_or_default()).await?;
        self.is_amid = false;
        Ok(())
    }

    /// Sends the alert that ends the connection, if there is room for it now.
    pub(super) fn alert(&mut self, alert: Alert) {
        let level = if alert == Alert::CLOSE_NOTIFY { 1 } else { 2 };
        let mut memory = [0; ALERT_RECORD];
        if self.is_amid {
            return;
        }
        let length = self.seal_in(&mut memory, ALERT, &[level, alert.code()]);
        let record = memory.get(..length).unwrap_or_default();
        self.link.with(|state: &mut State<N>| {
            if state.wire_out.room().len() >= record.len() {
                state.wire_out.push(record);
            }
        });
    }

    async fn record(&mut self, kind: u8, length: usize) -> Result<(), TlsError> {
        let length = seal(self.keys.as_mut(), self.memory, kind, length);
        self.is_amid = true;
        self.link.send(self.memory.get(..length).unwrap_or_default()).await?;
        self.is_amid = false;
        Ok(())
    }

    fn seal_in(&mut self, memory: &mut [u8], kind: u8, content: &[u8]) -> usize {
        let places = memory.iter_mut().skip(HEADER);
        places.zip(content).for_each(|(place, byte)| *place = *byte);
        seal(self.keys.as_mut(), memory, kind, content.len())
    }
}

/// Makes a record of the content in `memory`; says how long it is.
fn seal(keys: Option<&mut Keys>, memory: &mut [u8], kind: u8, length: usize) -> usize {
    let sealed = match keys {
        Some(keys) => keys.seal(memory, kind, length),
        None => header_of(kind, length).zip(memory.first_chunk_mut()).map(|(header, place)| {
            *place = header;
            HEADER + length
        }),
    };
    sealed.unwrap_or_default()
}
