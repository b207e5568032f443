use super::bytes::{split_first, split_once};
use super::{ip, parse_date};

/// A cookie that a server sets: the value of one `Set-Cookie` header (RFC 6265 section 5.2).
///
/// ```
/// use nal_http::wire::SetCookie;
///
/// let cookie = SetCookie::parse("session=abc; Path=/api; Secure; HttpOnly").unwrap();
/// assert_eq!((cookie.name, cookie.value, cookie.path), ("session", "abc", Some("/api")));
/// assert!(cookie.is_secure && !cookie.is_over);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetCookie<'a> {
    /// Its name, never empty.
    pub name: &'a str,
    /// Its value, as it is to be sent back.
    pub value: &'a str,
    /// The domain whose hosts get it; without one, the host that has set it. Its leading dot is left out.
    pub domain: Option<&'a str>,
    /// The paths that get it are those below this one.
    pub path: Option<&'a str>,
    /// It is for https only.
    pub is_secure: bool,
    /// It is to be forgotten: its `Max-Age` is not positive, or without one it has expired.
    pub is_over: bool,
}

/// The start of 2026, as [`parse_date`] has it. Nothing expires before this was written.
const WRITTEN: u64 = (2026 << 9 | 1 << 5 | 1) << 17;

impl<'a> SetCookie<'a> {
    /// Takes a header's value apart; `None` if there is no cookie in it that could be sent back: it has no `=`, or no
    /// name, or control characters. What has expired before 2026 is over; see [`parse_at`](Self::parse_at).
    #[must_use]
    pub fn parse(value: &'a str) -> Option<Self> {
        Self::parse_at(value, None)
    }

    /// As [`parse`](Self::parse), with the time that it is: the value of the answer's `Date` header.
    #[must_use]
    pub fn parse_at(value: &'a str, now: Option<&str>) -> Option<Self> {
        let (pair, mut rest) = split_first(value, b';');
        let (name, value) = split_once(pair, b'=')?;
        let (name, value) = (trim(name), trim(value));
        if name.is_empty() || !is_sendable(name) || !is_sendable(value) {
            return None;
        }
        let mut cookie =
            Self { name, value, domain: None, path: None, is_secure: false, is_over: false };
        let (mut max_age, mut expires) = (None, None);
        while let Some(parts) = rest {
            let (part, behind) = split_first(parts, b';');
            rest = behind;
            let (name, value) = split_once(part, b'=').unwrap_or((part, ""));
            let (name, value) = (trim(name), trim(value));
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            if is("Domain") {
                let domain = value.strip_prefix('.').unwrap_or(value);
                cookie.domain = Some(domain).filter(|domain| !domain.is_empty()).or(cookie.domain);
            } else if is("Path") {
                cookie.path = value.starts_with('/').then_some(value);
            } else if is("Secure") {
                cookie.is_secure = true;
            } else if is("Max-Age") {
                max_age = is_over_by_age(value).or(max_age);
            } else if is("Expires") {
                expires = parse_date(value).or(expires);
            }
        }
        cookie.is_over = match (max_age, expires) {
            (Some(is_over), _) => is_over,
            (None, Some(expires)) => expires <= now.and_then(parse_date).unwrap_or(0).max(WRITTEN),
            (None, None) => false,
        };
        Some(cookie)
    }

    /// Whether the host may set it: for itself, or for a domain with a dot that it belongs to.
    #[must_use]
    pub fn may_come_from(&self, host: &str, is_https: bool) -> bool {
        let is_own = self.domain.is_none_or(|domain| {
            let has_dot = domain.bytes().any(|byte| byte == b'.');
            has_dot && domain_covers(domain, host) || domain.eq_ignore_ascii_case(host)
        });
        let starts = |prefix: &str| {
            let start = self.name.get(..prefix.len()).unwrap_or_default();
            start.eq_ignore_ascii_case(prefix)
        };
        let keeps_promise = if starts("__Host-") {
            self.is_secure && self.domain.is_none() && self.path == Some("/")
        } else {
            self.is_secure || !starts("__Secure-")
        };
        is_own && keeps_promise && (is_https || !self.is_secure)
    }
}

/// Whether cookies of `domain` are for `host` (RFC 6265 section 5.1.3).
pub(crate) fn domain_covers(domain: &str, host: &str) -> bool {
    if domain.eq_ignore_ascii_case(host) {
        return true;
    }
    let Some(at) = host.len().checked_sub(domain.len()) else { return false };
    let (front, back) = host.split_at_checked(at).unwrap_or_default();
    let is_address = ip::parse_v4(host).is_some() || ip::parse_v6(host).is_some();
    front.ends_with('.') && back.eq_ignore_ascii_case(domain) && !is_address
}

/// Whether cookies of `path` are for `requested` (RFC 6265 section 5.1.4).
pub(crate) fn path_covers(path: &str, requested: &str) -> bool {
    let Some(rest) = requested.strip_prefix(path) else { return false };
    rest.is_empty() || path.ends_with('/') || rest.starts_with('/')
}

/// The path whose cookies a response sets if it does not say: the one above that of the request.
pub(crate) fn default_path(requested: &str) -> &str {
    match requested.bytes().rposition(|byte| byte == b'/') {
        Some(slash @ 1..) => requested.get(..slash).unwrap_or("/"),
        _ => "/",
    }
}

/// Without the white space of HTTP around it.
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// Control characters would end the header that a cookie is sent back in, or do worse.
fn is_sendable(text: &str) -> bool {
    text.bytes().all(|byte| byte >= b' ' && byte != 0x7f || byte == b'\t')
}

/// Whether a `Max-Age` is none that is still to come; `None` if it is no number (RFC 6265 section 5.2.2).
fn is_over_by_age(value: &str) -> Option<bool> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_over = digits.len() < value.len() || digits.bytes().all(|digit| digit == b'0');
    is_number.then_some(is_over)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cookies_and_what_is_none() {
        for (text, expected) in [
            ("a=b", Some(("a", "b"))),
            (" a = b ", Some(("a", "b"))),
            ("a=b=c", Some(("a", "b=c"))),
            ("a=\"b\"; Path=/", Some(("a", "\"b\""))),
            ("光=b", Some(("光", "b"))),
            ("a=光", Some(("a", "光"))),
            ("a=", Some(("a", ""))),
            ("a", None),
            ("=b", None),
            ("", None),
            ("; Path=/", None),
            ("a b=c", Some(("a b", "c"))),
            ("a=b c", Some(("a", "b c"))),
            ("a=1,2", Some(("a", "1,2"))),
            ("a@b=\"c d\"", Some(("a@b", "\"c d\""))),
            ("Authorization=Bearer abc.def; path=/", Some(("Authorization", "Bearer abc.def"))),
            ("\ta\t=\tb\tc\t", Some(("a", "b\tc"))),
            ("a=b\u{1}", None),
            ("a\u{7f}=b", None),
            ("a=b\r\nX: c", None),
            ("\t=b", None),
        ] {
            let found = SetCookie::parse(text).map(|cookie| (cookie.name, cookie.value));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn ends() {
        for (text, is_over) in [
            ("a=b", false),
            ("a=b; Max-Age=0", true),
            ("a=b; max-age=-1", true),
            ("a=b; Max-Age=", false),
            ("a=b; Max-Age=-", false),
            ("a=b; Max-Age=0x", false),
            ("a=b; Max-Age=0; Max-Age=soon", true),
            ("a=b; Max-Age=0; Max-Age=7", false),
            ("a=b; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT", false),
            ("a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT", true),
            ("a=b; Expires=Thu, 01-Jan-1970 00:00:00 GMT", true),
            ("a=b; Expires=Thu, 01 Jan 2037 00:00:00 GMT", false),
            ("a=b; Expires=never", false),
            ("a=b; Expires=1 12345 99999999999 1999", false),
            ("a=b; Expires=Wednesday, 01-Jan-70 00:00:00 GMT", true),
            ("a=b; Expires=Thu, 01 Jan 2015 00:00:00 GMT", true),
            ("a=b; Expires=Thu, 01 Jan 2015 00:00:00 GMT; Expires=never", true),
            ("a=b; Expires=Thu, 01 Jan 2026 00:00:00 GMT", true),
            ("a=b; Expires=Thu, 01 Jan 2026 00:00:01 GMT", false),
        ] {
            assert_eq!(
                SetCookie::parse(text).map(|cookie| cookie.is_over),
                Some(is_over),
                "{text}"
            );
        }
    }

    #[test]
    fn who_may_set_them() {
        for (text, host, https, may) in [
            ("a=b", "mpython.cn", false, true),
            ("a=b; Domain=mpython.cn", "api.mpython.cn", false, true),
            ("a=b; Domain=.MPYTHON.cn", "mpython.cn", false, true),
            ("a=b; Domain=mpython.cn", "notmpython.cn", false, false),
            ("a=b; Domain=api.mpython.cn", "mpython.cn", false, false),
            ("a=b; Domain=cn", "mpython.cn", false, false),
            ("a=b; Domain=localhost", "localhost", false, true),
            ("a=b; Domain=0.1", "192.168.0.1", false, false),
            ("a=b; Domain=192.168.0.1", "192.168.0.1", false, true),
            ("a=b; Secure", "mpython.cn", false, false),
            ("a=b; Secure", "mpython.cn", true, true),
            ("__Secure-a=b", "mpython.cn", true, false),
            ("__secure-a=b; secure", "mpython.cn", true, true),
            ("__Host-a=b; Secure; Path=/", "mpython.cn", true, true),
            ("__Host-a=b; Secure; Path=/; Domain=mpython.cn", "mpython.cn", true, false),
            ("__Host-a=b; Secure", "mpython.cn", true, false),
        ] {
            let cookie = SetCookie::parse(text).unwrap();
            assert_eq!(cookie.may_come_from(host, https), may, "{text} {host}");
        }
    }

    #[test]
    fn paths() {
        for (path, requested, is_covered) in [
            ("/", "/", true),
            ("/", "/a", true),
            ("/a", "/a", true),
            ("/a", "/a/b", true),
            ("/a/", "/a/b", true),
            ("/a/", "/a", false),
            ("/a", "/ab", false),
            ("/a", "/", false),
        ] {
            assert_eq!(path_covers(path, requested), is_covered, "{path} {requested}");
        }
        for (requested, path) in
            [("/", "/"), ("/a", "/"), ("/a/", "/a"), ("/a/b?c", "/a"), ("", "/")]
        {
            assert_eq!(default_path(requested), path);
        }
    }

    proptest! {
        #[test]
        fn noise_is_no_panic(text in "\\PC{0,60}", host in "[a-z0-9.:]{0,20}") {
            if let Some(cookie) = SetCookie::parse(&text) {
                prop_assert!(is_sendable(cookie.value) && !cookie.name.is_empty());
                let _ = cookie.may_come_from(&host, true);
            }
        }
    }
}
