use super::Client;
use crate::client::download::{Attempts, halves, took};
use crate::client::{DownloadError, Piece, Resume};
use crate::hal::Timer;
use crate::net::AsyncTransport;

/// The [`DownloadError`] of downloads over the transport `S`.
pub type DownloadErrorOf<S, W> =
    DownloadError<W, <S as AsyncTransport>::TcpError, <S as AsyncTransport>::DnsError>;

impl<S: AsyncTransport, T: Timer> Client<'_, S, T> {
    /// Downloads a file of any length, and goes on where it was when the connection breaks, as
    /// [`client::Client::download`](crate::client::Client::download) does: there is what is asked of `write` and `buffer`,
    /// and which attempts there are.
    ///
    /// `write` blocks the task for as long as it takes, say to erase flash. If the future is dropped, what was written
    /// is a part of the file.
    ///
    /// # Errors
    /// The last attempt's; what `write` failed with; a status that brings no file.
    pub async fn download<W>(
        &mut self,
        url: &str,
        buffer: &mut [u8],
        mut write: impl FnMut(Piece<'_>) -> Result<(), W>,
    ) -> Result<u64, DownloadErrorOf<S, W>> {
        let mut attempts = Attempts::new();
        loop {
            let error = match self.attempt(url, attempts.begin(), buffer, &mut write).await {
                Ok(length) => return Ok(length),
                Err(error) => error,
            };
            match attempts.failed(&error) {
                Some(0) => {}
                Some(ms) => self.timer.wait_ms(ms).await,
                None => return Err(error),
            }
        }
    }

    async fn attempt<W>(
        &mut self,
        url: &str,
        resume: &mut Resume,
        buffer: &mut [u8],
        write: &mut impl FnMut(Piece<'_>) -> Result<(), W>,
    ) -> Result<u64, DownloadErrorOf<S, W>> {
        let (head, piece) = halves(buffer);
        let asked = resume.ask();
        let request = asked.apply(self.get(url));
        let mut response = request.send(head).await?;
        resume.answered(response.head())?;
        loop {
            let read = response.read(piece).await;
            if let Some(length) = took(resume, read, piece, write)? {
                return Ok(length);
            }
        }
    }
}
