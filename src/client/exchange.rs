use super::payload::Payload;
use super::request::Parts;
use super::{Request, RequestError, ResponseError};
use crate::wire::{
    BodyReader, BufferTooSmall, Framing, HeadReader, HeadRules, Method, Progress, ResponseHead,
    Url, Version, Window, Writer, copy, move_down,
};

/// One request and its response as bytes: the protocol without a stack.
///
/// ```text
/// output/sent until all is sent -> room/received until is_answered -> take or gather until is_done
/// ```
///
/// It never sees a socket, so it can be driven by anything that moves bytes, and tested with
/// every split of them. Beyond its buffer it takes 120 bytes on a 32-bit target.
pub struct Exchange<'r, 'b> {
    buffer: &'b mut [u8],
    /// While sending: what of the buffer is to be sent. Then: what was received and not yet used.
    window: Window,
    /// `None` once the request is answered and what it was made of may be gone.
    request: Option<&'r Parts<'r>>,
    payload: Payload<'r>,
    /// So many bytes of the payload are sent, or are in the window.
    payload_taken: usize,
    head: HeadReader,
    body: BodyReader,
    /// So many bytes of the body are gathered behind the head.
    gathered: usize,
    /// So many of them have been taken.
    regained: usize,
    state: State,
    to_head: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Sending,
    Head,
    Body,
}

impl<'r, 'b> Exchange<'r, 'b> {
    /// Writes the head of `request` into `buffer`, and as much of its body as fits.
    ///
    /// # Errors
    /// What is wrong with the request.
    pub fn new<L>(request: &'r Request<'_, L>, buffer: &'b mut [u8]) -> Result<Self, RequestError> {
        let url = Url::parse(request.parts.url)?;
        Self::begin(&request.parts, &url, buffer)
    }

    pub(super) fn begin(
        request: &'r Parts<'_>,
        url: &Url<'_>,
        buffer: &'b mut [u8],
    ) -> Result<Self, RequestError> {
        let (window, payload_taken) = write_request(request, url, buffer)?;
        Ok(Self {
            buffer,
            window,
            request: Some(request),
            payload: request.payload,
            payload_taken,
            head: HeadReader::response(),
            body: BodyReader::new(Framing::Length(0)),
            gathered: 0,
            regained: 0,
            state: State::Sending,
            to_head: request.method == Method::HEAD,
        })
    }

    /// The same exchange, once the request is sent: what the request was made of may go.
    pub(super) fn detach(self) -> Exchange<'static, 'b> {
        Exchange {
            buffer: self.buffer,
            window: self.window,
            request: None,
            payload: Payload::None,
            payload_taken: self.payload_taken,
            head: self.head,
            body: self.body,
            gathered: self.gathered,
            regained: self.regained,
            state: self.state,
            to_head: self.to_head,
        }
    }

    /// What is to be sent next; empty when all is sent.
    ///
    /// # Errors
    /// The body is read while it is sent, and could not be read: the connection must be closed.
    pub fn output(&mut self) -> Result<&[u8], RequestError> {
        if self.state != State::Sending {
            return Ok(&[]);
        }
        if self.window.is_empty() {
            let written = match self.payload {
                Payload::Bytes(bytes) if bytes.len() > self.payload_taken => {
                    return Ok(bytes.get(self.payload_taken..).unwrap_or_default());
                }
                // The form is written once more; what was sent of it is left out.
                Payload::Form(pairs, write) => {
                    let mut writer = Writer::window(&mut *self.buffer, self.payload_taken);
                    write(&mut writer, pairs);
                    writer.written().len()
                }
                Payload::Source(source) => source.fill(self.buffer)?,
                Payload::None | Payload::Bytes(_) => 0,
                #[cfg(feature = "json")]
                Payload::Json(_) => 0,
            };
            self.window = Window::default();
            self.window.received(written);
            self.payload_taken += written;
        }
        if self.window.is_empty() {
            self.stop_sending();
        }
        Ok(self.window.bytes(self.buffer))
    }

    /// The first `n` bytes of [`output`](Self::output) were sent.
    pub fn sent(&mut self, n: usize) {
        if !self.window.is_empty() {
            self.window.take(n);
            return;
        }
        self.payload_taken += n;
    }

    /// The server takes no more: what is left of the request is not sent, and its answer is read.
    pub fn stop_sending(&mut self) {
        self.state = State::Head;
        self.window = Window::default();
    }

    /// Whether the whole request has been handed out.
    #[must_use]
    pub fn is_sent(&self) -> bool {
        self.state != State::Sending
    }

    /// Whether the head of the response is complete.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.state == State::Body
    }

    /// Whether the body is complete.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.is_answered() && self.body.is_done()
    }

    /// Where to receive next; then tell [`received`](Self::received). Never empty.
    ///
    /// # Errors
    /// The buffer is too small for what must be kept.
    pub fn room(&mut self) -> Result<&mut [u8], ResponseError> {
        if self.is_answered() {
            let floor = self.head.kept() + self.gathered;
            if self.window.is_empty() {
                self.window = Window::at(floor);
            }
            if self.window.room(self.buffer).is_empty() {
                self.window.move_to(self.buffer, floor);
            }
            if self.window.room(self.buffer).is_empty() {
                return Err(ResponseError::TooLong(self.too_small()));
            }
        } else {
            let rules = self.rules();
            self.head.make_room(self.buffer, &mut self.window, &rules)?;
        }
        Ok(self.window.room(self.buffer))
    }

    /// `n` bytes were put into [`room`](Self::room).
    ///
    /// # Errors
    /// They are not what HTTP allows there.
    pub fn received(&mut self, n: usize) -> Result<(), ResponseError> {
        self.window.received(n);
        let rules = self.rules();
        while self.state == State::Head {
            match self.head.advance(self.buffer, &mut self.window, &rules)? {
                Progress::NeedMore => break,
                Progress::Complete => match self.head.code() {
                    // Interim responses are passed over; 101 was not asked for, and ends there.
                    100 | 102..=199 => self.head.restart(),
                    code => {
                        let framing = Framing::of_response(code, self.to_head, self.head.fields());
                        self.body = BodyReader::new(framing);
                        self.state = State::Body;
                    }
                },
            }
        }
        self.skip_framing()
    }

    /// The server has closed its side.
    ///
    /// # Errors
    /// More was to come.
    pub fn end_of_stream(&mut self) -> Result<(), ResponseError> {
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

    /// Whether the rest of the body can fit into the buffer, if its length is known.
    ///
    /// # Errors
    /// [`ResponseError::TooLong`].
    pub fn check_room(&self) -> Result<(), ResponseError> {
        let is_length = !self.fields_are_chunked() && self.content_length().is_some();
        let room = self.buffer.len().saturating_sub(self.head.kept() + self.gathered);
        if is_length && self.body.next_data() > room as u64 {
            return Err(ResponseError::TooLong(self.too_small()));
        }
        Ok(())
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

    /// Whether a header was dropped because there was no room for it.
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
        self.request.map_or_else(HeadRules::default, |request| request.rules)
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

    fn skip_framing(&mut self) -> Result<(), ResponseError> {
        if self.is_answered() {
            let skipped = self.body.skip_framing(self.window.bytes(self.buffer))?;
            self.window.take(skipped);
        }
        Ok(())
    }

    fn too_small(&self) -> BufferTooSmall {
        let have = self.buffer.len().saturating_sub(self.head.kept());
        let more = usize::try_from(self.body.next_data()).unwrap_or(0).max(1);
        BufferTooSmall { have, need: self.gathered.saturating_add(more).max(have + 1) }
    }
}

/// Writes head and as much of the body as fits. Returns what to send, and how many bytes of the
/// payload are in it.
fn write_request(
    request: &Parts<'_>,
    url: &Url<'_>,
    buffer: &mut [u8],
) -> Result<(Window, usize), RequestError> {
    let have = buffer.len();
    let mut writer = Writer::new(buffer);
    write_head(request, url, &mut writer)?;
    #[cfg(feature = "json")]
    if let Payload::Json(value) = request.payload {
        return write_json(writer, value);
    }
    let length = request.payload.length();
    let has_body = [Method::POST, Method::PUT, Method::PATCH].contains(&request.method);
    match length {
        Some(0) if !has_body => {}
        Some(length) => {
            writer.str("Content-Length: ");
            writer.number(length);
            writer.str("\r\n");
        }
        None => writer.str("Transfer-Encoding: chunked\r\n"),
    }
    writer.str("\r\n");
    let head = writer.len();
    if head > have {
        return Err(RequestError::HeadTooLong(BufferTooSmall { have, need: head }));
    }
    match request.payload {
        Payload::Bytes(bytes) => writer.bytes(bytes),
        Payload::Form(pairs, write) => write(&mut writer, pairs),
        Payload::Source(source) => {
            let filled = source.fill(writer.rest())?;
            writer.wrote(filled);
        }
        Payload::None => {}
        #[cfg(feature = "json")]
        Payload::Json(_) => {}
    }
    let stored = writer.written().len();
    let mut window = Window::default();
    window.received(stored);
    Ok((window, stored - head))
}

/// Writes the request line and the headers, those that frame the body excepted.
fn write_head(
    request: &Parts<'_>,
    url: &Url<'_>,
    writer: &mut Writer<'_>,
) -> Result<(), RequestError> {
    if request.too_many_headers {
        return Err(RequestError::TooManyHeaders);
    }
    let given =
        |name: &str| request.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
    if given("Content-Length") || given("Transfer-Encoding") {
        return Err(RequestError::FramingHeader);
    }
    writer.str(request.method.as_str());
    writer.byte(b' ');
    url.write_target(writer);
    if let Some((pairs, write)) = request.params.filter(|(pairs, _)| !pairs.is_empty()) {
        writer.byte(if url.query().is_some() { b'&' } else { b'?' });
        write(writer, pairs);
    }
    writer.str(" HTTP/1.1\r\n");
    let own = [
        ("Host", Some(url.authority())),
        ("User-Agent", Some(USER_AGENT)),
        ("Connection", Some("close")),
        ("Content-Type", request.payload.content_type()),
    ];
    for (name, value) in own {
        if let Some(value) = value.filter(|_| !given(name)) {
            writer.header(name, value)?;
        }
    }
    if let Some(auth) = request.auth.filter(|_| !given("Authorization")) {
        auth.write(writer)?;
    }
    for (name, value) in &request.headers {
        writer.header(name, value)?;
    }
    Ok(())
}

#[cfg(feature = "json")]
fn write_json(
    mut writer: Writer<'_>,
    value: &dyn super::payload::WriteJson,
) -> Result<(Window, usize), RequestError> {
    let late = crate::wire::LateLength::reserve(&mut writer);
    if !writer.overflowed() {
        let length = value.write_json(writer.rest())?;
        writer.wrote(length);
    }
    let message = writer.finish().map_err(RequestError::HeadTooLong)?;
    let length = message.len().saturating_sub(late.body_at());
    let start = late.settle(message, length);
    let mut window = Window::at(start);
    window.received(message.len() - start);
    Ok((window, length))
}

const USER_AGENT: &str = concat!("nal-http/", env!("CARGO_PKG_VERSION"));
