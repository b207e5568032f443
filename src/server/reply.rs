mod head;
mod helpers;
mod late;

pub use late::Outcome;
pub(super) use late::{Late, Shown};

use super::body::Outgoing;
use super::{Answer, Body, Failure, Mistake};
use crate::wire::{Status, Version, Writer};

/// What a handler replies with: status and headers in any order and number, then a body.
///
/// All of it is written straight into the second half of the connection's buffer. A header that a
/// response has once takes the place of the same one set before; others, such as `Set-Cookie`, are
/// added. Mistakes (a line break in a header, a status behind the body, more than fits) are a 500; see
/// [`Handler`](super::Handler).
///
/// ```
/// use nal_http::server::{Answer, Reply, Request};
/// use nal_http::wire::Status;
///
/// fn moved(_: &mut (), _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
///     reply.header("Location", "/light").status(Status::FOUND).text("moved")
/// }
/// ```
#[derive(Debug)]
#[must_use = "a reply must be finished with a body, or with `no_content`"]
pub struct Reply<'c> {
    body: Body<'c>,
    out: &'c mut Outgoing,
    terms: Terms,
    /// What is done when the status is known, and before the head is written.
    pub(super) late: Option<Late<'c>>,
    stage: Stage,
    /// Where it begins in the room.
    start: usize,
    /// The handler has set these headers itself.
    has_type: bool,
    has_date: bool,
    mistake: Option<Mistake>,
}

/// What a request demands of its response.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub version: Version,
    /// It was a HEAD: the body is left out.
    pub to_head: bool,
    /// The body of the request has been read, or little enough is left to read past it.
    pub readable: bool,
}

/// How far a reply has come in this call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Status and headers are open.
    Head,
    /// The body has begun in an earlier call, and nobody has asked for it in this one.
    Resumed,
    /// It is complete.
    Whole,
    /// A piece of the body is being written.
    Piece,
    /// A piece of a body that is not sent is being written.
    Discarded,
}

/// Of a connection that is closed without one.
const NO_RESPONSE: Status = match Status::new("444 No Response") {
    Some(status) => status,
    None => Status::NOT_FOUND,
};

impl<'c> Reply<'c> {
    /// A reply in `room`; one that nobody reads leaves `out` as it is.
    pub(super) fn new(
        out: &'c mut Outgoing,
        room: &'c mut [u8],
        terms: Terms,
        is_discarded: bool,
    ) -> Self {
        let mut stage = Stage::Resumed;
        if !is_discarded && !out.has_begun() {
            stage = Stage::Head;
            out.status = Status::OK;
            out.position = 0;
        }
        let (writer, before) = (Writer::new(room), out.position);
        let mut body = Body { writer, before, is_cut: false, is_behind_head: false };
        if is_discarded {
            stage = Stage::Discarded;
            // What is in front of that may still be sent.
            body.narrow((out.window.end(), usize::MAX));
        }
        Self {
            body,
            out,
            terms,
            late: None,
            stage,
            start: 0,
            has_type: false,
            has_date: false,
            mistake: None,
        }
    }

    /// Sets the status; 200 if this is not called, or what the failure or the server has it be.
    pub fn status(&mut self, status: Status) -> &mut Self {
        if self.is_open(Mistake::LateStatus) {
            self.out.status = status;
        }
        self
    }

    /// Adds a header.
    ///
    /// Content-Length, Transfer-Encoding and Connection are the server's to write: setting one is a
    /// mistake. A Content-Type takes the place of the one that comes with the body, and a Date that of
    /// the [site's](super::Site::date).
    pub fn header(&mut self, name: &str, value: &str) -> &mut Self {
        if !self.is_open(Mistake::LateHeader) {
            return self;
        }
        self.set_header(name, value);
        self.has_type |= name.eq_ignore_ascii_case("Content-Type");
        self.has_date |= name.eq_ignore_ascii_case("Date");
        self
    }

    /// Closes the connection behind the response.
    pub fn close(&mut self) -> &mut Self {
        self.out.keep = false;
        self
    }

    /// No response at all: the connection is closed, and the client sees that it is. For those that ask
    /// for what nobody needs, such as a scanner. In the middle of a body, the rest of it is cut off.
    /// The [`Hook`](super::Hook) is told of the status 444, that nginx has for this.
    ///
    /// What is left of the request is read before, for [`linger_ms`](super::Timeouts::linger_ms) at most. A
    /// [`Failure`] in the middle of a body does the same, and is told.
    ///
    /// # Errors
    /// In the middle of a body, what the handler is to return.
    pub fn abort(&mut self) -> Answer {
        match (self.stage, self.body.is_behind_head) {
            // Nothing of it has been sent.
            (Stage::Head, _) | (Stage::Piece | Stage::Discarded, true) => {
                self.body.writer.truncate(0);
                (self.stage, self.start) = (Stage::Whole, 0);
                (self.out.status, self.out.keep, self.out.position) = (NO_RESPONSE, false, 0);
            }
            (Stage::Whole, _) => self.fail(Mistake::SecondBody),
            (Stage::Resumed | Stage::Piece, _) => return Err(Failure::new(NO_RESPONSE, "")),
            (Stage::Discarded, false) => {}
        }
        self.end(&[])
    }

    /// A response without a body; its status is 204, unless another than 200 was set.
    ///
    /// # Errors
    /// None here: mistakes are seen when the handler returns it.
    pub fn no_content(&mut self) -> Answer {
        if self.stage == Stage::Head && self.out.status == Status::OK {
            self.out.status = Status::NO_CONTENT;
        }
        self.body("", &[])
    }

    /// Plain text.
    ///
    /// # Errors
    /// As [`no_content`](Self::no_content).
    pub fn text(&mut self, text: &str) -> Answer {
        self.body("text/plain; charset=utf-8", text.as_bytes())
    }

    /// HTML.
    ///
    /// # Errors
    /// As [`no_content`](Self::no_content).
    pub fn html(&mut self, html: &str) -> Answer {
        self.body("text/html; charset=utf-8", html.as_bytes())
    }

    /// A body that is copied into the buffer. An empty `content_type` is left out, as is one where the
    /// header was set before.
    ///
    /// # Errors
    /// As [`no_content`](Self::no_content).
    pub fn body(&mut self, content_type: &str, body: &[u8]) -> Answer {
        if self.begin_sized(content_type, body.len()) {
            self.body.writer.bytes(body);
        }
        self.end(&[])
    }

    /// A body in flash: sent from there without a copy, however long it is, unless it is so short
    /// that it fits behind the head and leaves with it.
    ///
    /// # Errors
    /// As [`no_content`](Self::no_content).
    pub fn fixed(&mut self, content_type: &str, body: &'static [u8]) -> Answer {
        let mut tail: &[u8] = &[];
        if self.begin_sized(content_type, body.len()) {
            if body.len() <= self.body.room() {
                self.body.writer.bytes(body);
            } else {
                tail = body;
            }
        }
        self.end(tail)
    }

    /// A body that `write` writes: text, numbers, or anything with `core::fmt::Write`.
    ///
    /// # Errors
    /// As [`no_content`](Self::no_content).
    pub fn write(&mut self, content_type: &str, write: impl FnOnce(&mut Writer<'_>)) -> Answer {
        let late = self.begin_late(content_type);
        write(&mut self.body.writer);
        self.settle(late)
    }

    /// A value as JSON.
    ///
    /// # Errors
    /// As [`no_content`](Self::no_content).
    #[cfg(feature = "json")]
    pub fn json<V: serde::Serialize + ?Sized>(&mut self, value: &V) -> Answer {
        let late = self.begin_late("application/json");
        if crate::json::write(&mut self.body.writer, value).is_err() {
            self.fail(Mistake::Unwritable);
        }
        self.settle(late)
    }

    /// A body of unknown length that is written in pieces as the buffer drains: chunked, or ended by
    /// closing for a client of HTTP/1.0. It begins with the first call; later calls of the handler go
    /// on with it, until it returns [`Flow::Done`](super::Flow::Done). It goes on when the client has closed its own
    /// side, and ends when nothing can be sent any more.
    pub fn stream(&mut self, content_type: &str) -> &mut Body<'c> {
        self.begin_pieces(content_type, None);
        &mut self.body
    }

    /// The same of `length` bytes. It is complete when they are written. One that turns out to be
    /// shorter or longer fails: the client sees that it is not whole, and the [`Hook`](super::Hook) is
    /// told.
    pub fn stream_sized(&mut self, content_type: &str, length: u64) -> &mut Body<'c> {
        let length = usize::try_from(length).unwrap_or_else(|_| {
            self.fail(Mistake::Uncountable);
            0
        });
        self.begin_pieces(content_type, Some(length));
        &mut self.body
    }

    /// Goes over to WebSocket, the first time, or goes on with it: for pages of this server, and messages
    /// of any length. [`Upgrade`](super::websocket::Upgrade) has other terms.
    ///
    /// # Errors
    /// As [`Upgrade::accept`](super::websocket::Upgrade::accept).
    #[cfg(feature = "websocket")]
    pub fn websocket<'s, T: AsMut<super::websocket::State>>(
        &'s mut self,
        request: &'s mut super::Request<'_, T>,
    ) -> Result<super::websocket::Socket<'s, 'c, T>, Failure> {
        super::websocket::Upgrade::new().accept(request, self)
    }

    /// The page that says why there is no other.
    pub(super) fn page(&mut self, failure: &Failure) -> Answer {
        if self.out.status.has_no_body() {
            return self.no_content();
        }
        let is_told = !failure.message.is_empty() && !failure.status.is_server_error();
        let late = self.begin_late("text/plain; charset=utf-8");
        let status = self.out.status;
        if is_told {
            failure.write_to(&mut self.body.writer);
        } else {
            self.body.writer.str(status.reason());
        }
        self.settle(late)
    }

    /// To write a header, line end and all.
    pub(super) fn header_writer(&mut self) -> &mut Writer<'c> {
        self.make_front(head::OK_LINE);
        &mut self.body.writer
    }
}
