//! Lines that are no header, and headers of more than one line (RFC 9112 section 5).

use core::mem;

use super::rules::Claim;
use super::{HeadReader, HeadRules, Line, SPARE, check_header};
use crate::wire::bytes::{copy, move_down};
use crate::wire::fields::Known;
use crate::wire::headers::{split_header, take_line};
use crate::wire::method::is_token_byte;
use crate::wire::percent::escaped_len;
use crate::wire::{HeadError, Window};

/// The front of a status line that counts: `HTTP/1.1 200`.
const STATUS: usize = 12;

/// A line in the buffer: where it begins, and how long it is with and without its end.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) at: usize,
    pub(super) length: usize,
    pub(super) content: usize,
}

/// What came last: a line that begins with white space goes on with it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Before {
    Nothing,
    StartLine,
    Header {
        known: Option<Known>,
        claim: Claim,
        /// It is the last line of those that are kept.
        is_kept: bool,
    },
}

impl Before {
    /// A line that was nothing.
    pub(super) const DROPPED: Self =
        Self::Header { known: None, claim: Claim::None, is_kept: false };

    /// Some of what was kept was dropped; whether the last line still is there.
    pub(super) const fn is_still_kept(&mut self, last: bool) {
        if let Self::Header { is_kept, .. } = self {
            *is_kept &= last;
        }
    }
}

/// What there was no room for.
impl HeadReader {
    /// So many bytes of [`Needed`](super::Needed) headers that decide something there was no room for; a byte that a URL
    /// cannot hold counts as the three of its escape.
    #[must_use]
    pub const fn missing(&self) -> usize {
        self.missing
    }

    /// A buffer of so many bytes would have held all that is wanted, needed and welcome.
    #[must_use]
    pub const fn room(&self) -> usize {
        self.kept + self.missing + self.welcome as usize + SPARE
    }

    /// So many [`Needed`](super::Needed) headers that are welcome whatever the status is there was no room for.
    #[must_use]
    pub const fn lost(&self) -> u8 {
        self.lost
    }
}

type Checked<T> = Result<T, HeadError>;

/// What a reader of responses does with lines that are no header, or more than one.
#[derive(Debug)]
pub(super) struct Lenient {
    pub(super) check_odd: fn(&HeadReader, &[u8], &HeadRules<'_>) -> Checked<()>,
    pub(super) unfold: fn(&mut HeadReader, &mut [u8], Span, &HeadRules<'_>) -> Checked<()>,
    pub(super) has_room: fn(&mut HeadReader, &mut [u8], usize, Claim, &HeadRules<'_>) -> bool,
    pub(super) begin_to_skip:
        fn(&mut HeadReader, &mut [u8], &mut Window, &HeadRules<'_>) -> Checked<Claim>,
    pub(super) count: fn(&mut HeadReader, &[u8], Claim, bool),
    pub(super) cut_reason: fn(&mut HeadReader, &mut [u8]),
}

impl Lenient {
    pub(super) const NEW: Self =
        Self { check_odd, unfold, has_room, begin_to_skip, count, cut_reason };
}

/// A line that is no header is dropped, unless somebody else could take it for one that matters.
fn check_odd(reader: &HeadReader, line: &[u8], rules: &HeadRules<'_>) -> Checked<()> {
    let name = split_header(line).map_or(line, |(name, _)| name);
    let is_needed = || rules.claim(name.trim_ascii(), reader.code) == Claim::Needed;
    reader.check_dropped(line)?;
    if may_frame(name) || is_needed() { Err(reader.malformed()) } else { Ok(()) }
}

/// Takes in a line that goes on with the one before: what is kept of both is one line.
fn unfold(
    reader: &mut HeadReader,
    buffer: &mut [u8],
    Span { at, length, content }: Span,
    rules: &HeadRules<'_>,
) -> Checked<()> {
    let line = buffer.get(at..at + content).unwrap_or_default();
    check_fold(reader, line, rules)?;
    let Before::Header { known, claim, is_kept } = reader.before else {
        reader.has_dropped();
        return Ok(());
    };
    if known == Some(Known::Connection) {
        // Whatever the rest of its list says.
        reader.fields.will_close();
    }
    let is_text = line.iter().copied().all(is_value);
    if !is_text && claim == Claim::Needed {
        return Err(reader.malformed());
    }
    let has_room = reader.fits(length, buffer) || has_room(reader, buffer, length, claim, rules);
    if is_kept && is_text && has_room {
        let kept = buffer.get_mut(..reader.kept).unwrap_or_default();
        let line_end = kept.iter_mut().rev().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        line_end.for_each(|byte| *byte = b' ');
        reader.keep(buffer, at, length);
    } else {
        // Nobody can read it, and it had its room until that was seen.
        let claim = if is_text { claim } else { claim.min(Claim::Welcome) };
        give_up(reader, buffer, claim);
        count(reader, buffer.get(at..at + length).unwrap_or_default(), claim, false);
    }
    Ok(())
}

/// Whether there is room for a line of `length` bytes; what is worth less gives way to it.
fn has_room(
    reader: &mut HeadReader,
    buffer: &mut [u8],
    length: usize,
    claim: Claim,
    rules: &HeadRules<'_>,
) -> bool {
    let most = buffer.len().saturating_sub(length + SPARE);
    if claim == Claim::None {
        return false;
    }
    if reader.kept > most {
        reader.drop_optional(buffer, rules);
    }
    if reader.kept > most {
        cut_reason(reader, buffer);
    }
    reader.kept <= most
}

/// The line in the window is too long for the room that there is. Returns what it is worth.
fn begin_to_skip(
    reader: &mut HeadReader,
    buffer: &mut [u8],
    window: &mut Window,
    rules: &HeadRules<'_>,
) -> Checked<Claim> {
    let line = window.bytes(buffer);
    let have = line.len();
    if !reader.has_begun() {
        // What is too long in a status line can only be the reason.
        if have <= STATUS + 2 {
            return Err(HeadError::StartLineTooLong { have });
        }
        reader.start(line)?;
        copy(buffer.get_mut(STATUS..).unwrap_or_default(), b"\r\n");
        reader.kept = STATUS + 2;
        window.take(reader.kept);
        return Ok(Claim::None);
    }
    let name = split_header(line).map(|(name, _)| name);
    let known = name.and_then(|name| reader.known(name));
    let text = line.strip_suffix(b"\r").unwrap_or(line);
    let claim = if let [b' ' | b'\t', ..] = line {
        check_fold(reader, text, rules)?;
        let Before::Header { claim, .. } = reader.before else { return Ok(Claim::None) };
        give_up(reader, buffer, claim);
        return Ok(claim);
    } else if check_header(line) == Line::Malformed {
        check_odd(reader, text, rules)?;
        Claim::None
    } else {
        match name {
            Some(name) if known.is_none() => rules.claim(name, reader.code),
            // No name that matters is so long.
            None if have > MAX_NAME => Claim::None,
            _ => Claim::Wanted,
        }
    };
    reader.before = Before::Header { known, claim, is_kept: false };
    reader.has_dropped();
    count(reader, &[], claim, true);
    Ok(claim)
}

/// No longer name is waited for: that of CORS's header for credentials.
const MAX_NAME: usize = 32;

fn check_fold(reader: &HeadReader, line: &[u8], rules: &HeadRules<'_>) -> Checked<()> {
    match reader.before {
        Before::Nothing | Before::StartLine => check_odd(reader, line, rules),
        // The message would end elsewhere for who reads the lines one by one.
        Before::Header { known: Some(known), .. } if known.frames() => Err(reader.malformed()),
        Before::Header { .. } => reader.check_dropped(line),
    }
}

/// Where the last line begins that is kept.
fn last_line(reader: &HeadReader, buffer: &[u8]) -> usize {
    let before = buffer.get(..reader.kept.saturating_sub(1)).unwrap_or_default();
    before.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1)
}

/// Drops the line before, if it was kept; from now on it is worth so much.
fn give_up(reader: &mut HeadReader, buffer: &[u8], worth: Claim) {
    reader.has_dropped();
    let start = last_line(reader, buffer);
    if let Before::Header { claim, is_kept, .. } = &mut reader.before {
        *claim = worth;
        if mem::take(is_kept) {
            count(reader, buffer.get(start..reader.kept).unwrap_or_default(), worth, true);
            reader.kept = start;
        }
    }
}

/// A piece of a line that is dropped. What is needed may be a URL, and have to be escaped.
fn count(reader: &mut HeadReader, piece: &[u8], claim: Claim, is_first: bool) {
    reader.missing += match claim {
        Claim::None => 0,
        Claim::Welcome => {
            reader.lost = reader.lost.saturating_add(is_first.into());
            let length = u16::try_from(piece.len()).unwrap_or(u16::MAX);
            reader.welcome = reader.welcome.saturating_add(length);
            0
        }
        Claim::Needed => escaped_len(piece),
        Claim::Wanted => {
            reader.dropped = Some(claim);
            piece.len()
        }
    };
}

/// Drops the reason phrase, which says nothing that the code does not.
fn cut_reason(reader: &mut HeadReader, buffer: &mut [u8]) {
    let Some((line, _)) = buffer.get(..reader.kept).and_then(take_line) else { return };
    let (length, short) = (line.len(), STATUS + 2);
    if length > short {
        copy(buffer.get_mut(STATUS..short).unwrap_or_default(), b"\r\n");
        move_down(buffer, length, reader.kept - length, short);
        reader.kept -= length - short;
    }
}

/// Whether this can be in a value: visible, space or tab (RFC 9110 section 5.5).
pub(super) const fn is_value(byte: u8) -> bool {
    (byte >= b' ' && byte != 0x7f) || byte == b'\t'
}

/// Whether one of the words in front of the colon could say for somebody else where the message ends.
fn may_frame(name: &[u8]) -> bool {
    let mut words = name.split(|&byte| !is_token_byte(byte));
    words.any(|word| Known::of(word).is_some_and(Known::frames))
}
