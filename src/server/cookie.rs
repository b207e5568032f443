use crate::wire::Writer;

/// A cookie to be set: one `Set-Cookie` header (RFC 6265bis section 4.1); see
/// [`Reply::cookie`](super::Reply::cookie).
///
/// Without attributes, the browser sends it back to the same host, for paths beside the one that has set it,
/// until it is closed. [`Request::cookie`](super::Request::cookie) reads it.
///
/// ```
/// use nal_http::server::{Answer, Cookie, Reply, Request, SameSite};
///
/// fn choose(_: &mut (), request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
///     let unit = if request.form()?.get("unit").is_some_and(|unit| unit == "lux") { "lux" } else { "fc" };
///     let cookie = Cookie::new("unit", unit).path("/").max_age(30 * 24 * 3600).same_site(SameSite::Lax);
///     reply.cookie(cookie).no_content()
/// }
///
/// fn forget(_: &mut (), _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
///     reply.cookie(Cookie::new("unit", "").path("/").max_age(0)).no_content()
/// }
/// ```
///
/// # What is refused
/// A reply with one of these is a 500, since the browser would ignore the cookie, or cut it, or take part of
/// it for an attribute:
/// - a name that is no token; a value with control characters, spaces, quotes, commas, semicolons, backslashes
///   or letters that are not ASCII; more than 4,096 bytes of both, or 1,024 of path or domain;
/// - a path that does not begin with a slash, or has a semicolon, control characters or other than ASCII;
/// - a domain that is not of letters, digits, `-` and `.`;
/// - `__Secure-` without [`secure`](Self::secure); `__Host-` without that and the path `/`, or with a domain;
///   `SameSite=None` without [`secure`](Self::secure).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a cookie is set by `Reply::cookie`"]
pub struct Cookie<'a> {
    name: &'a str,
    value: &'a str,
    path: Option<&'a str>,
    domain: Option<&'a str>,
    max_age_s: Option<u32>,
    same_site: Option<SameSite>,
    is_secure: bool,
    is_http_only: bool,
}

/// With which requests of pages of other sites a cookie is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameSite {
    /// With none.
    Strict,
    /// Only where the user goes to a page of ours, as by a link.
    Lax,
    /// With all; the cookie has to be [`secure`](Cookie::secure).
    None,
}

impl<'a> Cookie<'a> {
    /// A cookie without attributes.
    pub const fn new(name: &'a str, value: &'a str) -> Self {
        Self {
            name,
            value,
            path: None,
            domain: None,
            max_age_s: None,
            same_site: None,
            is_secure: false,
            is_http_only: false,
        }
    }

    /// It is sent for this path, and for those below it.
    pub const fn path(mut self, path: &'a str) -> Self {
        self.path = Some(path);
        self
    }

    /// It is sent to this host and those below it; without it, to the host that has set it alone.
    pub const fn domain(mut self, domain: &'a str) -> Self {
        self.domain = Some(domain);
        self
    }

    /// It is kept for so many seconds, though the browser is closed: for 400 days at most. 0 has it forgotten;
    /// path and domain have to be those that it was set with.
    pub const fn max_age(mut self, seconds: u32) -> Self {
        self.max_age_s = Some(seconds);
        self
    }

    /// With which requests of pages of other sites it is sent.
    pub const fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = Some(same_site);
        self
    }

    /// It is sent over https alone: not to a board that has only http.
    pub const fn secure(mut self) -> Self {
        self.is_secure = true;
        self
    }

    /// Scripts cannot read it.
    pub const fn http_only(mut self) -> Self {
        self.is_http_only = true;
        self
    }

    /// Whether browsers keep it as it is meant.
    pub(super) fn is_valid(&self) -> bool {
        let is_long = |text: &str| text.len() > 1_024;
        let is_path = |path: &str| {
            let is_plain = path.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b';');
            path.starts_with('/') && is_plain && !is_long(path) && path.trim_ascii() == path
        };
        let is_domain = |domain: &str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
            !domain.is_empty() && domain.bytes().all(is_plain) && !is_long(domain)
        };
        // Browsers look at these without regard to case.
        let begins = |prefix: &str| {
            let front = self.name.as_bytes().get(..prefix.len());
            front.is_some_and(|front| front.eq_ignore_ascii_case(prefix.as_bytes()))
        };
        let is_host = begins("__Host-");
        let needs_secure = is_host || begins("__Secure-") || self.same_site == Some(SameSite::None);
        !self.name.is_empty()
            && self.name.bytes().all(is_token)
            && self.value.bytes().all(is_octet)
            && self.name.len() + self.value.len() <= 4_096
            && self.path.is_none_or(is_path)
            && self.domain.is_none_or(is_domain)
            && (self.is_secure || !needs_secure)
            && !(is_host && (self.path != Some("/") || self.domain.is_some()))
    }

    /// Writes the header, which has to be [valid](Self::is_valid).
    pub(super) fn write_to(&self, writer: &mut Writer<'_>) {
        let mut text = |front: &str, value: &str| {
            writer.str(front);
            writer.str(value);
        };
        text("Set-Cookie: ", self.name);
        text("=", self.value);
        if let Some(path) = self.path {
            text("; Path=", path);
        }
        if let Some(domain) = self.domain {
            text("; Domain=", domain);
        }
        if self.is_secure {
            text("; Secure", "");
        }
        if self.is_http_only {
            text("; HttpOnly", "");
        }
        match self.same_site {
            Some(SameSite::Strict) => text("; SameSite=", "Strict"),
            Some(SameSite::Lax) => text("; SameSite=", "Lax"),
            Some(SameSite::None) => text("; SameSite=", "None"),
            None => {}
        }
        if let Some(seconds) = self.max_age_s {
            writer.str("; Max-Age=");
            writer.number(seconds.into());
        }
        writer.str("\r\n");
    }
}

/// Of a token (RFC 9110 section 5.6.2).
const fn is_token(byte: u8) -> bool {
    let is_mark = matches!(
        byte,
        b'!' | b'#'
            | b'$'
            | b'%'
            | b'&'
            | b'\''
            | b'*'
            | b'+'
            | b'-'
            | b'.'
            | b'^'
            | b'_'
            | b'`'
            | b'|'
            | b'~'
    );
    byte.is_ascii_alphanumeric() || is_mark
}

/// Of a value (RFC 6265bis section 4.1.1, `cookie-octet`).
const fn is_octet(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~') && !matches!(byte, b'"' | b',' | b';' | b'\\')
}
