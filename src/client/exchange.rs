//! One request and its response as bytes, without a stack and without a clock.

mod early;
mod receiving;
mod room;

use core::ops::Range;

use super::extra::{Attempt, Target, split};
use super::request::head::write_request;
use super::request::parts::Parts;
use super::request::payload::Payload;
use super::request::trailers::{KeepTrailers, Trailers};
use super::{CallError, Failed, RequestError, ResponseError};
use crate::wire::{
    BodyReader, BufferTooSmall, Framing, HeadReader, Headers, ResponseHead, Url, Version, Window,
};

/// Where a request and its response are.
///
/// ```text
/// begin -> output/sent until is_sent -> room/received until is_answered -> take or gather until is_done
/// ```
///
/// It refers to nothing, so it stays where its owner has it: the buffer, which must be the same each time, is an
/// argument of each step, and so is the request, until it is answered.
pub(super) struct Exchange {
    /// What of the buffer is to be sent.
    sending: Window,
    /// What was received and not yet used.
    window: Window,
    attempt: Attempt,
    /// So many bytes of the payload are sent, or are in the window.
    payload_taken: usize,
    head: HeadReader,
    body: BodyReader,
    /// So many bytes of the body are gathered behind the head.
    gathered: usize,
    /// So many of them have been taken.
    regained: usize,
    trailers: Trailers,
    keep_trailers: Option<KeepTrailers>,
    /// The connection is to be kept for another request.
    keep_alive: bool,
    /// All is sent, or the rest is not wanted.
    is_sent: bool,
    /// The head of the response is complete.
    has_head: bool,
    /// A byte of the response came.
    response_started: bool,
    /// One side has ended before the other was done: no other request can follow.
    is_broken_off: bool,
    /// Why the step before has failed.
    failure: CallError,
}

const OVER: CallError = CallError::Response(ResponseError::Over);

impl Exchange {
    /// An exchange of which nothing is there.
    pub(super) const fn new(
        attempt: Attempt,
        keep_alive: bool,
        keep_trailers: Option<KeepTrailers>,
    ) -> Self {
        Self {
            sending: Window::at(0),
            window: Window::at(0),
            attempt,
            payload_taken: 0,
            head: HeadReader::response(),
            body: BodyReader::new(Framing::Length(0)),
            gathered: 0,
            regained: 0,
            trailers: Trailers::NONE,
            keep_trailers,
            keep_alive,
            is_sent: false,
            has_head: false,
            response_started: false,
            is_broken_off: false,
            failure: OVER,
        }
    }

    /// So many bytes at the end of the buffer hold URLs.
    pub(super) const fn taken(&self) -> usize {
        self.attempt.taken
    }

    pub(super) const fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// Writes the head of a request, and as much of its body as fits.
    #[inline(never)]
    pub(super) fn begin(
        &mut self,
        request: &Parts<'_>,
        attempt: Attempt,
        url: &Url<'_>,
        room: &mut [u8],
        keep_alive: bool,
    ) -> Result<(), RequestError> {
        let written = write_request(request, &attempt, keep_alive, url, &[], room)?;
        let (have, need) = (room.len(), written.need);
        if need > have {
            let room = BufferTooSmall { have, need }.beside(attempt.taken);
            let is_body = written.is_body;
            let error = if is_body { RequestError::JsonTooLong } else { RequestError::HeadTooLong };
            return Err(error(room));
        }
        (self.attempt, self.keep_alive) = (attempt, keep_alive);
        self.keep_trailers = request.keep_trailers;
        self.restart(written.sending, written.payload_taken);
        Ok(())
    }

    /// Begins with a request that stands in the buffer.
    #[inline(never)]
    const fn restart(&mut self, sending: Window, payload_taken: usize) {
        (self.sending, self.window) = (sending, Window::at(0));
        self.payload_taken = payload_taken;
        self.head.reset();
        self.trailers = Trailers::NONE;
        (self.gathered, self.regained) = (0, 0);
        (self.is_sent, self.has_head) = (false, false);
        (self.response_started, self.is_broken_off) = (false, false);
        self.failure = OVER;
    }

    /// Shows the head of the response to the extras. If one of them asks for it, the request is written again, and the
    /// exchange begins again, over another connection.
    ///
    /// # Errors
    /// An extra cannot use the response; or there is no room.
    pub(super) fn follow(
        &mut self,
        request: &Parts<'_>,
        buffer: &mut [u8],
        target: &mut Target,
    ) -> Result<bool, Failed> {
        let Some(follow) = request.follow else { return Ok(false) };
        let (attempt, head) = (&mut self.attempt, &mut self.head);
        let next = (follow.response)(request, attempt, head, target, self.keep_alive, buffer);
        let (sending, payload_taken) = match next {
            Ok(Some(next)) => next,
            Ok(None) => return Ok(false),
            Err(error) => return Err(self.fail(error)),
        };
        self.restart(sending, payload_taken);
        Ok(true)
    }

    /// Whether the request can be sent again without harm, since nothing was received of its response.
    pub(super) fn may_begin_again(&self, request: &Parts<'_>) -> bool {
        !self.response_started
            && self.attempt.hops == 0
            && request.payload.as_ref().is_none_or(Payload::is_repeatable)
            && request.method.is_idempotent()
    }

    /// Writes the request again, from its front; whether that was possible.
    pub(super) fn write_again(&mut self, request: &Parts<'_>, buffer: &mut [u8]) -> bool {
        let attempt = self.attempt;
        let (room, urls) = split(buffer, attempt.taken);
        Url::parse(attempt.url_of(request.url, urls))
            .is_ok_and(|url| self.begin(request, attempt, &url, room, self.keep_alive).is_ok())
    }

    /// Whether the connection can serve another request: both sides have said all, and neither closes.
    pub(super) fn is_reusable(&self) -> bool {
        let version = self.head.version();
        self.keep_alive
            && self.attempt.hops == 0
            && self.is_done()
            && !self.is_broken_off
            && self.window.is_empty()
            && self.head.fields().keeps_alive(version)
    }

    /// Where the last redirect led that was followed.
    pub(super) fn redirected_to<'b>(&self, buffer: &'b [u8]) -> Option<&'b str> {
        let at = buffer.len().saturating_sub(self.attempt.taken);
        let url = buffer.get(at..at.saturating_add(self.attempt.url))?;
        core::str::from_utf8(url).ok().filter(|_| self.attempt.hops > 0)
    }

    /// Puts what is to be sent next into the buffer, if there is room; whether there is anything.
    ///
    /// # Errors
    /// The body is read while it is sent, and could not be read: the connection must be closed.
    pub(super) fn has_output(
        &mut self,
        request: &Parts<'_>,
        room: &mut [u8],
    ) -> Result<bool, Failed> {
        if self.is_sent || !self.sending.is_empty() {
            return Ok(!self.is_sent);
        }
        let Some(payload) = request.payload_of(&self.attempt) else {
            self.is_sent = true;
            return Ok(false);
        };
        let taken = self.payload_taken;
        if payload.in_memory().is_some_and(|all| all.len() > taken) {
            return Ok(true);
        }
        let at = self.early_end(room.len());
        let free = room.get_mut(at..).unwrap_or_default();
        match payload.write_rest(taken, free) {
            Ok(written) => {
                self.sending = Window::at(at);
                self.sending.received(written);
                self.payload_taken += written;
                self.is_sent = written == 0;
                Ok(!self.is_sent)
            }
            Err(error) => Err(self.fail(RequestError::Upload(error))),
        }
    }

    /// What is to be sent next, once [`has_output`](Self::has_output) says that there is something.
    pub(super) fn output<'x>(&self, request: &'x Parts<'_>, room: &'x [u8]) -> &'x [u8] {
        match request.payload_of(&self.attempt).and_then(Payload::in_memory) {
            Some(bytes) if self.sending.is_empty() => {
                bytes.get(self.payload_taken..).unwrap_or_default()
            }
            _ => self.sending.bytes(room),
        }
    }

    /// The first `n` bytes of [`output`](Self::output) were sent.
    pub(super) fn sent(&mut self, n: usize) {
        if self.sending.is_empty() {
            self.payload_taken += n;
        } else {
            self.sending.take(n);
        }
    }

    /// Whether the whole request has been handed out.
    pub(super) const fn is_sent(&self) -> bool {
        self.is_sent
    }

    /// Whether the head of the response is complete.
    pub(super) const fn is_answered(&self) -> bool {
        self.is_sent && self.has_head
    }

    /// Whether the body is complete.
    pub(super) fn is_done(&self) -> bool {
        self.is_answered() && self.body.is_done()
    }

    /// The status code, 0 before it came.
    pub(super) const fn status_code(&self) -> u16 {
        if self.is_answered() { self.head.code() } else { 0 }
    }

    /// The version of the response.
    pub(super) const fn version(&self) -> Version {
        self.head.version()
    }

    /// What was kept of the head.
    pub(super) fn head<'b>(&self, buffer: &'b [u8]) -> ResponseHead<'b> {
        let kept = if self.is_answered() { self.head.kept() } else { 0 };
        ResponseHead::new(buffer.get(..kept).unwrap_or_default())
    }

    /// Whether a header was dropped because there was no room for it, or nobody could read it.
    pub(super) const fn headers_dropped(&self) -> bool {
        self.head.dropped()
    }

    /// The Content-Length of the response in bytes, also of one to a HEAD.
    pub(super) const fn content_length(&self) -> Option<u64> {
        self.head.fields().content_length()
    }

    /// Whether the body's framing says where it ends; otherwise the end of the connection does.
    pub(super) const fn tells_its_end(&self) -> bool {
        self.head.fields().is_chunked() || self.content_length().is_some()
    }

    /// What [`gather`](Self::gather) has gathered.
    pub(super) fn gathered<'b>(&self, buffer: &'b [u8]) -> &'b [u8] {
        let start = self.head.kept();
        buffer.get(start..start.saturating_add(self.gathered)).unwrap_or_default()
    }

    /// Where what was gathered stands, without what has been taken of it.
    pub(super) const fn untaken(&self) -> Range<usize> {
        let start = self.head.kept();
        start + self.regained..start + self.gathered
    }

    /// Nothing is gathered any more: its room is free again.
    pub(super) const fn drop_gathered(&mut self) {
        (self.gathered, self.regained) = (0, 0);
    }

    /// The trailers, once the body is complete.
    pub(super) fn trailers<'b>(&self, buffer: &'b [u8]) -> Headers<'b> {
        let lines = if self.is_done() { self.trailers.lines(buffer) } else { &[] };
        Headers::of_trailers(lines)
    }

    /// Whether there was no room for the trailers.
    pub(super) const fn trailers_dropped(&self) -> bool {
        self.trailers.were_dropped()
    }

    /// The server has closed its side.
    ///
    /// # Errors
    /// More was to come.
    pub(super) fn end_of_stream(&mut self) -> Result<(), Failed> {
        self.is_broken_off = true;
        if !self.is_answered() {
            return Err(self.fail(ResponseError::Closed));
        }
        self.body.end_of_stream().map_err(|error| self.fail(ResponseError::Body(error)))
    }

    /// Keeps why a step has failed.
    pub(super) fn fail(&mut self, error: impl Into<CallError>) -> Failed {
        self.failure = error.into();
        Failed
    }

    /// Why a step has failed; the next one fails because the call is over.
    pub(super) const fn take_failure(&mut self) -> CallError {
        core::mem::replace(&mut self.failure, OVER)
    }

    /// It goes on behind what failed: the body does not fit into the buffer.
    pub(super) const fn is_too_long(&self) -> bool {
        matches!(self.failure, CallError::Response(ResponseError::TooLong(_)))
    }
}
