//! What makes an exchange begin again: an extra, that has seen the head of the response.

use super::head::{head_length, write_request};
use super::parts::{ENCODING, Follow, Needs, Parts};
use super::payload::Payload;
use crate::client::extra::{Attempt, Extra, IncomingHead, Next, Target, split};
use crate::client::{CallError, RedirectError, ResponseError};
use crate::wire::{BufferTooSmall, HeadReader, Needed, Url, Window};

pub(super) const FOLLOW: &Follow = &Follow { needs, response };

fn needs<'x>(request: &Parts<'_>, needs: &'x mut Needs) -> &'x [&'static [Needed]] {
    let all = core::iter::once(ENCODING).chain(request.extras().map(Extra::needs));
    let mut count = 0;
    for (place, need) in needs.iter_mut().zip(all) {
        *place = need;
        count += 1;
    }
    needs.get(..count).unwrap_or_default()
}

fn response(
    request: &Parts<'_>,
    attempt: &mut Attempt,
    head: &mut HeadReader,
    target: &mut Target,
    keep_alive: bool,
    buffer: &mut [u8],
) -> Result<Option<(Window, usize)>, CallError> {
    let (whole, would_do) = (buffer.len(), head.room());
    let is_repeatable = request.payload_of(attempt).is_none_or(Payload::is_repeatable);
    let mut next = Next::Proceed;
    for extra in request.extras() {
        let (room, urls) = split(buffer, attempt.taken);
        let url = attempt.url_of(request.url, urls);
        let method = request.method_of(attempt);
        let given = &request.headers;
        next = extra.response(&mut IncomingHead {
            head: &mut *head,
            buffer: room,
            url,
            method,
            attempt: &mut *attempt,
            given,
            is_repeatable,
        })?;
        if next != Next::Proceed {
            break;
        }
    }
    let (room, urls) = split(buffer, attempt.taken);
    let kept = match next {
        Next::Proceed => return Ok(None),
        Next::Again | Next::Answer(_) if !is_repeatable => return Ok(None),
        Next::Answer(name) => {
            head.keep_only(room, name);
            head.kept()
        }
        Next::Again | Next::Elsewhere | Next::NoRoom(_) => 0,
    };
    if let Next::Again | Next::Answer(_) = next {
        attempt.answers = attempt.answers.saturating_add(1);
    }
    let text = attempt.url_of(request.url, urls);
    let url = Url::parse(text).map_err(|error| ResponseError::from(RedirectError::Url(error)))?;
    *target = request.target(text, &url);
    let taken = attempt.taken;
    let have = whole.saturating_sub(taken);
    let too_small = |need| {
        let room = BufferTooSmall { have, need }.beside(taken);
        CallError::Response(ResponseError::FollowUp(room))
    };
    if let Next::NoRoom(more) = next {
        let length = head_length(request, attempt, keep_alive, &url)?;
        return Err(too_small((length + more).max(would_do)));
    }
    let Some((response, free)) = room.split_at_mut_checked(kept) else { return Ok(None) };
    let free_length = free.len();
    let written = write_request(request, attempt, keep_alive, &url, response, free)?;
    if written.need > free_length {
        return Err(too_small(kept + written.need));
    }
    // Nothing of the response is needed any more.
    let mut sending = Window::at(kept + written.sending.start());
    sending.received(written.sending.len());
    sending.move_to(room, 0);
    Ok(Some((sending, written.payload_taken)))
}
