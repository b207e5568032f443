use super::head::{Head, Opcode};
use super::{CloseCode, Kind, Utf8};

/// Takes the frames of a client or of a server apart (RFC 6455 section 5), unmasked in their place.
///
/// The input may be split anywhere. Everything is checked: masks, reserved bits and opcodes, lengths
/// that are longer written than they must be, control frames, the order of fragments, UTF-8 across
/// them, close codes.
#[derive(Debug, Clone)]
pub struct FrameReader {
    head: Head,
    /// The head is complete, and so many bytes of the payload are to come.
    left: Option<u64>,
    /// So many bytes at the front of what comes again are unmasked and checked.
    prepared: usize,
    /// Where in the mask the byte behind them is.
    phase: u8,
    /// What message is under way, and of what length so far.
    message: Option<(Kind, u64)>,
    /// Nothing of it has been shown.
    is_first: bool,
    text: Utf8,
    /// The code of a close frame, as far as it has come.
    code: u16,
}

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame<'b> {
    /// A part of a message.
    Part(Part<'b>),
    /// A part of a ping of so many bytes, at most 125, which are to be sent back.
    Ping {
        /// Of the whole ping.
        length: u8,
        /// It is its first part.
        is_first: bool,
        /// The part.
        bytes: &'b [u8],
    },
    /// A part of a pong.
    Pong,
    /// The peer closes. It has said why, or not.
    Close(Option<CloseCode>),
}

/// A part of a message, or all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'b> {
    /// What the message is.
    pub kind: Kind,
    /// Its bytes. Those of a text are valid so far; a letter may be cut in two.
    pub bytes: &'b [u8],
    /// The message begins with it.
    pub is_first: bool,
    /// The message ends with it.
    pub is_last: bool,
}

impl<'b> Part<'b> {
    /// The message as a text, if it is one, and this is all of it.
    #[must_use]
    pub fn text(&self) -> Option<&'b str> {
        let is_text = self.kind == Kind::Text && self.is_whole();
        if is_text { crate::wire::text(self.bytes) } else { None }
    }

    /// Whether this is all of the message.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.is_first && self.is_last
    }
}

/// How much a reader may show at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A message of one frame that is no longer is shown when all of it is there, and so in one part.
    pub whole: usize,
    /// A part is no longer.
    pub part: usize,
    /// A message is no longer, or it is refused.
    pub message: u64,
}

impl FrameReader {
    /// In front of the first frame of a client, which masks them.
    #[must_use]
    pub const fn of_client() -> Self {
        Self::new(true)
    }

    /// In front of the first frame of a server, which masks none.
    #[must_use]
    pub const fn of_server() -> Self {
        Self::new(false)
    }

    const fn new(is_masked: bool) -> Self {
        Self {
            head: Head::new(is_masked),
            left: None,
            prepared: 0,
            phase: 0,
            message: None,
            is_first: false,
            text: Utf8::new(),
            code: 0,
        }
    }

    /// Takes the next frame at the front of `bytes`, or what is there of it. Returns that, and what of
    /// `bytes` is left. `None` if more is needed: then what is left, as it is now, comes again in front of it.
    ///
    /// # Errors
    /// The code with which the WebSocket is to be closed. The reader is of no further use then.
    pub fn read<'b>(
        &mut self,
        bytes: &'b mut [u8],
        limits: Limits,
    ) -> Result<(Option<Frame<'b>>, &'b mut [u8]), CloseCode> {
        let mut rest = bytes;
        let left = loop {
            if let Some(left) = self.left {
                break left;
            }
            let Some(&byte) = rest.first() else { return Ok((None, rest)) };
            if self.head.add(byte)? {
                self.begin(limits)?;
            }
            rest = rest.get_mut(1..).unwrap_or_default();
        };
        let there = usize::try_from(left).map_or(rest.len(), |left| left.min(rest.len()));
        let is_all = there as u64 == left;
        let opcode = self.head.opcode();
        let is_data = matches!(opcode, Opcode::Data(_) | Opcode::Continuation);
        // The answer to a ping is not to wait for the rest of it.
        let is_ping = opcode == Opcode::Ping && left == self.head.length();
        let is_whole = is_data && self.is_first && self.head.is_final();
        let most = if is_ping { limits.whole } else { limits.whole.min(limits.part) };
        let comes_whole = (is_ping || is_whole) && left <= most as u64;
        let is_waited_for = comes_whole && !is_all;
        let n = if is_data && !is_waited_for { there.min(limits.part) } else { there };
        self.prepare(rest.get_mut(..n).unwrap_or_default(), opcode)?;
        if is_waited_for || (n == 0 && left > 0) {
            return Ok((None, rest));
        }
        let (payload, rest) = rest.split_at_mut_checked(n).unwrap_or_default();
        self.prepared = self.prepared.saturating_sub(n);
        let left = left - n as u64;
        let is_first = left + n as u64 == self.head.length();
        let is_end = left == 0;
        let frame = match opcode {
            Opcode::Data(_) | Opcode::Continuation => {
                Some(Frame::Part(self.part(payload, is_end)?))
            }
            Opcode::Ping => {
                let [length, ..] = self.head.length().to_le_bytes();
                Some(Frame::Ping { length, is_first, bytes: payload })
            }
            Opcode::Pong => Some(Frame::Pong),
            Opcode::Close => self.close(payload, left)?,
        };
        self.left = Some(left);
        if is_end {
            self.head.reset();
            self.left = None;
        }
        Ok((frame, rest))
    }

    /// The head of a frame is complete.
    fn begin(&mut self, limits: Limits) -> Result<(), CloseCode> {
        let length = self.head.length();
        (self.left, self.phase) = (Some(length), 0);
        let (kind, before) = match (self.head.opcode(), self.message) {
            (Opcode::Data(kind), None) => {
                (self.is_first, self.text) = (true, Utf8::new());
                (kind, 0)
            }
            (Opcode::Continuation, Some(message)) => message,
            (Opcode::Close, _) if length == 1 => return Err(CloseCode::PROTOCOL),
            (Opcode::Close, _) => {
                // It ends a message that is under way.
                self.text = Utf8::new();
                return Ok(());
            }
            (Opcode::Ping | Opcode::Pong, _) => return Ok(()),
            _ => return Err(CloseCode::PROTOCOL),
        };
        let total = before.saturating_add(length);
        self.message = Some((kind, total));
        if total > limits.message { Err(CloseCode::TOO_LONG) } else { Ok(()) }
    }

    /// Unmasks what has come of a payload, and sees at once where it is no text, though all of it is waited for.
    fn prepare(&mut self, payload: &mut [u8], opcode: Opcode) -> Result<(), CloseCode> {
        let before = self.prepared;
        self.prepared = before.max(payload.len());
        let fresh = payload.get_mut(before..).unwrap_or_default();
        let mask = self.head.mask().unwrap_or_default();
        let masks = mask.iter().cycle().skip(self.phase.into());
        fresh.iter_mut().zip(masks).for_each(|(byte, mask)| *byte ^= mask);
        let [n, ..] = fresh.len().to_le_bytes();
        self.phase = self.phase.wrapping_add(n) % 4;
        let is_text = matches!(opcode, Opcode::Data(_) | Opcode::Continuation)
            && matches!(self.message, Some((Kind::Text, _)));
        if is_text && !self.text.advance(fresh) { Err(CloseCode::INVALID) } else { Ok(()) }
    }

    fn part<'b>(&mut self, bytes: &'b [u8], is_end: bool) -> Result<Part<'b>, CloseCode> {
        let (kind, _) = self.message.ok_or(CloseCode::PROTOCOL)?;
        let is_last = is_end && self.head.is_final();
        if kind == Kind::Text && is_last && !self.text.is_whole() {
            return Err(CloseCode::INVALID);
        }
        if is_last {
            self.message = None;
        }
        let is_first = core::mem::take(&mut self.is_first);
        Ok(Part { kind, bytes, is_first, is_last })
    }

    /// Takes in a part of the payload of a close frame, with so much to come.
    fn close(&mut self, payload: &[u8], left: u64) -> Result<Option<Frame<'static>>, CloseCode> {
        let length = self.head.length();
        let at = length - left - payload.len() as u64;
        for (at, &byte) in (at..).zip(payload) {
            if at < 2 {
                self.code = self.code << 8 | u16::from(byte);
            } else if !self.text.advance(&[byte]) {
                return Err(CloseCode::INVALID);
            }
        }
        if left > 0 {
            return Ok(None);
        }
        if length == 0 {
            return Ok(Some(Frame::Close(None)));
        }
        let code = CloseCode::new(self.code).ok_or(CloseCode::PROTOCOL)?;
        let is_whole = self.text.is_whole();
        if is_whole { Ok(Some(Frame::Close(Some(code)))) } else { Err(CloseCode::INVALID) }
    }
}

#[cfg(test)]
mod tests;
