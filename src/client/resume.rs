use core::fmt::{self, Write};

use heapless::String;

use super::{Coding, Head, Request};
use crate::wire::{Headers, parse_date, split_once};

/// The longest validator that is kept, in bytes: room for the hash of a file in hexadecimal digits.
const MAX_VALIDATOR: usize = 80;
/// `bytes=` and a number of 64 bits, and `-`.
const MAX_RANGE: usize = 32;

/// A download in parts: how far it has come, and how to ask for the rest (RFC 9110 section 14).
///
/// It does no I/O: [`Client::download`](super::Client::download) is it with a client around, and firmware
/// that polls drives a [`Call`](super::Call) with it. As long as the server says what version of the file it
/// sends, by a strong `ETag` or a date that is one (RFC 9110 section 8.8), a download that breaks off goes on where it
/// was. Parts are put together only if each comes with the same of them; else the download starts over.
///
/// ```
/// use nal_http::client::{Request, Resume};
/// use nal_http::wire::Method;
///
/// let mut resume = Resume::new();
/// for _attempt in 0..5 {
///     let asked = resume.ask();
///     let request = asked.apply(Request::new(Method::GET, "http://mpython.cn/firmware.bin"));
///     // let mut call = request.start(&mut buffer)?; poll it until its head is there;
///     // then resume.answered(call.head())?; read bytes, and with each resume.piece(bytes)?
///     // write what it returns; at the end resume.is_complete()?
/// }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Resume {
    done: u64,
    total: Option<u64>,
    /// The `ETag`, or the date of the last change, of what `done` bytes are of.
    validator: String<MAX_VALIDATOR>,
    /// Where in the file the next byte of the response belongs, and where its body ends.
    at: u64,
    end: Option<u64>,
    /// So many times it has begun at the start of the file.
    starts: u8,
}

/// What a server is asked for: a part of a file, if it is still the same file.
#[derive(Debug, Clone)]
pub struct RangeRequest {
    range: String<MAX_RANGE>,
    validator: String<MAX_VALIDATOR>,
}

/// A piece of a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'p> {
    /// Where it belongs, in bytes from the start of the file. It follows the piece before, or is 0: then
    /// the download starts over, and what came before counts for nothing.
    pub offset: u64,
    /// How long the file is, if the server has said so.
    pub total: Option<u64>,
    /// Its bytes, at least one.
    pub bytes: &'p [u8],
}

impl RangeRequest {
    /// Puts it into a request.
    pub fn apply<'r, L>(&'r self, request: Request<'r, L>) -> Request<'r, L> {
        let request = request.want(NEEDED);
        if self.range.is_empty() {
            return request;
        }
        request.header("Range", &self.range).header("If-Range", &self.validator)
    }
}

/// Headers of a response that tell what it brings.
const NEEDED: &[&str] =
    &["Content-Range", "ETag", "Last-Modified", "Date", "Content-Encoding", "Content-Type"];

impl Resume {
    /// A download of which nothing is there.
    #[must_use]
    pub const fn new() -> Self {
        let validator = String::new();
        Self { done: 0, total: None, validator, at: 0, end: None, starts: 0 }
    }

    /// Where the next byte goes, and so how many are there.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.done
    }

    /// How many bytes there are in all, once a server has said so.
    #[must_use]
    pub const fn total(&self) -> Option<u64> {
        self.total
    }

    /// How often it has begun at the start of the file: 1 if it never had to start over.
    #[must_use]
    pub const fn starts(&self) -> u8 {
        self.starts
    }

    /// Whether [`ask`](Self::ask) asks for a part: something is there that more can be added to.
    #[must_use]
    pub fn asks_for_part(&self) -> bool {
        self.done > 0 && !self.validator.is_empty()
    }

    /// What to ask for: what is missing; or all, if that cannot be told.
    #[must_use]
    pub fn ask(&self) -> RangeRequest {
        let mut range = String::new();
        if self.asks_for_part() {
            // It holds the longest number.
            let _ = write!(range, "bytes={}-", self.done);
        }
        RangeRequest { range, validator: self.validator.clone() }
    }

    /// Looks at the head of the response. What follows goes to [`piece`](Self::piece).
    ///
    /// # Errors
    /// The response has nothing of the file. [`ResumeError::Range`]: what it has cannot be used; if a part was
    /// asked for, ask again, for all this time. The others will be the same when asked again, but for a status.
    pub fn answered(&mut self, head: Head<'_>) -> Result<(), ResumeError> {
        let headers = head.headers();
        let code = head.status_code();
        if !matches!(code, 200 | 206 | 416) || code == 416 && !self.asks_for_part() {
            return Err(ResumeError::Status(code));
        }
        if let Some(coding) = Coding::of(headers.clone()) {
            return Err(ResumeError::Encoded(coding));
        }
        match code {
            200 if !head.tells_its_end() => Err(ResumeError::NoLength),
            200 => {
                self.start(head.content_length(), &headers);
                Ok(())
            }
            206 => self.part(head.content_length(), &headers).ok_or_else(|| self.forget()),
            // There is nothing behind what is there: the file has become shorter.
            _ => Err(self.forget()),
        }
    }

    /// What comes is the start of a version of the file.
    fn start(&mut self, total: Option<u64>, headers: &Headers<'_>) {
        let validator = validator(headers).and_then(|text| text.try_into().ok());
        let starts = self.starts.saturating_add(1);
        *self = Self {
            total,
            end: total,
            validator: validator.unwrap_or_default(),
            starts,
            ..Self::new()
        };
    }

    /// What comes is a part of the file; `None` if nobody can tell that it fits to what is there and brings more of it.
    fn part(&mut self, length: Option<u64>, headers: &Headers<'_>) -> Option<()> {
        let (first, last, total) = parse_range(headers.get("Content-Range")?)?;
        let end = last.checked_add(1)?;
        let is_whole = length.is_none_or(|length| first.checked_add(length) == Some(end));
        let is_list = headers.get("Content-Type").is_some_and(|kind| {
            kind.get(..10).is_some_and(|front| front.eq_ignore_ascii_case("multipart/"))
        });
        if !is_whole || is_list {
            return None;
        }
        if self.asks_for_part() && headers.get(self.validator_name()) == Some(&self.validator) {
            let known = total.or(self.total)?;
            let is_known = self.total.is_none_or(|total| total == known);
            if first > self.done || end <= self.done || end > known || !is_known {
                return None;
            }
            self.total = Some(known);
        } else if first == 0 {
            self.start(Some(total?), headers);
        } else {
            return None;
        }
        (self.at, self.end) = (first, Some(end));
        Some(())
    }

    /// Nothing more can be added to what is there.
    fn forget(&mut self) -> ResumeError {
        *self = Self { starts: self.starts, ..Self::new() };
        ResumeError::Range
    }

    /// Where the validator came from, and has to come from again.
    fn validator_name(&self) -> &'static str {
        if self.validator.starts_with('"') { "ETag" } else { "Last-Modified" }
    }

    /// Takes the next bytes of the body. What is returned is to be written; `None` if all of it is there already.
    ///
    /// # Errors
    /// [`ResumeError::Range`]: they are more than the head of the response has said, so nothing of it can be trusted.
    pub fn piece<'p>(&mut self, bytes: &'p [u8]) -> Result<Option<Piece<'p>>, ResumeError> {
        let at = self.at.saturating_add(bytes.len() as u64);
        if self.end.is_some_and(|end| at > end) {
            return Err(self.forget());
        }
        let known = self.done.saturating_sub(self.at);
        let new = usize::try_from(known).ok().and_then(|known| bytes.get(known..));
        self.at = at;
        let Some(bytes) = new.filter(|bytes| !bytes.is_empty()) else { return Ok(None) };
        let (offset, total) = (self.done, self.total);
        self.done = at;
        Ok(Some(Piece { offset, total, bytes }))
    }

    /// The response is over: is the file there?
    ///
    /// # Errors
    /// Some of it is missing.
    pub fn is_complete(&self) -> Result<(), ResumeError> {
        match self.total {
            Some(total) if self.done != total => {
                Err(ResumeError::Missing { bytes: total.saturating_sub(self.done) })
            }
            _ => Ok(()),
        }
    }
}

/// What tells this version of the file from all others (RFC 9110 section 8.8): a strong `ETag`. Only where there is
/// none at all, the date of the last change, if the answer is from later than that (section 8.8.2.2).
fn validator<'h>(headers: &Headers<'h>) -> Option<&'h str> {
    if headers.get_bytes("ETag").is_some() {
        let tag = headers.get("ETag")?;
        return (tag.len() > 1 && tag.starts_with('"') && tag.ends_with('"')).then_some(tag);
    }
    let changed = headers.get("Last-Modified")?;
    (parse_date(changed)? < parse_date(headers.get("Date")?)?).then_some(changed)
}

/// `bytes 0-99/200`: the first and the last byte, and how many there are in all, `*` if nobody knows.
fn parse_range(value: &str) -> Option<(u64, u64, Option<u64>)> {
    let (unit, range) = split_once(value, b' ')?;
    let (range, total) = split_once(range, b'/').filter(|_| unit.eq_ignore_ascii_case("bytes"))?;
    let (first, last) = split_once(range, b'-')?;
    let total = if total == "*" { None } else { Some(number(total)?) };
    let (first, last) = (number(first)?, number(last)?);
    (first <= last && total.is_none_or(|total| last < total)).then_some((first, last, total))
}

fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok())?
}

/// Why a response does not continue a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ResumeError {
    /// The status is none that brings a file.
    Status(u16),
    /// What the response has is not what was asked for, or not of the same file, or longer than it says.
    Range,
    /// The file ends where the connection does, so nobody could tell whether it is whole.
    NoLength,
    /// The file is compressed, or otherwise encoded, though the request has asked for
    /// `Accept-Encoding: identity`. So it is not the file.
    Encoded(Coding),
    /// The response was over before the file was.
    Missing {
        /// Bytes that are missing.
        bytes: u64,
    },
}

impl fmt::Display for ResumeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(code) => {
                write!(f, "server answers with status {code} instead of the file")
            }
            Self::Range => f.write_str("server sends another part of the file than was asked for"),
            Self::NoLength => f.write_str(
                "server does not say how long the file is, so nobody can tell whether it is whole",
            ),
            Self::Encoded(coding) => {
                write!(f, "server sends the file encoded with {coding}, which was not asked for")
            }
            Self::Missing { bytes } => write!(f, "download ended {bytes} bytes before its end"),
        }
    }
}

impl core::error::Error for ResumeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let table = [
            ("bytes 0-99/200", Some((0, 99, Some(200)))),
            ("Bytes 0-99/200", Some((0, 99, Some(200)))),
            ("bytes=0-99/200", None),
            ("bytes 5-5/6", Some((5, 5, Some(6)))),
            ("bytes 5-9/*", Some((5, 9, None))),
            ("bytes 0-18446744073709551615/*", Some((0, u64::MAX, None))),
            ("bytes 9-5/10", None),
            ("bytes 0-10/10", None),
            ("bytes 0-18446744073709551616/*", None),
            ("bytes */10", None),
            ("bytes +0-1/2", None),
            ("bytes 0-1", None),
            ("bytes -1/2", None),
            ("pages 0-1/2", None),
            ("", None),
        ];
        for (value, expected) in table {
            assert_eq!(parse_range(value), expected, "{value}");
        }
    }
}
