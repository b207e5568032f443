//! An answer that comes while the request is still being sent (RFC 9112 section 9.5).

use super::{Exchange, State};
use crate::client::ResponseError;
use crate::wire::{Window, move_up};

/// Room that is left for the front of a status line, where more of a body is put into the buffer.
const RESERVE: usize = 32;

impl Exchange<'_, '_> {
    /// Where to receive while the request is being sent: what of the buffer is sent, up to its half. Then tell
    /// [`received`](Self::received). It is empty if there is no room now.
    ///
    /// An answer with a status of 300 or more ends the sending; others wait until all is sent.
    pub fn early_room(&mut self) -> &mut [u8] {
        if self.window.start() < RESERVE {
            self.move_window_up();
        }
        let end = self.early_limit();
        let buffer = self.buffer.get_mut(..end).unwrap_or_default();
        if self.early.room(buffer).is_empty() {
            self.early.move_to(buffer, self.head.kept());
        }
        // What comes behind the head of an answer waits in the stack.
        if self.has_head { &mut [] } else { self.early.room(buffer) }
    }

    /// What is to be sent goes to the end of the buffer.
    fn move_window_up(&mut self) {
        let (start, length) = (self.window.start(), self.window.len());
        let room = self.buffer.len().saturating_sub(self.window.end());
        move_up(self.buffer.get_mut(start..).unwrap_or_default(), length, room);
        self.window = Window::at(start + room);
        self.window.received(length);
    }

    fn early_limit(&self) -> usize {
        let half = self.buffer.len() / 2;
        if self.window.is_empty() { half } else { self.window.start().min(half) }
    }

    /// Where the next piece of the body is put while it is sent: behind what came early, or may come.
    pub(super) fn early_end(&self) -> usize {
        let half = self.buffer.len() / 2;
        if self.is_heard { half } else { RESERVE.min(half) }
    }

    /// Takes in what came early.
    pub(super) fn received_early(&mut self) -> Result<(), ResponseError> {
        let (mut early, end) = (self.early, self.early_limit());
        let result = self.take_head(&mut early);
        if result.is_ok() && self.head.code() == 0 && early.end() >= end {
            // A status line longer than that: its front will do.
            let rules = self.rules();
            let buffer = self.buffer.get_mut(..end).unwrap_or_default();
            let _ = self.head.make_room(buffer, &mut early, &rules);
        }
        self.early = early;
        result?;
        if self.head.code() >= 300 {
            self.stop_sending();
        }
        Ok(())
    }

    /// Whether something came that was not looked at, before more is received.
    pub(in crate::client) fn has_early(&self) -> bool {
        self.is_heard && self.state == State::Sent
    }

    /// The server takes no more: what is left of the request is not sent, and its answer is read.
    pub fn stop_sending(&mut self) {
        self.is_broken_off = true;
        self.end_sending();
    }

    /// From now on the answer has the buffer.
    pub(super) fn end_sending(&mut self) {
        self.state = State::Sent;
        self.window = self.early;
        self.early = Window::default();
    }
}
