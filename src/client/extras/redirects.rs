//! Redirects (RFC 9110 section 15.4).

use crate::client::extra::{Extra, IncomingHead, Moved, Next};
use crate::client::{RedirectError, ResponseError};
use crate::wire::{Needed, ResponseHead, Url, UrlError, escaped_len, move_up, resolve};

/// So many redirects are followed where the request does not say, if it has a safe method.
pub(in crate::client) const DEFAULT_LIMIT: u8 = 5;

const LOCATION: &str = "Location";
const NEEDED: &[Needed] = &[Needed { name: LOCATION, codes: &[301, 302, 303, 307, 308] }];

/// Follows so many redirects.
///
/// It holds a pointer to what does so, so that an image whose requests follow none does not hold the code.
#[derive(Clone, Copy)]
pub(in crate::client) struct Redirects {
    limit: u8,
    follow: fn(u8, &mut IncomingHead<'_>) -> Result<Next, ResponseError>,
}

impl Redirects {
    pub(in crate::client) const fn new(limit: u8) -> Self {
        Self { limit, follow }
    }
}

impl Extra for Redirects {
    fn needs(&self) -> &'static [Needed] {
        NEEDED
    }

    fn response(&self, head: &mut IncomingHead<'_>) -> Result<Next, ResponseError> {
        if self.limit == 0 { Ok(Next::Proceed) } else { (self.follow)(self.limit, head) }
    }
}

/// Puts the URL of a redirect at the end of the buffer, where it stays.
fn follow(limit: u8, head: &mut IncomingHead<'_>) -> Result<Next, ResponseError> {
    let becomes_get = match head.status_code() {
        301 | 302 => head.method() == "POST",
        303 => head.method() != "HEAD",
        307 | 308 => false,
        _ => return Ok(Next::Proceed),
    };
    if !becomes_get && !head.is_repeatable() {
        return Ok(Next::Proceed);
    }
    let length = match (head.headers().get_bytes(LOCATION), head.head.missing()) {
        (Some(location), _) => escaped_len(location),
        (None, 0) => return Ok(Next::Proceed),
        (None, missing) => missing,
    };
    let attempt = &mut *head.attempt;
    attempt.hops = attempt.hops.saturating_add(1);
    if attempt.hops > limit {
        return Err(RedirectError::TooMany { limit }.into());
    }
    attempt.answers = 0;
    attempt.is_get |= becomes_get;
    // All else of the response gives way to the request.
    let from = &Url::parse(head.url).map_err(RedirectError::Url)?;
    head.head.keep_only(head.buffer, LOCATION);
    let free = head.buffer.split_at_mut_checked(head.head.kept()).and_then(|(kept, free)| {
        let location = ResponseHead::new(kept).headers().get_bytes(LOCATION)?;
        let length = resolve(from, location, free).ok()?;
        Some((free, length))
    });
    let Some((free, length)) = free else {
        let url = "https://".len() + from.authority().len() + escaped_len(from.path().as_bytes());
        return Ok(Next::NoRoom(url + 2 * length));
    };
    let at = free.len().saturating_sub(length);
    move_up(free, length, at);
    let url = free.get(at..).and_then(|url| core::str::from_utf8(url).ok()).unwrap_or_default();
    let to = Url::parse(url).map_err(RedirectError::Url)?;
    // A name from the server is none to send, and in front of a host it may hide that (RFC 9110 section 4.2.4).
    if to.user_info().is_some() {
        return Err(RedirectError::Url(UrlError::UserInfo).into());
    }
    if from.is_https() && !to.is_https() {
        return Err(RedirectError::Insecure.into());
    }
    attempt.is_cross_origin |= !from.is_same_origin(&to);
    (attempt.taken, attempt.url) = (attempt.taken + length, length);
    attempt.moved = Some(Moved::INTO_BUFFER);
    Ok(Next::Elsewhere)
}
