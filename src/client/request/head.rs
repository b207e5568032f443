//! What is sent: the head of a request, and the front of its body.

use super::parts::Parts;
use super::payload::{Payload, Written};
use crate::client::RequestError;
use crate::client::extra::{Attempt, Extra, OutgoingHead};
use crate::client::extras::basic;
use crate::wire::{Method, Url, Writer};

impl<'r> Parts<'r> {
    /// The method that is sent this time.
    pub(in crate::client) const fn method_of(&self, attempt: &Attempt) -> Method<'r> {
        if attempt.is_get { Method::GET } else { self.method }
    }

    /// The body that is sent this time.
    pub(in crate::client) fn payload_of(&self, attempt: &Attempt) -> Option<&Payload<'r>> {
        self.payload.as_ref().filter(|_| !attempt.is_get)
    }
}

/// Writes head and as much of the body as fits.
///
/// `response` is what was kept of the response that the request answers.
pub(in crate::client) fn write_request(
    request: &Parts<'_>,
    attempt: &Attempt,
    keep_alive: bool,
    url: &Url<'_>,
    response: &[u8],
    buffer: &mut [u8],
) -> Result<Written, RequestError> {
    let payload = request.payload_of(attempt);
    let mut head = OutgoingHead {
        writer: Writer::new(buffer),
        method: request.method_of(attempt),
        url,
        target: 0..0,
        attempt,
        given: request.headers(attempt.is_cross_origin),
        body: payload.map_or(Some(&[]), Payload::in_memory),
        response,
    };
    write_head(request, payload, keep_alive, &mut head)?;
    let is_body_expected = matches!(head.method(), "POST" | "PUT" | "PATCH");
    let mut writer = head.writer;
    if let Some(payload) = payload {
        return payload.write(writer, is_body_expected);
    }
    if is_body_expected {
        writer.str("Content-Length: 0\r\n");
    }
    Ok(Written::of_head(&mut writer))
}

/// Has each extra add its headers.
pub(super) fn write_extras(
    request: &Parts<'_>,
    head: &mut OutgoingHead<'_>,
) -> Result<(), RequestError> {
    let is_same_origin = !head.is_cross_origin();
    for extra in request.extras().filter(|extra| is_same_origin || extra.is_for_other_origins()) {
        extra.request(head)?;
    }
    Ok(())
}

/// How long the head of a request is.
pub(in crate::client) fn head_length(
    request: &Parts<'_>,
    attempt: &Attempt,
    keep_alive: bool,
    url: &Url<'_>,
) -> Result<usize, RequestError> {
    Ok(write_request(request, attempt, keep_alive, url, &[], &mut [])?.need)
}

/// Writes the request line and the headers, those that frame the body excepted.
fn write_head(
    request: &Parts<'_>,
    payload: Option<&Payload<'_>>,
    keep_alive: bool,
    head: &mut OutgoingHead<'_>,
) -> Result<(), RequestError> {
    if request.too_many_headers {
        return Err(RequestError::TooManyHeaders);
    }
    if request.too_many_extras {
        return Err(RequestError::TooManyExtras);
    }
    if head.has("Content-Length") || head.has("Transfer-Encoding") {
        return Err(RequestError::FramingHeader);
    }
    let (method, url, attempt) = (head.method, head.url, head.attempt);
    let writer = &mut head.writer;
    writer.str(method.as_str());
    writer.byte(b' ');
    let in_tunnel = request.needs_tunnel(url.is_https());
    let proxy = if in_tunnel { None } else { request.proxy };
    if let Some(proxy) = proxy {
        proxy.write_origin(url.authority(), writer);
    }
    let start = writer.len();
    url.write_target(writer);
    // Where a redirect leads to is a whole URL.
    let params = request.params.filter(|(pairs, _)| attempt.hops == 0 && !pairs.is_empty());
    if let Some((pairs, write)) = params {
        match url.query() {
            None => writer.byte(b'?'),
            Some(query) if query.is_empty() || query.ends_with('&') => {}
            Some(_) => writer.byte(b'&'),
        }
        write(writer, pairs);
    }
    head.target = start..writer.len();
    writer.str(" HTTP/1.1\r\n");
    let wants_trailers = request.keep_trailers.is_some();
    if !head.has("Host") {
        head.writer.line("Host: ", url.authority());
    }
    head.default_line(concat!("User-Agent: nal-http/", env!("CARGO_PKG_VERSION"), "\r\n"));
    head.default_line(match (keep_alive, wants_trailers) {
        (false, false) => "Connection: close\r\n",
        (false, true) => "Connection: close, TE\r\n",
        (true, false) => "Connection: keep-alive\r\n",
        (true, true) => "Connection: keep-alive, TE\r\n",
    });
    // Bodies are handed out as they come (RFC 9110 section 12.5.3).
    head.default_line("Accept-Encoding: identity\r\n");
    if let Some(content_type) = payload.and_then(Payload::content_type) {
        if !head.has("Content-Type") {
            head.writer.line("Content-Type: ", content_type);
        }
    }
    if wants_trailers {
        head.default_line("TE: trailers\r\n");
    }
    let is_same_origin = !attempt.is_cross_origin;
    if let Some(write_extras) = request.write_extras {
        write_extras(request, head)?;
    }
    if is_same_origin && request.auth.is_none() {
        if let Some(user_info) = attempt.user_info(request.url, url) {
            basic::write_user_info_header(head, user_info)?;
        }
    }
    if let Some(proxy) = proxy {
        proxy.write_credentials(&mut head.writer);
    }
    for (name, value) in head.given {
        if !attempt.leaves_out(name) {
            head.writer.header(name, value)?;
        }
    }
    Ok(())
}
