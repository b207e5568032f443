//! What only one side does. A request must be what RFC 9112 says; in a response, what nobody can read is let pass.

use super::rules::Claim;
use super::{HeadReader, HeadRules};
use crate::wire::bytes::{copy, find, move_down};
use crate::wire::fields::Known;
use crate::wire::head_error::Fault;
use crate::wire::headers::take_line;
use crate::wire::method::TOKEN;
use crate::wire::percent::escaped_len;
use crate::wire::start_line::{check_request_line, check_status_line, too_long};
use crate::wire::{Version, Window};

type Checked<T> = Result<T, Fault>;

/// The side that sent the head. A reader holds a pointer to it, so that an image with a client alone does not hold
/// what a server needs, nor the other way round.
#[derive(Debug)]
pub(super) struct Side {
    /// Lines that nobody can read, that end in LF alone or that go on in the next one are let pass.
    pub(super) is_lenient: bool,
    /// Checks a first line, without its end, and returns its version and the code of a response.
    pub(super) check_start: fn(&[u8]) -> Checked<(Version, u16)>,
    /// The first line is too long for the buffer.
    pub(super) too_long: fn(&mut HeadReader, &mut [u8], &mut Window) -> Checked<()>,
    pub(super) observe: fn(&mut HeadReader, Known, &[u8]) -> Checked<()>,
    /// A line that is no header.
    pub(super) check_odd: fn(&mut HeadReader, &[u8], &HeadRules<'_>) -> Checked<()>,
    /// Whether there is room for a line that is worth so much.
    pub(super) has_room: fn(&mut HeadReader, &mut [u8], usize, Claim, &HeadRules<'_>) -> bool,
    /// A piece of a line that is dropped; the first one, or all of it, or more.
    pub(super) count: fn(&mut HeadReader, &[u8], Claim, bool),
    pub(super) cut_reason: fn(&mut HeadReader, &mut [u8]),
}

pub(super) const REQUEST: Side = Side {
    is_lenient: false,
    check_start: |line| Ok((check_request_line(line)?, 0)),
    too_long: |_, buffer, window| {
        Err(too_long(window.bytes(buffer)).unwrap_or(Fault::StartLineTooLong))
    },
    observe: |reader, known, value| reader.fields.observe_request(known, value),
    check_odd: |_, _, _| Err(Fault::Header),
    // It is in the buffer, so it can be kept there.
    has_room: |_, _, _, claim, _| claim != Claim::None,
    count: |_, _, _, _| {},
    cut_reason: |_, _| {},
};

pub(super) const RESPONSE: Side = Side {
    is_lenient: true,
    check_start: check_status_line,
    too_long: keep_status,
    observe,
    check_odd,
    has_room,
    count,
    cut_reason,
};

/// The room that is left behind what is kept of a response, so that the rest can be read.
pub(super) const SPARE: usize = 40;

/// The front of a status line that counts: `HTTP/1.1 200`.
const STATUS: usize = 12;

/// What is too long in a status line can only be the reason.
fn keep_status(reader: &mut HeadReader, buffer: &mut [u8], window: &mut Window) -> Checked<()> {
    let line = window.bytes(buffer);
    if line.len() <= STATUS + 2 {
        return Err(Fault::StartLineTooLong);
    }
    reader.start(line)?;
    copy(buffer.get_mut(STATUS..).unwrap_or_default(), b"\r\n");
    reader.kept = STATUS + 2;
    reader.skipping = Some(Claim::None);
    window.take(reader.kept);
    Ok(())
}

fn observe(reader: &mut HeadReader, known: Known, value: &[u8]) -> Checked<()> {
    // The message would end elsewhere for who reads the lines one by one.
    if reader.is_folded && known.frames() {
        return Err(Fault::Header);
    }
    reader.fields.observe_response(known, value)
}

/// A line that is no header is dropped, unless somebody else could take it for one that matters.
fn check_odd(reader: &mut HeadReader, line: &[u8], rules: &HeadRules<'_>) -> Checked<()> {
    let name = line.get(..find(line, b':')).unwrap_or_default();
    let claim = rules.claim(name.trim_ascii(), reader.code);
    reader.check_dropped(line)?;
    if may_frame(name) || claim == Claim::Needed {
        return Err(Fault::Header);
    }
    // It needs its room until that is seen: in less, its front alone would be wanted.
    count(reader, line, claim.min(Claim::Welcome), false);
    Ok(())
}

/// Whether one of the words in front of the colon could say for somebody else where the message ends.
fn may_frame(name: &[u8]) -> bool {
    let mut words = name.split(|&byte| !TOKEN.has(byte));
    words.any(|word| Known::of(word).is_some_and(Known::frames))
}

/// What is worth less gives way.
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

/// What is needed may be a URL, and have to be escaped.
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
