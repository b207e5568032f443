use crate::wire::{BodyError, BodyReader, Window, move_down};

/// What comes behind a body in chunks (RFC 9112 section 7.1.2), kept in the buffer behind what was gathered.
#[derive(Debug, Clone, Copy)]
pub(in crate::client) struct Trailers {
    start: usize,
    end: usize,
    /// There was no room for them.
    dropped: bool,
}

/// Takes framing from the window, and keeps the trailers in it, at `floor` or behind those before them.
///
/// Requests hold a pointer to it, so that an image whose requests want no trailers does not hold the code.
pub(in crate::client) type KeepTrailers =
    fn(&mut Trailers, &mut BodyReader, &mut Window, &mut [u8], usize) -> Result<(), BodyError>;

pub(in crate::client) fn keep(
    trailers: &mut Trailers,
    body: &mut BodyReader,
    window: &mut Window,
    buffer: &mut [u8],
    floor: usize,
) -> Result<(), BodyError> {
    loop {
        let (n, are_trailers) = body.skip_part(window.bytes(buffer))?;
        if n == 0 {
            return Ok(());
        }
        if are_trailers && !trailers.dropped {
            if trailers.end == 0 {
                (trailers.start, trailers.end) = (floor, floor);
            }
            move_down(buffer, window.start(), n, trailers.end);
            trailers.end += n;
        }
        window.take(n);
    }
}

impl Trailers {
    pub(in crate::client) const NONE: Self = Self { start: 0, end: 0, dropped: false };

    /// Where the window may begin, if it need not keep clear of anything but `floor`.
    pub(in crate::client) const fn floor(&self, floor: usize) -> usize {
        if self.end > floor { self.end } else { floor }
    }

    /// Gives their room to what still comes. Returns whether there was any.
    pub(in crate::client) const fn give_way(&mut self) -> bool {
        let had_room = self.end > self.start;
        *self = Self { start: 0, end: 0, dropped: had_room || self.dropped };
        had_room
    }

    pub(in crate::client) const fn were_dropped(&self) -> bool {
        self.dropped
    }

    pub(in crate::client) fn lines<'b>(&self, buffer: &'b [u8]) -> &'b [u8] {
        buffer.get(self.start..self.end).unwrap_or_default()
    }
}
