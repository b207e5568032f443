//! What comes behind a body.

use super::Exchange;
use crate::client::ResponseError;
use crate::wire::{Headers, Window, move_down};

/// What comes behind a body in chunks (RFC 9112 section 7.1.2), kept in the buffer behind what was gathered.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Trailers {
    start: usize,
    end: usize,
    /// There was no room for them.
    dropped: bool,
}

impl Trailers {
    /// Keeps the first `n` bytes of the window, which are trailers, at `floor` or behind those before them.
    pub(super) fn keep(&mut self, buffer: &mut [u8], window: Window, n: usize, floor: usize) {
        if self.dropped {
            return;
        }
        if self.end == 0 {
            (self.start, self.end) = (floor, floor);
        }
        move_down(buffer, window.start(), n, self.end);
        self.end += n;
    }

    /// Where the window may begin, if it need not keep clear of anything but `floor`.
    pub(super) const fn floor(&self, floor: usize) -> usize {
        if self.end > floor { self.end } else { floor }
    }

    /// Gives their room to what still comes. Returns whether there was any.
    pub(super) const fn give_way(&mut self) -> bool {
        let had_room = self.end > self.start;
        *self = Self { start: 0, end: 0, dropped: had_room || self.dropped };
        had_room
    }

    pub(super) const fn were_dropped(&self) -> bool {
        self.dropped
    }

    pub(super) fn lines<'b>(&self, buffer: &'b [u8]) -> &'b [u8] {
        buffer.get(self.start..self.end).unwrap_or_default()
    }
}

impl Exchange<'_, '_> {
    /// The trailers, once the body is complete; see [`Request::trailers`](crate::client::Request::trailers).
    #[must_use]
    pub fn trailers(&self) -> Headers<'_> {
        let lines = if self.is_done() { self.trailers.lines(self.buffer) } else { &[] };
        Headers::of_trailers(lines)
    }

    /// Whether there was no room for the trailers.
    #[must_use]
    pub fn trailers_dropped(&self) -> bool {
        self.trailers.were_dropped()
    }

    pub(super) fn keep_trailers(&mut self) -> Result<(), ResponseError> {
        loop {
            let (n, are_trailers) = self.body.skip_part(self.window.bytes(self.buffer))?;
            if n == 0 {
                return Ok(());
            }
            if are_trailers {
                let floor = self.head.kept() + self.gathered;
                self.trailers.keep(self.buffer, self.window, n, floor);
            }
            self.window.take(n);
        }
    }
}
