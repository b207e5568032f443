use core::fmt;
use core::num::{ParseFloatError, ParseIntError};
use core::str::ParseBoolError;

use heapless::string::String;

use super::{Mistake, Reply};
use crate::wire::{
    BodyError, BufferTooSmall, DecodeError, HeadError, InvalidHeader, Status, Writer,
};

/// Why there is no other response: a status for the client and a sentence.
///
/// The client of a 4xx reads the sentence and the [`Detail`]. Of a 5xx it reads the status alone, and the
/// sentence goes to the application's [`Hook`](super::Hook): it may say more than a stranger should
/// know.
///
/// ```
/// use nal_http::server::Failure;
/// use nal_http::wire::Status;
///
/// fn check(pin: u8, password: &str) -> Result<u8, Failure> {
///     if password != "secret" {
///         return Err(Failure::unauthorized("Basic realm=\"board\""));
///     }
///     if pin >= 40 {
///         return Err(Failure::written(Status::NOT_FOUND, "there is no such pin", |text| {
///             text.number(pin.into());
///         }));
///     }
///     Ok(pin)
/// }
/// assert_eq!(check(40, "secret").unwrap_err().to_string(), "404 Not Found: there is no such pin: 40");
/// assert!(check(4, "").is_err_and(|failure| failure.its_header().is_some()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The status of the response.
    pub status: Status,
    /// What went wrong, as a sentence.
    pub message: &'static str,
    /// A header of the response.
    pub(super) header: Option<Header>,
    /// What the sentence does not know.
    pub detail: Detail,
}

/// A header with what puts it into a reply, which is in no image whose failures have none.
#[derive(Debug, Clone)]
pub(super) struct Header {
    name: &'static str,
    value: Value,
    pub set: fn(&Self, &mut Reply<'_>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    Text(&'static str),
    Seconds(u32),
}

impl PartialEq for Header {
    fn eq(&self, other: &Self) -> bool {
        (self.name, self.value) == (other.name, other.value)
    }
}

impl Eq for Header {}

/// What was wrong where, beside the sentence of a [`Failure`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// Nothing.
    None,
    /// What a handler did that it may not do.
    Mistake(Mistake),
    /// Text of the application's, of up to 32 bytes.
    Text(Text),
    /// The name of the parameter, or of the pair of a query or a form.
    Field(&'static str),
    /// How large a buffer is, and how large it would have to be.
    Room(BufferTooSmall),
    /// Why the head of a request was refused.
    Head(HeadError),
    /// Why the chunks of a body were refused.
    Body(BodyError),
    /// Where a body is not the JSON that was asked for, and why.
    #[cfg(feature = "json")]
    Json(crate::json::JsonError),
}

/// Text that a [`Failure`] has of its own.
pub type Text = String<32, u8>;

#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<Failure>() <= 72);

impl Failure {
    /// A failure that is answered with `status`.
    #[must_use]
    pub const fn new(status: Status, message: &'static str) -> Self {
        Self { status, message, header: None, detail: Detail::None }
    }

    /// A failure of ours: 500.
    #[must_use]
    pub const fn internal(message: &'static str) -> Self {
        Self::new(Status::INTERNAL_SERVER_ERROR, message)
    }

    /// A mistake of the client's: 400.
    #[must_use]
    pub const fn bad_request(message: &'static str) -> Self {
        Self::new(Status::BAD_REQUEST, message)
    }

    /// The client has to say who it is: 401 with `WWW-Authenticate` (RFC 9110 section 11.6.1), such as
    /// `Basic realm="board"`.
    #[must_use]
    pub const fn unauthorized(challenge: &'static str) -> Self {
        Self::new(Status::UNAUTHORIZED, "this needs a user and a password")
            .header("WWW-Authenticate", challenge)
    }

    /// We cannot now: 503 with `Retry-After` (RFC 9110 section 15.6.4), a number of seconds such as `"5"`, or a
    /// date. The message goes to the [`Hook`](super::Hook), as that of each 5xx.
    ///
    /// ```
    /// use nal_http::server::{Answer, Failure, Reply, Request};
    ///
    /// # struct App { level: Option<u16> }
    /// fn light(app: &mut App, _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    ///     let level = app.level.ok_or(Failure::unavailable("the sensor warms up", "5"))?;
    ///     reply.write("text/plain", |body| body.number(level.into()))
    /// }
    /// ```
    #[must_use]
    pub const fn unavailable(message: &'static str, retry_after: &'static str) -> Self {
        Self::new(Status::SERVICE_UNAVAILABLE, message).header("Retry-After", retry_after)
    }

    /// One whose sentence goes on with text that is only known now. It is cut behind 32 bytes.
    #[must_use]
    pub fn written(
        status: Status,
        message: &'static str,
        write: impl FnOnce(&mut Writer<'_>),
    ) -> Self {
        let mut buffer = [0; 32];
        let mut writer = Writer::new(&mut buffer);
        write(&mut writer);
        Self { detail: Detail::Text(whole_letters(writer.written())), ..Self::new(status, message) }
    }

    /// The header of the response that it has, name and value.
    #[must_use]
    pub fn its_header(&self) -> Option<(&'static str, &'static str)> {
        match self.header.as_ref()? {
            Header { name, value: Value::Text(value), .. } => Some((name, value)),
            _ => None,
        }
    }

    /// After how many seconds the client may try again, if it [says](Self::retry_after) so.
    #[must_use]
    pub fn retry_after_s(&self) -> Option<u32> {
        match self.header.as_ref()?.value {
            Value::Seconds(seconds) => Some(seconds),
            Value::Text(_) => None,
        }
    }

    /// The same with a header. There is room for one: a second takes the place of the first. What else all answers of a
    /// status have, such as `Vary` with a 401, is for [`Group::after`](super::Group::after) or
    /// [`Site::handle_error`](super::Site::handle_error); a handler can also answer with any number of headers itself.
    #[must_use]
    pub const fn header(mut self, name: &'static str, value: &'static str) -> Self {
        let set = |header: &Header, reply: &mut Reply<'_>| {
            if let Value::Text(value) = header.value {
                reply.header(header.name, value);
            }
        };
        self.header = Some(Header { name, value: Value::Text(value), set });
        self
    }

    /// The same with the seconds after which the client may try again (`Retry-After`, RFC 9110 section 10.2.3): of a
    /// 429 or a 503. It takes the place of another header.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u32) -> Self {
        let set = |header: &Header, reply: &mut Reply<'_>| {
            if let Value::Seconds(seconds) = header.value {
                reply.number_header("Retry-After: ", seconds);
            }
        };
        self.header = Some(Header { name: "Retry-After", value: Value::Seconds(seconds), set });
        self
    }

    /// The same about a field, such as a parameter of the query.
    #[must_use]
    pub fn field(mut self, name: &'static str) -> Self {
        self.detail = Detail::Field(name);
        self
    }

    /// Whether it says more than its status.
    pub(super) fn is_told(&self) -> bool {
        !self.message.is_empty() || !matches!(self.detail, Detail::None)
    }

    /// Writes what a client may read: without `core::fmt`, which no image pays for so.
    pub(super) fn write_to(&self, page: &mut Writer<'_>) {
        page.str(self.message);
        match &self.detail {
            Detail::Text(text) => {
                page.str(": ");
                page.str(text);
            }
            Detail::Field(name) => {
                page.str(": ");
                page.str(name);
            }
            Detail::Room(BufferTooSmall { have, need }) => {
                page.str(" (");
                page.number(*have as u64);
                page.str(" bytes, ");
                page.number(*need as u64);
                page.str(" needed)");
            }
            #[cfg(feature = "json")]
            Detail::Json(error) => {
                page.str(": ");
                // It only counts what does not fit.
                let _ = error.tell(page);
            }
            Detail::None | Detail::Mistake(_) | Detail::Head(_) | Detail::Body(_) => {}
        }
    }
}

/// The front of `bytes` that is text: its end may have been cut inside a letter.
fn whole_letters(bytes: &[u8]) -> Text {
    let text = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    Text::try_from(text).unwrap_or_default()
}

impl From<Mistake> for Failure {
    fn from(mistake: Mistake) -> Self {
        Self { detail: Detail::Mistake(mistake), ..Self::internal("") }
    }
}

impl From<HeadError> for Failure {
    fn from(error: HeadError) -> Self {
        Self { detail: Detail::Head(error), ..Self::new(error.status(), "") }
    }
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        Self { detail: Detail::Body(error), ..Self::bad_request("") }
    }
}

impl From<InvalidHeader> for Failure {
    fn from(_: InvalidHeader) -> Self {
        Mistake::MalformedHeader.into()
    }
}

impl From<BufferTooSmall> for Failure {
    fn from(room: BufferTooSmall) -> Self {
        Mistake::TooLong(room).into()
    }
}

impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::TooSmall(room) => Self {
                detail: Detail::Room(room),
                ..Self::bad_request("text is longer than is allowed here")
            },
            DecodeError::NotText => Self::bad_request("text with its escapes undone is not UTF-8"),
        }
    }
}

impl From<ParseIntError> for Failure {
    fn from(_: ParseIntError) -> Self {
        Self::bad_request("a whole number is malformed or out of range")
    }
}

impl From<ParseFloatError> for Failure {
    fn from(_: ParseFloatError) -> Self {
        Self::bad_request("a number is malformed")
    }
}

impl From<ParseBoolError> for Failure {
    fn from(_: ParseBoolError) -> Self {
        Self::bad_request("a value is neither true nor false")
    }
}

#[cfg(feature = "json")]
impl From<crate::json::JsonError> for Failure {
    fn from(error: crate::json::JsonError) -> Self {
        let message = "body is not the JSON that is needed here";
        Self { detail: Detail::Json(error), ..Self::bad_request(message) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        match &self.detail {
            Detail::None => Ok(()),
            Detail::Text(text) => write!(f, ": {text}"),
            Detail::Field(name) => write!(f, ": {name}"),
            Detail::Room(BufferTooSmall { have, need }) => {
                write!(f, " ({have} bytes, {need} needed)")
            }
            Detail::Mistake(mistake) => write!(f, ": {mistake}"),
            Detail::Head(error) => write!(f, ": {error}"),
            Detail::Body(error) => write!(f, ": {error}"),
            #[cfg(feature = "json")]
            Detail::Json(error) => write!(f, ": {error}"),
        }
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Failure {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{} {=str} {}", self.status, self.message, self.detail);
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Detail {
    fn format(&self, f: defmt::Formatter<'_>) {
        match self {
            Self::None => {}
            Self::Text(text) => defmt::write!(f, "{=str}", text.as_str()),
            Self::Field(name) => defmt::write!(f, "{=str}", name),
            Self::Mistake(mistake) => defmt::write!(f, "{}", mistake),
            Self::Room(room) => defmt::write!(f, "{}", room),
            Self::Head(error) => defmt::write!(f, "{}", error),
            Self::Body(error) => defmt::write!(f, "{}", error),
            #[cfg(feature = "json")]
            Self::Json(error) => defmt::write!(f, "{}", error),
        }
    }
}

impl core::error::Error for Failure {}
