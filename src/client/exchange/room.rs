//! Where bytes are received, and how large the buffer would have to be.

use super::Exchange;
use crate::client::request::parts::{Needs, Parts};
use crate::client::{BodyTooLong, Failed, ResponseError};
use crate::wire::{HeadError, Window};

impl Exchange {
    /// Makes room to receive next: [`room`](Self::room) is not empty then.
    ///
    /// # Errors
    /// The buffer is too small for what must be kept.
    pub(in crate::client) fn make_room(
        &mut self,
        request: Option<&Parts<'_>>,
        room: &mut [u8],
    ) -> Result<(), Failed> {
        if let Some(request) = request.filter(|_| !self.has_head) {
            let mut needs = Needs::default();
            let made = self.head.make_room(room, &mut self.window, &request.rules(&mut needs));
            return made.map_err(|error| self.fail_head(error));
        }
        let floor = self.floor();
        if self.window.is_empty() {
            self.window = Window::at(floor);
        }
        if self.window.room(room).is_empty() {
            self.window.move_to(room, floor);
        }
        if self.window.room(room).is_empty() && self.trailers.give_way() {
            self.window.move_to(room, self.floor());
        }
        if self.window.room(room).is_empty() {
            return Err(self.fail_too_long(room.len()));
        }
        Ok(())
    }

    /// Where to receive next; then tell [`received`](Self::received).
    pub(in crate::client) fn room<'b>(&self, room: &'b mut [u8]) -> &'b mut [u8] {
        self.window.room(room)
    }

    /// Whether the rest of the body can fit into the buffer, if its length is known.
    ///
    /// # Errors
    /// [`ResponseError::TooLong`].
    pub(super) fn check_room(&mut self, room: usize) -> Result<(), Failed> {
        let free = room.saturating_sub(self.head.kept() + self.gathered);
        if self.has_length() && self.body.next_data() > free as u64 {
            return Err(self.fail_too_long(room));
        }
        Ok(())
    }

    /// Where what is still to be looked at may begin.
    fn floor(&self) -> usize {
        self.trailers.floor(self.head.kept() + self.gathered)
    }

    fn has_length(&self) -> bool {
        !self.head.fields().is_chunked() && self.content_length().is_some()
    }

    /// Sizes in errors are those of the buffer that the request was sent with.
    pub(super) fn fail_head(&mut self, mut error: HeadError) -> Failed {
        if let HeadError::BufferTooSmall { need } = &mut error {
            *need += self.attempt.taken;
        }
        self.fail(ResponseError::Head(error))
    }

    /// The room for the body, behind a head of which a larger buffer may hold more.
    fn fail_too_long(&mut self, room: usize) -> Failed {
        let have = room + self.attempt.taken;
        let rest = usize::try_from(self.body.next_data()).unwrap_or(usize::MAX);
        let kept = self.head.kept();
        let mut need = rest.saturating_add(kept + self.gathered);
        if self.headers_dropped() {
            // No more than half is filled with headers that nobody wants, and no more than there are.
            need = need.saturating_add(self.head.length().saturating_sub(kept).min(need));
        }
        let need = need.saturating_add(self.attempt.taken);
        let need = Some(need).filter(|&need| self.has_length() && need < usize::MAX);
        self.fail(ResponseError::TooLong(BodyTooLong { have, need }))
    }
}
