use core::fmt;

use super::{Client, Error, ProxyError, Request, Resume, ResumeError};
use crate::hal::{Clock, Deadline};
use crate::net::Transport;
use crate::wire::Method;

/// Attempts that bring nothing before a download is given up.
const ATTEMPTS: u32 = 5;
/// The pause in front of the second of them, in milliseconds; each is as long again.
const PAUSE_MS: u32 = 1_000;

/// A piece of a download.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'p> {
    /// Where it belongs, in bytes from the start of the file. It follows the piece before, or is 0: then
    /// the download starts over, since the file has changed.
    pub offset: u64,
    /// How long the file is, if the server has said so.
    pub total: Option<u64>,
    /// Its bytes, at least one.
    pub bytes: &'p [u8],
}

impl<S: Transport, C: Clock> Client<'_, S, C> {
    /// Downloads a file of any length, and goes on where it was when the connection breaks.
    ///
    /// Each piece is handed to `write` with its place in the file, which may be a flash partition;
    /// `offset + bytes.len()` of `total` is the progress. Returns the length of the file in bytes. The
    /// buffer is split: half for the heads, half for the pieces.
    ///
    /// An attempt that brings at least one byte counts for nothing; after 5 that bring none, with pauses of 1, 2, 4
    /// and 8 s between them, the download is given up. The file is asked for in parts with `If-Range`, so
    /// parts of two versions of it are never put together; see [`Resume`].
    ///
    /// ```no_run
    /// # fn demo<S>(stack: &mut S, clock: impl nal_http::hal::Clock, flash: &mut impl embedded_storage::Storage)
    /// # -> Result<(), Box<dyn std::error::Error>> where S: embedded_nal::TcpClientStack + embedded_nal::Dns,
    /// # nal_http::client::ErrorOf<S>: std::error::Error + 'static {
    /// use nal_http::client::Client;
    ///
    /// let mut buffer = [0; 4096];
    /// Client::new(stack, clock).download("http://mpython.cn/firmware.bin", &mut buffer, |piece| {
    ///     flash.write(piece.offset as u32, piece.bytes).map_err(|_| "flash cannot be written")
    /// });
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The last attempt's; what `write` failed with; a status that brings no file.
    pub fn download<W>(
        &mut self,
        url: &str,
        buffer: &mut [u8],
        mut write: impl FnMut(Piece<'_>) -> Result<(), W>,
    ) -> Result<u64, DownloadErrorOf<S, W>> {
        let mut resume = Resume::new();
        let mut in_vain = 0;
        loop {
            let before = resume.offset();
            let error = match self.attempt(url, &mut resume, buffer, &mut write) {
                Ok(()) => return Ok(resume.offset()),
                Err(error) => error,
            };
            in_vain = if resume.offset() > before { 0 } else { in_vain + 1 };
            if !error.may_pass() || in_vain == ATTEMPTS {
                return Err(error);
            }
            if let Some(doublings) = in_vain.checked_sub(1) {
                self.pause(PAUSE_MS << doublings);
            }
        }
    }

    fn attempt<W>(
        &mut self,
        url: &str,
        resume: &mut Resume,
        buffer: &mut [u8],
        write: &mut impl FnMut(Piece<'_>) -> Result<(), W>,
    ) -> Result<(), DownloadErrorOf<S, W>> {
        let middle = buffer.len() / 2;
        let (head, piece) = buffer.split_at_mut_checked(middle).unwrap_or_default();
        let asked = resume.ask();
        let request = asked.apply(Request::over(&mut *self, Method::GET, url));
        let mut response = request.send(head)?;
        resume.answered(response.exchange())?;
        loop {
            let n = response.read(piece)?;
            if n == 0 {
                return Ok(resume.is_complete()?);
            }
            let (offset, total) = (resume.offset(), resume.total());
            let bytes = piece.get(..n).unwrap_or_default();
            resume.took(n)?;
            write(Piece { offset, total, bytes }).map_err(DownloadError::Write)?;
        }
    }

    fn pause(&mut self, ms: u32) {
        let deadline = Deadline::after(self.clock.now_ms(), ms);
        loop {
            let left = deadline.remaining(self.clock.now_ms());
            if left == 0 {
                return;
            }
            (self.idle)(self.stack, left);
        }
    }
}

/// The [`DownloadError`] of downloads over the stack `S`.
pub type DownloadErrorOf<S, W> =
    DownloadError<W, <S as Transport>::TcpError, <S as Transport>::DnsError>;

/// Why a download was given up: `W` is the error of what it was written to, `T` that of the stack's TCP,
/// `D` that of its DNS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum DownloadError<W, T, D> {
    /// The request failed.
    Client(Error<T, D>),
    /// The response does not bring what is missing.
    Resume(ResumeError),
    /// The piece could not be written.
    Write(W),
}

impl<W, T, D> DownloadError<W, T, D> {
    /// Whether another attempt may have another end.
    fn may_pass(&self) -> bool {
        match self {
            Self::Client(Error::Request(_)) | Self::Write(_) => false,
            Self::Client(Error::Proxy(ProxyError::Status(code))) => *code >= 500 || *code == 429,
            Self::Client(_) => true,
            // A server that has too much to do, or is restarted.
            Self::Resume(ResumeError::Status(code)) => *code >= 500 || *code == 429,
            Self::Resume(_) => true,
        }
    }
}

impl<W: fmt::Debug, T: fmt::Debug, D: fmt::Debug> fmt::Display for DownloadError<W, T, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(error) => error.fmt(f),
            Self::Resume(error) => error.fmt(f),
            Self::Write(error) => write!(f, "download cannot be written: {error:?}"),
        }
    }
}

impl<W: fmt::Debug, T: fmt::Debug, D: fmt::Debug> core::error::Error for DownloadError<W, T, D> {}

impl<W, T, D> From<Error<T, D>> for DownloadError<W, T, D> {
    fn from(error: Error<T, D>) -> Self {
        Self::Client(error)
    }
}

impl<W, T, D> From<ResumeError> for DownloadError<W, T, D> {
    fn from(error: ResumeError) -> Self {
        Self::Resume(error)
    }
}
