use core::fmt;

use super::Response;
use crate::wire::{BufferTooSmall, InvalidHeader, Status};

/// What a handler returns: a response, or why there is none.
pub type Answer<A> = Result<Response<A>, Failure>;

/// Why a handler has no answer: a status for the client and a sentence.
///
/// The client of a 4xx reads the sentence. Of a 5xx it reads the status alone, and the sentence
/// goes to the application's [`Hook`](super::Hook): it may say more than a stranger should know.
///
/// ```
/// use nal_http::server::Failure;
/// use nal_http::wire::Status;
///
/// fn check(pin: u8) -> Result<u8, Failure> {
///     if pin < 40 { Ok(pin) } else { Err(Failure::new(Status::NOT_FOUND, "there is no such pin")) }
/// }
/// # assert!(check(40).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Failure {
    /// The status of the response.
    pub status: Status,
    /// What went wrong, as a sentence.
    pub message: &'static str,
    /// If a buffer was too small: how large it is, and how large it would have to be.
    pub room: Option<BufferTooSmall>,
    /// If the body is not the JSON that was asked for: where, and why. The client of a 4xx reads this, too.
    #[cfg(feature = "json")]
    pub json: Option<crate::json::JsonError>,
}

impl Failure {
    /// A failure that is answered with `status`.
    #[must_use]
    pub const fn new(status: Status, message: &'static str) -> Self {
        Self {
            status,
            message,
            room: None,
            #[cfg(feature = "json")]
            json: None,
        }
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
}

impl From<InvalidHeader> for Failure {
    fn from(_: InvalidHeader) -> Self {
        Self::internal("a response header has characters that would make it another header")
    }
}

impl From<BufferTooSmall> for Failure {
    fn from(room: BufferTooSmall) -> Self {
        let message = "response does not fit into the second half of the server's buffer";
        Self { room: Some(room), ..Self::internal(message) }
    }
}

#[cfg(feature = "json")]
impl From<crate::json::JsonError> for Failure {
    fn from(error: crate::json::JsonError) -> Self {
        Self { json: Some(error), ..Self::bad_request("body is not the JSON that is needed here") }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.status, self.message)?;
        #[cfg(feature = "json")]
        if let Some(error) = self.json {
            return write!(f, ": {error}");
        }
        match self.room {
            Some(BufferTooSmall { have, need }) => write!(f, " ({have} bytes, {need} needed)"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for Failure {}
