use super::head::Written;
use super::upload::Source;
use crate::client::RequestError;
use crate::wire::{Writer, measure};

/// Pairs of name and value.
pub(in crate::client) type Pairs<'r> = &'r [(&'r str, &'r str)];

/// Writes pairs into a form or a query.
///
/// Requests hold a pointer to what writes their pairs, so that an image whose requests have none
/// does not hold the code either.
pub(in crate::client) type WritePairs = fn(&mut Writer<'_>, &[(&str, &str)]);

/// The body of a request.
#[derive(Clone, Copy)]
pub(in crate::client) enum Payload<'r> {
    None,
    Bytes(&'r [u8]),
    Form(Pairs<'r>, WritePairs),
    Written(&'r dyn WriteBody),
    Source(&'r dyn Source),
}

impl<'r> Payload<'r> {
    pub(in crate::client) fn content_type(&self) -> Option<&'r str> {
        match self {
            Self::None | Self::Bytes(_) => None,
            Self::Form(..) => Some("application/x-www-form-urlencoded"),
            Self::Written(body) => Some(body.content_type()),
            Self::Source(source) => source.content_type(),
        }
    }

    /// All of it, if it is in memory.
    pub(in crate::client) const fn bytes(&self) -> Option<&'r [u8]> {
        match self {
            Self::None => Some(&[]),
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Whether it can be sent again: what was read while it was sent cannot.
    pub(in crate::client) const fn is_repeatable(&self) -> bool {
        !matches!(self, Self::Source(_))
    }

    /// How many bytes it has, if that is known before it is written.
    pub(in crate::client) fn length(&self) -> Option<u64> {
        match self {
            Self::None => Some(0),
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Form(pairs, write) => Some(measure(|writer| write(writer, pairs)) as u64),
            Self::Written(_) => None,
            Self::Source(source) => source.length(),
        }
    }
}

/// A body that is written into the buffer, behind its head, and whose length is known only then.
pub(in crate::client) trait WriteBody {
    fn content_type(&self) -> &'static str;

    /// Writes what frames it, the end of the head and the body.
    fn write(&self, head: Writer<'_>) -> Result<Written, RequestError>;
}
