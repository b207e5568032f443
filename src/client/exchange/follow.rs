//! What makes an exchange begin again: a redirect, or a challenge.

use core::mem;

use super::Exchange;
use crate::client::redirect::{self, RedirectError};
use crate::client::request::Parts;
use crate::client::{RequestError, ResponseError};
use crate::wire::{BufferTooSmall, ResponseHead, Url, UrlError, move_up, resolve};

/// Where an exchange begins again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn<'b> {
    /// Where a redirect leads to.
    Elsewhere(Url<'b>),
    /// At the same place, with an answer to its challenge.
    Again,
}

impl<'r, 'b> Exchange<'r, 'b> {
    /// Writes the request again, if the response asks for that: for the place where it redirects to, or with
    /// an answer to its challenge. Then the exchange begins again, over another connection.
    ///
    /// # Errors
    /// It leads nowhere, or where the request must not go; or there is no room.
    pub fn follow(&mut self) -> Result<Option<Turn<'b>>, ResponseError> {
        let Some(request) = self.request else { return Ok(None) };
        match self.code() {
            #[cfg(feature = "digest")]
            401 => self.answer(request),
            _ if request.redirects() > 0 => self.redirect(request),
            _ => Ok(None),
        }
    }

    fn redirect(&mut self, request: &'r Parts<'r>) -> Result<Option<Turn<'b>>, ResponseError> {
        let Some(mut plan) = redirect::next(self.code(), &self.plan) else { return Ok(None) };
        let from = self.url(request);
        let kept = self.head.kept();
        let Some((head, free)) = self.buffer.split_at_mut_checked(kept) else { return Ok(None) };
        let Some(location) = ResponseHead::new(head).headers().get("Location") else {
            return Ok(None);
        };
        if plan.hops > request.redirects() {
            return Err(RedirectError::TooMany { limit: request.redirects() }.into());
        }
        let from = from.map_err(RedirectError::Url)?;
        let length = resolve(&from, location, free).map_err(RedirectError::TooLong)?;
        // To the end of the buffer, where it stays.
        move_up(free, length, free.len().saturating_sub(length));
        let buffer = mem::take(&mut self.buffer);
        let at = buffer.len().saturating_sub(length);
        let (buffer, url) = buffer.split_at_mut_checked(at).unwrap_or_default();
        let url = core::str::from_utf8(url).unwrap_or_default();
        let to = Url::parse(url).map_err(RedirectError::Url)?;
        // A name from the server is none to send, and in front of a host it may hide that (RFC 9110 section 4.2.4).
        if to.user_info().is_some() {
            return Err(RedirectError::Url(UrlError::UserInfo).into());
        }
        plan.is_abroad |= !redirect::is_same_server(&from, &to)?;
        let have = buffer.len();
        let written = Self::written(request, plan, &to, buffer).map_err(|error| match error {
            RequestError::HeadTooLong(needed) => RedirectError::TooLong(needed),
            _ => RedirectError::TooLong(BufferTooSmall { have, need: have + 1 }),
        })?;
        *self = Self { moved_to: Some(url), ..written };
        Ok(Some(Turn::Elsewhere(to)))
    }
}
