use core::mem;

use super::connection::Left;
use super::{Answer, Flow, Mistake, Request};
use crate::wire::{CHUNK_BACK, CHUNK_FRONT, CHUNK_MAX, Status, Window, Writer, frame_chunk};

/// The response of a connection: what is to be sent of it, and what is still to come.
#[derive(Debug)]
pub(super) struct Outgoing {
    /// What is to be sent, in the room for the response.
    pub window: Window,
    pub tail: Tail,
    /// So many bytes of the body have been written.
    pub position: usize,
    pub status: Status,
    /// The connection goes on behind it.
    pub keep: bool,
    /// The client waits for `100 Continue`.
    pub owes_continue: bool,
    pub left: Left,
}

pub(super) const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

/// What comes behind what is in the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tail {
    /// No response has begun.
    Nothing,
    /// The end of the response, from where it is.
    Static(&'static [u8]),
    /// Pieces of a body in chunks.
    Chunked,
    /// So many bytes of a body with an announced length.
    Length(usize),
    /// Pieces of a body that ends with the connection.
    UntilClose,
}

impl Outgoing {
    pub(super) const fn new() -> Self {
        Self {
            window: Window::at(0),
            tail: Tail::Nothing,
            position: 0,
            status: Status::OK,
            keep: false,
            owes_continue: false,
            left: Left::ANY,
        }
    }

    /// The response that has begun comes to nothing.
    pub(super) const fn forget(&mut self) {
        self.window = Window::at(0);
        self.tail = Tail::Nothing;
    }

    /// The client that waits for it is told to go on with its body.
    pub(super) fn promise_more(&mut self, tx: &mut [u8]) {
        if mem::take(&mut self.owes_continue) {
            let mut writer = Writer::new(tx);
            writer.str(CONTINUE);
            self.window = Window::at(0);
            self.window.received(writer.written().len());
        }
    }

    /// Whether a response has begun.
    pub(super) fn has_begun(&self) -> bool {
        self.tail != Tail::Nothing
    }

    /// Whether all of the response has been written.
    pub(super) const fn is_whole(&self) -> bool {
        matches!(self.tail, Tail::Static(_))
    }

    /// Whether anything is to be sent.
    pub(super) const fn is_pending(&self) -> bool {
        !self.window.is_empty() || matches!(self.tail, Tail::Static(bytes) if !bytes.is_empty())
    }

    pub(super) fn output<'o>(&self, tx: &'o [u8]) -> &'o [u8] {
        match self.tail {
            Tail::Static(bytes) if self.window.is_empty() => bytes,
            _ => self.window.bytes(tx),
        }
    }

    pub(super) fn sent(&mut self, n: usize) {
        match &mut self.tail {
            Tail::Static(bytes) if self.window.is_empty() => {
                *bytes = bytes.get(n..).unwrap_or_default();
            }
            _ => self.window.take(n),
        }
    }

    /// Where the next piece may be written in `tx`: its start and its length.
    pub(super) fn piece_room(&self, tx: usize) -> (usize, usize) {
        let (front, back, limit) = match self.tail {
            Tail::Chunked => (CHUNK_FRONT, CHUNK_BACK, CHUNK_MAX),
            Tail::Length(left) => (0, 0, left),
            _ => (0, 0, usize::MAX),
        };
        let start = self.window.end() + front;
        (start, tx.saturating_sub(start + back).min(limit))
    }

    /// Takes in a piece of the body that was written there; whether there was more that had no room, and
    /// whether that is lost. Returns how the handler goes on.
    pub(super) fn end_piece(
        &mut self,
        written: usize,
        is_cut: bool,
        is_lost: bool,
        flow: Flow,
    ) -> Result<Flow, Mistake> {
        let mut is_complete = flow == Flow::Done;
        if let Tail::Length(left) = &mut self.tail {
            *left = left.saturating_sub(written);
            let is_all = *left == 0;
            if is_all && (is_cut || is_lost) {
                return Err(Mistake::Longer);
            }
            if is_complete && !is_all {
                return Err(Mistake::Shorter);
            }
            is_complete = is_all;
        }
        if is_lost {
            return Err(Mistake::PieceTooLong);
        }
        self.position = self.position.wrapping_add(written);
        Ok(if is_complete { Flow::Done } else { flow })
    }

    /// Puts what frames the piece around it, and has it sent.
    pub(super) fn frame_piece(&mut self, tx: &mut [u8], written: usize, is_complete: bool) {
        let base = self.window.end();
        let end = match self.tail {
            Tail::Chunked if written > 0 || is_complete => {
                frame_chunk(tx, base, written, is_complete)
            }
            _ => base + written,
        };
        self.window.received(end - base);
        if is_complete {
            self.tail = Tail::Static(&[]);
        }
    }
}

/// A body that is written in pieces; see [`Reply::stream`](super::Reply::stream).
#[derive(Debug)]
pub struct Body<'c> {
    pub(super) writer: Writer<'c>,
    /// So many bytes were written before this call.
    pub(super) before: usize,
    /// More was to be written than there was room for.
    pub(super) is_cut: bool,
    /// The head has taken a part of the room.
    pub(super) is_behind_head: bool,
}

impl Body<'_> {
    /// Room for the current piece in bytes; of a body with an announced length, at most what is left
    /// of it. None is left for a HEAD once its piece is full: it is thrown away.
    #[must_use]
    pub fn room(&self) -> usize {
        self.writer.room()
    }

    /// Writes as many bytes as fit, and says how many.
    ///
    /// Bytes that are left over when the announced length of a body is reached make the response fail:
    /// it was longer than announced.
    pub fn write(&mut self, bytes: &[u8]) -> usize {
        let n = bytes.len().min(self.room());
        self.is_cut |= n < bytes.len();
        self.writer.bytes(bytes.get(..n).unwrap_or_default());
        n
    }

    /// Moves as much of the request's body here as has arrived and fits; the rest of it comes
    /// again. For a handler to return: [`Flow::Done`] when all has been moved.
    ///
    /// # Errors
    /// None here: mistakes are seen when the handler returns it.
    pub fn copy<T>(&mut self, request: &mut Request<'_, T>) -> Answer {
        let input = request.body();
        let n = input.len().min(self.room());
        self.writer.bytes(input.get(..n).unwrap_or_default());
        request.take(n);
        Ok(if request.is_finished() { Flow::Done } else { Flow::More })
    }
}

impl<'c> Body<'c> {
    /// For text and numbers. Look at [`room`](Self::room) first: more than fits is an error that
    /// ends the connection.
    pub const fn writer(&mut self) -> &mut Writer<'c> {
        &mut self.writer
    }

    /// Writes parts of a body, such as lines, one after another: that of each number from `*next` up to
    /// `end`. One that does not fit any more is written again when there is room. For a handler to
    /// return: [`Flow::Done`] when all are written.
    ///
    /// `next` is to be kept in [`Request::state`]. A part has to fit into the second half of a slot.
    ///
    /// ```
    /// use core::fmt::Write;
    ///
    /// use nal_http::server::{Answer, Reply, Request};
    ///
    /// fn log(_: &mut (), request: &mut Request<'_, u32>, reply: &mut Reply<'_>) -> Answer {
    ///     let body = reply.stream("text/csv");
    ///     body.write_each(request.state, 10_000, |line, n| _ = writeln!(line, "{n},{}", n * 7))
    /// }
    /// ```
    ///
    /// # Errors
    /// None here: mistakes are seen when the handler returns it.
    pub fn write_each(
        &mut self,
        next: &mut u32,
        end: u32,
        mut write: impl FnMut(&mut Writer<'c>, u32),
    ) -> Answer {
        while *next < end {
            let before = self.writer.len();
            write(&mut self.writer, *next);
            if self.writer.overflowed() && (before > 0 || self.is_behind_head) {
                self.writer.truncate(before);
                return Ok(Flow::More);
            }
            *next += 1;
        }
        Ok(Flow::Done)
    }

    /// How many bytes of the body have been written; on 32 bits it starts anew behind 4 GiB.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.before.wrapping_add(self.writer.len())
    }

    /// Goes on in a part of the room.
    pub(super) fn narrow(&mut self, (start, room): (usize, usize)) {
        let tx = mem::replace(&mut self.writer, Writer::new(&mut [])).into_buffer();
        let area = tx.get_mut(start..).unwrap_or_default();
        let room = room.min(area.len());
        self.writer = Writer::new(area.get_mut(..room).unwrap_or_default());
    }
}
