//! What is sent: the head of a request, and the front of its body.

use super::parts::Parts;
use super::payload::Payload;
use crate::client::RequestError;
use crate::client::extra::{Attempt, Extra, OutgoingHead};
use crate::client::extras::basic;
use crate::wire::{BufferTooSmall, Method, Url, Window, Writer};

impl<'r> Parts<'r> {
    /// The method that is sent this time.
    pub(in crate::client) const fn method_of(&self, attempt: &Attempt) -> Method<'r> {
        if attempt.is_get { Method::GET } else { self.method }
    }

    /// The body that is sent this time.
    pub(in crate::client) const fn payload_of(&self, attempt: &Attempt) -> Payload<'r> {
        if attempt.is_get { Payload::None } else { self.payload }
    }
}

/// Writes head and as much of the body as fits. Returns what to send, and how many bytes of the
/// payload are in it.
///
/// `response` is what was kept of the response that the request answers.
pub(in crate::client) fn write_request(
    request: &Parts<'_>,
    attempt: &Attempt,
    keep_alive: bool,
    url: &Url<'_>,
    response: &[u8],
    buffer: &mut [u8],
) -> Result<(Window, usize), RequestError> {
    let have = buffer.len();
    let mut writer = write_head(request, attempt, keep_alive, url, response, buffer)?;
    let payload = request.payload_of(attempt);
    if let Payload::Written(body) = payload {
        return body.write(writer);
    }
    let has_body = matches!(request.method_of(attempt).as_str(), "POST" | "PUT" | "PATCH");
    match payload.length() {
        Some(0) if !has_body => {}
        Some(length) => {
            writer.str("Content-Length: ");
            writer.number(length);
            writer.str("\r\n");
        }
        None => writer.str("Transfer-Encoding: chunked\r\n"),
    }
    writer.str("\r\n");
    let head = writer.len();
    if head > have {
        return Err(RequestError::HeadTooLong(BufferTooSmall { have, need: head }));
    }
    match payload {
        Payload::Bytes(bytes) => writer.bytes(bytes),
        Payload::Form(pairs, write) => write(&mut writer, pairs),
        Payload::Source(source) => {
            let filled = source.fill(writer.rest())?;
            writer.wrote(filled);
        }
        Payload::None | Payload::Written(_) => {}
    }
    let stored = writer.written().len();
    let mut window = Window::default();
    window.received(stored);
    Ok((window, stored.saturating_sub(head)))
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
    match write_request(request, attempt, keep_alive, url, &[], &mut []) {
        Err(RequestError::HeadTooLong(BufferTooSmall { need, .. })) => Ok(need),
        Err(error) => Err(error),
        Ok(_) => Ok(0),
    }
}

/// Writes the request line and the headers, those that frame the body excepted.
fn write_head<'x>(
    request: &'x Parts<'x>,
    attempt: &'x Attempt,
    keep_alive: bool,
    url: &'x Url<'x>,
    response: &'x [u8],
    buffer: &'x mut [u8],
) -> Result<Writer<'x>, RequestError> {
    if request.too_many_headers {
        return Err(RequestError::TooManyHeaders);
    }
    if request.too_many_extras {
        return Err(RequestError::TooManyExtras);
    }
    let (method, payload) = (request.method_of(attempt), request.payload_of(attempt));
    let mut head = OutgoingHead {
        writer: Writer::new(buffer),
        method,
        url,
        target: 0..0,
        attempt,
        given: request.headers(attempt.is_cross_origin),
        body: payload.bytes(),
        response,
    };
    if head.has("Content-Length") || head.has("Transfer-Encoding") {
        return Err(RequestError::FramingHeader);
    }
    let writer = &mut head.writer;
    writer.str(method.as_str());
    writer.byte(b' ');
    let proxy = if url.is_https() { None } else { request.proxy };
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
    let connection = match (keep_alive, wants_trailers) {
        (false, false) => "close",
        (false, true) => "close, TE",
        (true, false) => "keep-alive",
        (true, true) => "keep-alive, TE",
    };
    let own = [
        ("Host", Some(url.authority())),
        ("User-Agent", Some(USER_AGENT)),
        ("Connection", Some(connection)),
        // Bodies are handed out as they come (RFC 9110 section 12.5.3).
        ("Accept-Encoding", Some("identity")),
        ("Content-Type", payload.content_type()),
        ("TE", wants_trailers.then_some("trailers")),
    ];
    for (name, value) in own {
        if let Some(value) = value.filter(|_| !head.has(name)) {
            head.writer.header_line(name, value);
        }
    }
    let is_same_origin = !attempt.is_cross_origin;
    if let Some(write_extras) = request.write_extras {
        write_extras(request, &mut head)?;
    }
    if is_same_origin && request.auth.is_none() {
        if let Some(user_info) = attempt.user_info(request.url, url) {
            basic::of_user_info(user_info).request(&mut head)?;
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
    Ok(head.writer)
}

const USER_AGENT: &str = concat!("nal-http/", env!("CARGO_PKG_VERSION"));
