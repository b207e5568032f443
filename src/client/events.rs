#[cfg(feature = "async")]
mod asynch;
mod error;

pub use error::{EventError, NextError};
use heapless::String;

use super::extras::{CONTENT_TYPE, MAX_ID};
use super::{EventsRequest, Head, Request};
use crate::wire::move_down;

/// The pause before a stream is asked for again, in milliseconds, unless the server gives another.
const RETRY_MS: u32 = 3_000;

/// A stream of events from a server (server-sent events, WHATWG HTML section 9.2), over as many
/// connections as it takes.
///
/// It does no I/O: it asks for the stream with a [`Request`], and takes events out of whatever reads the
/// response, blocking or not. The name and the text of an event must fit into the buffer, with a line as it comes; comments
/// and fields that nobody knows need no room.
///
/// ```no_run
/// # fn demo<S>(stack: &mut S, clock: impl nal_http::hal::Clock, mut pause: impl FnMut(u32))
/// # -> Result<(), Box<dyn std::error::Error>> where S: embedded_nal::TcpClientStack + embedded_nal::Dns,
/// # nal_http::client::ErrorOf<S>: std::error::Error + 'static {
/// use nal_http::client::{Client, EventSource, NextError};
///
/// let mut client = Client::new(stack, clock);
/// let (mut head, mut text) = ([0; 512], [0; 512]);
/// let mut events = EventSource::new(&mut text);
/// loop {
///     let asked = events.ask();
///     let mut response = asked.apply(client.get("http://mpython.cn/events")).send(&mut head)?;
///     if !events.answered(response.head())? {
///         return Ok(()); // the server wants nobody to listen any more
///     }
///     loop {
///         match events.next(|out| response.read(out)) {
///             Ok(Some(event)) => println!("{} {:?}: {}", event.name, event.id, event.data),
///             // One that does not fit; those behind it may.
///             Err(NextError::Event(error)) => println!("{error}"),
///             Ok(None) | Err(NextError::Read(_)) => break,
///         }
///     }
///     drop(response);
///     pause(events.retry_ms());
/// }
/// # }
/// ```
pub struct EventSource<'b> {
    /// The name of the current event, its data, and behind a gap what has arrived, with every line end made a `\n`.
    buffer: &'b mut [u8],
    name: usize,
    /// The lines of data, with a `\n` between them; `None` if there was none.
    data: Option<usize>,
    /// The current event was given out.
    is_given: bool,
    /// What has arrived: the line that begins there, of which a part is known to have no end.
    start: usize,
    searched: usize,
    end: usize,
    /// The front of that line was dropped.
    is_cut: bool,
    skip: Skip,
    /// The last byte that arrived was a `\r`: a `\n` behind it is a part of the same line end.
    after_cr: bool,
    /// Nothing of this connection was looked at yet.
    is_fresh: bool,
    /// What the server gets when it is asked again; and what it will be once the current event is complete.
    id: Id,
    next_id: Id,
    retry_ms: u32,
}

/// What is dropped of what arrives, since there is no room for it.
#[derive(Debug, Clone, Copy)]
enum Skip {
    Nothing,
    /// The rest of a line that nobody wants.
    Line,
    /// The rest of an event, which would have needed so many bytes so far.
    Event(usize),
}

#[derive(Debug, Clone)]
struct Id {
    text: String<MAX_ID>,
    /// It did not fit, or cannot be sent back.
    is_dropped: bool,
}

/// An event from a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'e> {
    /// Its name; `message` if the server gives none.
    pub name: &'e str,
    /// The id of this event, or of the last that had one; empty if none had, or it could not be kept
    /// ([`EventSource::id_dropped`]). The server gets it when it is asked again.
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
            name: 0,
            data: None,
            is_given: false,
            start: 0,
            searched: 0,
            end: 0,
            is_cut: false,
            skip: Skip::Nothing,
            after_cr: false,
            is_fresh: true,
            id: Id { text: String::new(), is_dropped: false },
            next_id: Id { text: String::new(), is_dropped: false },
            retry_ms: RETRY_MS,
        }
    }

    /// How long to wait, in milliseconds, before the server is asked again: 3000, or what it has said.
    #[must_use]
    pub const fn retry_ms(&self) -> u32 {
        self.retry_ms
    }

    /// The id of the last event that had one; empty if none had, or it could not be kept.
    #[must_use]
    pub fn last_id(&self) -> &str {
        &self.id.text
    }

    /// Whether the id of the last event that had one was dropped: it has more than 64 bytes, or such that no header can
    /// hold. Then the server is asked without an id, and may leave out or repeat events.
    #[must_use]
    pub const fn id_dropped(&self) -> bool {
        self.id.is_dropped
    }

    /// Begins with another connection, and says what to ask the server for.
    pub fn ask(&mut self) -> EventsRequest {
        self.clear();
        (self.start, self.searched, self.end) = (0, 0, 0);
        (self.is_cut, self.skip) = (false, Skip::Nothing);
        (self.after_cr, self.is_fresh) = (false, true);
        EventsRequest { last_id: self.id.text.clone() }
    }

    /// Whether the response is such a stream; `false` if the server wants nobody to ask again (status 204).
    ///
    /// # Errors
    /// It is something else.
    pub fn answered(&self, head: Head<'_>) -> Result<bool, EventError> {
        match head.status_code() {
            204 => Ok(false),
            200 => {
                let content_type = head.header("Content-Type").unwrap_or_default();
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
        while !self.advance().map_err(NextError::Event)? {
            match read(self.room()).map_err(NextError::Read)? {
                0 => return Ok(None),
                n => self.received(n),
            }
        }
        self.event().map(Some).map_err(NextError::Event)
    }

    /// Takes in the lines that are there, up to the end of an event, which then is [`event`](Self::event). Otherwise
    /// there is [`room`](Self::room) for more.
    fn advance(&mut self) -> Result<bool, EventError> {
        while let Some(length) = self.find_line() {
            if self.take_line(length)? {
                return Ok(true);
            }
        }
        self.make_room();
        Ok(false)
    }

    fn event(&self) -> Result<Event<'_>, EventError> {
        let front = self.buffer.get(..self.front()).unwrap_or_default();
        let (name, data) = front.split_at_checked(self.name).unwrap_or_default();
        let text = |bytes| core::str::from_utf8(bytes).map_err(|_| EventError::NotText);
        let (name, data) = (text(name)?, text(data)?);
        let name = if name.is_empty() { "message" } else { name };
        Ok(Event { name, id: &self.id.text, data })
    }

    fn room(&mut self) -> &mut [u8] {
        self.buffer.get_mut(self.end..).unwrap_or_default()
    }

    /// Where what is kept of the current event ends.
    fn front(&self) -> usize {
        self.name.saturating_add(self.data.unwrap_or(0))
    }

    /// Forgets the current event.
    fn clear(&mut self) {
        (self.name, self.data, self.is_given) = (0, None, false);
        self.next_id = self.id.clone();
    }

    /// How long the next line is, if all of it is there.
    fn find_line(&mut self) -> Option<usize> {
        let fresh = self.buffer.get(self.searched..self.end)?;
        let found = fresh.iter().position(|&byte| byte == b'\n');
        let length = found.map(|at| self.searched.saturating_add(at).saturating_sub(self.start));
        self.searched = self.end;
        length
    }

    /// Takes in the next line. Returns whether an event is complete that has data.
    fn take_line(&mut self, length: usize) -> Result<bool, EventError> {
        if self.is_given {
            self.clear();
        }
        let start = self.start;
        self.start = start.saturating_add(length).saturating_add(1);
        self.searched = self.start;
        let is_end = length == 0 && !self.is_cut;
        self.is_cut = false;
        match self.skip {
            Skip::Line => self.skip = Skip::Nothing,
            Skip::Event(all) if is_end => {
                self.skip = Skip::Nothing;
                let need = all.saturating_sub(self.end.saturating_sub(self.start));
                return Err(EventError::TooLong { have: self.buffer.len(), need });
            }
            Skip::Event(_) => {}
            Skip::Nothing if is_end => {
                self.id = self.next_id.clone();
                self.is_given = true;
                return Ok(self.data.is_some());
            }
            Skip::Nothing => self.take_field(start, length),
        }
        Ok(false)
    }

    /// Takes in the field of a line. Fields only get shorter, so what is kept never reaches what is still to be read.
    fn take_field(&mut self, start: usize, length: usize) {
        let line = self.buffer.get(start..start.saturating_add(length)).unwrap_or_default();
        let (field, value) = split_field(line);
        let (from, length) = ((start + line.len()).saturating_sub(value.len()), value.len());
        match field {
            b"data" => {
                let mut to = self.front();
                if let Some(data) = &mut self.data {
                    self.buffer.get_mut(to).into_iter().for_each(|place| *place = b'\n');
                    (to, *data) = (to + 1, *data + 1);
                }
                move_down(self.buffer, from, length, to);
                self.data = Some(self.data.unwrap_or(0) + length);
            }
            b"event" => self.put_name(from, length),
            b"id" if !value.contains(&0) => self.next_id = Id::new(value),
            b"retry" if value.iter().all(u8::is_ascii_digit) => {
                let number = core::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                self.retry_ms = number.unwrap_or(self.retry_ms);
            }
            // A comment, or a field that a later version has.
            _ => {}
        }
    }

    /// Puts the name in front of the data, instead of the one before.
    fn put_name(&mut self, from: usize, length: usize) {
        let data = self.data.unwrap_or(0);
        move_down(self.buffer, from, length, self.front());
        move_down(self.buffer, self.name, data.saturating_add(length), 0);
        self.name = length;
        let both = self.buffer.get_mut(..data.saturating_add(length)).unwrap_or_default();
        if let Some((data, name)) = both.split_at_mut_checked(data) {
            data.reverse();
            name.reverse();
        }
        both.reverse();
    }

    /// Makes room behind what has arrived, of which no line is complete; or begins to drop what is too long.
    fn make_room(&mut self) {
        if self.is_given {
            self.clear();
        }
        let mut left = self.end.saturating_sub(self.start);
        if self.end == self.buffer.len() && self.start > self.front() {
            move_down(self.buffer, self.start, left, self.front());
            self.start = self.front();
            self.end = self.start.saturating_add(left);
        }
        if self.end == self.buffer.len() && matches!(self.skip, Skip::Nothing) {
            self.begin_to_skip();
        }
        if !matches!(self.skip, Skip::Nothing) {
            self.is_cut |= left > 0;
            left = 0;
            self.start = self.front();
            self.end = self.start;
        }
        self.searched = self.start.saturating_add(left);
    }

    /// The line that has begun has no room.
    fn begin_to_skip(&mut self) {
        let line = self.buffer.get(self.start..self.end).unwrap_or_default();
        let (field, _) = split_field(line);
        let is =
            |name: &[u8]| field == name || field.len() == line.len() && name.starts_with(field);
        if is(b"data") || is(b"event") {
            let all = self.front().saturating_add(line.len());
            self.clear();
            self.skip = Skip::Event(all);
            return;
        }
        if field == b"id" {
            self.next_id = Id::DROPPED;
        }
        self.skip = Skip::Line;
    }

    /// `n` bytes have arrived behind `end`: makes each line end a `\n`.
    fn received(&mut self, n: usize) {
        let from = self.end;
        for at in from..from.saturating_add(n) {
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
        if let Skip::Event(all) = &mut self.skip {
            *all = all.saturating_add(self.end.saturating_sub(from));
        }
        if self.is_fresh && self.end >= 3 {
            self.is_fresh = false;
            if self.buffer.starts_with("\u{feff}".as_bytes()) {
                (self.start, self.searched) = (3, 3);
            }
        }
    }
}

impl EventsRequest {
    /// Puts it into a request.
    pub fn apply<'r, L>(&'r self, request: Request<'r, L>) -> Request<'r, L> {
        request.want(&["Content-Type"]).with(self)
    }
}

impl Id {
    const DROPPED: Self = Self { text: String::new(), is_dropped: true };

    fn new(value: &[u8]) -> Self {
        let is_sendable = |byte: &u8| *byte >= b' ' && *byte != 0x7f || *byte == b'\t';
        let text = core::str::from_utf8(value).ok().filter(|_| value.iter().all(is_sendable));
        let text = text.and_then(|text| text.try_into().ok());
        text.map_or(Self::DROPPED, |text| Self { text, is_dropped: false })
    }
}

/// The name of a field, and its value without a space at its front.
fn split_field(line: &[u8]) -> (&[u8], &[u8]) {
    let colon = line.iter().position(|&byte| byte == b':').unwrap_or(line.len());
    let (field, value) = line.split_at_checked(colon).unwrap_or_default();
    let value = value.get(1..).unwrap_or_default();
    (field, value.strip_prefix(b" ").unwrap_or(value))
}
