use core::fmt;

use super::{Client, Error, Piece, ProxyError, ResponseError, Resume, ResumeError};
use crate::hal::Clock;
use crate::net::Transport;

/// Attempts that bring nothing before a download is given up; and so often it starts over.
const ATTEMPTS: u8 = 5;
/// The pause in front of the second of them, in milliseconds; each is as long again.
const PAUSE_MS: u32 = 1_000;

impl<S: Transport, C: Clock> Client<'_, S, C> {
    /// Downloads a file of any length, and goes on where it was when the connection breaks.
    ///
    /// Each piece is handed to `write` with its place in the file, which may be a flash partition;
    /// `offset + bytes.len()` of `total` is the progress. Returns the length of the file in bytes. The
    /// buffer is split: half for the heads, half for the pieces.
    ///
    /// What is missing is asked for with `Range` and `If-Range`, and parts are put together only if each says that it
    /// is of the same version; see [`Resume`]. Else the download starts over: then a piece has the offset 0, and what was
    /// written before counts for nothing. So what is written is one version of the file once this returns, and not before.
    ///
    /// After 5 attempts in a row that bring nothing, with pauses of 1, 2, 4 and 8 s between them, the download is given
    /// up; and when it would start over for the sixth time. What will be the same when it is asked again ends it at once:
    /// a status such as 404, a response head that does not fit, a file whose end nobody can tell, or that is compressed.
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
        let mut attempts = Attempts::new();
        loop {
            let error = match self.attempt(url, attempts.begin(), buffer, &mut write) {
                Ok(length) => return Ok(length),
                Err(error) => error,
            };
            match attempts.failed(&error) {
                Some(0) => {}
                Some(ms) => self.pause(ms),
                None => return Err(error),
            }
        }
    }

    fn attempt<W>(
        &mut self,
        url: &str,
        resume: &mut Resume,
        buffer: &mut [u8],
        write: &mut impl FnMut(Piece<'_>) -> Result<(), W>,
    ) -> Result<u64, DownloadErrorOf<S, W>> {
        let (head, piece) = halves(buffer);
        let asked = resume.ask();
        let request = asked.apply(self.get(url));
        let mut response = request.send(head)?;
        resume.answered(response.head())?;
        loop {
            let read = response.read(piece);
            if let Some(length) = took(resume, read, piece, write)? {
                return Ok(length);
            }
        }
    }
}

/// Which attempts of a download there are, and when: without I/O.
pub(super) struct Attempts {
    resume: Resume,
    /// So many in a row have brought nothing.
    in_vain: u8,
    /// What was there when the current one began.
    had: u64,
    starts: u8,
    is_part: bool,
}

impl Attempts {
    pub(super) fn new() -> Self {
        Self { resume: Resume::new(), in_vain: 0, had: 0, starts: 0, is_part: false }
    }

    /// The next one begins.
    pub(super) fn begin(&mut self) -> &mut Resume {
        let resume = &mut self.resume;
        (self.had, self.starts, self.is_part) =
            (resume.offset(), resume.starts(), resume.asks_for_part());
        resume
    }

    /// It has failed: how many milliseconds to wait before the next one, or `None` if there is none.
    pub(super) fn failed<W, T, D>(&mut self, error: &DownloadError<W, T, D>) -> Option<u32> {
        let resume = &self.resume;
        let had = if resume.starts() == self.starts { self.had } else { 0 };
        self.in_vain = if resume.offset() > had { 0 } else { self.in_vain + 1 };
        let is_unusable = matches!(error, DownloadError::Resume(ResumeError::Range));
        let may_pass = if is_unusable { self.is_part } else { error.may_pass() };
        if !may_pass || self.in_vain == ATTEMPTS || resume.starts() > ATTEMPTS {
            return None;
        }
        // What cannot be used is asked for otherwise, at once; anything else may need time.
        let doublings = self.in_vain.checked_sub(1).filter(|_| !is_unusable);
        Some(doublings.map_or(0, |doublings| PAUSE_MS << doublings))
    }
}

/// Where heads go, and pieces.
pub(super) fn halves(buffer: &mut [u8]) -> (&mut [u8], &mut [u8]) {
    let middle = buffer.len() / 2;
    buffer.split_at_mut_checked(middle).unwrap_or_default()
}

/// Something was read into `piece`. How long the file is, if that was the end of it.
pub(super) fn took<W, T, D>(
    resume: &mut Resume,
    read: Result<usize, Error<T, D>>,
    piece: &[u8],
    write: &mut impl FnMut(Piece<'_>) -> Result<(), W>,
) -> Result<Option<u64>, DownloadError<W, T, D>> {
    let n = match read {
        // All of it is there, and only the end of its framing is missing.
        Err(_) if resume.total() == Some(resume.offset()) => 0,
        result => result?,
    };
    if n == 0 {
        resume.is_complete()?;
        return Ok(Some(resume.offset()));
    }
    if let Some(piece) = resume.piece(piece.get(..n).unwrap_or_default())? {
        write(piece).map_err(DownloadError::Write)?;
    }
    Ok(None)
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
            Self::Client(Error::Response(error)) => {
                matches!(error, ResponseError::Closed | ResponseError::Body(_))
            }
            Self::Client(_) => true,
            // A server that has too much to do, or is restarted.
            Self::Resume(ResumeError::Status(code)) => {
                matches!(code, 408 | 425 | 429) || *code >= 500 && !matches!(code, 501 | 505)
            }
            Self::Resume(ResumeError::NoLength | ResumeError::Encoded(_)) => false,
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
