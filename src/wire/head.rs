use super::bytes::move_down;
use super::fields::Known;
use super::headers::{split_header, take_line};
use super::start_line::{check_request_line, check_status_line};
use super::{Fields, HeadError, Version, Window};

/// What a reader of heads is to do with headers.
#[derive(Debug, Clone, Copy)]
pub struct HeadRules<'a> {
    /// Names of headers that must be kept, or the head is refused.
    pub wanted: &'a [&'a str],
    /// The most bytes that a head may have, kept or not.
    pub limit: usize,
}

impl HeadRules<'_> {
    /// The limit where no other is set: 16 KiB, as most servers have it.
    pub const DEFAULT_LIMIT: usize = 16 * 1024;

    fn wants(&self, name: &[u8]) -> bool {
        self.wanted.iter().any(|wanted| name.eq_ignore_ascii_case(wanted.as_bytes()))
    }
}

impl Default for HeadRules<'_> {
    fn default() -> Self {
        Self { wanted: &[], limit: Self::DEFAULT_LIMIT }
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

/// Checks a first line, without its end, and returns its version and the code of a response.
///
/// A reader holds a pointer to the one that it needs, so that an image with a client alone does not
/// hold what a server needs.
type CheckStart = fn(&[u8]) -> Result<(Version, u16), HeadError>;

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
    check_start: CheckStart,
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
        Self::new(true, |line| Ok((check_request_line(line)?, 0)))
    }

    /// A reader for the head of a response.
    #[must_use]
    pub const fn response() -> Self {
        Self::new(false, check_status_line)
    }

    const fn new(is_request: bool, check_start: CheckStart) -> Self {
        Self {
            fields: Fields::new(),
            kept: 0,
            scanned: 0,
            total: 0,
            code: 0,
            version: Version::Http11,
            check_start,
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
        *self = Self::new(self.is_request, self.check_start);
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

    /// Whether any byte of the head has been taken.
    #[must_use]
    pub const fn has_begun(&self) -> bool {
        self.total > 0
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
                            self.fields.observe(known, value)?;
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
        (self.version, self.code) = (self.check_start)(line)?;
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

    fn drop_optional(&mut self, buffer: &mut [u8], rules: &HeadRules<'_>) {
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
            return Err(HeadError::StartLineTooLong { have });
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
mod tests {
    use std::string::String;
    use std::vec::Vec;
    use std::{format, vec};

    use proptest::prelude::*;

    use super::super::RequestHead;
    use super::*;

    /// Reads the head of a request that arrives in pieces of `step` bytes through a buffer of
    /// `size`. Returns what was kept, and what is behind the head.
    fn read(
        mut reader: HeadReader,
        input: &[u8],
        size: usize,
        step: usize,
        rules: &HeadRules<'_>,
    ) -> Result<(HeadReader, Vec<u8>, Vec<u8>), HeadError> {
        let mut buffer = vec![0; size];
        let mut window = Window::default();
        let mut rest = input;
        loop {
            if reader.advance(&mut buffer, &mut window, rules)? == Progress::Complete {
                let behind = [window.bytes(&buffer), rest].concat();
                let kept = buffer[..reader.kept()].to_vec();
                return Ok((reader, kept, behind));
            }
            assert!(!rest.is_empty(), "more is wanted than there is");
            reader.make_room(&mut buffer, &mut window, rules)?;
            let room = window.room(&mut buffer);
            let n = room.len().min(step).min(rest.len());
            assert!(n > 0, "there is no room and no error");
            room[..n].copy_from_slice(&rest[..n]);
            window.received(n);
            rest = &rest[n..];
        }
    }

    fn request(input: &[u8]) -> Result<HeadReader, HeadError> {
        let rules = HeadRules::default();
        let whole = read(HeadReader::request(), input, 1024, usize::MAX, &rules).map(|(r, ..)| r);
        for step in 1..input.len() {
            let split = read(HeadReader::request(), input, 1024, step, &rules).map(|(r, ..)| r);
            let summary = |result: &Result<HeadReader, HeadError>| {
                result.as_ref().map(|r| (*r.fields(), r.version(), r.kept())).map_err(|e| *e)
            };
            assert_eq!(summary(&split), summary(&whole), "{} by {step}", input.escape_ascii());
        }
        whole
    }

    #[test]
    fn requests_that_are_refused() {
        let head = |lines: &str| format!("GET / HTTP/1.1\r\n{lines}\r\n").into_bytes();
        let table: &[(&str, HeadError)] = &[
            ("", HeadError::Host),
            ("Host: a\r\nHost: a\r\n", HeadError::Host),
            ("Host: a b\r\n", HeadError::Host),
            ("Host : a\r\n", HeadError::Header),
            (" Host: a\r\n", HeadError::Header),
            ("Host: a\r\n folded\r\n", HeadError::Header),
            ("Host: a\r\nX: a\rb\r\n", HeadError::Header),
            ("Host: a\r\nX: a\0b\r\n", HeadError::Header),
            ("Host: a\r\nX: a\x7fb\r\n", HeadError::Header),
            ("Host: a\r\n: b\r\n", HeadError::Header),
            ("Host: a\r\nX\r\n", HeadError::Header),
            ("Host: a\r\nX Y: b\r\n", HeadError::Header),
            ("Host: a\r\n光: b\r\n", HeadError::Header),
            ("Host: a\nX: b\r\n", HeadError::LineEnding),
            ("Host: a\r\n\nX: b\r\n", HeadError::LineEnding),
            ("Host: a\r\nContent-Length: x\r\n", HeadError::ContentLength),
            (
                "Host: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
                HeadError::ConflictingLengths,
            ),
            ("Host: a\r\nTransfer-Encoding: gzip\r\n", HeadError::TransferCoding),
            (
                "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n",
                HeadError::LengthAndCoding,
            ),
        ];
        for (lines, expected) in table {
            assert_eq!(request(&head(lines)).err(), Some(*expected), "{lines:?}");
        }
        assert_eq!(request(b"GET / HTTP/3.0\r\n\r\n").err(), Some(HeadError::Version));
        assert_eq!(request(b"GET /\r\n\r\n").err(), Some(HeadError::StartLine));
        assert_eq!(request(b"\n\n").err(), Some(HeadError::LineEnding));
    }

    #[test]
    fn requests_that_are_taken() {
        assert!(request(b"GET / HTTP/1.0\r\n\r\n").is_ok());
        assert!(request(b"\r\nGET / HTTP/1.1\r\nHost:\r\n\r\n").is_ok());
        let value = "GET / HTTP/1.1\r\nHost: a\r\nX:\t光 \u{80}\r\n\r\n";
        assert!(request(value.as_bytes()).is_ok());
        let chunked = request(b"POST / HTTP/1.1\r\nhOsT: a\r\ntransfer-encoding:Chunked\r\n\r\n");
        assert!(chunked.is_ok_and(|reader| reader.fields().is_chunked()));
    }

    #[test]
    fn small_servers_may_end_lines_in_lf() {
        let rules = HeadRules::default();
        let input = b"HTTP/1.1 200 OK\nContent-Type: text/html\nConnection: close\n\n<html>";
        for step in 1..input.len() {
            let (reader, _, behind) =
                read(HeadReader::response(), input, 256, step, &rules).unwrap();
            assert_eq!((reader.code(), behind.as_slice()), (200, &b"<html>"[..]));
        }
    }

    /// 4 KiB of cookies in one line, and 2 KiB of other headers.
    fn browser() -> Vec<u8> {
        let others: String =
            (0..40).map(|n| format!("X-Header-{n}: {}\r\n", "v".repeat(40))).collect();
        let cookies = "session=0123456789abcdef; ".repeat(160);
        let head = format!(
            "GET /light HTTP/1.1\r\nHost: a\r\n{others}Cookie: {cookies}\r\nX-Token: secret\r\nContent-Length: 3\r\n\r\nabc"
        );
        head.into_bytes()
    }

    #[test]
    fn cookies_pass_through_a_small_buffer() {
        let input = browser();
        for size in [64, 100, 256, 512] {
            for step in [1, 7, 64, usize::MAX] {
                let rules = HeadRules { wanted: &["x-token"], limit: 16 * 1024 };
                let (reader, kept, behind) =
                    read(HeadReader::request(), &input, size, step, &rules).unwrap();
                let head = RequestHead::new(&kept);
                assert_eq!(head.target(), "/light");
                assert_eq!(head.headers().get("X-Token"), Some("secret"));
                assert_eq!(head.headers().get("Cookie"), None);
                assert_eq!(reader.fields().content_length(), Some(3));
                assert!(reader.dropped());
                assert_eq!(behind, b"abc", "{size} by {step}");
            }
        }
    }

    #[test]
    fn what_fits_is_kept() {
        let (reader, kept, _) =
            read(HeadReader::request(), &browser(), 16 * 1024, 100, &HeadRules::default()).unwrap();
        assert!(!reader.dropped());
        assert_eq!(RequestHead::new(&kept).headers().count(), 44);
    }

    #[test]
    fn a_wanted_header_takes_the_place_of_others() {
        let input = b"GET / HTTP/1.1\r\nHost: a\r\nA: 123456789\r\nWanted: 0123456789\r\n\r\n";
        let rules = HeadRules { wanted: &["Wanted"], limit: 1024 };
        let (reader, kept, _) = read(HeadReader::request(), input, 56, 5, &rules).unwrap();
        let head = RequestHead::new(&kept);
        assert_eq!(head.headers().get("wanted"), Some("0123456789"));
        assert_eq!(head.headers().get("a"), None);
        assert!(reader.dropped());
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let rules = HeadRules { wanted: &["Wanted"], limit: 1000 };
        let error = |input: &[u8]| {
            let results = [1, 9, usize::MAX]
                .map(|step| read(HeadReader::request(), input, 64, step, &rules).err());
            assert!(results.iter().all(|result| *result == results[0]), "{results:?}");
            results[0]
        };
        let long = "x".repeat(100);
        let line = format!("GET /{long} HTTP/1.1\r\n\r\n");
        assert_eq!(error(line.as_bytes()), Some(HeadError::StartLineTooLong { have: 64 }));
        let wanted = format!("GET / HTTP/1.1\r\nWanted: {long}\r\n\r\n");
        assert_eq!(error(wanted.as_bytes()), Some(HeadError::HeaderTooLong { have: 48 }));
        let host = format!("GET / HTTP/1.1\r\nHost: {long}\r\n\r\n");
        assert_eq!(error(host.as_bytes()), Some(HeadError::HeaderTooLong { have: 48 }));
        let name = format!("GET / HTTP/1.1\r\n{long}: x\r\n\r\n");
        assert_eq!(error(name.as_bytes()), Some(HeadError::HeaderTooLong { have: 48 }));
        let dropped = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\0\r\n\r\n");
        assert_eq!(error(dropped.as_bytes()), Some(HeadError::Header));
        let bare_cr = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r{long}\r\n\r\n");
        assert_eq!(error(bare_cr.as_bytes()), Some(HeadError::Header));
        let endless = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", "x".repeat(2000));
        assert_eq!(error(endless.as_bytes()), Some(HeadError::HeadTooLong { limit: 1000 }));
        let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}", "X: y\r\n".repeat(400));
        assert_eq!(error(many.as_bytes()), Some(HeadError::HeadTooLong { limit: 1000 }));
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken_or_refused(
            lines in prop::collection::vec("[ -~\\t]{0,80}", 0..20),
            noise: Vec<u8>, size in 1_usize..300, step in 1_usize..50,
        ) {
            let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n\r\n", lines.join("\r\n"));
            for input in [text.as_bytes(), &noise] {
                let input = [input, &b"\r\n\r\n".repeat(3)].concat();
                for reader in [HeadReader::request(), HeadReader::response()] {
                    let _ = read_some(reader, &input, size, step);
                }
            }
        }
    }

    /// As `read`, for input that may end before the head does.
    fn read_some(reader: HeadReader, input: &[u8], size: usize, step: usize) -> Option<HeadError> {
        let padded = [input, &b"A: b\r\n".repeat(3000)].concat();
        read(reader, &padded, size, step, &HeadRules::default()).err()
    }
}
