//! An answer that comes while the body of a request is still being sent (RFC 9112 section 9.5).

use crate::wire::{HeadReader, HeadRules, Window, move_up};

/// What is done about one. Bodies point to it, so that an image whose requests have none does not hold the code.
pub(in crate::client) struct Early {
    /// Where to receive while the request is being sent: in front of what is still to be sent, which makes room, and
    /// behind what is kept of a head. It is empty if there is no room now.
    pub(in crate::client) room: for<'b> fn(
        sending: &mut Window,
        window: &mut Window,
        kept: usize,
        &'b mut [u8],
    ) -> &'b mut [u8],
    /// Something came, and no head is complete: makes room for more of it.
    pub(in crate::client) received:
        fn(&mut HeadReader, &mut Window, sending: Window, &HeadRules<'_>, &mut [u8]),
}

/// Room that is left for the front of a status line, where more of a body is put into the buffer.
pub(in crate::client) const RESERVE: usize = 32;

pub(super) const EARLY: &Early = &Early { room, received };

fn room<'b>(
    sending: &mut Window,
    window: &mut Window,
    kept: usize,
    room: &'b mut [u8],
) -> &'b mut [u8] {
    if sending.start() < RESERVE {
        // What is to be sent goes to the end of the buffer.
        let (start, length) = (sending.start(), sending.len());
        let free = room.len().saturating_sub(sending.end());
        move_up(room.get_mut(start..).unwrap_or_default(), length, free);
        *sending = Window::at(start + free);
        sending.received(length);
    }
    let end = limit(*sending, room.len());
    let room = room.get_mut(..end).unwrap_or_default();
    if window.room(room).is_empty() {
        window.move_to(room, kept);
    }
    window.room(room)
}

fn received(
    head: &mut HeadReader,
    window: &mut Window,
    sending: Window,
    rules: &HeadRules<'_>,
    room: &mut [u8],
) {
    let end = limit(sending, room.len());
    if head.code() == 0 && window.end() >= end {
        // A status line longer than that: its front will do.
        let _ = head.make_room(room.get_mut(..end).unwrap_or_default(), window, rules);
    }
}

/// What of the buffer is sent, up to its half.
fn limit(sending: Window, room: usize) -> usize {
    let half = room / 2;
    if sending.is_empty() { half } else { sending.start().min(half) }
}
