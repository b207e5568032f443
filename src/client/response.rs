use super::accessors::head_accessors;
use super::{Call, Client, ErrorOf, Exchange, ResponseError};
use crate::hal::Clock;
use crate::net::Transport;
use crate::wire::{Headers, Version};

/// A response: its head is there, its body is still to be read.
///
/// Its connection is closed when the body has been read to its end, when reading fails, and when
/// the response goes out of scope. A client that keeps connections gets it back instead, if the body was
/// read to its end.
pub struct Response<'b, 'c, 's, S: Transport, C: Clock> {
    client: &'c mut Client<'s, S, C>,
    call: Call<'static, 'b, S::Socket>,
}

impl<'b, 'c, 's, S, C> Response<'b, 'c, 's, S, C>
where
    S: Transport,
    C: Clock,
{
    pub(super) fn new(
        client: &'c mut Client<'s, S, C>,
        call: Call<'static, 'b, S::Socket>,
    ) -> Self {
        Self { client, call }
    }

    /// The exchange behind it, for what looks at heads without I/O, such as
    /// [`Resume`](super::Resume) and [`EventSource`](super::EventSource).
    #[must_use]
    pub fn exchange(&self) -> &Exchange<'static, 'b> {
        self.call.exchange()
    }

    head_accessors!();

    /// Reads a piece of the body into `out` and returns its length in bytes; 0 is the end.
    ///
    /// Blocks until at least one byte is there. Where the framing allows, the bytes go from the
    /// stack to `out` without another copy.
    ///
    /// # Errors
    /// The body is malformed or not complete, the connection broke, or the read took too long.
    pub fn read(&mut self, out: &mut [u8]) -> Result<usize, ErrorOf<S>> {
        self.client.block(&mut self.call, |call, stack, now| call.read(stack, now, out))
    }

    /// The rest of the body, in the buffer that the request was sent with.
    ///
    /// Blocks until all of it is there. Asked again, it answers the same.
    ///
    /// # Errors
    /// As [`read`](Self::read); and [`ResponseError::TooLong`] if the buffer is too small. Then
    /// nothing is lost: `read` begins with what was collected.
    pub fn content(&mut self) -> Result<&[u8], ErrorOf<S>> {
        self.client.block(&mut self.call, Call::collect)?;
        Ok(self.call.content())
    }

    /// The rest of the body as text.
    ///
    /// # Errors
    /// As [`content`](Self::content); and [`ResponseError::Encoded`] if it is compressed,
    /// [`ResponseError::NotText`] if it is not UTF-8.
    pub fn text(&mut self) -> Result<&str, ErrorOf<S>> {
        self.call.check_coding()?;
        self.content()?;
        Ok(self.call.text()?)
    }

    /// The rest of the body as a value; its strings may point into the buffer.
    ///
    /// # Errors
    /// As [`text`](Self::text); and [`ResponseError::Json`], with the place, if it is not such a value.
    #[cfg(feature = "json")]
    pub fn json<'a, T: serde::Deserialize<'a>>(&'a mut self) -> Result<T, ErrorOf<S>> {
        self.call.check_coding()?;
        self.content()?;
        Ok(self.call.json()?)
    }

    /// Closes the connection, whatever has not been read.
    pub fn close(self) {}
}

impl<S: Transport, C: Clock> Drop for Response<'_, '_, '_, S, C> {
    fn drop(&mut self) {
        if let (Some(pool), Some((ticket, socket))) = (&mut self.client.pool, self.call.reusable())
        {
            pool.put(self.client.stack, ticket, socket);
        }
        self.call.close(self.client.stack);
    }
}

impl<S: Transport, C: Clock> embedded_io::ErrorType for Response<'_, '_, '_, S, C> {
    type Error = ErrorOf<S>;
}

impl<S: Transport, C: Clock> embedded_io::Read for Response<'_, '_, '_, S, C> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Self::Error> {
        Response::read(self, out)
    }
}
