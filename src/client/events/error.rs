use core::fmt;

use crate::client::extras::CONTENT_TYPE;

/// Why there is no event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum EventError {
    /// The status is none of a stream.
    Status(u16),
    /// The response is not a stream of events.
    ContentType,
    /// The event does not fit into the buffer. All of it has passed by.
    TooLong {
        /// Bytes that the buffer has.
        have: usize,
        /// Bytes that would have been enough for this event.
        need: usize,
    },
    /// The name or the text of the event is not UTF-8.
    NotText,
}

/// Why [`EventSource::next`](crate::client::EventSource::next) has no event: `E` is the error of what it reads from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum NextError<E> {
    /// It could not be read: the connection broke, or nothing has arrived.
    Read(E),
    /// An event was dropped.
    Event(EventError),
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(code) => write!(f, "server answers with status {code} instead of events"),
            Self::ContentType => write!(f, "response is not of type {CONTENT_TYPE}"),
            Self::TooLong { have, need } => {
                write!(f, "event needs a buffer of {need} bytes, and it has {have}")
            }
            Self::NotText => f.write_str("event is not UTF-8 text"),
        }
    }
}

impl core::error::Error for EventError {}

impl<E: fmt::Display> fmt::Display for NextError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => error.fmt(f),
            Self::Event(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for NextError<E> {}
