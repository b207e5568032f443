#[cfg(feature = "digest")]
mod answer;
mod early;
mod follow;
#[cfg(feature = "json")]
mod json;
mod room;
#[cfg(feature = "trailers")]
mod trailers;

use core::mem;

pub use follow::Turn;
#[cfg(feature = "trailers")]
use trailers::Trailers;

use super::auth::Authorize;
use super::message::{Plan, write_request};
use super::payload::Payload;
use super::request::Parts;
use super::{Request, RequestError, ResponseError};
use crate::wire::{
    BodyReader, Framing, HeadReader, HeadRules, Method, Progress, ResponseHead, Url, UrlError,
    Version, Window, Writer, copy, move_down,
};

/// One request and its response as bytes: the protocol without a stack.
///
/// ```text
/// output/sent until is_sent -> room/received until is_answered -> take or gather until is_done
/// ```
///
/// It never sees a socket, so it can be driven by anything that moves bytes, and tested with
/// every split of them. Beyond its buffer it takes 160 bytes on a 32-bit target.
pub struct Exchange<'r, 'b> {
    buffer: &'b mut [u8],
    /// What of the buffer is to be sent.
    sending: Window,
    /// What was received and not yet used.
    window: Window,
    /// `None` once the request is answered and what it was made of may be gone.
    pub(super) request: Option<&'r Parts<'r>>,
    plan: Plan<'r>,
    /// The URL of a redirect, behind the buffer; without one, that of the request counts.
    moved_to: Option<&'b str>,
    /// So many bytes behind the buffer such URLs have taken.
    taken: usize,
    /// So many bytes of the payload are sent, or are in the window.
    payload_taken: usize,
    head: HeadReader,
    body: BodyReader,
    /// So many bytes of the body are gathered behind the head.
    gathered: usize,
    /// So many of them have been taken.
    regained: usize,
    /// All is sent, or the rest is not wanted.
    is_sent: bool,
    /// The head of the response is complete.
    has_head: bool,
    #[cfg(feature = "trailers")]
    trailers: Trailers,
    /// A byte of the response came.
    is_heard: bool,
    /// One side has ended before the other was done: no other request can follow.
    is_broken_off: bool,
}

impl<'r, 'b> Exchange<'r, 'b> {
    /// Writes the head of `request` into `buffer`, and as much of its body as fits.
    ///
    /// # Errors
    /// What is wrong with the request.
    pub fn new<L>(request: &'r Request<'_, L>, buffer: &'b mut [u8]) -> Result<Self, RequestError> {
        Self::begin(&request.parts, &Url::parse(request.parts.url)?, buffer, false)
    }

    pub(super) fn begin(
        request: &'r Parts<'_>,
        url: &Url<'r>,
        buffer: &'b mut [u8],
        keep_alive: bool,
    ) -> Result<Self, RequestError> {
        let mut exchange = Self::idle(request, url, buffer, keep_alive);
        exchange.prepare(url)?;
        Ok(exchange)
    }

    /// An exchange whose request is still to be written, by [`prepare`](Self::prepare).
    pub(super) fn idle(
        request: &'r Parts<'_>,
        url: &Url<'r>,
        buffer: &'b mut [u8],
        keep_alive: bool,
    ) -> Self {
        // Without the feature the compiler sees that no connection is kept, and drops what would do it.
        let keep_alive = cfg!(feature = "keep-alive") && keep_alive;
        #[cfg_attr(not(feature = "digest"), expect(unused_mut, reason = "digest takes its place"))]
        let mut plan = Plan { keep_alive, user_info: url.user_info(), ..Plan::new(request) };
        #[cfg(feature = "digest")]
        if request.digest.is_some() {
            plan.user_info = None;
        }
        Self::sending(request, plan, buffer)
    }

    /// Writes the request for the first time.
    pub(super) fn prepare(&mut self, url: &Url<'_>) -> Result<(), RequestError> {
        #[cfg(feature = "digest")]
        if let Some(digest) = self.request.and_then(|request| request.digest) {
            digest.check()?;
        }
        self.write(url).map_err(|error| match error {
            RequestError::HeadTooLong(room) => RequestError::HeadTooLong(room.beside(self.taken)),
            error => error,
        })
    }

    /// An exchange whose request is written into `buffer`, and not sent yet.
    fn written(
        request: &'r Parts<'_>,
        plan: Plan<'r>,
        url: &Url<'_>,
        buffer: &'b mut [u8],
    ) -> Result<Self, RequestError> {
        let mut exchange = Self::sending(request, plan, buffer);
        exchange.write(url)?;
        Ok(exchange)
    }

    fn write(&mut self, url: &Url<'_>) -> Result<(), RequestError> {
        let Some(request) = self.request else { return Ok(()) };
        let auth = request.auth.as_ref().map(|auth| auth as &dyn Authorize);
        let written = write_request(request, &self.plan, url, auth, self.buffer)?;
        (self.sending, self.payload_taken) = written;
        Ok(())
    }

    /// An exchange that is to send a request, of which nothing is written.
    fn sending(request: &'r Parts<'_>, plan: Plan<'r>, buffer: &'b mut [u8]) -> Self {
        Self {
            buffer,
            sending: Window::default(),
            window: Window::default(),
            request: Some(request),
            plan,
            moved_to: None,
            taken: request.taken,
            payload_taken: 0,
            head: HeadReader::response(),
            body: BodyReader::new(Framing::Length(0)),
            gathered: 0,
            regained: 0,
            is_sent: false,
            has_head: false,
            #[cfg(feature = "trailers")]
            trailers: Trailers::default(),
            is_heard: false,
            is_broken_off: false,
        }
    }

    /// Writes the request again, if sending it twice does no harm and nothing was heard of the server.
    /// Returns where it goes.
    pub(super) fn restart(&mut self) -> Option<Url<'r>> {
        let request = self.request.filter(|_| !self.is_heard && self.moved_to.is_none())?;
        if !self.plan.payload.is_repeatable() || !request.method.is_idempotent() {
            return None;
        }
        let url = Url::parse(request.url).ok()?;
        let buffer = mem::take(&mut self.buffer);
        *self = Self::written(request, self.plan, &url, buffer).ok()?;
        Some(url)
    }

    /// Whether the connection can serve another request: both sides have said all, and neither closes.
    pub(super) fn is_reusable(&self) -> bool {
        let version = self.head.version();
        cfg!(feature = "keep-alive")
            && self.plan.keep_alive
            && self.moved_to.is_none()
            && self.is_done()
            && !self.is_broken_off
            && self.window.is_empty()
            && self.head.fields().keeps_alive(version)
    }

    /// Where the last redirect led that was followed.
    #[must_use]
    pub fn moved_to(&self) -> Option<&'b str> {
        self.moved_to
    }

    /// The same exchange, once the request is sent: what the request was made of may go.
    pub(super) fn detach(self) -> Exchange<'static, 'b> {
        // The method still says whether the response has a body; GET stands for all others.
        let is_head = self.plan.method == Method::HEAD;
        let method = if is_head { Method::HEAD } else { Method::GET };
        Exchange {
            buffer: self.buffer,
            sending: self.sending,
            window: self.window,
            request: None,
            plan: Plan { method, payload: Payload::None, user_info: None, ..self.plan },
            moved_to: self.moved_to,
            taken: self.taken,
            payload_taken: self.payload_taken,
            head: self.head,
            body: self.body,
            gathered: self.gathered,
            regained: self.regained,
            is_sent: self.is_sent,
            has_head: self.has_head,
            #[cfg(feature = "trailers")]
            trailers: self.trailers,
            is_heard: self.is_heard,
            is_broken_off: self.is_broken_off,
        }
    }

    /// What is to be sent next; empty when all is sent.
    ///
    /// # Errors
    /// The body is read while it is sent, and could not be read: the connection must be closed.
    pub fn output(&mut self) -> Result<&[u8], RequestError> {
        if self.is_sent {
            return Ok(&[]);
        }
        if self.sending.is_empty() {
            let at = self.early_end();
            let free = self.buffer.get_mut(at..).unwrap_or_default();
            let written = match self.plan.payload {
                Payload::Bytes(bytes) if bytes.len() > self.payload_taken => {
                    return Ok(bytes.get(self.payload_taken..).unwrap_or_default());
                }
                // The form is written once more; what was sent of it is left out.
                Payload::Form(pairs, write) => {
                    let mut writer = Writer::window(free, self.payload_taken);
                    write(&mut writer, pairs);
                    writer.written().len()
                }
                Payload::Source(source) => source.fill(free)?,
                Payload::None | Payload::Bytes(_) => 0,
                #[cfg(feature = "json")]
                Payload::Json(_) => 0,
            };
            self.sending = Window::at(at);
            self.sending.received(written);
            self.payload_taken += written;
            if written == 0 {
                self.is_sent = true;
                return Ok(&[]);
            }
        }
        Ok(self.sending.bytes(self.buffer))
    }

    /// The first `n` bytes of [`output`](Self::output) were sent.
    pub fn sent(&mut self, n: usize) {
        if !self.sending.is_empty() {
            self.sending.take(n);
            return;
        }
        self.payload_taken += n;
    }

    /// Whether the whole request has been handed out.
    #[must_use]
    pub fn is_sent(&self) -> bool {
        self.is_sent
    }

    /// Whether the head of the response is complete.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.is_sent && self.has_head
    }

    /// Whether the body is complete.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.is_answered() && self.body.is_done()
    }

    /// `n` bytes were put into [`room`](Self::room), or [`early_room`](Self::early_room).
    ///
    /// # Errors
    /// They are not what HTTP allows there.
    pub fn received(&mut self, n: usize) -> Result<(), ResponseError> {
        self.window.received(n);
        self.is_heard = true;
        let (rules, to_head) = (self.rules(), self.plan.method == Method::HEAD);
        while !self.has_head {
            let advanced = self.head.advance(self.buffer, &mut self.window, &rules);
            match advanced.map_err(|error| self.head_error(error))? {
                Progress::NeedMore => break,
                Progress::Complete => match self.head.code() {
                    // Interim responses are passed over; 101 was not asked for, and ends there.
                    100 | 102..=199 => self.head.restart(),
                    code => {
                        let framing = Framing::of_response(code, to_head, self.head.fields());
                        self.body = BodyReader::new(framing);
                        self.has_head = true;
                        #[cfg(feature = "cookies")]
                        self.keep_cookies();
                    }
                },
            }
        }
        if !self.is_sent {
            self.heard_early();
        }
        self.skip_framing()
    }

    /// The server has closed its side.
    ///
    /// # Errors
    /// More was to come.
    pub fn end_of_stream(&mut self) -> Result<(), ResponseError> {
        self.is_broken_off = true;
        if !self.is_answered() {
            return Err(ResponseError::Closed);
        }
        Ok(self.body.end_of_stream()?)
    }

    /// Moves bytes of the body that have been received into `out`, those that were gathered first;
    /// 0 if none are there.
    ///
    /// # Errors
    /// The framing is malformed.
    pub fn take(&mut self, out: &mut [u8]) -> Result<usize, ResponseError> {
        let mut taken = self.regain(out);
        while let Some(room) = out.get_mut(taken..).filter(|room| !room.is_empty()) {
            let there = self.data_in_window();
            let data = self.window.bytes(self.buffer).get(..there).unwrap_or_default();
            let n = copy(room, data);
            if n == 0 {
                break;
            }
            taken += n;
            self.use_data(n)?;
        }
        Ok(taken)
    }

    /// Moves gathered bytes into `out`; when none are left, their room is free again.
    fn regain(&mut self, out: &mut [u8]) -> usize {
        let ready = self.gathered().get(self.regained..).unwrap_or_default();
        let n = copy(out, ready);
        self.regained += n;
        if self.regained == self.gathered {
            (self.gathered, self.regained) = (0, 0);
        }
        n
    }

    /// How many bytes of `out` can be received straight into their place: body and nothing else,
    /// as nothing is waiting in the buffer. Then tell [`took`](Self::took).
    pub fn direct<'o>(&self, out: &'o mut [u8]) -> &'o mut [u8] {
        if !self.is_answered() || !self.window.is_empty() {
            return &mut [];
        }
        let next = usize::try_from(self.body.next_data()).unwrap_or(usize::MAX);
        let n = next.min(out.len());
        out.get_mut(..n).unwrap_or_default()
    }

    /// `n` bytes were put into [`direct`](Self::direct).
    pub fn took(&mut self, n: usize) {
        self.body.took(n as u64);
    }

    /// Gathers the bytes of the body that have been received behind the head.
    ///
    /// # Errors
    /// The framing is malformed.
    pub fn gather(&mut self) -> Result<(), ResponseError> {
        loop {
            let n = self.data_in_window();
            if n == 0 {
                return Ok(());
            }
            let to = self.head.kept() + self.gathered;
            move_down(self.buffer, self.window.start(), n, to);
            self.gathered += n;
            self.use_data(n)?;
        }
    }

    /// What [`gather`](Self::gather) has gathered.
    #[must_use]
    pub fn gathered(&self) -> &[u8] {
        let start = self.head.kept();
        self.buffer.get(start..start + self.gathered).unwrap_or_default()
    }

    /// The status code, 0 before it came.
    #[must_use]
    pub fn code(&self) -> u16 {
        if self.is_answered() { self.head.code() } else { 0 }
    }

    /// The version of the response.
    #[must_use]
    pub fn version(&self) -> Version {
        self.head.version()
    }

    /// What was kept of the head.
    #[must_use]
    pub fn head(&self) -> ResponseHead<'_> {
        let kept = if self.is_answered() { self.head.kept() } else { 0 };
        ResponseHead::new(self.buffer.get(..kept).unwrap_or_default())
    }

    /// Whether a header was dropped because there was no room for it, or nobody could read it.
    #[must_use]
    pub fn headers_dropped(&self) -> bool {
        self.head.dropped()
    }

    /// The Content-Length of the response in bytes, also of one to a HEAD.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.head.fields().content_length()
    }

    fn rules(&self) -> HeadRules<'r> {
        let Some(request) = self.request else { return HeadRules::default() };
        HeadRules { needed: request.needed(), ..request.rules }
    }

    /// Whether the body's framing says where it ends; otherwise the end of the connection does.
    pub(super) fn tells_its_end(&self) -> bool {
        self.fields_are_chunked() || self.content_length().is_some()
    }

    fn fields_are_chunked(&self) -> bool {
        self.head.fields().is_chunked()
    }

    fn data_in_window(&self) -> usize {
        let there = self.window.len();
        usize::try_from(self.body.next_data()).map_or(there, |next| next.min(there))
    }

    fn use_data(&mut self, n: usize) -> Result<(), ResponseError> {
        self.window.take(n);
        self.body.took(n as u64);
        self.skip_framing()
    }

    #[cfg(feature = "cookies")]
    fn keep_cookies(&self) {
        let Some(request) = self.request else { return };
        if let (Some(cookies), Ok(url)) = (request.cookies, self.url(request)) {
            let kept = self.buffer.get(..self.head.kept()).unwrap_or_default();
            cookies.keep(&url, ResponseHead::new(kept).headers());
            cookies.lost(self.head.lost());
        }
    }

    /// Where the request went.
    fn url<'u>(&self, request: &Parts<'u>) -> Result<Url<'u>, UrlError>
    where
        'b: 'u,
    {
        Url::parse(self.moved_to.unwrap_or(request.url))
    }

    /// Where what is still to be looked at may begin.
    fn floor(&self) -> usize {
        let floor = self.head.kept() + self.gathered;
        #[cfg(feature = "trailers")]
        let floor = self.trailers.floor(floor);
        floor
    }

    fn skip_framing(&mut self) -> Result<(), ResponseError> {
        #[cfg(feature = "trailers")]
        if self.plan.keeps_trailers && self.has_head {
            return self.keep_trailers();
        }
        if self.has_head {
            let skipped = self.body.skip_framing(self.window.bytes(self.buffer))?;
            self.window.take(skipped);
        }
        Ok(())
    }
}
