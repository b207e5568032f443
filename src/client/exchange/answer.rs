//! The request that answers a challenge.

use core::mem;

use super::{Exchange, Turn};
use crate::client::digest::{Answer, choose};
use crate::client::message::{Plan, write_request};
use crate::client::payload::Payload;
use crate::client::request::Parts;
use crate::client::{RequestError, ResponseError};
use crate::wire::{BufferTooSmall, ResponseHead, Url, Window, move_down};

impl<'r, 'b> Exchange<'r, 'b> {
    /// Writes the request again, with an answer to the challenge of the response, if it has one that can be
    /// answered.
    pub(super) fn answer(
        &mut self,
        request: &'r Parts<'r>,
    ) -> Result<Option<Turn<'b>>, ResponseError> {
        let is_source = matches!(self.plan.payload, Payload::Source(_));
        let is_by_hand = |(name, _): &(&str, &str)| name.eq_ignore_ascii_case("Authorization");
        let is_bound = self.plan.is_abroad || is_source || request.headers.iter().any(is_by_hand);
        let Some(digest) = request.digest.filter(|_| !is_bound) else { return Ok(None) };
        let kept = self.head.kept();
        let Some((head, free)) = self.buffer.split_at_mut_checked(kept) else { return Ok(None) };
        let headers = ResponseHead::new(head).headers();
        let Some(challenge) = choose(headers, self.plan.answers) else { return Ok(None) };
        let answer = Answer { digest, challenge };
        let Ok(url) = Url::parse(self.moved_to.unwrap_or(request.url)) else { return Ok(None) };
        let plan = Plan { answers: self.plan.answers + 1, ..self.plan };
        let have = kept + free.len();
        let written = write_request(request, &plan, &url, Some(&answer), free);
        let (window, payload_taken) = written.map_err(|error| {
            ResponseError::Challenge(match error {
                RequestError::HeadTooLong(BufferTooSmall { need, .. }) => {
                    BufferTooSmall { have, need: kept + need }
                }
                _ => BufferTooSmall { have, need: have + 1 },
            })
        })?;
        // Nothing of the response is needed any more.
        move_down(self.buffer, kept + window.start(), window.len(), 0);
        let mut moved = Window::default();
        moved.received(window.len());
        let buffer = mem::take(&mut self.buffer);
        let moved_to = self.moved_to;
        *self = Self { moved_to, ..Self::sending(request, plan, buffer, moved, payload_taken) };
        Ok(Some(Turn::Again))
    }
}
