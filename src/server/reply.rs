use super::{Answer, Failure, Producer};
use crate::wire::{LateLength, Status, Version, Window, Writer};

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
    failure: Option<Failure>,
}

/// What a request demands of its response.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
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
    pub coding: Coding,
    /// The announced length of a produced body in bytes.
    pub length: u64,
    pub keep: bool,
}

/// What is sent behind what is in the buffer.
#[derive(Debug)]
pub(super) enum Tail<A: 'static> {
    None,
    Static(&'static [u8]),
    Produced(Producer<A>),
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
        Self { writer: Writer::new(room), terms, status: Status::OK, begun: false, failure: None }
    }

    /// Sets the status; 200 if this is not called. Comes before the headers.
    pub fn status(mut self, status: Status) -> Self {
        if self.begun {
            self.fail(Failure::internal("the status of a reply was set behind its headers"));
        }
        self.status = status;
        self
    }

    /// Adds a header. Content-Length, Transfer-Encoding and Connection are the server's to write.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let own = ["Content-Length", "Transfer-Encoding", "Connection"];
        if own.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            self.fail(Failure::internal("a reply set a header that the server writes itself"));
        }
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

    /// A response without a body; its status is 204, unless another was set.
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

    /// A body that is copied into the buffer. An empty `content_type` is left out.
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
    /// ended by closing for a client of HTTP/1.0.
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

    /// A body of `length` bytes that produces itself in pieces as the buffer drains.
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

    /// A short page for a status that has nothing else to say, with the methods that are allowed.
    pub(super) fn plain<A>(
        mut self,
        message: &str,
        allow: Option<&dyn Fn(&mut Writer<'_>)>,
    ) -> Answer<A> {
        if let Some(write_methods) = allow {
            self.begin();
            self.writer.str("Allow: ");
            write_methods(&mut self.writer);
            self.writer.str("\r\n");
        }
        if self.status.has_no_body() {
            return self.no_content();
        }
        let reason = self.status.reason();
        self.text(if message.is_empty() { reason } else { message })
    }

    fn fail(&mut self, failure: Failure) {
        self.failure.get_or_insert(failure);
    }

    fn begin(&mut self) {
        if !self.begun {
            self.begun = true;
            self.writer.str("HTTP/1.1 ");
            self.writer.number(self.status.code().into());
            self.writer.byte(b' ');
            self.writer.str(self.status.reason());
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
        if !content_type.is_empty() {
            if let Err(error) = self.writer.header("Content-Type", content_type) {
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
        let tail = if self.may_have_body() { Tail::Produced(producer) } else { Tail::None };
        let mut response = self.ready(tail)?;
        if let Kind::Ready(ready) = &mut response.kind {
            (ready.coding, ready.length) = (coding, length);
        }
        Ok(response)
    }

    fn ready<A>(self, tail: Tail<A>) -> Answer<A> {
        let end = self.writer.len();
        let (status, keep) = (self.status, self.terms.keep);
        self.finish()?;
        let mut window = Window::default();
        window.received(end);
        let ready = Ready { status, window, tail, coding: Coding::UntilClose, length: 0, keep };
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
        let (tail, coding) = (Tail::None, Coding::UntilClose);
        let ready = Ready { status, window, tail, coding, length: 0, keep };
        Ok(Response { kind: Kind::Ready(ready) })
    }

    fn finish(self) -> Result<&'t mut [u8], Failure> {
        match self.failure {
            Some(failure) => Err(failure),
            None => Ok(self.writer.finish()?),
        }
    }
}
