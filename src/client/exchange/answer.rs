//! The request that answers a challenge.

use core::mem;

use super::{Exchange, Turn};
use crate::client::digest::{Answer, CHALLENGE, choose};
use crate::client::message::{Plan, write_request};
use crate::client::request::Parts;
use crate::client::{RequestError, ResponseError};
use crate::wire::{BufferTooSmall, ResponseHead, Window};

impl<'r, 'b> Exchange<'r, 'b> {
    /// Writes the request again, with an answer to the challenge of the response, if it has one that can be
    /// answered.
    pub(super) fn answer(
        &mut self,
        request: &'r Parts<'r>,
    ) -> Result<Option<Turn<'b>>, ResponseError> {
        let is_by_hand = |(name, _): &(&str, &str)| name.eq_ignore_ascii_case("Authorization");
        let is_free = self.plan.payload.is_repeatable() && !self.plan.is_abroad;
        let may_answer = is_free && !request.headers.iter().any(is_by_hand);
        let Some(digest) = request.digest.filter(|_| may_answer) else { return Ok(None) };
        let Ok(url) = self.url(request) else { return Ok(None) };
        let plan = Plan { answers: self.plan.answers + 1, ..self.plan };
        if choose(self.head().headers(), self.plan.answers).is_none() {
            return match self.head.missing() {
                0 => Ok(None),
                missing => {
                    let kept = self.head.kept();
                    let request = Self::request_length(request, &plan, &url);
                    let need = kept + request + digest.room() + 2 * missing;
                    let need = need.max(self.head.room());
                    let room = BufferTooSmall { have: self.buffer.len(), need };
                    Err(ResponseError::Challenge(room.beside(self.taken)))
                }
            };
        }
        // All else of the response gives way to the request.
        self.head.keep_only(self.buffer, CHALLENGE.name);
        let kept = self.head.kept();
        let Some((head, free)) = self.buffer.split_at_mut_checked(kept) else { return Ok(None) };
        let headers = ResponseHead::new(head).headers();
        let Some(challenge) = choose(headers, self.plan.answers) else { return Ok(None) };
        let answer = Answer { digest, challenge };
        let have = kept + free.len();
        let written = write_request(request, &plan, &url, Some(&answer), free);
        let (behind, payload_taken) = written.map_err(|error| {
            let need = match error {
                RequestError::HeadTooLong(BufferTooSmall { need, .. }) => kept + need,
                _ => have + 1,
            };
            ResponseError::Challenge(BufferTooSmall { have, need }.beside(self.taken))
        })?;
        // Nothing of the response is needed any more.
        let mut sending = Window::at(kept + behind.start());
        sending.received(behind.len());
        sending.move_to(self.buffer, 0);
        let buffer = mem::take(&mut self.buffer);
        let (moved_to, taken) = (self.moved_to, self.taken);
        *self = Self {
            sending,
            moved_to,
            taken,
            payload_taken,
            ..Self::sending(request, plan, buffer)
        };
        Ok(Some(Turn::Again))
    }
}
