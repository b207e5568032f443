//! Lines as they arrive (RFC 9112 section 2.2, 5).

use super::rules::Claim;
use super::{HeadReader, HeadRules, Progress};
use crate::wire::ascii::is_value;
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
            let Some(line) = self.next_line(buffer, *window)? else { continue };
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
            self.charge(length, rules)?;
            // Many a small server ends lines in LF alone, so a response may; in a request that is a way to smuggle
            // one past a proxy.
            if length == content + 1 && !self.side.is_lenient {
                return Err(Fault::LineEnding);
            }
            let bytes = buffer.get(at..at + length).ok_or(Fault::Header)?;
            let mut is_over = false;
            if self.has_begun {
                let is_first = self.skipping.is_none();
                let is_all = is_first && line.is_whole();
                let verdict = match self.skipping {
                    Some(claim) => Verdict::Worth(claim),
                    None => self.judge(bytes, line, self.fits(length, buffer), rules)?,
                };
                match verdict {
                    Verdict::End => is_over = true,
                    Verdict::Worth(claim)
                        if !(is_all
                            && (self.side.has_room)(self, buffer, length, claim, rules)) =>
                    {
                        self.has_dropped();
                        let piece = buffer.get(at..at + length).ok_or(Fault::Header)?;
                        if !is_all {
                            self.check_dropped(piece.get(..content).ok_or(Fault::Header)?)?;
                        }
                        (self.side.count)(self, piece, claim, is_first);
                        self.skipping = if line.is_whole() { None } else { Some(claim) };
                    }
                    _ => self.keep(buffer, at, length),
                }
            } else if content > 0 || self.side.is_lenient {
                self.start(bytes.get(..content).ok_or(Fault::Header)?)?;
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
            self.line = self.line.wrapping_add(1);
            self.is_folded = false;
            if is_over {
                return self.finish();
            }
        }
    }

    pub(super) fn charge(&mut self, length: usize, rules: &HeadRules<'_>) -> Result<(), Fault> {
        self.total = self.total.saturating_add(length);
        if self.total > rules.limit { Err(Fault::HeadTooLong) } else { Ok(()) }
    }

    /// Finds the end of the line at the front of the window.
    ///
    /// A header of a response may go on in the next line, if that begins with white space. Then the end between the
    /// two is made white space (RFC 9112 section 5.2), and `None` is returned: the end is still to be found. So the byte
    /// behind a line has to be there.
    fn next_line(&mut self, buffer: &mut [u8], window: Window) -> Result<Option<Line>, Fault> {
        let scanned = usize::from(self.scanned);
        let unread = window.bytes(buffer);
        let at = scanned + find(unread.get(scanned..).unwrap_or_default(), b'\n');
        let has_cr = matches!(unread.get(..at), Some([.., b'\r']));
        let content = at - usize::from(has_cr);
        let may_go_on =
            self.side.is_lenient && (self.has_begun && content > 0 || self.skipping.is_some());
        let length = match unread.get(at + 1) {
            Some(b' ' | b'\t') if may_go_on => {
                if self.skipping.is_some() {
                    // With its own line's number, however many lines came at once.
                    self.check_dropped(unread.get(scanned..content).unwrap_or_default())?;
                }
                let start = window.start();
                buffer.get_mut(start + content..start + at + 1).unwrap_or_default().fill(b' ');
                self.line = self.line.wrapping_add(1);
                self.is_folded = true;
                self.scanned = u16::try_from(at).unwrap_or(u16::MAX);
                return Ok(None);
            }
            None if may_go_on || at >= unread.len() => {
                self.scanned = u16::try_from(at).unwrap_or(u16::MAX);
                content
            }
            _ => at + 1,
        };
        Ok(Some(Line { content, length }))
    }

    /// Takes in what a line behind the first says, or the front of one that is too long for the buffer, and tells
    /// what it is worth.
    fn judge(
        &mut self,
        bytes: &[u8],
        line: Line,
        fits: bool,
        rules: &HeadRules<'_>,
    ) -> Result<Verdict, Fault> {
        let text = bytes.get(..line.content).ok_or(Fault::Header)?;
        let fits = fits && line.is_whole();
        match check_header(bytes) {
            Check::Header => {}
            Check::End => return Ok(Verdict::End),
            Check::Malformed => {
                (self.side.check_odd)(self, text, rules)?;
                return Ok(Verdict::Worth(Claim::None));
            }
        }
        // Most headers begin with another letter: without a look at their names, each takes 100 instructions less.
        if fits && !text.first().is_some_and(|first| Known::begins_with(*first)) {
            return Ok(Verdict::Fits);
        }
        let colon = find(text, b':');
        let name = text.get(..colon).ok_or(Fault::Header)?;
        let known = self.known(name);
        let mut claim = Claim::Wanted;
        if line.is_whole() {
            if let Some(known) = known {
                let value = text.get(colon + 1..).ok_or(Fault::Header)?.trim_ascii();
                (self.side.observe)(self, known, value)?;
            }
            if fits {
                return Ok(Verdict::Fits);
            }
            claim = rules.claim(name, self.code);
        } else if known.is_none()
            // No name that matters is longer than that.
            && (colon < text.len() || (colon > MAX_NAME && self.side.is_lenient))
        {
            claim = rules.claim(name, self.code);
        } else if known == Some(Known::Connection) && self.side.is_lenient {
            // Whatever the rest of its list says.
            self.fields.will_close();
            claim = Claim::None;
        }
        if line.is_whole() || claim == Claim::None || self.side.is_lenient {
            Ok(Verdict::Worth(claim))
        } else {
            Err(Fault::HeaderTooLong)
        }
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

/// What is to be done with a line.
enum Verdict {
    /// It is the empty one that ends the head.
    End,
    /// There is room to spare.
    Fits,
    Worth(Claim),
}

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
