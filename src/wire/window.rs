use super::bytes::move_down;

/// The part of a buffer that holds bytes received and not yet used.
///
/// Taking from the front only moves a mark; the bytes themselves are moved once, when the room
/// behind them is used up.
// The start is never behind the end, so their difference needs no check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    start: usize,
    end: usize,
}

impl Window {
    /// An empty window at `at`.
    #[must_use]
    pub const fn at(at: usize) -> Self {
        Self { start: at, end: at }
    }

    /// Where the unused bytes begin.
    #[must_use]
    pub const fn start(self) -> usize {
        self.start
    }

    /// Where they end.
    #[must_use]
    pub const fn end(self) -> usize {
        self.end
    }

    /// How many bytes are unused.
    #[must_use]
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether no byte is unused.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The unused bytes.
    #[must_use]
    pub fn bytes(self, buffer: &[u8]) -> &[u8] {
        buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// The room behind the unused bytes: where to receive next.
    #[must_use]
    pub fn room(self, buffer: &mut [u8]) -> &mut [u8] {
        buffer.get_mut(self.end..).unwrap_or_default()
    }

    /// `n` bytes were put into [`room`](Self::room).
    pub const fn received(&mut self, n: usize) {
        self.end = self.end.saturating_add(n);
    }

    /// The first `n` unused bytes are done with.
    pub const fn take(&mut self, n: usize) {
        let len = self.len();
        self.start += if n < len { n } else { len };
    }

    /// Moves the unused bytes down to `to`, so that all room is behind them.
    pub fn move_to(&mut self, buffer: &mut [u8], to: usize) {
        if self.start > to {
            let length = self.len();
            move_down(buffer, self.start, length, to);
            *self = Self { start: to, end: to + length };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_pass_through_and_move_once() {
        let mut buffer = *b"........";
        let mut window = Window::default();
        window.room(&mut buffer).copy_from_slice(b"abcdefgh");
        window.received(8);
        window.take(5);
        assert_eq!(window.bytes(&buffer), b"fgh");
        assert!(window.room(&mut buffer).is_empty());
        window.move_to(&mut buffer, 2);
        assert_eq!((window.bytes(&buffer), window.room(&mut [0; 8]).len()), (&b"fgh"[..], 3));
        window.take(99);
        assert!(window.is_empty());
    }

    #[test]
    fn a_window_outside_of_its_buffer_is_empty() {
        let mut window = Window::at(9);
        assert_eq!(window.bytes(&[0; 4]), b"");
        assert!(window.room(&mut [0; 4]).is_empty());
        window.received(usize::MAX);
        window.move_to(&mut [0; 4], 0);
        assert_eq!(window.bytes(&[0; 4]), b"");
    }
}
