//! Lines that are no header, and headers of more than one line (RFC 9112 section 5).

use core::mem;

use super::rules::Claim;
use super::{HeadReader, HeadRules};
use crate::wire::HeadError;
use crate::wire::fields::Known;
use crate::wire::headers::split_header;
use crate::wire::method::is_token_byte;

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

    /// Whether the message would end elsewhere for who reads the lines one by one.
    const fn frames(self) -> bool {
        matches!(
            self,
            Self::Header { known: Some(Known::ContentLength | Known::TransferEncoding), .. }
        )
    }
}

impl HeadReader {
    /// Whether the line goes on with the one before (obs-fold). In a request nothing does.
    pub(super) fn may_fold(&self, line: &[u8]) -> bool {
        !self.is_request && is_folded(line)
    }

    /// A line that is no header is dropped from a response, unless somebody else could take it for one that
    /// matters.
    pub(super) fn check_odd(&self, line: &[u8], rules: &HeadRules<'_>) -> Result<(), HeadError> {
        let name = split_header(line).map_or(line, |(name, _)| name).trim_ascii();
        if self.is_request || may_frame(line) || rules.claim(name, self.code) == Claim::Needed {
            return Err(self.malformed());
        }
        Ok(())
    }

    /// A piece of a line that is dropped. A CR alone ends a line for some.
    pub(super) fn check_dropped(&self, piece: &[u8]) -> Result<(), HeadError> {
        let is_fine = if self.is_request { is_value(piece) } else { !piece.contains(&b'\r') };
        if is_fine { Ok(()) } else { Err(self.malformed()) }
    }

    /// Takes in a line that goes on with the one before: what is kept of both is one line.
    pub(super) fn unfold(
        &mut self,
        buffer: &mut [u8],
        at: usize,
        length: usize,
        rules: &HeadRules<'_>,
    ) -> Result<(), HeadError> {
        let line = buffer.get(at..at + length).unwrap_or_default();
        let content = self.without_line_end(line)?;
        self.check_fold(content)?;
        let Before::Header { known, claim, is_kept } = self.before else {
            self.dropped = true;
            return Ok(());
        };
        if known == Some(Known::Connection) {
            self.fields.observe(Known::Connection, content.trim_ascii())?;
        }
        let is_text = is_value(content);
        if !is_text && claim == Claim::Needed {
            return Err(self.malformed());
        }
        if is_kept && is_text && self.can_keep(buffer, length, claim, rules) {
            let kept = buffer.get_mut(..self.kept).unwrap_or_default();
            let line_end = kept.iter_mut().rev().take_while(|byte| matches!(byte, b'\r' | b'\n'));
            line_end.for_each(|byte| *byte = b' ');
            self.keep(buffer, at, length);
        } else {
            let claim = if is_text { claim } else { Claim::None };
            self.give_up_last(buffer, claim);
            self.count(buffer.get(at..at + length).unwrap_or_default(), claim);
        }
        Ok(())
    }

    /// A line that goes on with the one before is too long for the room that there is; what both are worth.
    pub(super) fn begin_to_skip_fold(
        &mut self,
        buffer: &[u8],
        line: &[u8],
    ) -> Result<Claim, HeadError> {
        self.check_fold(line.strip_suffix(b"\r").unwrap_or(line))?;
        let claim = match self.before {
            Before::Nothing => Claim::None,
            Before::Header { claim, .. } => claim,
        };
        self.give_up_last(buffer, claim);
        Ok(claim)
    }

    fn check_fold(&self, content: &[u8]) -> Result<(), HeadError> {
        let is_first = matches!(self.before, Before::Nothing);
        if is_first && may_frame(content) || self.before.frames() {
            return Err(self.malformed());
        }
        self.check_dropped(content)
    }

    /// Drops the last line, if it was kept; from now on it is worth so much.
    fn give_up_last(&mut self, buffer: &[u8], worth: Claim) {
        self.dropped = true;
        if let Before::Header { claim, is_kept, .. } = &mut self.before {
            *claim = worth;
            if mem::take(is_kept) {
                let before = buffer.get(..self.kept.saturating_sub(1)).unwrap_or_default();
                let end = before.iter().rposition(|&byte| byte == b'\n');
                let start = end.map_or(0, |end| end + 1);
                self.lose(buffer.get(start..self.kept).unwrap_or_default(), worth);
                self.kept = start;
            }
        }
    }
}

const fn is_folded(line: &[u8]) -> bool {
    matches!(line, [b' ' | b'\t', ..])
}

/// Whether these bytes can be in a value: visible, space or tab (RFC 9110 section 5.5).
pub(super) fn is_value(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| (byte >= b' ' && byte != 0x7f) || byte == b'\t')
}

/// Whether a line that is no header could be one for somebody else, and say where the message ends: there is the
/// name of such a header before the colon, whatever is around or in it; or a CR, which ends a line for some.
pub(super) fn may_frame(line: &[u8]) -> bool {
    let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
    let frames = |word: &[u8]| {
        let spelled = name.iter().filter(|&&byte| is_token_byte(byte));
        spelled.map(u8::to_ascii_lowercase).eq(word.iter().copied())
            || name.split(|&byte| !is_token_byte(byte)).any(|part| part.eq_ignore_ascii_case(word))
    };
    line.contains(&b'\r') || frames(b"content-length") || frames(b"transfer-encoding")
}
