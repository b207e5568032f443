//! Lines as they arrive (RFC 9112 section 2.2, 5).

use super::rules::Claim;
use super::side::is_value;
use super::{HeadReader, HeadRules, Progress};
use crate::wire::bytes::{find, move_down};
use crate::wire::fields::Known;
use crate::wire::head_error::Fault;
use crate::wire::{HeadError, Version, Window};

/// The line at the front of the window.
#[derive(Clone, Copy)]
struct Line {
    /// Its bytes without its end.
    content: usize,
    /// Its bytes with its end: as many as without, if only a piece of it is there.
    length: usize,
}

impl Line {
    const fn is_whole(self) -> bool {
        self.length > self.content
    }
}

impl HeadReader {
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
        let taken = self.take_lines(buffer, window, rules, false);
        taken.map_err(|fault| self.error(fault, *window, rules))
    }

    /// As [`advance`](Self::advance). Where the window `is_full`, a line that does not end in it is too long for
    /// the buffer, and is dropped.
    pub(super) fn take_lines(
        &mut self,
        buffer: &mut [u8],
        window: &mut Window,
        rules: &HeadRules<'_>,
        is_full: bool,
    ) -> Result<Progress, Fault> {
        loop {
            let at = window.start();
            let line = self.next_line(buffer, *window);
            let Line { content, length } = line;
            if !line.is_whole() && self.skipping.is_none() {
                if !is_full {
                    return Ok(Progress::NeedMore);
                }
                if !self.has_begun {
                    (self.side.too_long)(self, buffer, window)?;
                    self.scanned = 0;
                    continue;
                }
            }
            self.total = self.total.saturating_add(length);
            if self.total > rules.limit {
                return Err(Fault::HeadTooLong);
            }
            // Many a small server ends lines in LF alone, so a response may; in a request that is a way to smuggle
            // one past a proxy.
            if length == content + 1 && !self.side.is_lenient {
                return Err(Fault::LineEnding);
            }
            let mut is_over = false;
            if self.has_begun {
                if self.skipping.is_none() {
                    is_over = self.field(buffer, at, line, rules)?;
                }
                if let Some(claim) = self.skipping {
                    let piece = buffer.get(at..at + length).unwrap_or_default();
                    self.check_dropped(piece.get(..content).unwrap_or_default())?;
                    (self.side.count)(self, piece, claim, false);
                    if line.is_whole() {
                        self.skipping = None;
                    }
                }
            } else if content > 0 || self.side.is_lenient {
                self.start(buffer.get(at..at + content).unwrap_or_default())?;
                self.keep(buffer, at, length);
                if self.kept > buffer.len() / 2 {
                    (self.side.cut_reason)(self, buffer);
                }
            } // An empty line before a request is let pass (RFC 9112 section 2.2).
            window.take(length);
            self.scanned = 0;
            if !line.is_whole() {
                return Ok(Progress::NeedMore);
            }
            self.line = self.line.saturating_add(1);
            self.is_folded = false;
            if is_over {
                return self.finish();
            }
        }
    }

    /// Finds the end of the line at the front of the window.
    ///
    /// A header of a response may go on in the next line, if that begins with white space. Then the end between the
    /// two is made white space (RFC 9112 section 5.2), so the byte behind a line has to be there.
    fn next_line(&mut self, buffer: &mut [u8], window: Window) -> Line {
        loop {
            let unread = window.bytes(buffer);
            let scanned = usize::from(self.scanned);
            let at = scanned + find(unread.get(scanned..).unwrap_or_default(), b'\n');
            let has_cr = at > 0 && unread.get(at - 1) == Some(&b'\r');
            let content = at - usize::from(has_cr);
            let may_go_on =
                (self.has_begun && content > 0 || self.skipping.is_some()) && self.side.is_lenient;
            self.scanned = u16::try_from(at).unwrap_or(u16::MAX);
            match unread.get(at + 1) {
                Some(b' ' | b'\t') if may_go_on => {}
                None if may_go_on || at >= unread.len() => {
                    return Line { content, length: content };
                }
                _ => return Line { content, length: at + 1 },
            }
            let start = window.start();
            buffer.get_mut(start + content..start + at + 1).unwrap_or_default().fill(b' ');
            self.line = self.line.saturating_add(1);
            self.is_folded = true;
        }
    }

    /// Takes in a line behind the first, or the front of one that is too long for the buffer; whether it is the
    /// empty one that ends the head.
    fn field(
        &mut self,
        buffer: &mut [u8],
        at: usize,
        line: Line,
        rules: &HeadRules<'_>,
    ) -> Result<bool, Fault> {
        let Line { content, length } = line;
        let bytes = buffer.get(at..at + length).unwrap_or_default();
        let text = bytes.get(..content).unwrap_or_default();
        let mut claim = Claim::None;
        match check_header(bytes) {
            Check::End => return Ok(true),
            Check::Malformed => (self.side.check_odd)(self, text, rules)?,
            Check::Header => {
                let colon = find(text, b':');
                let name = text.get(..colon).unwrap_or_default();
                let known = self.known(name);
                if line.is_whole() {
                    if let Some(known) = known {
                        let value = text.get(colon + 1..).unwrap_or_default().trim_ascii();
                        (self.side.observe)(self, known, value)?;
                    }
                    let fits = self.fits(length, buffer);
                    if !fits {
                        claim = rules.claim(name, self.code);
                    }
                    if fits || (self.side.has_room)(self, buffer, length, claim, rules) {
                        self.keep(buffer, at, length);
                        return Ok(false);
                    }
                } else {
                    // No name that matters is so long.
                    let is_named = colon < content || (content > MAX_NAME && self.side.is_lenient);
                    claim = match known {
                        None if is_named => rules.claim(name, self.code),
                        _ => Claim::Wanted,
                    };
                    if claim != Claim::None && !self.side.is_lenient {
                        return Err(Fault::HeaderTooLong);
                    }
                }
            }
        }
        self.has_dropped();
        let piece =
            if line.is_whole() { buffer.get(at..at + length).unwrap_or_default() } else { &[] };
        (self.side.count)(self, piece, claim, true);
        if !line.is_whole() {
            self.skipping = Some(claim);
        }
        Ok(false)
    }

    pub(super) fn start(&mut self, line: &[u8]) -> Result<(), Fault> {
        self.has_begun = true;
        (self.version, self.code) = (self.side.check_start)(line)?;
        Ok(())
    }

    fn finish(&self) -> Result<Progress, Fault> {
        if self.dropped == Some(Claim::Wanted) {
            return Err(Fault::BufferTooSmall);
        }
        let needs_host = !self.side.is_lenient && self.version == Version::Http11;
        if needs_host && !self.fields.has_host() {
            return Err(Fault::Host);
        }
        Ok(Progress::Complete)
    }

    fn keep(&mut self, buffer: &mut [u8], from: usize, length: usize) {
        if from != self.kept {
            move_down(buffer, from, length, self.kept);
        }
        self.kept += length;
    }

    /// Whether a line that nobody wants is kept.
    fn fits(&self, length: usize, buffer: &[u8]) -> bool {
        !self.full && self.kept + length <= buffer.len() / 2
    }

    /// The meaning of a header for the message itself. Host and Expect have none in a response.
    fn known(&self, name: &[u8]) -> Option<Known> {
        let is_lenient = self.side.is_lenient;
        Known::of(name).filter(|known| !is_lenient || !matches!(known, Known::Host | Known::Expect))
    }

    /// A piece of a line that is dropped. A CR alone ends a line for some.
    pub(super) fn check_dropped(&self, piece: &[u8]) -> Result<(), Fault> {
        let is_lenient = self.side.is_lenient;
        let is_fine = piece.iter().all(|&byte| byte != b'\r' && (is_lenient || is_value(byte)));
        if is_fine { Ok(()) } else { Err(Fault::Header) }
    }
}

/// No longer name is waited for: that of CORS's header for credentials.
const MAX_NAME: usize = 32;

enum Check {
    /// A header, or the front of one.
    Header,
    End,
    Malformed,
}

/// Has `httparse` check the line at the front of `bytes`.
///
/// It gets room for no header, so it stops behind the first one, and nothing is read twice. Called
/// from one place only: with the empty array known, the compiler drops all that stores headers,
/// and with it the one bounds check in `httparse` that could panic.
#[inline(never)]
fn check_header(bytes: &[u8]) -> Check {
    match httparse::parse_headers(bytes, &mut []) {
        Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => Check::Header,
        Ok(httparse::Status::Complete(_)) => Check::End,
        Err(_) => Check::Malformed,
    }
}
