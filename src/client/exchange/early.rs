//! An answer that comes while the request is still being sent (RFC 9112 section 9.5).

use super::Exchange;
use crate::wire::{Window, move_up};

/// Room that is left for the front of a status line, where more of a body is put into the buffer.
const RESERVE: usize = 32;

impl Exchange<'_, '_> {
    /// Where to receive while the request is being sent: what of the buffer is sent, up to its half. Then tell
    /// [`received`](Self::received). It is empty if there is no room now.
    ///
    /// An answer with a status of 300 or more ends the sending; others wait until all is sent.
    pub fn early_room(&mut self) -> &mut [u8] {
        if self.sending.start() < RESERVE {
            self.move_sending_up();
        }
        let end = self.early_limit();
        let buffer = self.buffer.get_mut(..end).unwrap_or_default();
        if self.window.room(buffer).is_empty() {
            self.window.move_to(buffer, self.head.kept());
        }
        // What comes behind the head of an answer waits in the stack.
        if self.has_head { &mut [] } else { self.window.room(buffer) }
    }

    /// What is to be sent goes to the end of the buffer.
    fn move_sending_up(&mut self) {
        let (start, length) = (self.sending.start(), self.sending.len());
        let room = self.buffer.len().saturating_sub(self.sending.end());
        move_up(self.buffer.get_mut(start..).unwrap_or_default(), length, room);
        self.sending = Window::at(start + room);
        self.sending.received(length);
    }

    fn early_limit(&self) -> usize {
        let half = self.buffer.len() / 2;
        if self.sending.is_empty() { half } else { self.sending.start().min(half) }
    }

    /// Where the next piece of the body is put while it is sent: behind what came early, or may come.
    pub(super) fn early_end(&self) -> usize {
        let half = self.buffer.len() / 2;
        if self.is_heard { half } else { RESERVE.min(half) }
    }

    /// Something came early, and was looked at.
    pub(super) fn heard_early(&mut self) {
        let end = self.early_limit();
        if self.head.code() == 0 && self.window.end() >= end {
            // A status line longer than that: its front will do.
            let rules = self.rules();
            let buffer = self.buffer.get_mut(..end).unwrap_or_default();
            let _ = self.head.make_room(buffer, &mut self.window, &rules);
        }
        if self.head.code() >= 300 {
            self.stop_sending();
        }
    }

    /// The server takes no more: what is left of the request is not sent, and its answer is read.
    pub fn stop_sending(&mut self) {
        self.is_broken_off = true;
        self.is_sent = true;
    }
}
