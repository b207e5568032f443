//! An answer that comes while the request is still being sent (RFC 9112 section 9.5).

use super::Exchange;
use crate::client::request::parts::{Needs, Parts};
use crate::wire::{Window, move_up};

/// Room that is left for the front of a status line, where more of a body is put into the buffer.
const RESERVE: usize = 32;

impl Exchange {
    /// Where to receive while the request is being sent: what of the buffer is sent, up to its half. Then tell
    /// [`received`](Self::received). It is empty if there is no room now.
    ///
    /// An answer with a status of 300 or more ends the sending; others wait until all is sent.
    pub(in crate::client) fn early_room<'b>(&mut self, room: &'b mut [u8]) -> &'b mut [u8] {
        if self.sending.start() < RESERVE {
            self.move_sending_up(room);
        }
        let end = self.early_limit(room.len());
        let room = room.get_mut(..end).unwrap_or_default();
        if self.window.room(room).is_empty() {
            self.window.move_to(room, self.head.kept());
        }
        // What comes behind the head of an answer waits in the stack.
        if self.has_head { &mut [] } else { self.window.room(room) }
    }

    /// What is to be sent goes to the end of the buffer.
    fn move_sending_up(&mut self, room: &mut [u8]) {
        let (start, length) = (self.sending.start(), self.sending.len());
        let free = room.len().saturating_sub(self.sending.end());
        move_up(room.get_mut(start..).unwrap_or_default(), length, free);
        self.sending = Window::at(start + free);
        self.sending.received(length);
    }

    fn early_limit(&self, room: usize) -> usize {
        let half = room / 2;
        if self.sending.is_empty() { half } else { self.sending.start().min(half) }
    }

    /// Where the next piece of the body is put while it is sent: behind what came early, or may come.
    pub(super) fn early_end(&self, room: usize) -> usize {
        let half = room / 2;
        if self.response_started { half } else { RESERVE.min(half) }
    }

    /// Something came early, and was looked at.
    pub(super) fn received_early(&mut self, request: &Parts<'_>, room: &mut [u8]) {
        let end = self.early_limit(room.len());
        if self.head.code() == 0 && self.window.end() >= end {
            let mut needs = Needs::default();
            // A status line longer than that: its front will do.
            let room = room.get_mut(..end).unwrap_or_default();
            let _ = self.head.make_room(room, &mut self.window, &request.rules(&mut needs));
        }
        if self.head.code() >= 300 {
            self.stop_sending();
        }
    }

    /// The server takes no more: what is left of the request is not sent, and its answer is read.
    pub(in crate::client) const fn stop_sending(&mut self) {
        self.is_broken_off = true;
        self.is_sent = true;
    }
}
