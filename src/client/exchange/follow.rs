//! What makes an exchange begin again: an extra, that has seen the head of the response.

use super::{Exchange, split, url_of};
use crate::client::extra::{IncomingHead, Next};
use crate::client::request::head::{head_length, write_request};
use crate::client::request::parts::Parts;
use crate::client::{RedirectError, RequestError, ResponseError};
use crate::wire::{BufferTooSmall, Window};

impl Exchange {
    /// Writes the request again, if an extra asks for that. Then the exchange begins again, over another connection.
    ///
    /// # Errors
    /// An extra cannot use the response; or there is no room.
    pub(in crate::client) fn follow(
        &mut self,
        request: &Parts<'_>,
        buffer: &mut [u8],
    ) -> Result<bool, ResponseError> {
        let (whole, would_do) = (buffer.len(), self.head.room());
        let is_repeatable = request.payload_of(&self.attempt).is_repeatable();
        let mut next = Next::Proceed;
        for extra in request.extras() {
            let (room, urls) = split(buffer, self.attempt.taken);
            let url = url_of(request, &self.attempt, urls).map_err(RedirectError::Url)?;
            let method = request.method_of(&self.attempt);
            let attempt = &mut self.attempt;
            let head = &mut self.head;
            let given = &request.headers;
            let mut incoming =
                IncomingHead { head, buffer: room, url, method, attempt, given, is_repeatable };
            next = extra.response(&mut incoming)?;
            if next != Next::Proceed {
                break;
            }
        }
        let kept = match next {
            Next::Again | Next::Answer(_) if !is_repeatable => return Ok(false),
            Next::Proceed => return Ok(false),
            Next::Answer(name) => {
                let (room, _) = split(buffer, self.attempt.taken);
                self.head.keep_only(room, name);
                self.attempt.answers = self.attempt.answers.saturating_add(1);
                self.head.kept()
            }
            Next::Again => {
                self.attempt.answers = self.attempt.answers.saturating_add(1);
                0
            }
            Next::Elsewhere | Next::NoRoom(_) => 0,
        };
        let (room, urls) = split(buffer, self.attempt.taken);
        let url = url_of(request, &self.attempt, urls).map_err(RedirectError::Url)?;
        let too_small = |need| {
            let have = whole.saturating_sub(self.attempt.taken);
            ResponseError::FollowUp(BufferTooSmall { have, need }.beside(self.attempt.taken))
        };
        if let Next::NoRoom(more) = next {
            let length =
                head_length(request, &self.attempt, self.keep_alive, &url).unwrap_or_default();
            return Err(too_small((length + more).max(would_do)));
        }
        let Some((response, free)) = room.split_at_mut_checked(kept) else { return Ok(false) };
        let written = write_request(request, &self.attempt, self.keep_alive, &url, response, free);
        let (behind, payload_taken) = written.map_err(|error| match error {
            RequestError::HeadTooLong(BufferTooSmall { need, .. })
            | RequestError::JsonTooLong(BufferTooSmall { need, .. }) => too_small(kept + need),
            _ => too_small(whole.saturating_sub(self.attempt.taken) + 1),
        })?;
        // Nothing of the response is needed any more.
        let mut sending = Window::at(kept + behind.start());
        sending.received(behind.len());
        sending.move_to(room, 0);
        self.restart(self.keep_alive, request);
        (self.sending, self.payload_taken) = (sending, payload_taken);
        Ok(true)
    }
}
