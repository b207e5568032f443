mod lines;
mod room;
mod rules;
mod side;

use rules::Claim;
pub use rules::{HeadRules, Needed, Progress};
use side::Side;

use super::head_error::Fault;
use super::{Fields, HeadError, Version, Window};

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
    has_begun: bool,
    /// The current line goes on in a second one.
    is_folded: bool,
    /// No room: from now on only what is wanted is kept.
    full: bool,
    /// Something was dropped: `Wanted` if that was wanted, or else `None`, whatever it was worth. Without what is
    /// wanted, the rest is only read to tell what would fit.
    dropped: Option<Claim>,
    /// So many headers did not fit that would have been welcome.
    lost: u8,
}

impl HeadReader {
    /// A reader for the head of a request.
    #[must_use]
    pub const fn request() -> Self {
        Self::new(&side::REQUEST)
    }

    /// A reader for the head of a response.
    #[must_use]
    pub const fn response() -> Self {
        Self::new(&side::RESPONSE)
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
            has_begun: false,
            is_folded: false,
            full: false,
            dropped: None,
            lost: 0,
        }
    }

    /// Begins anew behind an interim response (1xx), under the same limit for all of them together.
    pub const fn restart(&mut self) {
        let total = self.total;
        self.reset();
        self.total = total;
    }

    /// Begins anew with another message.
    // Built from its own side, it is not copied from a constant of as many bytes.
    pub(crate) const fn reset(&mut self) {
        *self = Self::new(self.side);
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
        self.has_begun
    }

    /// Whether a header was dropped because there was no room for it, or nobody could read it.
    #[must_use]
    pub const fn dropped(&self) -> bool {
        self.dropped.is_some()
    }

    /// So many bytes of [`Needed`] headers that decide something there was no room for; a byte that a URL cannot
    /// hold counts as the three of its escape.
    #[must_use]
    pub const fn missing(&self) -> usize {
        self.missing
    }

    /// A buffer of so many bytes would have held all that is wanted, needed and welcome.
    #[must_use]
    pub const fn room(&self) -> usize {
        self.kept + self.missing + self.welcome as usize + side::SPARE
    }

    /// So many [`Needed`] headers that are welcome whatever the status is there was no room for.
    #[must_use]
    pub const fn lost(&self) -> u8 {
        self.lost
    }

    /// A fault with its numbers; the line is at the front of the window.
    fn error(&self, fault: Fault, window: Window, rules: &HeadRules<'_>) -> HeadError {
        match fault {
            Fault::StartLine => HeadError::StartLine,
            Fault::MethodTooLong => HeadError::MethodTooLong,
            Fault::Target => HeadError::Target,
            Fault::Version => HeadError::Version,
            Fault::StartLineTooLong => HeadError::StartLineTooLong { have: window.len() },
            Fault::Header => HeadError::Header { line: self.line.saturating_add(1) },
            Fault::LineEnding => HeadError::LineEnding,
            Fault::HeaderTooLong => HeadError::HeaderTooLong { have: window.len() },
            Fault::BufferTooSmall => HeadError::BufferTooSmall { need: self.room() },
            Fault::HeadTooLong => HeadError::HeadTooLong { limit: rules.limit },
            Fault::Host => HeadError::Host,
            Fault::ContentLength => HeadError::ContentLength,
            Fault::ConflictingLengths => HeadError::ConflictingLengths,
            Fault::LengthAndCoding => HeadError::LengthAndCoding,
            Fault::TransferCoding => HeadError::TransferCoding,
            Fault::ChunkedNotLast => HeadError::ChunkedNotLast,
        }
    }

    /// So many bytes of the line in the window, or of lines behind it, were taken out.
    pub(crate) fn cut(&mut self, bytes: usize, rules: &HeadRules<'_>) -> Result<(), HeadError> {
        if bytes > 0 {
            self.scanned = 0;
        }
        self.charge(bytes, rules).map_err(|fault| self.error(fault, Window::at(0), rules))
    }

    fn has_dropped(&mut self) {
        self.dropped.get_or_insert(Claim::None);
    }
}

#[cfg(test)]
mod tests;
