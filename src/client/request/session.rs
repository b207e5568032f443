use super::head::head_length;
use super::parts::Parts;
use super::proxy::Proxy;
use crate::client::RequestError;
use crate::client::extra::{Attempt, Moved, Pairs};
use crate::client::extras::basic;
use crate::wire::{BufferTooSmall, Url, has_scheme, move_up, resolve};

/// What a client brings to each of its requests.
///
/// It holds a pointer to what does so, so that an image whose clients bring nothing does not hold the code either.
#[derive(Clone, Copy, Default)]
pub(in crate::client) struct Session<'s> {
    headers: Pairs<'s>,
    add_headers: Option<AddHeaders>,
    /// The URL that those of requests are relative to.
    base: &'s str,
    proxy: Option<Proxy<'s>>,
    complete: Option<Complete>,
}

type AddHeaders = for<'x> fn(&mut Parts<'x>, Pairs<'x>);

type Complete =
    for<'x> fn(&Session<'x>, &mut Parts<'x>, &mut [u8]) -> Result<Attempt, RequestError>;

impl<'s> Session<'s> {
    pub(in crate::client) fn headers(self, headers: Pairs<'s>) -> Self {
        let complete = self.complete.or(Some(complete));
        Self { headers, add_headers: Some(add_headers), complete, ..self }
    }

    pub(in crate::client) fn proxy(self, url: &'s str) -> Self {
        let proxy = Some(Proxy::new(url));
        Self { proxy, complete: self.complete.or(Some(complete)), ..self }
    }

    pub(in crate::client) fn base(self, url: &'s str) -> Self {
        Self { base: url, complete: Some(complete_at_base), ..self }
    }

    /// User name and password of the base, if the request has none.
    fn add_user(base: &Url<'s>, request: &mut Parts<'s>) {
        if request.auth.is_none() {
            request.auth = base.user_info().map(basic::of_user_info);
        }
    }

    fn add_headers(&self, request: &mut Parts<'s>) {
        if let Some(add) = self.add_headers {
            add(request, self.headers);
        }
    }

    /// Gives a request what it has not said itself. If its URL was relative, it is now at the end of the
    /// buffer.
    pub(in crate::client) fn complete(
        &self,
        request: &mut Parts<'s>,
        buffer: &mut [u8],
    ) -> Result<Attempt, RequestError> {
        match self.complete {
            Some(complete) => complete(self, request, buffer),
            None => Ok(Attempt::FIRST),
        }
    }
}

/// Those that the request does not bring itself.
fn add_headers<'x>(request: &mut Parts<'x>, headers: Pairs<'x>) {
    let own = request.headers.len();
    for &(name, value) in headers {
        let is_it = |other: &str| name.eq_ignore_ascii_case(other);
        let is_own = request.headers.iter().take(own).any(|(own, _)| is_it(own))
            || is_it("Authorization") && request.auth.is_some()
            || is_it("Content-Type")
                && request.payload.and_then(|body| body.content_type()).is_some();
        if !is_own {
            request.too_many_headers |= request.headers.push((name, value)).is_err();
            request.defaults = request.defaults.saturating_add(1);
        }
    }
}

fn complete<'x>(
    session: &Session<'x>,
    request: &mut Parts<'x>,
    _: &mut [u8],
) -> Result<Attempt, RequestError> {
    request.proxy = request.proxy.or(session.proxy);
    session.add_headers(request);
    Ok(Attempt::FIRST)
}

/// The headers are for the server of the base only.
fn complete_at_base<'x>(
    session: &Session<'x>,
    request: &mut Parts<'x>,
    buffer: &mut [u8],
) -> Result<Attempt, RequestError> {
    request.proxy = request.proxy.or(session.proxy);
    let base = Url::parse(session.base).map_err(RequestError::BaseUrl)?;
    let is_at_base = |url: &Url<'_>| base.is_same_origin(url);
    if has_scheme(request.url) {
        if is_at_base(&Url::parse(request.url)?) {
            session.add_headers(request);
        }
        return Ok(Attempt::FIRST);
    }
    let length = match resolve(&base, request.url, buffer) {
        Ok(length) => length,
        Err(url) => {
            Session::add_user(&base, request);
            session.add_headers(request);
            return Err(RequestError::HeadTooLong(too_small(&base, request, url)?));
        }
    };
    // To the end of the buffer, where it stays.
    let at = buffer.len().saturating_sub(length);
    move_up(buffer, length, at);
    let url = buffer.get(at..).and_then(|url| core::str::from_utf8(url).ok()).unwrap_or_default();
    if is_at_base(&Url::parse(url)?) {
        Session::add_user(&base, request);
        session.add_headers(request);
    }
    Ok(Attempt { taken: length, url: length, moved: Some(Moved::INTO_BUFFER), ..Attempt::FIRST })
}

/// What is enough for the URL and for the head of the request, which can only be written once the URL is there.
fn too_small(
    base: &Url<'_>,
    request: &Parts<'_>,
    url: BufferTooSmall,
) -> Result<BufferTooSmall, RequestError> {
    let head = head_length(request, &Attempt::FIRST, true, base)?;
    // Each byte of the reference can become three in the head.
    Ok(BufferTooSmall { need: url.need + head + 3 * request.url.len(), ..url })
}
