use super::{Client, ErrorOf};
use crate::client::head::head_accessors;
use crate::client::request::parts::Parts;
use crate::client::transaction::Goal;
use crate::client::{Head, Request, ResponseError};
use crate::hal::Timer;
use crate::net::AsyncTransport;
use crate::wire::{Headers, Version};

/// A response: its head is there, its body is still to be read (feature `async`).
///
/// Its connection is closed when the body has been read to its end, when reading fails, and when
/// the response goes out of scope. A client that keeps connections gets it back instead, if the body was
/// read to its end. Futures that read can be dropped, and nothing is lost.
pub struct Response<'b, 'c, 's, S: AsyncTransport, T> {
    client: &'c mut Client<'s, S, T>,
    buffer: &'b mut [u8],
}

impl<'r, 's: 'r, 'c, S: AsyncTransport, T: Timer> Request<'r, &'c mut Client<'s, S, T>> {
    /// Sends the request and waits for the head of the response, for as long as its [`Timeouts`](crate::net::Timeouts) allow.
    ///
    /// If the future is dropped before, the connection is closed.
    ///
    /// # Errors
    /// What went wrong; the connection is closed.
    pub fn send<'b>(
        self,
        buffer: &'b mut [u8],
    ) -> impl Future<Output = Result<Response<'b, 'c, 's, S, T>, ErrorOf<S>>> {
        // Not an async function, which would hold the request twice.
        let Self { mut parts, launcher: client } = self;
        async move {
            // One whose response was forgotten.
            client.finish();
            client.begin(&mut parts, buffer)?;
            let mut response = Response { client, buffer };
            response.run(Some(&parts), Goal::Head).await?;
            Ok(response)
        }
    }
}

impl<S: AsyncTransport, T: Timer> Response<'_, '_, '_, S, T> {
    fn run(
        &mut self,
        request: Option<&Parts<'_>>,
        goal: Goal<'_>,
    ) -> impl Future<Output = Result<usize, ErrorOf<S>>> {
        self.client.run(request, self.buffer, goal)
    }

    /// Its head, for what looks at heads without I/O, such as [`Resume`](crate::client::Resume) and
    /// [`EventSource`](crate::client::EventSource).
    #[must_use]
    pub fn head(&self) -> Head<'_> {
        Head::new(&self.client.driver.transaction.exchange, self.buffer)
    }

    head_accessors!();

    /// Reads a piece of the body into `out` and returns its length in bytes; 0 is the end.
    ///
    /// Waits until at least one byte is there. Where the framing allows, the bytes go from the
    /// stack to `out` without another copy.
    ///
    /// # Errors
    /// The body is malformed or not complete, the connection broke, or the read took too long.
    pub fn read(&mut self, out: &mut [u8]) -> impl Future<Output = Result<usize, ErrorOf<S>>> {
        self.run(None, Goal::Bytes(out))
    }

    /// The rest of the body, in the buffer that the request was sent with.
    ///
    /// Waits until all of it is there. Asked again, it answers the same.
    ///
    /// # Errors
    /// As [`read`](Self::read); and [`ResponseError::TooLong`] if the buffer is too small. Then
    /// nothing is lost: `read` begins with what was collected.
    pub async fn content(&mut self) -> Result<&[u8], ErrorOf<S>> {
        self.run(None, Goal::CONTENT).await?;
        Ok(self.client.driver.transaction.exchange.gathered(self.buffer))
    }

    /// The rest of the body as text.
    ///
    /// # Errors
    /// As [`content`](Self::content); and [`ResponseError::Encoded`] if it is compressed,
    /// [`ResponseError::NotText`] if it is not UTF-8.
    pub async fn text(&mut self) -> Result<&str, ErrorOf<S>> {
        ResponseError::of_coding(self.headers())?;
        let content = self.content().await?;
        Ok(core::str::from_utf8(content).map_err(|_| ResponseError::NotText)?)
    }

    /// The rest of the body as a value; its strings may point into the buffer, where their escapes are undone. So this
    /// takes the body, as [that of the other response](crate::client::Response::json) does.
    ///
    /// # Errors
    /// As [`text`](Self::text); and [`ResponseError::Json`] if it is not such a value, with the byte and the field.
    #[cfg(feature = "json")]
    pub async fn json<'a, V: serde::Deserialize<'a>>(&'a mut self) -> Result<V, ErrorOf<S>> {
        ResponseError::of_coding(self.headers())?;
        self.run(None, Goal::CONTENT).await?;
        let exchange = &mut self.client.driver.transaction.exchange;
        let body = self.buffer.get_mut(exchange.untaken()).unwrap_or_default();
        exchange.drop_gathered();
        Ok(crate::json::parse(body).map_err(ResponseError::Json)?)
    }

    /// Closes the connection, whatever has not been read.
    pub fn close(self) {}
}

impl<S: AsyncTransport, T> Drop for Response<'_, '_, '_, S, T> {
    fn drop(&mut self) {
        self.client.finish();
    }
}

impl<S: AsyncTransport, T> embedded_io::ErrorType for Response<'_, '_, '_, S, T> {
    type Error = ErrorOf<S>;
}

impl<S: AsyncTransport, T: Timer> embedded_io_async::Read for Response<'_, '_, '_, S, T> {
    async fn read(&mut self, out: &mut [u8]) -> Result<usize, Self::Error> {
        Response::read(self, out).await
    }
}
