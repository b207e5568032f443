//! What makes an exchange begin again: a redirect, or a challenge.

use core::mem;

use super::Exchange;
use crate::client::message::{Plan, write_request};
use crate::client::redirect::{self, RedirectError};
use crate::client::request::Parts;
use crate::client::{RequestError, ResponseError};
use crate::wire::{BufferTooSmall, ResponseHead, Url, UrlError, escaped_len, move_up, resolve};

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
        let location = self.head().headers().get_bytes("Location").map(escaped_len);
        let missing = self.head.missing();
        let length = match location {
            Some(length) => length,
            None if missing == 0 => return Ok(None),
            None => missing,
        };
        if plan.hops > request.redirects() {
            return Err(RedirectError::TooMany { limit: request.redirects() }.into());
        }
        let from = self.url(request).map_err(RedirectError::Url)?;
        let room = self.head.room();
        // All else of the response gives way to the request.
        self.head.keep_only(self.buffer, "Location");
        let kept = self.head.kept();
        let free = self.buffer.split_at_mut_checked(kept).and_then(|(head, free)| {
            let location = ResponseHead::new(head).headers().get_bytes("Location")?;
            let length = resolve(&from, location, free).ok()?;
            Some((free, length))
        });
        let Some((free, length)) = free else {
            let need = Self::redirect_room(request, &plan, &from, length).max(room);
            let room = BufferTooSmall { have: self.buffer.len(), need };
            return Err(RedirectError::TooLong(room.beside(self.taken)).into());
        };
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
        let taken = self.taken + length;
        let have = buffer.len();
        let written = Self::written(request, plan, &to, buffer).map_err(|error| {
            RedirectError::TooLong(match error {
                RequestError::HeadTooLong(room) => room.beside(taken),
                _ => BufferTooSmall { have, need: have + 1 }.beside(taken),
            })
        })?;
        *self = Self { moved_to: Some(url), taken, ..written };
        Ok(Some(Turn::Elsewhere(to)))
    }

    /// The room for a redirect whose URL cannot even be written: that, and a request to it.
    fn redirect_room(
        request: &Parts<'_>,
        plan: &Plan<'_>,
        from: &Url<'_>,
        location: usize,
    ) -> usize {
        let url = "https://".len() + from.authority().len() + escaped_len(from.path().as_bytes());
        Self::request_length(request, plan, from) + url + 2 * location
    }

    /// How long the head of a request is.
    pub(super) fn request_length(request: &Parts<'_>, plan: &Plan<'_>, to: &Url<'_>) -> usize {
        let auth = request.auth.as_ref().map(|auth| auth as _);
        match write_request(request, plan, to, auth, &mut []) {
            Err(RequestError::HeadTooLong(BufferTooSmall { need, .. })) => need,
            _ => 0,
        }
    }
}
