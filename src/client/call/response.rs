//! The response of a call.

use super::{Call, open, receive};
use crate::client::accessors::head_accessors;
use crate::client::{Coding, Error, ErrorOf, ResponseError};
use crate::net::{Received, Transport};
use crate::wire::{Headers, Version};

impl<K> Call<'_, '_, K> {
    head_accessors!();

    /// What was [collected](Self::collect) of the body: all of it, once `collect` has said `Ok`.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        self.exchange.gathered()
    }

    /// The same as text.
    ///
    /// # Errors
    /// [`ResponseError::Encoded`] if the server has encoded it, with gzip, say; [`ResponseError::NotText`] if it is not
    /// UTF-8.
    pub fn text(&self) -> Result<&str, ResponseError> {
        self.check_coding()?;
        core::str::from_utf8(self.content()).map_err(|_| ResponseError::NotText)
    }

    /// The same as a value; its strings may point into the buffer.
    ///
    /// # Errors
    /// [`ResponseError::Encoded`] as with [`text`](Self::text); [`ResponseError::Json`], with the place, if it is not
    /// such a value.
    #[cfg(feature = "json")]
    pub fn json<'a, T: serde::Deserialize<'a>>(&'a mut self) -> Result<T, ResponseError> {
        self.check_coding()?;
        let parsed = crate::json::parse(self.content());
        parsed.map_err(|position| ResponseError::Json { position })
    }

    pub(in crate::client) fn check_coding(&self) -> Result<(), ResponseError> {
        Coding::of(self.headers()).map_or(Ok(()), |coding| Err(ResponseError::Encoded(coding)))
    }

    pub(super) fn read_body<S>(
        &mut self,
        stack: &mut S,
        out: &mut [u8],
    ) -> nb::Result<usize, ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        loop {
            let n = self.exchange.take(out).map_err(Error::from)?;
            if n > 0 || out.is_empty() || self.exchange.is_done() {
                return Ok(n);
            }
            let direct = self.exchange.direct(out);
            if direct.is_empty() {
                self.receive(stack)?;
                continue;
            }
            let socket = open(&mut self.socket)?;
            match receive(stack, socket, direct)? {
                Received::Data(n) => {
                    self.exchange.took(n);
                    return Ok(n);
                }
                Received::Idle => return Err(nb::Error::WouldBlock),
                Received::End => self.exchange.end_of_stream().map_err(Error::from)?,
            }
        }
    }

    pub(super) fn collect_body<S>(&mut self, stack: &mut S) -> nb::Result<(), ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        loop {
            self.exchange.gather().map_err(Error::from)?;
            if self.exchange.is_done() {
                return Ok(());
            }
            self.exchange.check_room().map_err(Error::from)?;
            self.receive(stack)?;
            self.deadline = None;
        }
    }
}
