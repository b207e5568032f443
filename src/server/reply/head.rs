//! The head of a response, and what a handler has made of it.

use super::{Reply, Stage};
use crate::server::body::{CONTINUE, Tail};
use crate::server::{Answer, Flow, Mistake};
use crate::wire::{
    BufferTooSmall, LateLength, Version, Window, Writer, move_down, move_up, split_bytes,
};

/// What the server writes itself.
const OWN: [&str; 3] = ["Content-Length", "Transfer-Encoding", "Connection"];

/// What a response has once at most, of the headers that handlers set: two are not a list (RFC 9110
/// section 5.3), so the later one takes the place of the first.
const ONCE: [&str; 15] = [
    "Content-Type",
    "Date",
    "Location",
    "ETag",
    "Last-Modified",
    "Expires",
    "Age",
    "Retry-After",
    "Content-Range",
    "Content-Location",
    "Content-Disposition",
    "Server",
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Credentials",
    "Access-Control-Max-Age",
];

pub(super) const OK_LINE: usize = "HTTP/1.1 200 OK\r\n".len();

impl Reply<'_> {
    /// Looks at what a handler has made of it. Returns how it goes on, and how many bytes of a body in
    /// pieces it has written.
    pub(in crate::server) fn finish(&mut self, flow: Flow) -> Result<(Flow, usize), Mistake> {
        if let Some(mistake) = self.mistake {
            return Err(mistake);
        }
        let writer = &self.body.writer;
        let (written, is_lost) = match self.stage {
            Stage::Head if flow == Flow::Done => return Err(Mistake::NoBody),
            Stage::Whole if flow != Flow::Done => return Err(Mistake::GoesOn),
            Stage::Head | Stage::Whole | Stage::Discarded => return Ok((flow, 0)),
            Stage::Resumed => (0, false),
            Stage::Piece => (writer.written().len(), writer.overflowed()),
        };
        Ok((self.out.end_piece(written, self.body.is_cut, is_lost, flow)?, written))
    }

    pub(super) fn fail(&mut self, mistake: Mistake) {
        self.mistake.get_or_insert(mistake);
    }

    /// Whether status and headers can be set. Those of a body that goes on were set before.
    pub(super) fn is_open(&mut self, mistake: Mistake) -> bool {
        if !matches!(self.stage, Stage::Head | Stage::Resumed) {
            self.fail(mistake);
        }
        self.stage == Stage::Head
    }

    /// Whether this call can still settle how the response begins.
    pub(in crate::server) fn has_open_head(&self) -> bool {
        self.stage == Stage::Head
    }

    pub(super) fn set_header(&mut self, name: &str, value: &str) {
        let is_among = |names: &[&str]| names.iter().any(|own| own.eq_ignore_ascii_case(name));
        if is_among(&OWN) {
            self.fail(Mistake::OwnHeader);
        }
        self.make_front(OK_LINE);
        if is_among(&ONCE) {
            remove(&mut self.body.writer, self.start, name);
        }
        if self.body.writer.header(name, value).is_err() {
            self.fail(Mistake::MalformedHeader);
        }
    }

    pub(super) fn has_body(&self) -> bool {
        !self.terms.to_head && !self.out.status.has_no_body()
    }

    /// Leaves room for so much in front of the headers; at first for the status line that most have.
    pub(super) fn make_front(&mut self, length: usize) {
        let more = length.saturating_sub(self.start);
        if more > 0 {
            let end = self.body.writer.len();
            self.body.writer.wrote(more);
            move_up(self.body.writer.written_mut(), end, more);
            self.start = length;
        }
    }

    /// All of the head but its framing, behind `interim`, which is behind so much room.
    fn begin(&mut self, ahead: usize, interim: &str, content_type: &str) {
        if let Some(late) = self.late.take() {
            (late.finish)(&late, self);
        }
        self.stage = Stage::Whole;
        let status = self.out.status.as_str();
        let length = interim.len() + "HTTP/1.1 \r\n".len() + status.len();
        self.make_front(ahead + length);
        self.start = self.start.saturating_sub(length);
        let writer = &mut self.body.writer;
        let front = writer.written_mut().get_mut(self.start..).unwrap_or_default();
        let mut line = Writer::new(front);
        if !interim.is_empty() {
            line.str(interim);
        }
        line.str("HTTP/1.1 ");
        line.str(status);
        line.str("\r\n");
        self.out.keep &= self.terms.readable;
        match (self.out.keep, self.terms.version) {
            (false, _) => writer.str("Connection: close\r\n"),
            (true, Version::Http10) => writer.str("Connection: keep-alive\r\n"),
            (true, Version::Http11) => {}
        }
        if !content_type.is_empty()
            && !self.has_type
            && writer.own_header("Content-Type: ", content_type).is_err()
        {
            self.fail(Mistake::MalformedHeader);
        }
    }

    /// Whether a whole body may begin.
    fn begins_whole(&mut self) -> bool {
        let begins = self.stage == Stage::Head;
        if !begins {
            self.fail(Mistake::SecondBody);
        }
        begins
    }

    /// The head of a body of so many bytes. Returns whether they are to be sent.
    pub(super) fn begin_sized(&mut self, content_type: &str, length: usize) -> bool {
        if !self.begins_whole() {
            return false;
        }
        self.begin(0, "", content_type);
        self.length_line(length);
        let has_none = self.out.status.has_no_body();
        if length > 0 && has_none {
            self.fail(Mistake::BodyForNone);
        }
        let has_body = !self.terms.to_head && !has_none;
        self.out.position = if has_body { length } else { 0 };
        has_body
    }

    fn length_line(&mut self, length: usize) {
        let writer = &mut self.body.writer;
        if self.out.status.has_no_body() {
            writer.str("\r\n");
        } else {
            writer.str("Content-Length: ");
            writer.number(length as u64);
            writer.str("\r\n\r\n");
        }
    }

    /// The head of a body whose length is known when it is written.
    pub(super) fn begin_late(&mut self, content_type: &str) -> LateLength {
        let ahead = LateLength::ahead(self.body.room());
        if self.begins_whole() {
            self.begin(ahead, "", content_type);
            if self.out.status.has_no_body() {
                self.fail(Mistake::BodyForNone);
            }
        }
        LateLength::reserve(&mut self.body.writer, ahead)
    }

    /// The end of such a body.
    pub(super) fn settle(&mut self, late: LateLength) -> Answer {
        let writer = &mut self.body.writer;
        let (mut end, body_at) = (writer.len(), late.body_at());
        if writer.overflowed() {
            let have = writer.written().len();
            let room = BufferTooSmall { have, need: late.need(end) };
            self.fail(Mistake::TooLong(room));
        } else {
            let length = end.saturating_sub(body_at);
            self.start = late.settle(writer.written_mut(), self.start, length);
        }
        if !self.has_body() {
            end = body_at;
        }
        if self.stage == Stage::Whole {
            self.out.position = end.saturating_sub(body_at);
        }
        self.end_whole(end, &[])
    }

    /// The end of another whole body.
    pub(super) fn end(&mut self, tail: &'static [u8]) -> Answer {
        self.note_room();
        self.end_whole(self.body.writer.len(), tail)
    }

    fn note_room(&mut self) {
        let writer = &self.body.writer;
        if writer.overflowed() {
            let room = BufferTooSmall { have: writer.written().len(), need: writer.len() };
            self.fail(Mistake::TooLong(room));
        }
    }

    fn end_whole(&mut self, end: usize, tail: &'static [u8]) -> Answer {
        if self.stage == Stage::Whole {
            self.out.window = Window::at(self.start);
            self.out.window.received(end.saturating_sub(self.start));
            self.out.tail = Tail::Static(tail);
        }
        Ok(Flow::Done)
    }

    /// The connection is no longer one of HTTP behind this head, which `write` writes to its end.
    #[cfg(feature = "websocket")]
    pub(in crate::server) fn begin_upgrade(&mut self, write: impl FnOnce(&mut Writer<'_>)) {
        if self.stage != Stage::Head {
            return self.fail(Mistake::SecondBody);
        }
        self.out.status = crate::wire::Status::SWITCHING_PROTOCOLS;
        (self.terms.readable, self.out.keep) = (true, true);
        self.begin(0, "", "");
        self.out.keep = false;
        write(&mut self.body.writer);
        self.body.writer.str("\r\n");
        self.note_room();
        self.body.is_behind_head = true;
        let end = self.body.writer.len();
        let room = end + self.body.room();
        let _ = self.end_whole(end, &[]);
        (self.stage, self.out.tail) = (Stage::Piece, Tail::UntilClose);
        self.body.narrow(self.out.piece_room(room));
    }

    /// Begins a body in pieces: of an announced length, or else of an unknown one.
    pub(super) fn begin_pieces(&mut self, content_type: &str, length: Option<usize>) {
        match self.stage {
            Stage::Head => {}
            Stage::Resumed => {
                self.stage = Stage::Piece;
                let room = self.out.piece_room(self.body.room());
                return self.body.narrow(room);
            }
            Stage::Piece | Stage::Discarded => return,
            Stage::Whole => return self.fail(Mistake::SecondBody),
        }
        // It may read while it writes, so a client that waits is told first to go on.
        let interim = if self.out.owes_continue { CONTINUE } else { "" };
        self.terms.readable = true;
        let is_chunked = self.terms.version == Version::Http11;
        self.out.keep &= is_chunked || length.is_some();
        self.begin(0, interim, content_type);
        let mut tail = Tail::UntilClose;
        if let Some(length) = length {
            self.length_line(length);
            tail = Tail::Length(length);
        } else {
            let mut end = "\r\n";
            if is_chunked {
                end = "Transfer-Encoding: chunked\r\n\r\n";
                tail = Tail::Chunked;
            }
            self.body.writer.str(end);
        }
        self.note_room();
        self.body.is_behind_head = true;
        let end = self.body.writer.len();
        let room = end + self.body.room();
        // An answer whose body is left out is complete.
        let _ = self.end_whole(end, &[]);
        self.stage = Stage::Discarded;
        if self.has_body() {
            self.stage = Stage::Piece;
            self.out.tail = tail;
        }
        self.body.narrow(self.out.piece_room(room));
    }
}

/// Removes the header `name` from the lines behind `start`.
fn remove(writer: &mut Writer<'_>, start: usize, name: &str) {
    let mut at = start;
    while let Some((line, _)) = writer.written().get(at..).and_then(|rest| split_bytes(rest, b'\n'))
    {
        let length = line.len() + 1;
        let is_it = line.split_at_checked(name.len()).is_some_and(|(front, rest)| {
            front.eq_ignore_ascii_case(name.as_bytes()) && rest.starts_with(b":")
        });
        if is_it {
            let end = writer.len();
            move_down(writer.written_mut(), at + length, end.saturating_sub(at + length), at);
            return writer.truncate(end - length);
        }
        at += length;
    }
}
