//! Lines that are no header, and headers of more than one line (RFC 9112 section 5).

use core::mem;

use super::rules::Claim;
use super::{HeadReader, HeadRules, STATUS};
use crate::wire::HeadError;
use crate::wire::bytes::{copy, move_down};
use crate::wire::fields::Known;
use crate::wire::headers::{split_header, take_line};
use crate::wire::method::is_token_byte;
use crate::wire::percent::escaped_len;

/// What a line that begins with white space goes on with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Before {
    /// No header came yet.
    Nothing,
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

type Checked<T> = Result<T, HeadError>;

/// What a reader of responses does with lines that are no header, or more than one.
#[derive(Debug)]
pub(super) struct Lenient {
    pub(super) check_odd: fn(&HeadReader, &[u8], &HeadRules<'_>) -> Checked<()>,
    pub(super) unfold:
        fn(&mut HeadReader, &mut [u8], usize, (usize, usize), &HeadRules<'_>) -> Checked<()>,
    pub(super) begin_to_skip: fn(&mut HeadReader, &[u8], &[u8], &HeadRules<'_>) -> Checked<Claim>,
    pub(super) cut_reason: fn(&mut HeadReader, &mut [u8]),
    pub(super) lose: fn(&mut HeadReader, &[u8], Claim),
    pub(super) count: fn(&mut HeadReader, &[u8], Claim),
}

impl Lenient {
    pub(super) const NEW: Self = Self { check_odd, unfold, begin_to_skip, cut_reason, lose, count };
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
    at: usize,
    (length, content): (usize, usize),
    rules: &HeadRules<'_>,
) -> Checked<()> {
    let line = buffer.get(at..at + content).unwrap_or_default();
    check_fold(reader, line, rules)?;
    let Before::Header { known, is_kept, .. } = reader.before else {
        reader.dropped = true;
        return Ok(());
    };
    if known == Some(Known::Connection) {
        // Whatever the rest of its list says.
        reader.fields.will_close();
    }
    let is_text = line.iter().copied().all(is_value);
    let claim = claim(reader, buffer, rules);
    if !is_text && claim == Claim::Needed {
        return Err(reader.malformed());
    }
    let fits = !reader.full && reader.kept + length <= buffer.len() / 2;
    if is_kept && is_text && (fits || reader.has_room(buffer, length, claim, rules)) {
        let kept = buffer.get_mut(..reader.kept).unwrap_or_default();
        let line_end = kept.iter_mut().rev().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        line_end.for_each(|byte| *byte = b' ');
        reader.keep(buffer, at, length);
    } else {
        let claim = if is_text { claim } else { Claim::None };
        give_up(reader, buffer, claim);
        count(reader, buffer.get(at..at + length).unwrap_or_default(), claim);
    }
    Ok(())
}

/// A line that goes on with the one before is too long for the room that there is; what both are worth.
fn begin_to_skip(
    reader: &mut HeadReader,
    buffer: &[u8],
    line: &[u8],
    rules: &HeadRules<'_>,
) -> Checked<Claim> {
    check_fold(reader, line.strip_suffix(b"\r").unwrap_or(line), rules)?;
    let claim = claim(reader, buffer, rules);
    give_up(reader, buffer, claim);
    Ok(claim)
}

fn check_fold(reader: &HeadReader, line: &[u8], rules: &HeadRules<'_>) -> Checked<()> {
    match reader.before {
        Before::Nothing => check_odd(reader, line, rules),
        // The message would end elsewhere for who reads the lines one by one.
        Before::Header { known: Some(Known::ContentLength | Known::TransferEncoding), .. } => {
            Err(reader.malformed())
        }
        Before::Header { .. } => reader.check_dropped(line),
    }
}

/// What the line before is worth.
fn claim(reader: &HeadReader, buffer: &[u8], rules: &HeadRules<'_>) -> Claim {
    match reader.before {
        Before::Nothing => Claim::None,
        Before::Header { claim, is_kept: false, .. } => claim,
        Before::Header { .. } => {
            let last = buffer.get(last_line(reader, buffer)..reader.kept).unwrap_or_default();
            let name = split_header(last).map_or(last, |(name, _)| name);
            rules.claim(name, reader.code)
        }
    }
}

/// Where the last line begins that is kept.
fn last_line(reader: &HeadReader, buffer: &[u8]) -> usize {
    let before = buffer.get(..reader.kept.saturating_sub(1)).unwrap_or_default();
    before.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1)
}

/// Drops the line before, if it was kept; from now on it is worth so much.
fn give_up(reader: &mut HeadReader, buffer: &[u8], worth: Claim) {
    reader.dropped = true;
    let start = last_line(reader, buffer);
    if let Before::Header { claim, is_kept, .. } = &mut reader.before {
        *claim = worth;
        if mem::take(is_kept) {
            lose(reader, buffer.get(start..reader.kept).unwrap_or_default(), worth);
            reader.kept = start;
        }
    }
}

fn lose(reader: &mut HeadReader, line: &[u8], claim: Claim) {
    reader.refused |= claim == Claim::Wanted;
    if claim == Claim::Welcome {
        reader.lost = reader.lost.saturating_add(1);
    }
    count(reader, line, claim);
}

/// A piece of a line that is dropped. What is needed may be a URL, and have to be escaped.
fn count(reader: &mut HeadReader, piece: &[u8], claim: Claim) {
    reader.missing += match claim {
        Claim::Wanted => piece.len(),
        Claim::Needed => escaped_len(piece),
        Claim::Welcome | Claim::None => 0,
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

/// Whether the name of a line that is no header could say for somebody else where the message ends, whatever is
/// around or in it.
fn may_frame(name: &[u8]) -> bool {
    let spells = |text: &[u8], word: &[u8]| {
        let mut letters = text.iter().filter(|&&byte| is_token_byte(byte));
        word.iter().all(|byte| letters.next().is_some_and(|own| own.eq_ignore_ascii_case(byte)))
    };
    let mut rest = Some(name);
    while let Some(text) = rest {
        if FRAMING.iter().any(|word| spells(text, word)) {
            return true;
        }
        let end = text.iter().position(|&byte| !is_token_byte(byte));
        rest = end.and_then(|end| text.get(end + 1..));
    }
    false
}

const FRAMING: [&[u8]; 2] = [b"content-length", b"transfer-encoding"];
