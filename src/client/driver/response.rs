use super::{Client, Goal};
use crate::client::head::head_accessors;
use crate::client::request::parts::Parts;
use crate::client::{ErrorOf, Head, Request, ResponseError};
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
    buffer: &'b mut [u8],
}

impl<'c, 's, S: Transport, C: Clock> Request<'_, &'c mut Client<'s, S, C>> {
    /// Sends the request and waits for the head of the response.
    ///
    /// Blocks for as long as its [`Timeouts`](crate::net::Timeouts) allow.
    ///
    /// # Errors
    /// What went wrong; the connection is closed.
    pub fn send<'b>(self, buffer: &'b mut [u8]) -> Result<Response<'b, 'c, 's, S, C>, ErrorOf<S>> {
        let Self { parts, launcher: client } = self;
        let mut parts: Parts<'_> = parts;
        // One whose response was forgotten.
        client.driver.close(client.stack);
        client.begin(&mut parts, buffer)?;
        client.block(Some(&parts), buffer, Goal::Head)?;
        Ok(Response { client, buffer })
    }
}

impl<S, C> Response<'_, '_, '_, S, C>
where
    S: Transport,
    C: Clock,
{
    /// Its head, for what looks at heads without I/O, such as [`Resume`](crate::client::Resume) and
    /// [`EventSource`](crate::client::EventSource).
    #[must_use]
    pub fn head(&self) -> Head<'_> {
        Head::new(&self.client.driver.transaction.exchange, self.buffer)
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
        self.client.block(None, self.buffer, Goal::Bytes(out))
    }

    /// The rest of the body, in the buffer that the request was sent with.
    ///
    /// Blocks until all of it is there. Asked again, it answers the same.
    ///
    /// # Errors
    /// As [`read`](Self::read); and [`ResponseError::TooLong`] if the buffer is too small. Then
    /// nothing is lost: `read` begins with what was collected.
    pub fn content(&mut self) -> Result<&[u8], ErrorOf<S>> {
        self.client.block(None, self.buffer, Goal::CONTENT)?;
        Ok(self.client.driver.transaction.exchange.gathered(self.buffer))
    }

    /// The rest of the body as text.
    ///
    /// # Errors
    /// As [`content`](Self::content); and [`ResponseError::Encoded`] if it is compressed,
    /// [`ResponseError::NotText`] if it is not UTF-8.
    pub fn text(&mut self) -> Result<&str, ErrorOf<S>> {
        ResponseError::of_coding(self.headers())?;
        let content = self.content()?;
        Ok(core::str::from_utf8(content).map_err(|_| ResponseError::NotText)?)
    }

    /// The rest of the body as a value; its strings may point into the buffer (`&str`), whatever escapes they have.
    ///
    /// Escapes are undone in the buffer itself, so this takes the body: afterwards nothing is left of it, for
    /// [`content`](Self::content) and [`text`](Self::text) neither. Ask for the text first, if it is needed as well.
    /// Fields that the type does not have are passed over; lists and objects may be nested 32 deep.
    ///
    /// # Errors
    /// As [`text`](Self::text); and [`ResponseError::Json`] if it is not such a value, with the byte and the
    /// field: `null` for a number, a number that does not fit, half of a surrogate pair, anything behind the value.
    #[cfg(feature = "json")]
    pub fn json<'a, T: serde::Deserialize<'a>>(&'a mut self) -> Result<T, ErrorOf<S>> {
        ResponseError::of_coding(self.headers())?;
        self.content()?;
        let exchange = &mut self.client.driver.transaction.exchange;
        let body = self.buffer.get_mut(exchange.untaken()).unwrap_or_default();
        exchange.drop_gathered();
        Ok(crate::json::parse(body).map_err(ResponseError::Json)?)
    }

    /// Closes the connection, whatever has not been read.
    pub fn close(self) {}
}

impl<S: Transport, C: Clock> Drop for Response<'_, '_, '_, S, C> {
    fn drop(&mut self) {
        self.client.finish();
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
