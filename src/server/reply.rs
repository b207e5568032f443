use super::site::Now;
use super::{Answer, Failure, Producer};
use crate::wire::{BufferTooSmall, LateLength, ResponseHead, Status, Version, Window, Writer};

/// What the server writes itself.
const OWN: [&str; 3] = ["Content-Length", "Transfer-Encoding", "Connection"];

/// What a response has once at most, of the headers that handlers set: two are not a list (RFC 9110
/// section 5.3).
const ONCE: [&str; 11] = [
    "Content-Type",
    "Date",
    "Location",
    "ETag",
    "Last-Modified",
    "Expires",
    "Retry-After",
    "Content-Range",
    "Content-Location",
    "Content-Disposition",
    "Server",
];

/// What a handler replies with: status, headers, then a body, which makes a [`Response`].
///
/// All of it is written straight into the second half of the connection's buffer. Mistakes (a line
/// break in a header, a status after the headers, more than fits) turn into a failure when the
/// body is given.
#[derive(Debug)]
#[must_use = "a reply must be finished with a body, or with `no_content`"]
pub struct Reply<'t> {
    writer: Writer<'t>,
    terms: Terms,
    status: Status,
    begun: bool,
    /// The handler has set these headers itself.
    has_type: bool,
    has_date: bool,
    failure: Option<Failure>,
}

/// What a request demands of its response.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// When the response is made, if the site knows.
    pub date: Option<Now>,
    pub version: Version,
    /// It was a HEAD: the body is left out.
    pub to_head: bool,
    /// The connection goes on, if the body of the request is read to its end.
    pub keep: bool,
    /// The body of the request has been read, or little enough is left to read past it.
    pub readable: bool,
}

/// A response, ready to be sent.
#[derive(Debug)]
pub struct Response<A: 'static> {
    pub(super) kind: Kind<A>,
}

#[derive(Debug)]
pub(super) enum Kind<A: 'static> {
    /// There is none yet: the handler wants more of the request's body.
    More,
    Ready(Ready<A>),
}

#[derive(Debug)]
pub(super) struct Ready<A: 'static> {
    pub status: Status,
    /// What is to be sent first, in the room for the response.
    pub window: Window,
    pub tail: Tail<A>,
    pub keep: bool,
}

/// What is sent behind what is in the buffer.
#[derive(Debug)]
pub(super) enum Tail<A: 'static> {
    None,
    Static(&'static [u8]),
    Produced {
        producer: Producer<A>,
        coding: Coding,
        /// So many bytes of an announced length are still to be produced.
        left: u64,
    },
}

/// How a produced body is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Chunked,
    /// As many bytes as were announced.
    Length,
    UntilClose,
}

impl<'t> Reply<'t> {
    pub(super) fn new(room: &'t mut [u8], terms: Terms) -> Self {
        let (writer, status) = (Writer::new(room), Status::OK);
        Self {
            writer,
            terms,
            status,
            begun: false,
            has_type: false,
            has_date: false,
            failure: None,
        }
    }

    /// Sets the status; 200 if this is not called. Comes before the headers.
    pub fn status(mut self, status: Status) -> Self {
        if self.begun {
            self.fail(Failure::internal("the status of a reply was set behind its headers"));
        }
        self.status = status;
        self
    }

    /// Adds a header.
    ///
    /// Content-Length, Transfer-Encoding and Connection are the server's to write: setting one is a
    /// mistake, and so is setting one twice that a response has once. A Content-Type takes the place of
    /// the one that comes with the body, and a Date that of the [site's](super::Site::date).
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let is_among = |names: &[&str]| names.iter().any(|own| own.eq_ignore_ascii_case(name));
        if is_among(&OWN) {
            self.fail(Failure::internal("a reply set a header that the server writes itself"));
        }
        if is_among(&ONCE) && self.has(name) {
            self.fail(Failure::internal("a reply set a header twice that a response has once"));
        }
        self.has_type |= name.eq_ignore_ascii_case("Content-Type");
        self.has_date |= name.eq_ignore_ascii_case("Date");
        self.begin();
        if let Err(error) = self.writer.header(name, value) {
            self.fail(error.into());
        }
        self
    }

    /// Closes the connection behind the response.
    pub fn close(mut self) -> Self {
        self.terms.keep = false;
        self
    }

    /// A response without a body; its status is 204, unless another was set, or a header, which leaves it
    /// at 200.
    ///
    /// # Errors
    /// A mistake in the reply.
    pub fn no_content<A>(mut self) -> Answer<A> {
        if !self.begun && self.status == Status::OK {
            self.status = Status::NO_CONTENT;
        }
        self.body("", &[])
    }

    /// Plain text.
    ///
    /// # Errors
    /// A mistake in the reply, or it does not fit.
    pub fn text<A>(self, text: &str) -> Answer<A> {
        self.body("text/plain; charset=utf-8", text.as_bytes())
    }

    /// HTML.
    ///
    /// # Errors
    /// A mistake in the reply, or it does not fit.
    pub fn html<A>(self, html: &str) -> Answer<A> {
        self.body("text/html; charset=utf-8", html.as_bytes())
    }

    /// A body that is copied into the buffer. An empty `content_type` is left out, as is one where the
    /// header was set before.
    ///
    /// # Errors
    /// A mistake in the reply, or it does not fit.
    pub fn body<A>(mut self, content_type: &str, body: &[u8]) -> Answer<A> {
        self.head_with_length(content_type, body.len() as u64);
        if self.may_have_body() {
            self.writer.bytes(body);
        }
        self.ready(Tail::None)
    }

    /// A body in flash: sent from there without a copy, however long it is, unless it is so short
    /// that it fits behind the head and leaves with it.
    ///
    /// # Errors
    /// A mistake in the reply, or its head does not fit.
    pub fn fixed<A>(mut self, content_type: &str, body: &'static [u8]) -> Answer<A> {
        self.head_with_length(content_type, body.len() as u64);
        let mut tail = Tail::None;
        if self.may_have_body() {
            if body.len() <= self.writer.room() {
                self.writer.bytes(body);
            } else {
                tail = Tail::Static(body);
            }
        }
        self.ready(tail)
    }

    /// A body that `write` writes: text, numbers, or anything with `core::fmt::Write`.
    ///
    /// # Errors
    /// A mistake in the reply, or it does not fit.
    pub fn write<A>(
        mut self,
        content_type: &str,
        write: impl FnOnce(&mut Writer<'_>),
    ) -> Answer<A> {
        self.head(content_type);
        let late = LateLength::reserve(&mut self.writer);
        write(&mut self.writer);
        self.settle(late)
    }

    /// A value as JSON.
    ///
    /// # Errors
    /// A mistake in the reply, or it does not fit.
    #[cfg(feature = "json")]
    pub fn json<A, T: serde::Serialize + ?Sized>(mut self, value: &T) -> Answer<A> {
        self.head("application/json");
        let late = LateLength::reserve(&mut self.writer);
        if crate::json::write(&mut self.writer, value).is_err() {
            self.fail(Failure::internal("a value refuses to be written as JSON"));
        }
        self.settle(late)
    }

    /// A body of unknown length that produces itself in pieces as the buffer drains: chunked, or
    /// ended by closing for a client of HTTP/1.0. It goes on when the client has closed its own side,
    /// and ends when nothing can be sent any more.
    ///
    /// # Errors
    /// A mistake in the reply, or its head does not fit.
    pub fn stream<A>(mut self, content_type: &str, producer: Producer<A>) -> Answer<A> {
        let chunked = self.terms.version == Version::Http11;
        self.terms.keep &= chunked;
        self.terms.readable = true;
        self.head(content_type);
        if chunked {
            self.writer.str("Transfer-Encoding: chunked\r\n");
        }
        self.writer.str("\r\n");
        self.produced(producer, if chunked { Coding::Chunked } else { Coding::UntilClose }, 0)
    }

    /// A body of `length` bytes that produces itself in pieces as the buffer drains. One that turns out
    /// to be shorter or longer fails: the client sees that it is not whole, and the
    /// [`Hook`](super::Hook) is told.
    ///
    /// # Errors
    /// A mistake in the reply, or its head does not fit.
    pub fn stream_sized<A>(
        mut self,
        content_type: &str,
        length: u64,
        producer: Producer<A>,
    ) -> Answer<A> {
        self.terms.readable = true;
        self.head_with_length(content_type, length);
        self.produced(producer, Coding::Length, length)
    }

    /// No answer yet: call the handler again with the next piece of the body.
    ///
    /// # Errors
    /// None; it is a result to be returned as it is.
    pub fn more<A>(self) -> Answer<A> {
        Ok(Response { kind: Kind::More })
    }

    /// A short page that says why there is no other, with the methods that are allowed. Of a failure of
    /// the server a stranger reads the status alone.
    pub(super) fn plain<A>(
        mut self,
        failure: &Failure,
        allow: Option<&dyn Fn(&mut Writer<'_>)>,
    ) -> Answer<A> {
        let Failure { status, message, room, .. } = *failure;
        self.status = status;
        if let Some(write_methods) = allow {
            self.begin();
            self.writer.str("Allow: ");
            write_methods(&mut self.writer);
            self.writer.str("\r\n");
        }
        if status.has_no_body() {
            return self.no_content();
        }
        let is_told = !message.is_empty() && !status.is_server_error();
        self.write("text/plain; charset=utf-8", |page| {
            page.str(if is_told { message } else { status.reason() });
            if let Some(BufferTooSmall { have, need }) = room.filter(|_| is_told) {
                page.str(" (");
                page.number(have as u64);
                page.str(" bytes, ");
                page.number(need as u64);
                page.str(" needed)");
            }
            #[cfg(feature = "json")]
            if let Some(error) = failure.json.filter(|_| is_told) {
                page.str(": ");
                // It only counts what does not fit.
                let _ = error.tell(page);
            }
        })
    }

    /// Whether the head already has this header.
    fn has(&self, name: &str) -> bool {
        ResponseHead::new(self.writer.written()).headers().get_bytes(name).is_some()
    }

    fn fail(&mut self, failure: Failure) {
        self.failure.get_or_insert(failure);
    }

    fn begin(&mut self) {
        if !self.begun {
            self.begun = true;
            self.writer.str("HTTP/1.1 ");
            self.writer.str(self.status.as_str());
            self.writer.str("\r\n");
        }
    }

    /// All of the head but its framing.
    fn head(&mut self, content_type: &str) {
        self.begin();
        self.terms.keep &= self.terms.readable;
        match (self.terms.keep, self.terms.version) {
            (false, _) => self.writer.str("Connection: close\r\n"),
            (true, Version::Http10) => self.writer.str("Connection: keep-alive\r\n"),
            (true, Version::Http11) => {}
        }
        if let Some(now) = self.terms.date.filter(|_| !self.has_date) {
            self.writer.str("Date: ");
            now.write(&mut self.writer);
            self.writer.str("\r\n");
        }
        if !content_type.is_empty() && !self.has_type {
            if let Err(error) = self.writer.own_header("Content-Type", content_type) {
                self.fail(error.into());
            }
        }
    }

    fn head_with_length(&mut self, content_type: &str, length: u64) {
        self.head(content_type);
        if !self.status.has_no_body() {
            self.writer.str("Content-Length: ");
            self.writer.number(length);
            self.writer.str("\r\n");
        }
        self.writer.str("\r\n");
    }

    fn may_have_body(&self) -> bool {
        !self.terms.to_head && !self.status.has_no_body()
    }

    fn produced<A>(self, producer: Producer<A>, coding: Coding, length: u64) -> Answer<A> {
        let tail = if self.may_have_body() {
            Tail::Produced { producer, coding, left: length }
        } else {
            Tail::None
        };
        self.ready(tail)
    }

    fn ready<A>(self, tail: Tail<A>) -> Answer<A> {
        let end = self.writer.len();
        let (status, keep) = (self.status, self.terms.keep);
        self.finish()?;
        let mut window = Window::default();
        window.received(end);
        let ready = Ready { status, window, tail, keep };
        Ok(Response { kind: Kind::Ready(ready) })
    }

    fn settle<A>(self, late: LateLength) -> Answer<A> {
        let (status, keep, sends_body) = (self.status, self.terms.keep, self.may_have_body());
        let end = self.writer.len();
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let room = late.finish(self.writer)?;
        let start = late.settle(room, end.saturating_sub(late.body_at()));
        let mut window = Window::at(start);
        let end = if sends_body { end } else { late.body_at() };
        window.received(end.saturating_sub(start));
        let ready = Ready { status, window, tail: Tail::None, keep };
        Ok(Response { kind: Kind::Ready(ready) })
    }

    fn finish(self) -> Result<&'t mut [u8], Failure> {
        match self.failure {
            Some(failure) => Err(failure),
            None => Ok(self.writer.finish()?),
        }
    }
}
