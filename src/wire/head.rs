mod odd;
mod rules;

use odd::{Before, Lenient, Span, is_value};
use rules::Claim;
pub use rules::{HeadRules, Needed, Progress};

use super::bytes::move_down;
use super::fields::Known;
use super::headers::{split_header, take_line};
use super::start_line::{check_request_line, check_status_line, too_long};
use super::{Fields, HeadError, Version, Window};

type CheckStart = fn(&[u8]) -> Result<(Version, u16), HeadError>;

/// What only one side does. A reader holds a pointer to it, so that an image with a client alone does not hold what
/// a server needs, nor the other way round.
#[derive(Debug)]
struct Side {
    /// Checks a first line, without its end, and returns its version and the code of a response.
    check_start: CheckStart,
    /// Says what is wrong with the front of a first line that is too long.
    too_long: fn(&[u8]) -> Option<HeadError>,
    observe: fn(&mut Fields, Known, &[u8]) -> Result<(), HeadError>,
    /// What is let pass in a response.
    lenient: Option<Lenient>,
}

/// Takes a head line by line out of what arrives, however it is split.
///
/// The first line and the wanted headers are kept at the front of the buffer. Other headers are
/// kept while they fill less than half of it. Those that do not fit are checked and dropped, even
/// one that is longer than the buffer, so a browser's 4 KiB of cookies pass through 256 bytes.
/// The headers that frame the message (RFC 9112 section 6) are understood as they pass and need no
/// room; see [`Fields`].
///
/// A request must be what RFC 9112 says. In a response, a line that nobody can read is dropped, unless it could
/// be one that frames the message; and a value that goes on in the next line (section 5.2) is put into one.
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
    /// So many bytes of the head are behind us.
    total: usize,
    /// So many bytes of wanted and needed headers there was no room for.
    missing: usize,
    /// As `missing`, of those that are welcome.
    welcome: u16,
    /// At least so many bytes of the current line have been searched for its end.
    scanned: u16,
    /// So many lines are behind us.
    line: u16,
    code: u16,
    version: Version,
    side: &'static Side,
    /// The current line is too long for the buffer and is being dropped; so much it would be worth.
    skipping: Option<Claim>,
    before: Before,
    /// No room: from now on only what is wanted is kept.
    full: bool,
    /// Something was dropped: `Wanted` if that was wanted, or else `None`, whatever it was worth. Without what is
    /// wanted, the rest is only read to tell what would fit.
    dropped: Option<Claim>,
    /// So many headers did not fit that would have been welcome.
    lost: u8,
}

/// The room that is left behind what is kept of a response, so that the rest can be read.
const SPARE: usize = 40;

impl HeadReader {
    /// A reader for the head of a request.
    #[must_use]
    pub const fn request() -> Self {
        Self::new(&Side {
            check_start: |line| Ok((check_request_line(line)?, 0)),
            too_long,
            observe: Fields::observe_request,
            lenient: None,
        })
    }

    /// A reader for the head of a response.
    #[must_use]
    pub const fn response() -> Self {
        Self::new(&Side {
            check_start: check_status_line,
            too_long: |_| None,
            observe: Fields::observe_response,
            lenient: Some(Lenient::NEW),
        })
    }

    const fn is_request(&self) -> bool {
        self.side.lenient.is_none()
    }

    const fn new(side: &'static Side) -> Self {
        Self {
            fields: Fields::new(),
            kept: 0,
            total: 0,
            missing: 0,
            welcome: 0,
            scanned: 0,
            line: 0,
            code: 0,
            version: Version::Http11,
            side,
            skipping: None,
            before: Before::Nothing,
            full: false,
            dropped: None,
            lost: 0,
        }
    }

    /// Begins anew behind an interim response (1xx), under the same limit for all of them together.
    pub const fn restart(&mut self) {
        let total = self.total;
        *self = Self::new(self.side);
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

    /// So many bytes of the head have been taken, kept or not.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.total
    }

    /// Whether the first line has been taken; empty lines before it are none of the head.
    #[must_use]
    pub const fn has_begun(&self) -> bool {
        !matches!(self.before, Before::Nothing)
    }

    /// Whether a header was dropped because there was no room for it, or nobody could read it.
    #[must_use]
    pub const fn dropped(&self) -> bool {
        self.dropped.is_some()
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
            let fresh = unread.get(self.scanned.into()..).unwrap_or_default();
            let Some(at) = fresh.iter().position(|&byte| byte == b'\n') else {
                self.scanned = u16::try_from(unread.len()).unwrap_or(u16::MAX);
                if self.skipping.is_some() {
                    self.skip(buffer, window, rules)?;
                }
                return Ok(Progress::NeedMore);
            };
            let length = usize::from(self.scanned) + at + 1;
            self.scanned = 0;
            self.charge(length, rules)?;
            let line = unread.get(..length).unwrap_or_default();
            let content = self.without_line_end(line)?;
            let mut complete = false;
            if let Some(claim) = self.skipping.take() {
                self.check_dropped(content)?;
                self.count(line, claim, false);
            } else if !self.has_begun() {
                // One empty line before a request is let pass (RFC 9112 section 2.2).
                if !(content.is_empty() && self.is_request()) {
                    self.start(content)?;
                    self.keep(buffer, window.start(), length);
                    if self.kept > buffer.len() / 2 {
                        self.cut_reason(buffer);
                    }
                }
            } else {
                let span = Span { at: window.start(), length, content: content.len() };
                complete = self.field(buffer, span, rules)?;
            }
            window.take(length);
            self.line = self.line.saturating_add(1);
            if complete {
                return self.finish();
            }
        }
    }

    /// Takes in a line behind the first; whether it is the empty one that ends the head.
    fn field(
        &mut self,
        buffer: &mut [u8],
        span: Span,
        rules: &HeadRules<'_>,
    ) -> Result<bool, HeadError> {
        let Span { at, length, content } = span;
        let line = buffer.get(at..at + length).unwrap_or_default();
        let text = line.get(..content).unwrap_or_default();
        if let (Some(lenient), [b' ' | b'\t', ..]) = (&self.side.lenient, text) {
            return (lenient.unfold)(self, buffer, span, rules).map(|()| false);
        }
        self.before = Before::DROPPED;
        match (check_header(line), split_header(text)) {
            (Line::End, _) => return Ok(true),
            (Line::Header, Some((name, value))) => {
                let known = self.known(name);
                if let Some(known) = known {
                    (self.side.observe)(&mut self.fields, known, value)?;
                }
                let fits = self.fits(length, buffer);
                let is_plain = fits && self.is_request();
                let claim = if is_plain { Claim::None } else { rules.claim(name, self.code) };
                let is_kept = fits
                    || match &self.side.lenient {
                        // It is in the buffer, so it can be kept there.
                        None => claim != Claim::None,
                        Some(lenient) => (lenient.has_room)(self, buffer, length, claim, rules),
                    };
                if is_kept {
                    self.keep(buffer, at, length);
                } else {
                    self.has_dropped();
                    self.count(buffer.get(at..at + length).unwrap_or_default(), claim, true);
                }
                self.before = Before::Header { known, claim, is_kept };
            }
            _ => {
                self.check_odd(text, rules)?;
                self.has_dropped();
            }
        }
        Ok(false)
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
            self.drop_optional(buffer, rules);
            window.move_to(buffer, self.kept);
        }
        if window.room(buffer).is_empty() {
            self.cut_reason(buffer);
            window.move_to(buffer, self.kept);
        }
        if window.room(buffer).is_empty() {
            self.begin_to_skip(buffer, window, rules)?;
            self.skip(buffer, window, rules)?;
            window.move_to(buffer, self.kept);
        }
        if window.room(buffer).is_empty() {
            return Err(HeadError::HeaderTooLong { have: window.len() });
        }
        Ok(())
    }

    fn finish(&self) -> Result<Progress, HeadError> {
        if self.dropped == Some(Claim::Wanted) {
            return Err(HeadError::BufferTooSmall { need: self.room() });
        }
        let needs_host = self.is_request() && self.version == Version::Http11;
        if needs_host && !self.fields.has_host() {
            return Err(HeadError::Host);
        }
        Ok(Progress::Complete)
    }

    fn start(&mut self, line: &[u8]) -> Result<(), HeadError> {
        self.before = Before::StartLine;
        (self.version, self.code) = (self.side.check_start)(line)?;
        Ok(())
    }

    /// A line without CR LF. Many a small server sends LF alone, so a response may; in a request
    /// that is a way to smuggle one past a proxy.
    fn without_line_end<'l>(&self, line: &'l [u8]) -> Result<&'l [u8], HeadError> {
        match line {
            [content @ .., b'\r', b'\n'] => Ok(content),
            [content @ .., b'\n'] if !self.is_request() => Ok(content),
            _ => Err(HeadError::LineEnding),
        }
    }

    /// So many bytes of the line in the window, or of lines behind it, were taken out.
    pub(crate) fn cut(&mut self, bytes: usize, rules: &HeadRules<'_>) -> Result<(), HeadError> {
        if bytes > 0 {
            self.scanned = 0;
        }
        self.charge(bytes, rules)
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

    /// Whether a line that nobody wants is kept.
    fn fits(&self, length: usize, buffer: &[u8]) -> bool {
        !self.full && self.kept + length <= buffer.len() / 2
    }

    fn has_dropped(&mut self) {
        self.dropped.get_or_insert(Claim::None);
    }

    /// A piece of a line that is dropped; the first one, or all of it, or more.
    fn count(&mut self, piece: &[u8], claim: Claim, is_first: bool) {
        if let Some(lenient) = &self.side.lenient {
            (lenient.count)(self, piece, claim, is_first);
        }
    }

    fn malformed(&self) -> HeadError {
        HeadError::Header { line: self.line.saturating_add(1) }
    }

    /// The meaning of a header for the message itself. Host and Expect have none in a response.
    fn known(&self, name: &[u8]) -> Option<Known> {
        let is_request = self.is_request();
        Known::of(name).filter(|known| is_request || !matches!(known, Known::Host | Known::Expect))
    }

    fn check_odd(&self, line: &[u8], rules: &HeadRules<'_>) -> Result<(), HeadError> {
        let lenient = self.side.lenient.as_ref().ok_or(self.malformed())?;
        (lenient.check_odd)(self, line, rules)
    }

    /// A piece of a line that is dropped. A CR alone ends a line for some.
    fn check_dropped(&self, piece: &[u8]) -> Result<(), HeadError> {
        let is_strict = self.is_request();
        let is_fine = piece.iter().all(|&byte| byte != b'\r' && (!is_strict || is_value(byte)));
        if is_fine { Ok(()) } else { Err(self.malformed()) }
    }

    fn cut_reason(&mut self, buffer: &mut [u8]) {
        if let Some(lenient) = &self.side.lenient {
            (lenient.cut_reason)(self, buffer);
        }
    }

    /// Drops the headers that nobody wants, so that what comes behind the head has their room.
    pub(crate) fn drop_optional(&mut self, buffer: &mut [u8], rules: &HeadRules<'_>) {
        self.full = true;
        self.drop_others(buffer, |name, code| rules.claim(name, code) != Claim::None);
    }

    /// Drops all headers but those with this name, and the reason phrase of a response.
    pub fn keep_only(&mut self, buffer: &mut [u8], name: &str) {
        self.drop_others(buffer, |other, _| other.eq_ignore_ascii_case(name.as_bytes()));
        self.cut_reason(buffer);
    }

    /// Drops the headers that are not to be kept.
    fn drop_others(&mut self, buffer: &mut [u8], is_kept: impl Fn(&[u8], u16) -> bool) {
        let (mut read, mut write, mut last) = (0, 0, false);
        while let Some((line, _)) = buffer.get(read..self.kept).and_then(take_line) {
            let length = line.len();
            let name = split_header(line).map(|(name, _)| name);
            last = read == 0 || name.is_some_and(|name| is_kept(name, self.code));
            if last {
                move_down(buffer, read, length, write);
                write += length;
            }
            read += length;
        }
        if write < self.kept {
            self.has_dropped();
        }
        self.kept = write;
        self.before.is_still_kept(last);
    }

    /// The line in the window is too long for the room that there is.
    fn begin_to_skip(
        &mut self,
        buffer: &mut [u8],
        window: &mut Window,
        rules: &HeadRules<'_>,
    ) -> Result<(), HeadError> {
        if self.skipping.is_some() {
            return Ok(());
        }
        if let Some(lenient) = &self.side.lenient {
            self.skipping = Some((lenient.begin_to_skip)(self, buffer, window, rules)?);
            return Ok(());
        }
        let line = window.bytes(buffer);
        if !self.has_begun() {
            let error = (self.side.too_long)(line);
            return Err(error.unwrap_or(HeadError::StartLineTooLong { have: line.len() }));
        }
        let too_long = HeadError::HeaderTooLong { have: line.len() };
        let (name, _) = split_header(line).ok_or(too_long)?;
        if Known::of(name).is_some() || rules.claim(name, 0) != Claim::None {
            return Err(too_long);
        }
        if check_header(line) != Line::Partial {
            return Err(self.malformed());
        }
        self.skipping = Some(Claim::None);
        self.has_dropped();
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
        self.check_dropped(content)?;
        self.scanned = 0;
        self.charge(content.len(), rules)?;
        self.count(content, self.skipping.unwrap_or(Claim::None), false);
        window.take(content.len());
        Ok(())
    }
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
