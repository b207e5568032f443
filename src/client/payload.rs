#[cfg(feature = "json")]
use super::RequestError;
use super::upload::Source;
use crate::wire::{Writer, measure};

/// Pairs of name and value.
pub(super) type Pairs<'r> = &'r [(&'r str, &'r str)];

/// Writes pairs into a form or a query.
///
/// Requests hold a pointer to what writes their pairs, so that an image whose requests have none
/// does not hold the code either.
pub(super) type WritePairs = fn(&mut Writer<'_>, &[(&str, &str)]);

/// The body of a request.
#[derive(Clone, Copy)]
pub(super) enum Payload<'r> {
    None,
    Bytes(&'r [u8]),
    Form(Pairs<'r>, WritePairs),
    #[cfg(feature = "json")]
    Json(&'r dyn WriteJson),
    Source(&'r dyn Source),
}

impl Payload<'_> {
    pub(super) fn content_type(&self) -> Option<&str> {
        match self {
            Self::None | Self::Bytes(_) => None,
            Self::Form(..) => Some("application/x-www-form-urlencoded"),
            #[cfg(feature = "json")]
            Self::Json(_) => Some("application/json"),
            Self::Source(source) => source.content_type(),
        }
    }

    /// Whether it can be sent again: what was read while it was sent cannot.
    pub(super) const fn is_repeatable(&self) -> bool {
        !matches!(self, Self::Source(_))
    }

    /// How many bytes it has, if that is known before it is written.
    pub(super) fn length(&self) -> Option<u64> {
        match self {
            Self::None => Some(0),
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Form(pairs, write) => Some(measure(|writer| write(writer, pairs)) as u64),
            #[cfg(feature = "json")]
            Self::Json(_) => None,
            Self::Source(source) => source.length(),
        }
    }
}

/// A value that can be written as JSON, whatever its type.
#[cfg(feature = "json")]
pub(super) trait WriteJson {
    fn write_json(&self, writer: &mut Writer<'_>) -> Result<(), RequestError>;
}

#[cfg(feature = "json")]
impl<T: serde::Serialize> WriteJson for T {
    fn write_json(&self, writer: &mut Writer<'_>) -> Result<(), RequestError> {
        crate::json::write(writer, self).map_err(|_| RequestError::NotJson)
    }
}
