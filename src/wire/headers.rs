use super::bytes::{self, split_bytes};
use super::start_line::split;

/// The head of a request, as a [`HeadReader`](super::HeadReader) left it in its buffer.
#[derive(Debug, Clone, Copy)]
pub struct RequestHead<'b> {
    kept: &'b [u8],
}

impl<'b> RequestHead<'b> {
    /// A view of `kept`, the bytes that the reader kept.
    #[must_use]
    pub const fn new(kept: &'b [u8]) -> Self {
        Self { kept }
    }

    /// The method, in the case that was sent: methods are case-sensitive.
    #[must_use]
    pub fn method(self) -> &'b str {
        text(self.parts().0)
    }

    /// The target as it was sent: a path with its query, or a whole URL, or `*`.
    #[must_use]
    pub fn target(self) -> &'b str {
        text(self.parts().1)
    }

    /// Method and target as bytes: as text they are checked anew.
    pub(crate) fn parts(self) -> (&'b [u8], &'b [u8]) {
        split(self.kept).map_or_else(Default::default, |(method, target, _)| (method, target))
    }

    /// The headers that were kept.
    #[must_use]
    pub fn headers(self) -> Headers<'b> {
        Headers::behind_start_line(self.kept)
    }
}

/// The head of a response, as a [`HeadReader`](super::HeadReader) left it in its buffer.
#[derive(Debug, Clone, Copy)]
pub struct ResponseHead<'b> {
    kept: &'b [u8],
}

impl<'b> ResponseHead<'b> {
    /// A view of `kept`, the bytes that the reader kept.
    #[must_use]
    pub const fn new(kept: &'b [u8]) -> Self {
        Self { kept }
    }

    /// The reason phrase; empty if there is none or it is not UTF-8.
    #[must_use]
    pub fn reason(self) -> &'b str {
        let line = self.kept.split(|&byte| byte == b'\n').next().unwrap_or_default();
        split(line).map_or("", |(_, _, reason)| text(reason.trim_ascii()))
    }

    /// The headers that were kept.
    #[must_use]
    pub fn headers(self) -> Headers<'b> {
        Headers::behind_start_line(self.kept)
    }
}

/// The headers that were kept, in the order in which they came.
///
/// ```
/// use nal_http::wire::RequestHead;
///
/// let head = RequestHead::new(b"GET / HTTP/1.1\r\nHost: mpython.cn\r\nAccept: */*\r\n");
/// assert_eq!(head.headers().get("host"), Some("mpython.cn"));
/// assert_eq!(head.headers().count(), 2);
/// ```
#[derive(Debug, Clone)]
pub struct Headers<'b> {
    lines: &'b [u8],
}

impl<'b> Headers<'b> {
    fn behind_start_line(kept: &'b [u8]) -> Self {
        let lines = take_line(kept).map_or(&b""[..], |(_, lines)| lines);
        Self { lines }
    }

    /// Those in the trailers of a body, with the empty line behind them.
    pub(crate) const fn of_trailers(lines: &'b [u8]) -> Self {
        Self { lines }
    }

    /// The value of the first header `name` (ASCII case does not matter); `None` if it is not
    /// there or not UTF-8.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'b str> {
        self.get_bytes(name).and_then(bytes::text)
    }

    /// The value of the first header `name`, whatever bytes it has.
    #[must_use]
    pub fn get_bytes(&self, name: &str) -> Option<&'b [u8]> {
        self.values(name).next()
    }

    /// The values of all headers `name`, in their order. Names are compared as bytes: nothing is checked to be text.
    pub(crate) fn values<'n>(&self, name: &'n str) -> impl Iterator<Item = &'b [u8]> + use<'b, 'n> {
        let mut lines = self.lines;
        core::iter::from_fn(move || {
            loop {
                let (line, rest) = take_line(lines)?;
                lines = rest;
                let (candidate, value) = split_header(line)?;
                if candidate.eq_ignore_ascii_case(name.as_bytes()) {
                    return Some(value);
                }
            }
        })
    }
}

impl<'b> Iterator for Headers<'b> {
    type Item = (&'b str, &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (line, rest) = take_line(self.lines)?;
        self.lines = rest;
        split_header(line).map(|(name, value)| (text(name), value))
    }
}

/// Name and value of a header line, without the white space around the value.
pub(super) fn split_header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, value) = split_bytes(line, b':')?;
    Some((name, value.trim_ascii()))
}

/// The first line with its LF, and what is behind it.
pub(super) fn take_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    bytes.split_at_checked(end + 1)
}

fn text(bytes: &[u8]) -> &str {
    bytes::text(bytes).unwrap_or_default()
}
