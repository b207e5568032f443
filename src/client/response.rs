use super::{Call, Client, Coding, ErrorOf, Exchange, ResponseError};
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

    /// The status code, such as 200. Codes of 400 and more are no errors here.
    #[must_use]
    pub fn status_code(&self) -> u16 {
        self.call.exchange().code()
    }

    /// The reason phrase, such as `OK`; empty if there is none or it is not UTF-8.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.call.exchange().head().reason()
    }

    /// The URL that answered, if it was a redirect that led there.
    #[must_use]
    pub fn redirected_to(&self) -> Option<&str> {
        self.call.exchange().moved_to()
    }

    /// The version of the response.
    #[must_use]
    pub fn version(&self) -> Version {
        self.call.exchange().version()
    }

    /// The headers that were kept; see [`Request::want`](super::Request::want).
    #[must_use]
    pub fn headers(&self) -> Headers<'_> {
        self.call.exchange().head().headers()
    }

    /// The value of the first header `name`, if it was kept and is UTF-8.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name)
    }

    /// How its text is encoded, if the server says so: the `charset` of its `Content-Type`, such as `utf-8`.
    /// [`text`](Self::text) takes UTF-8 only, whatever this says.
    #[must_use]
    pub fn encoding(&self) -> Option<&str> {
        let parameters = self.header("Content-Type")?.split(';').skip(1);
        let mut pairs = parameters.filter_map(|parameter| parameter.trim().split_once('='));
        let (_, charset) = pairs.find(|(name, _)| name.eq_ignore_ascii_case("charset"))?;
        Some(charset.trim_matches('"'))
    }

    /// Whether headers were dropped because the buffer had no room for them.
    #[must_use]
    pub fn headers_dropped(&self) -> bool {
        self.call.exchange().headers_dropped()
    }

    /// The Content-Length in bytes, if the server gave one. A response to HEAD has one and no body.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.call.exchange().content_length()
    }

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
        Ok(self.call.exchange().gathered())
    }

    /// The rest of the body as text.
    ///
    /// # Errors
    /// As [`content`](Self::content); and [`ResponseError::Encoded`] if it is compressed,
    /// [`ResponseError::NotText`] if it is not UTF-8.
    pub fn text(&mut self) -> Result<&str, ErrorOf<S>> {
        self.check_coding()?;
        core::str::from_utf8(self.content()?).map_err(|_| ResponseError::NotText.into())
    }

    fn check_coding(&self) -> Result<(), ResponseError> {
        Coding::of(self.headers()).map_or(Ok(()), |coding| Err(ResponseError::Encoded(coding)))
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
        self.check_coding()?;
        self.content()?;
        Ok(self.call.exchange_mut().json()?)
    }

    /// The trailers, once the body was read to its end: fields that the server has sent behind it, if
    /// [`Request::trailers`](super::Request::trailers) has asked for them. None if there was no room, see
    /// [`trailers_dropped`](Self::trailers_dropped).
    ///
    /// They came behind what they could have changed: take none for a header (RFC 9110 section 6.5.1).
    #[cfg(feature = "trailers")]
    #[must_use]
    pub fn trailers(&self) -> Headers<'_> {
        self.call.exchange().trailers()
    }

    /// Whether the buffer had no room for the trailers behind the head, and what was collected of the body.
    #[cfg(feature = "trailers")]
    #[must_use]
    pub fn trailers_dropped(&self) -> bool {
        self.call.exchange().trailers_dropped()
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
