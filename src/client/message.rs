//! What is sent: the head of a request, and the front of its body.

use super::RequestError;
use super::auth::{Authorize, write_user_info};
use super::payload::Payload;
use super::request::Parts;
use crate::wire::{BufferTooSmall, Method, Url, Window, Writer};

/// How a request is sent this time: redirects change it.
#[derive(Clone, Copy)]
pub(super) struct Plan<'r> {
    pub(super) method: Method<'r>,
    pub(super) payload: Payload<'r>,
    /// The connection is to be kept for another request.
    pub(super) keep_alive: bool,
    /// So many redirects were followed.
    pub(super) hops: u8,
    /// So many challenges of the server were answered.
    #[cfg(feature = "digest")]
    pub(super) answers: u8,
    /// One of them led to another server, which gets no credentials.
    pub(super) is_abroad: bool,
    /// One of them has taken the body away.
    pub(super) is_bodiless: bool,
    /// User name and password in the request's own URL.
    pub(super) user_info: Option<&'r str>,
    /// Trailers of the response are kept.
    #[cfg(feature = "trailers")]
    pub(super) keeps_trailers: bool,
}

impl<'r> Plan<'r> {
    pub(super) const fn new(request: &Parts<'r>) -> Self {
        Self {
            method: request.method,
            payload: request.payload,
            keep_alive: false,
            hops: 0,
            #[cfg(feature = "digest")]
            answers: 0,
            is_abroad: false,
            is_bodiless: false,
            user_info: None,
            #[cfg(feature = "trailers")]
            keeps_trailers: request.trailers,
        }
    }

    const fn connection(&self) -> &'static str {
        let keep_alive = cfg!(feature = "keep-alive") && self.keep_alive;
        #[cfg(feature = "trailers")]
        if self.keeps_trailers {
            return if keep_alive { "keep-alive, TE" } else { "close, TE" };
        }
        if keep_alive { "keep-alive" } else { "close" }
    }

    /// Whether a header that the caller has set is not sent this time.
    fn leaves_out(&self, name: &str) -> bool {
        if !cfg!(feature = "redirects") {
            return false;
        }
        let is_one_of = |names: &[&str]| names.iter().any(|own| name.eq_ignore_ascii_case(own));
        self.is_abroad && is_one_of(&["Authorization", "Cookie", "Proxy-Authorization", "Host"])
            || self.is_bodiless
                && is_one_of(&["Content-Type", "Content-Encoding", "Content-Language"])
    }
}

/// Writes head and as much of the body as fits. Returns what to send, and how many bytes of the
/// payload are in it.
pub(super) fn write_request(
    request: &Parts<'_>,
    plan: &Plan<'_>,
    url: &Url<'_>,
    auth: Option<&dyn Authorize>,
    buffer: &mut [u8],
) -> Result<(Window, usize), RequestError> {
    let have = buffer.len();
    let mut writer = Writer::new(buffer);
    write_head(request, plan, url, auth, &mut writer)?;
    #[cfg(feature = "json")]
    if let Payload::Json(value) = plan.payload {
        return write_json(writer, value);
    }
    let length = plan.payload.length();
    let has_body = matches!(plan.method.as_str(), "POST" | "PUT" | "PATCH");
    match length {
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
    match plan.payload {
        Payload::Bytes(bytes) => writer.bytes(bytes),
        Payload::Form(pairs, write) => write(&mut writer, pairs),
        Payload::Source(source) => {
            let filled = source.fill(writer.rest())?;
            writer.wrote(filled);
        }
        Payload::None => {}
        #[cfg(feature = "json")]
        Payload::Json(_) => {}
    }
    let stored = writer.written().len();
    let mut window = Window::default();
    window.received(stored);
    Ok((window, stored - head))
}

/// Writes the request line and the headers, those that frame the body excepted.
fn write_head(
    request: &Parts<'_>,
    plan: &Plan<'_>,
    url: &Url<'_>,
    auth: Option<&dyn Authorize>,
    writer: &mut Writer<'_>,
) -> Result<(), RequestError> {
    if request.too_many_headers {
        return Err(RequestError::TooManyHeaders);
    }
    let headers = request.headers(plan.is_abroad);
    let given = |name: &str| {
        let is_it = |given: &str| given.eq_ignore_ascii_case(name) && !plan.leaves_out(given);
        headers.iter().any(|(given, _)| is_it(given))
    };
    if given("Content-Length") || given("Transfer-Encoding") {
        return Err(RequestError::FramingHeader);
    }
    writer.str(plan.method.as_str());
    writer.byte(b' ');
    let proxy = if url.is_https() { None } else { request.proxy };
    if let Some(proxy) = proxy {
        proxy.write_origin(url.authority(), writer);
    }
    let target = writer.len();
    url.write_target(writer);
    // Where a redirect leads to is a whole URL.
    let params = request.params.filter(|(pairs, _)| plan.hops == 0 && !pairs.is_empty());
    if let Some((pairs, write)) = params {
        match url.query() {
            None => writer.byte(b'?'),
            Some(query) if query.is_empty() || query.ends_with('&') => {}
            Some(_) => writer.byte(b'&'),
        }
        write(writer, pairs);
    }
    let target = target..writer.len();
    writer.str(" HTTP/1.1\r\n");
    let own = [
        ("Host", Some(url.authority())),
        ("User-Agent", Some(USER_AGENT)),
        ("Connection", Some(plan.connection())),
        // Bodies are handed out as they come (RFC 9110 section 12.5.3).
        ("Accept-Encoding", Some("identity")),
        ("Content-Type", plan.payload.content_type()),
    ];
    for (name, value) in own {
        if let Some(value) = value.filter(|_| !given(name)) {
            writer.header_line(name, value);
        }
    }
    #[cfg(feature = "cookies")]
    if let Some(cookies) = request.cookies.filter(|_| !given("Cookie")) {
        cookies.write(url, writer);
    }
    #[cfg(feature = "trailers")]
    if plan.keeps_trailers && !given("TE") {
        writer.header_line("TE", "trailers");
    }
    if !plan.is_abroad && !given("Authorization") {
        match (auth, plan.user_info) {
            (Some(auth), _) => auth.write(writer, plan.method, target)?,
            (None, Some(user_info)) => write_user_info(writer, user_info)?,
            (None, None) => {}
        }
    }
    if let Some(proxy) = proxy {
        proxy.write_credentials(writer);
    }
    for (name, value) in headers {
        if !plan.leaves_out(name) {
            writer.header(name, value)?;
        }
    }
    Ok(())
}

#[cfg(feature = "json")]
fn write_json(
    mut writer: Writer<'_>,
    value: &dyn super::payload::WriteJson,
) -> Result<(Window, usize), RequestError> {
    let late = crate::wire::LateLength::reserve(&mut writer);
    let is_head = writer.overflowed();
    value.write_json(&mut writer)?;
    let too_long = if is_head { RequestError::HeadTooLong } else { RequestError::JsonTooLong };
    let message = late.finish(writer).map_err(too_long)?;
    let length = message.len().saturating_sub(late.body_at());
    let start = late.settle(message, length);
    let mut window = Window::at(start);
    window.received(message.len() - start);
    Ok((window, length))
}

const USER_AGENT: &str = concat!("nal-http/", env!("CARGO_PKG_VERSION"));
