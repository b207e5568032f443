use core::fmt;

use heapless::String;

use super::{Exchange, Request};
use crate::wire::move_down;

/// The longest name of an event, in bytes.
const MAX_NAME: usize = 32;
/// The longest id of an event, in bytes.
const MAX_ID: usize = 64;
/// The pause before a stream is asked for again, in milliseconds, unless the server gives another.
const RETRY_MS: u32 = 3_000;
const CONTENT_TYPE: &str = "text/event-stream";

/// A stream of events from a server (server-sent events, WHATWG HTML section 9.2), over as many
/// connections as it takes.
///
/// It does no I/O: it asks for the stream with a [`Request`], and takes events out of whatever reads the
/// response, blocking or not. An event, all its lines together, must fit into the buffer.
///
/// ```no_run
/// # fn demo<S>(stack: &mut S, clock: impl nal_http::hal::Clock, mut pause: impl FnMut(u32))
/// # -> Result<(), Box<dyn std::error::Error>> where S: embedded_nal::TcpClientStack + embedded_nal::Dns,
/// # nal_http::client::ErrorOf<S>: std::error::Error + 'static {
/// use nal_http::client::{Client, EventSource};
///
/// let mut client = Client::new(stack, clock);
/// let (mut head, mut text) = ([0; 512], [0; 512]);
/// let mut events = EventSource::new(&mut text);
/// loop {
///     let asked = events.ask();
///     let mut response = asked.apply(client.get("http://mpython.cn/events")).send(&mut head)?;
///     if !events.answered(response.exchange())? {
///         return Ok(()); // the server wants nobody to listen any more
///     }
///     while let Ok(Some(event)) = events.next(|out| response.read(out)) {
///         println!("{} {:?}: {}", event.name, event.id, event.data);
///     }
///     drop(response);
///     pause(events.retry_ms());
/// }
/// # }
/// ```
pub struct EventSource<'b> {
    buffer: &'b mut [u8],
    /// The front of the buffer that was given out as an event.
    used: usize,
    /// What has arrived, with every line end made a `\n`.
    end: usize,
    /// So far there is no end of an event.
    searched: usize,
    /// The last byte that arrived was a `\r`: a `\n` behind it is a part of the same line end.
    after_cr: bool,
    /// The current event is too long and is dropped; whether what was dropped of it ended with a line.
    skipping: Option<bool>,
    /// Nothing of this connection was looked at yet.
    fresh: bool,
    name: String<MAX_NAME>,
    id: String<MAX_ID>,
    retry_ms: u32,
}

/// What a server is asked for: the events behind the last one that came.
#[derive(Debug, Clone)]
pub struct EventsRequest {
    last_id: String<MAX_ID>,
}

impl EventsRequest {
    /// Puts it into a request.
    pub fn apply<'r, L>(&'r self, request: Request<'r, L>) -> Request<'r, L> {
        let request = request
            .header("Accept", CONTENT_TYPE)
            .header("Cache-Control", "no-store")
            .want(&["Content-Type"]);
        match self.last_id.as_str() {
            "" => request,
            id => request.header("Last-Event-ID", id),
        }
    }
}

/// An event from a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'e> {
    /// Its name; `message` if the server gives none.
    pub name: &'e str,
    /// The id of this event, or of the last that had one; empty if none had. The server gets it when it
    /// is asked again.
    pub id: &'e str,
    /// Its text, the lines with `\n` between them.
    pub data: &'e str,
}

impl<'b> EventSource<'b> {
    /// A stream whose events fit into this buffer.
    #[must_use]
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self {
            buffer,
            used: 0,
            end: 0,
            searched: 0,
            after_cr: false,
            skipping: None,
            fresh: true,
            name: String::new(),
            id: String::new(),
            retry_ms: RETRY_MS,
        }
    }

    /// How long to wait, in milliseconds, before the server is asked again: 3000, or what it has said.
    #[must_use]
    pub const fn retry_ms(&self) -> u32 {
        self.retry_ms
    }

    /// The id of the last event that had one; empty if none had.
    #[must_use]
    pub fn last_id(&self) -> &str {
        &self.id
    }

    /// Begins with another connection, and says what to ask the server for.
    pub fn ask(&mut self) -> EventsRequest {
        (self.used, self.end, self.searched) = (0, 0, 0);
        (self.after_cr, self.skipping, self.fresh) = (false, None, true);
        EventsRequest { last_id: self.id.clone() }
    }

    /// Whether the response is such a stream; `false` if the server wants nobody to ask again (status 204).
    ///
    /// # Errors
    /// It is something else.
    pub fn answered(&self, exchange: &Exchange<'_, '_>) -> Result<bool, EventError> {
        match exchange.code() {
            204 => Ok(false),
            200 => {
                let head = exchange.head();
                let content_type = head.headers().get("Content-Type").unwrap_or_default();
                let is_it = content_type
                    .split(';')
                    .next()
                    .is_some_and(|kind| kind.trim().eq_ignore_ascii_case(CONTENT_TYPE));
                if is_it { Ok(true) } else { Err(EventError::ContentType) }
            }
            code => Err(EventError::Status(code)),
        }
    }

    /// The next event; `None` at the end of the connection, where an event that is not complete is dropped.
    ///
    /// `read` is [`Response::read`](super::Response::read), or [`Call::read`](super::Call::read), whose `WouldBlock`
    /// comes out here: then ask again later.
    ///
    /// # Errors
    /// What `read` failed with. Or an event that does not fit into the buffer, or is not UTF-8: it is dropped, and
    /// those behind it can be had.
    pub fn next<E>(
        &mut self,
        mut read: impl FnMut(&mut [u8]) -> Result<usize, E>,
    ) -> Result<Option<Event<'_>>, NextError<E>> {
        loop {
            self.drop_used();
            if let Some(end) = self.find_end() {
                self.used = end;
                if self.skipping.take().is_some() {
                    continue;
                }
                let Some(length) = self.take_in(end).map_err(NextError::Event)? else { continue };
                let name = if self.name.is_empty() { "message" } else { &self.name };
                let data = self.buffer.get(..length).unwrap_or_default();
                let data = core::str::from_utf8(data).map_err(|_| EventError::NotText);
                let data = data.map_err(NextError::Event)?;
                return Ok(Some(Event { name, id: &self.id, data }));
            }
            if self.end == self.buffer.len() {
                let ends_a_line = self.buffer.last() == Some(&b'\n');
                self.used = self.end;
                if self.skipping.replace(ends_a_line).is_none() {
                    let have = self.buffer.len();
                    return Err(NextError::Event(EventError::TooLong { have }));
                }
                continue;
            }
            let room = self.buffer.get_mut(self.end..).unwrap_or_default();
            match read(room).map_err(NextError::Read)? {
                0 => return Ok(None),
                n => self.received(n),
            }
        }
    }

    fn drop_used(&mut self) {
        move_down(self.buffer, self.used, self.end.saturating_sub(self.used), 0);
        self.end = self.end.saturating_sub(self.used);
        self.searched = self.searched.saturating_sub(self.used);
        self.used = 0;
    }

    /// `n` bytes have arrived behind `end`: makes each line end a `\n`.
    fn received(&mut self, n: usize) {
        for at in self.end..self.end.saturating_add(n) {
            let Some(&byte) = self.buffer.get(at) else { break };
            let is_second = self.after_cr && byte == b'\n';
            self.after_cr = byte == b'\r';
            if is_second {
                continue;
            }
            if let Some(place) = self.buffer.get_mut(self.end) {
                *place = if byte == b'\r' { b'\n' } else { byte };
            }
            self.end += 1;
        }
        if self.fresh && self.end >= 3 {
            self.fresh = false;
            if self.buffer.starts_with("\u{feff}".as_bytes()) {
                self.used = 3;
                self.drop_used();
            }
        }
    }

    /// Where the first event ends: behind an empty line.
    fn find_end(&mut self) -> Option<usize> {
        while self.searched < self.end {
            let at = self.searched;
            self.searched += 1;
            let is_new_line = match at.checked_sub(1).and_then(|before| self.buffer.get(before)) {
                Some(&byte) => byte == b'\n',
                None => self.skipping.unwrap_or(true),
            };
            if self.buffer.get(at) == Some(&b'\n') && is_new_line {
                return Some(self.searched);
            }
        }
        None
    }

    /// Takes in the lines in front of `end`, and joins the data at the front of the buffer. Returns its length;
    /// `None` if there is none.
    fn take_in(&mut self, end: usize) -> Result<Option<usize>, EventError> {
        self.name.clear();
        let (mut from, mut data) = (0, None::<usize>);
        while from < end {
            let line = self.buffer.get(from..end).unwrap_or_default();
            let length = line.iter().position(|&byte| byte == b'\n').unwrap_or(line.len());
            let line = line.get(..length).unwrap_or_default();
            let colon = line.iter().position(|&byte| byte == b':').unwrap_or(length);
            let (field, value) = line.split_at_checked(colon).unwrap_or_default();
            let value = value.get(1..).unwrap_or_default();
            let value = value.strip_prefix(b" ").unwrap_or(value);
            if field == b"data" {
                // Lines only get shorter, so what is joined never reaches what is still to be read; and
                // names and ids are kept elsewhere.
                let (start, length) = (from + line.len() - value.len(), value.len());
                let to = data.map_or(0, |joined| joined + 1);
                if let Some(separator) = to.checked_sub(1).and_then(|at| self.buffer.get_mut(at)) {
                    *separator = b'\n';
                }
                move_down(self.buffer, start, length, to);
                data = Some(to + length);
            } else {
                let text = core::str::from_utf8(value).map_err(|_| EventError::NotText);
                match field {
                    b"event" => self.name = text?.try_into().map_err(|_| EventError::Name)?,
                    b"id" if !value.contains(&0) => {
                        self.id = text?.try_into().map_err(|_| EventError::Name)?;
                    }
                    b"retry" if value.iter().all(u8::is_ascii_digit) => {
                        self.retry_ms = text?.parse().unwrap_or(self.retry_ms);
                    }
                    // A comment, or a field that a later version has.
                    _ => {}
                }
            }
            from += length + 1;
        }
        Ok(data)
    }
}

/// Why there is no event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum EventError {
    /// The status is none of a stream.
    Status(u16),
    /// The response is not a stream of events.
    ContentType,
    /// The event does not fit into the buffer.
    TooLong {
        /// Bytes that the buffer has.
        have: usize,
    },
    /// The event is not UTF-8 text.
    NotText,
    /// The name of the event has more than 32 bytes, or its id more than 64.
    Name,
}

/// Why [`EventSource::next`] has no event: `E` is the error of what it reads from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum NextError<E> {
    /// It could not be read: the connection broke, or nothing has arrived.
    Read(E),
    /// An event was dropped.
    Event(EventError),
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(code) => write!(f, "server answers with status {code} instead of events"),
            Self::ContentType => write!(f, "response is not of type {CONTENT_TYPE}"),
            Self::TooLong { have } => write!(f, "event is longer than the {have}-byte buffer"),
            Self::NotText => f.write_str("event is not UTF-8 text"),
            Self::Name => f.write_str("name or id of an event is too long"),
        }
    }
}

impl core::error::Error for EventError {}

impl<E: fmt::Display> fmt::Display for NextError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => error.fmt(f),
            Self::Event(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for NextError<E> {}
