use core::fmt;

use nal_http::server::Failure;
use nal_http::wire::Status;

/// Why there is no update. What runs, and what starts next, are as they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateError {
    /// Somebody else uploads one.
    Busy,
    /// One waits for the restart.
    Ready,
    /// The image is longer than its place in flash.
    TooLong,
    /// There is no image.
    Empty,
    /// The flash refuses to be erased, written or read.
    Flash,
    /// What is read back is not what was written.
    Worn,
    /// The image is another than its SHA-256 says.
    Digest,
    /// The bootloader was not told, or does not take the image.
    Boot,
}

impl UpdateError {
    /// What went wrong, as a sentence.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Busy => "another update is under way",
            Self::Ready => "an update waits for the restart",
            Self::TooLong => "the image is longer than its place in flash",
            Self::Empty => "there is no image in what was sent",
            Self::Flash => "the flash could not be erased, written or read",
            Self::Worn => "the flash does not keep what is written",
            Self::Digest => "the image is another than its SHA-256 says",
            Self::Boot => "the image is not what the bootloader takes",
        }
    }
}

impl From<UpdateError> for Failure {
    fn from(error: UpdateError) -> Self {
        let status = match error {
            UpdateError::Busy | UpdateError::Ready => Status::CONFLICT,
            UpdateError::TooLong => Status::CONTENT_TOO_LARGE,
            UpdateError::Empty | UpdateError::Digest | UpdateError::Boot => {
                Status::UNPROCESSABLE_CONTENT
            }
            UpdateError::Flash | UpdateError::Worn => Status::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.as_str())
    }
}

impl fmt::Display for UpdateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl core::error::Error for UpdateError {}
