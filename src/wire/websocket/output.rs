//! Frames that are sent.

use super::write_head;
use crate::wire::{Writer, move_up};

/// The longest message that is sent in one frame.
pub(super) const MOST: usize = u16::MAX as usize;

/// Masks for the frames that are sent: those of a client have one each, those of a server none.
pub(crate) trait Masks {
    /// Bytes of a mask.
    const SIZE: usize;
    /// What says in the head of a frame that there is one.
    const BIT: u8 = if Self::SIZE > 0 { 0x80 } else { 0 };

    fn next(&mut self) -> [u8; 4];
}

/// Those of a server.
pub(crate) struct Unmasked;

impl Masks for Unmasked {
    const SIZE: usize = 0;

    fn next(&mut self) -> [u8; 4] {
        [0; 4]
    }
}

/// Those of a client, out of 32 random bits each.
pub(crate) struct Random<'r, R>(pub &'r mut R);

impl<R: FnMut() -> u32> Masks for Random<'_, R> {
    const SIZE: usize = 4;

    fn next(&mut self) -> [u8; 4] {
        (self.0)().to_be_bytes()
    }
}

/// Where frames are written that are to be sent.
pub(crate) struct Output<'o, 'w, M> {
    pub writer: &'o mut Writer<'w>,
    pub masks: M,
    /// Something else takes a part of the room, which will be free again.
    pub is_shared: bool,
    /// Something was to be sent that is longer than all of the room.
    pub is_too_long: bool,
}

impl<M: Masks> Output<'_, '_, M> {
    pub(super) fn has_all(&self) -> bool {
        self.writer.is_empty() && !self.is_shared
    }

    /// Writes a frame, if there is room for it. Returns whether there was.
    pub(super) fn frame(&mut self, first: u8, write: impl FnOnce(&mut Writer<'_>)) -> bool {
        let (start, has_all) = (self.writer.len(), self.has_all());
        self.writer.wrote(2 + M::SIZE);
        write(self.writer);
        let is_whole = self.frame_behind(start, first);
        self.is_too_long |= has_all && !is_whole;
        is_whole
    }

    /// Frames what was written behind the room for a head at `start`, or takes it back.
    // Once, and not for each that writes.
    #[inline(never)]
    fn frame_behind(&mut self, start: usize, first: u8) -> bool {
        let front = 2 + M::SIZE;
        let writer = &mut *self.writer;
        let length = writer.len().saturating_sub(start + front);
        let (mut head, size) = write_head(first, u16::try_from(length).unwrap_or(u16::MAX));
        writer.wrote(size - 2);
        if writer.overflowed() || length > MOST {
            writer.truncate(start);
            return false;
        }
        let frame = writer.written_mut().get_mut(start..).unwrap_or_default();
        if size > 2 {
            move_up(frame.get_mut(front..).unwrap_or_default(), length, size - 2);
        }
        if M::SIZE > 0 {
            let [_, second, ..] = &mut head;
            *second |= M::BIT;
            let key = self.masks.next();
            let behind = frame.get_mut(size..).unwrap_or_default();
            behind.iter_mut().zip(key).for_each(|(to, byte)| *to = byte);
            mask(behind.get_mut(M::SIZE..).unwrap_or_default(), key);
        }
        frame.iter_mut().zip(head).take(size).for_each(|(to, byte)| *to = byte);
        true
    }
}

pub(super) fn mask(payload: &mut [u8], key: [u8; 4]) {
    payload.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
}
