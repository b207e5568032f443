use core::fmt::{self, Write};

use heapless::String;

use super::{Exchange, Request};

/// The longest validator that is kept, in bytes; most are shorter than 40.
const MAX_VALIDATOR: usize = 64;
/// `bytes=` and a number of 64 bits, and `-`.
const MAX_RANGE: usize = 32;

/// A download in parts: how far it has come, and how to ask for the rest (RFC 9110 section 14).
///
/// It does no I/O: [`Client::download`](super::Client::download) is it with a client around, and firmware
/// that polls drives a [`Call`](super::Call) with it. As long as the server says what version of the file it
/// has sent, by an `ETag` or a date, a download that breaks off goes on where it was; if
/// the file has changed meanwhile, or the server says nothing, it starts over.
///
/// ```
/// use nal_http::client::{Request, Resume};
/// use nal_http::wire::Method;
///
/// let resume = Resume::new();
/// for _attempt in 0..5 {
///     let asked = resume.ask();
///     let request = asked.apply(Request::new(Method::GET, "http://mpython.cn/firmware.bin"));
///     // let mut call = request.start(&mut buffer)?; poll it until its head is there;
///     // then resume.answered(call.exchange())?; read pieces, and for each
///     // write it at resume.offset() and say resume.took(n).
/// }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Resume {
    done: u64,
    total: Option<u64>,
    /// The `ETag`, or the date of the last change, of what `done` bytes are of.
    validator: String<MAX_VALIDATOR>,
}

/// What a server is asked for: a part of a file, if it is still the same file.
#[derive(Debug, Clone)]
pub struct RangeRequest {
    range: String<MAX_RANGE>,
    validator: String<MAX_VALIDATOR>,
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

/// Headers of a response that are needed to go on.
const NEEDED: &[&str] = &["Content-Range", "ETag", "Last-Modified"];

impl Resume {
    /// A download of which nothing is there.
    #[must_use]
    pub const fn new() -> Self {
        Self { done: 0, total: None, validator: String::new() }
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

    /// What to ask for: what is missing, or all if nothing is there, or nothing that more can be added to.
    #[must_use]
    pub fn ask(&self) -> RangeRequest {
        let mut range = String::new();
        if self.done > 0 && !self.validator.is_empty() {
            // It holds the longest number.
            let _ = write!(range, "bytes={}-", self.done);
        }
        RangeRequest { range, validator: self.validator.clone() }
    }

    /// Looks at the head of the response: what follows are the bytes from [`offset`](Self::offset) on, which is
    /// 0 if the download starts over.
    ///
    /// # Errors
    /// The response has nothing of the file, or not what was asked for.
    pub fn answered(&mut self, exchange: &Exchange<'_, '_>) -> Result<(), ResumeError> {
        let head = exchange.head();
        let headers = head.headers();
        match exchange.code() {
            200 if !exchange.tells_its_end() => Err(ResumeError::NoLength),
            200 => {
                *self = Self::new();
                self.total = exchange.content_length();
                let is_strong = |tag: &&str| !tag.starts_with("W/");
                let tag = headers.get("ETag").filter(is_strong);
                let validator = tag.or_else(|| headers.get("Last-Modified"));
                self.validator =
                    validator.and_then(|text| text.try_into().ok()).unwrap_or_default();
                Ok(())
            }
            206 => {
                let range = headers.get("Content-Range").and_then(parse_range);
                let (first, last, total) = range.ok_or(ResumeError::Range)?;
                let is_rest = total.is_none_or(|total| last.checked_add(1) == Some(total));
                let same_total = self.total.is_none() || total.is_none() || total == self.total;
                if first != self.done || !is_rest || !same_total {
                    return Err(ResumeError::Range);
                }
                self.total = total.or(self.total);
                Ok(())
            }
            // There is nothing behind what is there: the file has become shorter.
            416 => {
                *self = Self::new();
                Err(ResumeError::Range)
            }
            code => Err(ResumeError::Status(code)),
        }
    }

    /// `n` more bytes are there.
    ///
    /// # Errors
    /// The file has not so many, and nothing is counted.
    pub fn took(&mut self, n: usize) -> Result<(), ResumeError> {
        let done = self.done.saturating_add(n as u64);
        if self.total.is_some_and(|total| done > total) {
            return Err(ResumeError::Range);
        }
        self.done = done;
        Ok(())
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

/// `bytes 0-99/200`: the first and the last byte, and how many there are in all, `*` if nobody knows.
fn parse_range(value: &str) -> Option<(u64, u64, Option<u64>)> {
    let (range, total) = value.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
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
    /// The range is not the one that was asked for, or not of the same file.
    Range,
    /// The file ends where the connection does, so nobody could tell whether it is whole.
    NoLength,
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
