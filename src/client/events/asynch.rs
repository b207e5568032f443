use super::{Event, EventSource, NextError};

impl EventSource<'_> {
    /// [`next`](Self::next) of what is read from an async [`Response`](crate::client::asynch::Response) (feature `async`).
    ///
    /// The future can be dropped, in a `select` with a button, say: what has arrived is kept.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn next_async<R: embedded_io_async::Read>(
        &mut self,
        response: &mut R,
    ) -> Result<Option<Event<'_>>, NextError<R::Error>> {
        while !self.advance().map_err(NextError::Event)? {
            match response.read(self.room()).await.map_err(NextError::Read)? {
                0 => return Ok(None),
                n => self.received(n),
            }
        }
        self.event().map(Some).map_err(NextError::Event)
    }
}
