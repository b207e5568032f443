use super::MultipartError;
use super::parameters::parameter;
use crate::wire::ascii::is_value;
use crate::wire::bytes::{find, split_bytes};
use crate::wire::headers::take_line;
use crate::wire::method::is_token;
use crate::wire::percent::{decode_into, from_hex};
use crate::wire::{DecodeError, Headers};

/// The head of a part of a form: what its field is called, and what the file is that was chosen for it.
#[derive(Debug, Clone)]
pub struct PartHead<'b> {
    name: FormText<'b>,
    filename: Option<FormText<'b>>,
    headers: Headers<'b>,
}

impl<'b> PartHead<'b> {
    /// Reads a head as far as its empty line, and says how long it is; nothing if that has not come. What has come is
    /// checked at once.
    pub(super) fn read(
        input: &'b [u8],
        limit: usize,
    ) -> Result<Option<(usize, Self)>, MultipartError> {
        let mut rest = input;
        while let Some((line, behind)) = take_line(rest) {
            rest = behind;
            let length = input.len() - rest.len();
            if length > limit {
                return Err(MultipartError::HeadTooLong);
            }
            let line = line.strip_suffix(b"\r\n").ok_or(MultipartError::LineEnding)?;
            if line.is_empty() {
                let lines = input.get(..length).unwrap_or_default();
                return Self::of(Headers::of_trailers(lines)).map(|head| Some((length, head)));
            }
            let (name, value) = split_bytes(line, b':').ok_or(MultipartError::Header)?;
            if !is_token(name) || !value.iter().copied().all(is_value) {
                return Err(MultipartError::Header);
            }
        }
        if input.len() > limit { Err(MultipartError::HeadTooLong) } else { Ok(None) }
    }

    fn of(headers: Headers<'b>) -> Result<Self, MultipartError> {
        let mut dispositions = headers.values("Content-Disposition");
        let (Some(disposition), None) = (dispositions.next(), dispositions.next()) else {
            return Err(MultipartError::Disposition);
        };
        let end = find(disposition, b';');
        let (kind, parameters) = disposition.split_at_checked(end).unwrap_or_default();
        if !kind.trim_ascii().eq_ignore_ascii_case(b"form-data") {
            return Err(MultipartError::Disposition);
        }
        let text = |name| parameter(parameters, name).map_err(|_| MultipartError::Disposition);
        let plain = |raw| FormText { raw, is_extended: false };
        let extended = text(b"filename*")?.and_then(FormText::extended);
        let filename = text(b"filename")?.map(plain);
        let name = text(b"name")?.map(plain).ok_or(MultipartError::Disposition)?;
        let is_as_it_is = |coding: &[u8]| {
            [&b"binary"[..], b"8bit", b"7bit"]
                .iter()
                .any(|known| coding.eq_ignore_ascii_case(known))
        };
        if !headers.values("Content-Transfer-Encoding").all(is_as_it_is) {
            return Err(MultipartError::TransferEncoding);
        }
        Ok(Self { name, filename: extended.or(filename), headers })
    }

    /// The name of the field.
    #[must_use]
    pub const fn name(&self) -> FormText<'b> {
        self.name
    }

    /// The name of the file, if this is one: that of `filename*` if it is in UTF-8 (RFC 8187), or else of `filename`.
    /// Empty where a browser's user has chosen none.
    ///
    /// It is what the client says: it may be a path, climb, or have any character. Never open it as it is.
    #[must_use]
    pub const fn filename(&self) -> Option<FormText<'b>> {
        self.filename
    }

    /// What the client takes its type to be, such as `image/png`. Without it, it is text (RFC 7578 section 4.4).
    #[must_use]
    pub fn content_type(&self) -> Option<&'b str> {
        self.headers.get("Content-Type")
    }

    /// All headers of the part.
    #[must_use]
    pub fn headers(&self) -> Headers<'b> {
        self.headers.clone()
    }
}

/// A name in the head of a part, as it was received, escapes and all.
///
/// Browsers send UTF-8, of which they escape a quote and line ends alone (`%22`, `%0D`, `%0A`); others put a backslash
/// in front of a quote. Every other `%` stands for itself.
///
/// ```
/// use nal_http::wire::{Boundary, FormEvent, MultipartReader};
///
/// let boundary = Boundary::of(b"multipart/form-data; boundary=x").unwrap();
/// let body = b"--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"50%41 %22b%22\"\r\n\r\n";
/// let (_, event) = MultipartReader::new().next(boundary, body, false).unwrap();
/// let Some(FormEvent::Part(part)) = event else { panic!() };
/// assert!(part.filename().unwrap() == "50%41 \"b\"");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct FormText<'b> {
    raw: &'b [u8],
    /// It was `name*=UTF-8''..`: with all escapes that a URL has.
    is_extended: bool,
}

impl<'b> FormText<'b> {
    /// The text of an extended value, if it is in UTF-8 (RFC 8187 section 3.2).
    fn extended(value: &'b [u8]) -> Option<Self> {
        let (charset, rest) = split_bytes(value, b'\'')?;
        let (_, raw) = split_bytes(rest, b'\'')?;
        charset.eq_ignore_ascii_case(b"UTF-8").then_some(Self { raw, is_extended: true })
    }

    /// What was received, without its quotes.
    #[must_use]
    pub const fn as_raw(self) -> &'b [u8] {
        self.raw
    }

    /// The bytes that it stands for.
    pub fn bytes(self) -> impl Iterator<Item = u8> + 'b {
        let Self { raw: mut rest, is_extended } = self;
        core::iter::from_fn(move || {
            let (byte, length) = match rest {
                [] => return None,
                [b'\\', byte @ (b'"' | b'\\'), ..] if !is_extended => (*byte, 2),
                [b'%', high, low, ..] => match (from_hex(*high), from_hex(*low)) {
                    (Some(high), Some(low)) => {
                        let byte = high << 4 | low;
                        let is_escape = is_extended || matches!(byte, b'"' | b'\r' | b'\n');
                        if is_escape { (byte, 3) } else { (b'%', 1) }
                    }
                    _ => (b'%', 1),
                },
                [byte, ..] => (*byte, 1),
            };
            rest = rest.get(length..).unwrap_or_default();
            Some(byte)
        })
    }

    /// The text that it stands for, written into `buffer`, which never needs to be longer than what was received.
    ///
    /// # Errors
    /// The buffer is too small, or the bytes are not UTF-8.
    pub fn decode(self, buffer: &mut [u8]) -> Result<&str, DecodeError> {
        decode_into(self.bytes(), buffer)
    }
}

impl PartialEq<str> for FormText<'_> {
    fn eq(&self, text: &str) -> bool {
        self.bytes().eq(text.bytes())
    }
}

impl PartialEq<&str> for FormText<'_> {
    fn eq(&self, text: &&str) -> bool {
        *self == **text
    }
}
