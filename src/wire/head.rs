use super::bytes::move_down;
use super::fields::Known;
use super::headers::{split_header, take_line};
use super::start_line::{check_request_line, check_status_line, too_long};
use super::{Fields, HeadError, Version, Window};

/// What a reader of heads is to do with headers.
#[derive(Debug, Clone, Copy)]
pub struct HeadRules<'a> {
    /// Names of headers that must be kept, or the head is refused.
    pub wanted: &'a [&'a str],
    /// Names of others that must be kept, for what handles the message in between.
    pub needed: &'static [&'static str],
    /// The most bytes that a head may have, kept or not.
    pub limit: usize,
}

impl HeadRules<'_> {
    /// The limit where no other is set: 16 KiB, as most servers have it.
    pub const DEFAULT_LIMIT: usize = 16 * 1024;

    fn wants(&self, name: &[u8]) -> bool {
        let is_it = |wanted: &&str| name.eq_ignore_ascii_case(wanted.as_bytes());
        self.wanted.iter().any(is_it) || self.needed.iter().any(is_it)
    }
}

impl Default for HeadRules<'_> {
    fn default() -> Self {
        Self { wanted: &[], needed: &[], limit: Self::DEFAULT_LIMIT }
    }
}

/// Whether a head is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// More bytes are needed: [`HeadReader::make_room`], then receive.
    NeedMore,
    /// The head is complete; what is still in the window comes after it.
    Complete,
}

/// What differs between requests and responses.
///
/// A reader holds a pointer to the one that it needs, so that an image with a client alone does not
/// hold what a server needs.
#[derive(Debug)]
struct Direction {
    check_start: CheckStart,
    /// Says what is wrong with the front of a first line that is too long.
    too_long: fn(&[u8]) -> Option<HeadError>,
    observe: fn(&mut Fields, Known, &[u8]) -> Result<(), HeadError>,
}

/// Checks a first line, without its end, and returns its version and the code of a response.
type CheckStart = fn(&[u8]) -> Result<(Version, u16), HeadError>;

static REQUEST: Direction = Direction {
    check_start: |line| Ok((check_request_line(line)?, 0)),
    too_long,
    observe: Fields::observe_request,
};

static RESPONSE: Direction = Direction {
    check_start: check_status_line,
    too_long: |_| None,
    observe: Fields::observe_response,
};

/// Takes a head line by line out of what arrives, however it is split.
///
/// The first line and the wanted headers are kept at the front of the buffer. Other headers are
/// kept while they fill less than half of it. Those that do not fit are checked and dropped, even
/// one that is longer than the buffer, so a browser's 4 KiB of cookies pass through 256 bytes.
/// The headers that frame the message (RFC 9112 section 6) are understood as they pass and need no
/// room; see [`Fields`].
///
/// ```
/// use nal_http::wire::{HeadReader, HeadRules, Progress, RequestHead, Window};
///
/// let mut buffer = *b"GET /light HTTP/1.1\r\nHost: mpython\r\n\r\nnext";
/// let mut window = Window::default();
/// window.received(buffer.len());
///
/// let mut reader = HeadReader::request();
/// let progress = reader.advance(&mut buffer, &mut window, &HeadRules::default());
/// assert_eq!(progress, Ok(Progress::Complete));
/// assert_eq!(window.bytes(&buffer), b"next");
/// assert_eq!(RequestHead::new(&buffer[..reader.kept()]).target(), "/light");
/// ```
#[derive(Debug, Clone)]
pub struct HeadReader {
    fields: Fields,
    /// `buffer[..kept]` is the first line and the headers kept so far.
    kept: usize,
    /// So many bytes of the current line have been searched for its end.
    scanned: usize,
    /// So many bytes of the head are behind us.
    total: usize,
    code: u16,
    version: Version,
    direction: &'static Direction,
    is_request: bool,
    started: bool,
    /// The current line is too long for the buffer and is being dropped.
    skipping: bool,
    /// No room: from now on only what is wanted is kept.
    full: bool,
    dropped: bool,
}

impl HeadReader {
    /// A reader for the head of a request.
    #[must_use]
    pub const fn request() -> Self {
        Self::new(true, &REQUEST)
    }

    /// A reader for the head of a response.
    #[must_use]
    pub const fn response() -> Self {
        Self::new(false, &RESPONSE)
    }

    const fn new(is_request: bool, direction: &'static Direction) -> Self {
        Self {
            fields: Fields::new(),
            kept: 0,
            scanned: 0,
            total: 0,
            code: 0,
            version: Version::Http11,
            direction,
            is_request,
            started: false,
            skipping: false,
            full: false,
            dropped: false,
        }
    }

    /// Begins anew behind an interim response (1xx), under the same limit for all of them together.
    pub const fn restart(&mut self) {
        let total = self.total;
        *self = Self::new(self.is_request, self.direction);
        self.total = total;
    }

    /// What the headers said about length, coding and connection.
    #[must_use]
    pub const fn fields(&self) -> &Fields {
        &self.fields
    }

    /// So many bytes at the front of the buffer hold the head.
    #[must_use]
    pub const fn kept(&self) -> usize {
        self.kept
    }

    /// The version of the message.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The status code of a response, 0 before it came.
    #[must_use]
    pub const fn code(&self) -> u16 {
        self.code
    }

    /// Whether the first line has been taken; empty lines before it are none of the head.
    #[must_use]
    pub const fn has_begun(&self) -> bool {
        self.started
    }

    /// Whether a header was dropped because there was no room for it.
    #[must_use]
    pub const fn dropped(&self) -> bool {
        self.dropped
    }

    /// Takes complete lines from the window.
    ///
    /// # Errors
    /// The first thing that is wrong with the head; the reader is of no further use then.
    pub fn advance(
        &mut self,
        buffer: &mut [u8],
        window: &mut Window,
        rules: &HeadRules<'_>,
    ) -> Result<Progress, HeadError> {
        loop {
            let unread = window.bytes(buffer);
            let fresh = unread.get(self.scanned..).unwrap_or_default();
            let Some(at) = fresh.iter().position(|&byte| byte == b'\n') else {
                self.scanned = unread.len();
                if self.skipping {
                    self.skip(buffer, window, rules)?;
                }
                return Ok(Progress::NeedMore);
            };
            let length = self.scanned + at + 1;
            self.scanned = 0;
            self.charge(length, rules)?;
            let line = unread.get(..length).unwrap_or_default();
            let content = self.without_line_end(line)?;
            let mut complete = false;
            if self.skipping {
                check_value(content)?;
                self.skipping = false;
            } else if !self.started {
                // One empty line before a request is let pass (RFC 9112 section 2.2).
                if !(content.is_empty() && self.is_request) {
                    self.start(content)?;
                    self.keep(buffer, window.start(), length);
                }
            } else {
                match check_header(line) {
                    Line::Header => {
                        let (name, value) = split_header(content).ok_or(HeadError::Header)?;
                        if let Some(known) = Known::of(name) {
                            (self.direction.observe)(&mut self.fields, known, value)?;
                        }
                        let fits = !self.full && self.kept + length <= buffer.len() / 2;
                        if fits || rules.wants(name) {
                            self.keep(buffer, window.start(), length);
                        } else {
                            self.dropped = true;
                        }
                    }
                    Line::End => complete = true,
                    Line::Partial | Line::Malformed => return Err(HeadError::Header),
                }
            }
            window.take(length);
            if complete {
                return self.finish();
            }
        }
    }

    /// Makes room behind the window for more of the head: moves things, drops what need not be
    /// kept, or begins to drop the line that the buffer cannot hold.
    ///
    /// # Errors
    /// The buffer is too small for something that must be kept.
    pub fn make_room(
        &mut self,
        buffer: &mut [u8],
        window: &mut Window,
        rules: &HeadRules<'_>,
    ) -> Result<(), HeadError> {
        if window.is_empty() {
            *window = Window::at(self.kept);
        }
        if window.room(buffer).is_empty() {
            window.move_to(buffer, self.kept);
        }
        if window.room(buffer).is_empty() && !self.full {
            self.full = true;
            self.drop_optional(buffer, rules);
            window.move_to(buffer, self.kept);
        }
        if window.room(buffer).is_empty() {
            self.begin_to_skip(window.bytes(buffer), rules)?;
            self.skip(buffer, window, rules)?;
            window.move_to(buffer, self.kept);
        }
        if window.room(buffer).is_empty() {
            return Err(HeadError::HeaderTooLong { have: window.len() });
        }
        Ok(())
    }

    fn finish(&self) -> Result<Progress, HeadError> {
        let needs_host = self.is_request && self.version == Version::Http11;
        if needs_host && !self.fields.has_host() {
            return Err(HeadError::Host);
        }
        Ok(Progress::Complete)
    }

    fn start(&mut self, line: &[u8]) -> Result<(), HeadError> {
        self.started = true;
        (self.version, self.code) = (self.direction.check_start)(line)?;
        Ok(())
    }

    /// A line without CR LF. Many a small server sends LF alone, so a response may; in a request
    /// that is a way to smuggle one past a proxy.
    fn without_line_end<'l>(&self, line: &'l [u8]) -> Result<&'l [u8], HeadError> {
        match line {
            [content @ .., b'\r', b'\n'] => Ok(content),
            [content @ .., b'\n'] if !self.is_request => Ok(content),
            _ => Err(HeadError::LineEnding),
        }
    }

    fn charge(&mut self, length: usize, rules: &HeadRules<'_>) -> Result<(), HeadError> {
        self.total = self.total.saturating_add(length);
        if self.total > rules.limit {
            return Err(HeadError::HeadTooLong { limit: rules.limit });
        }
        Ok(())
    }

    fn keep(&mut self, buffer: &mut [u8], from: usize, length: usize) {
        move_down(buffer, from, length, self.kept);
        self.kept += length;
    }

    /// Drops the headers that nobody wants, so that what comes behind the head has their room.
    pub(crate) fn drop_optional(&mut self, buffer: &mut [u8], rules: &HeadRules<'_>) {
        let (mut read, mut write) = (0, 0);
        while let Some((line, _)) = buffer.get(read..self.kept).and_then(take_line) {
            let length = line.len();
            let wanted = split_header(line).is_some_and(|(name, _)| rules.wants(name));
            if read == 0 || wanted {
                move_down(buffer, read, length, write);
                write += length;
            }
            read += length;
        }
        self.dropped |= write < self.kept;
        self.kept = write;
    }

    fn begin_to_skip(&mut self, line: &[u8], rules: &HeadRules<'_>) -> Result<(), HeadError> {
        let have = line.len();
        if self.skipping {
            return Ok(());
        }
        if !self.started {
            let error = (self.direction.too_long)(line);
            return Err(error.unwrap_or(HeadError::StartLineTooLong { have }));
        }
        let (name, _) = split_header(line).ok_or(HeadError::HeaderTooLong { have })?;
        if Known::of(name).is_some() || rules.wants(name) {
            return Err(HeadError::HeaderTooLong { have });
        }
        if check_header(line) != Line::Partial {
            return Err(HeadError::Header);
        }
        self.skipping = true;
        self.dropped = true;
        Ok(())
    }

    /// Drops what is there of a line too long to hold, but for a CR that may end it.
    fn skip(
        &mut self,
        buffer: &[u8],
        window: &mut Window,
        rules: &HeadRules<'_>,
    ) -> Result<(), HeadError> {
        let content = match window.bytes(buffer) {
            [content @ .., b'\r'] => content,
            content => content,
        };
        check_value(content)?;
        self.scanned = 0;
        self.charge(content.len(), rules)?;
        window.take(content.len());
        Ok(())
    }
}

/// The bytes of a header's value that is dropped: visible, space or tab (RFC 9110 section 5.5).
fn check_value(bytes: &[u8]) -> Result<(), HeadError> {
    let allowed = |&byte: &u8| (byte >= b' ' && byte != 0x7f) || byte == b'\t';
    bytes.iter().all(allowed).then_some(()).ok_or(HeadError::Header)
}

#[derive(PartialEq, Eq)]
enum Line {
    Header,
    End,
    Partial,
    Malformed,
}

/// Has `httparse` check the line at the front of `bytes`.
///
/// It gets room for no header, so it stops behind the first one, and nothing is read twice. Called
/// from one place only: with the empty array known, the compiler drops all that stores headers,
/// and with it the one bounds check in `httparse` that could panic.
#[inline(never)]
fn check_header(bytes: &[u8]) -> Line {
    match httparse::parse_headers(bytes, &mut []) {
        Err(httparse::Error::TooManyHeaders) => Line::Header,
        Ok(httparse::Status::Complete(_)) => Line::End,
        Ok(httparse::Status::Partial) => Line::Partial,
        Err(_) => Line::Malformed,
    }
}

#[cfg(test)]
mod tests;
