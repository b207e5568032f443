//! Where bytes are received, and how large the buffer would have to be.

use super::Exchange;
use crate::client::{BodyTooLong, ResponseError};
use crate::wire::{HeadError, Window};

impl Exchange<'_, '_> {
    /// Where to receive next; then tell [`received`](Self::received). Never empty.
    ///
    /// # Errors
    /// The buffer is too small for what must be kept.
    pub fn room(&mut self) -> Result<&mut [u8], ResponseError> {
        if self.is_answered() {
            let floor = self.floor();
            if self.window.is_empty() {
                self.window = Window::at(floor);
            }
            if self.window.room(self.buffer).is_empty() {
                self.window.move_to(self.buffer, floor);
            }
            #[cfg(feature = "trailers")]
            if self.window.room(self.buffer).is_empty() && self.trailers.give_way() {
                let floor = self.floor();
                self.window.move_to(self.buffer, floor);
            }
            if self.window.room(self.buffer).is_empty() {
                return Err(ResponseError::TooLong(self.too_small()));
            }
        } else {
            let rules = self.rules();
            let made = self.head.make_room(self.buffer, &mut self.window, &rules);
            made.map_err(|error| self.head_error(error))?;
        }
        Ok(self.window.room(self.buffer))
    }

    /// Whether the rest of the body can fit into the buffer, if its length is known.
    ///
    /// # Errors
    /// [`ResponseError::TooLong`].
    pub fn check_room(&self) -> Result<(), ResponseError> {
        let is_length = !self.fields_are_chunked() && self.content_length().is_some();
        let room = self.buffer.len().saturating_sub(self.head.kept() + self.gathered);
        if is_length && self.body.next_data() > room as u64 {
            return Err(ResponseError::TooLong(self.too_small()));
        }
        Ok(())
    }

    /// Sizes in errors are those of the buffer that the request was sent with.
    pub(super) fn head_error(&self, error: HeadError) -> ResponseError {
        ResponseError::Head(match error {
            HeadError::BufferTooSmall { need } => {
                HeadError::BufferTooSmall { need: need + self.taken }
            }
            error => error,
        })
    }

    /// The room for the body, behind a head of which a larger buffer may hold more.
    fn too_small(&self) -> BodyTooLong {
        let have = self.buffer.len() + self.taken;
        let is_known = !self.fields_are_chunked() && self.content_length().is_some();
        let rest = usize::try_from(self.body.next_data()).unwrap_or(usize::MAX);
        let kept = self.head.kept();
        let need = if self.headers_dropped() {
            // No more than half is filled with headers that nobody wants, and no more than there are.
            let half = rest.saturating_add(kept + self.gathered);
            half.saturating_add(self.head.length().saturating_sub(kept).min(half))
        } else {
            rest.saturating_add(kept + self.gathered)
        };
        let need = need.saturating_add(self.taken);
        let need = Some(need).filter(|&need| is_known && need < usize::MAX);
        BodyTooLong { have, need }
    }
}
