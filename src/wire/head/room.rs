//! The room for more of the head.

use super::rules::Claim;
use super::{HeadReader, HeadRules};
use crate::wire::bytes::move_down;
use crate::wire::head_error::Fault;
use crate::wire::headers::{split_header, take_line};
use crate::wire::{HeadError, Window};

impl HeadReader {
    /// Makes room behind the window for more of the head: moves things, drops what need not be
    /// kept, or begins to drop the line that the buffer cannot hold.
    ///
    /// # Errors
    /// The buffer is too small for something that must be kept.
    pub fn make_room(
        &mut self,
        buffer: &mut [u8],
        window: &mut Window,
        rules: &HeadRules<'_>,
    ) -> Result<(), HeadError> {
        let made = self.try_to_make_room(buffer, window, rules);
        made.map_err(|fault| self.error(fault, *window, rules))
    }

    fn try_to_make_room(
        &mut self,
        buffer: &mut [u8],
        window: &mut Window,
        rules: &HeadRules<'_>,
    ) -> Result<(), Fault> {
        if window.is_empty() {
            *window = Window::at(self.kept);
        }
        for step in 0_u8.. {
            if window.end() < buffer.len() {
                break;
            }
            match step {
                0 => {}
                1 => self.drop_optional(buffer, rules),
                2 => (self.side.cut_reason)(self, buffer),
                3 => _ = self.take_lines(buffer, window, rules, true)?,
                _ => return Err(Fault::HeaderTooLong),
            }
            window.move_to(buffer, self.kept);
        }
        Ok(())
    }

    /// Drops the headers that nobody wants, so that what comes behind the head has their room.
    pub(crate) fn drop_optional(&mut self, buffer: &mut [u8], rules: &HeadRules<'_>) {
        self.full = true;
        self.drop_others(buffer, |name, code| rules.claim(name, code) != Claim::None);
    }

    /// Drops all headers but those with this name, and the reason phrase of a response.
    pub fn keep_only(&mut self, buffer: &mut [u8], name: &str) {
        self.drop_others(buffer, |other, _| other.eq_ignore_ascii_case(name.as_bytes()));
        (self.side.cut_reason)(self, buffer);
    }

    /// Drops the headers that are not to be kept.
    fn drop_others(&mut self, buffer: &mut [u8], is_kept: impl Fn(&[u8], u16) -> bool) {
        let (mut read, mut write) = (0, 0);
        while let Some((line, _)) = buffer.get(read..self.kept).and_then(take_line) {
            let length = line.len();
            let name = split_header(line).map(|(name, _)| name);
            if read == 0 || name.is_some_and(|name| is_kept(name, self.code)) {
                move_down(buffer, read, length, write);
                write += length;
            }
            read += length;
        }
        if write < self.kept {
            self.has_dropped();
        }
        self.kept = write;
    }
}
