use core::fmt;
use core::net::IpAddr;

use super::ascii::Set;
use super::bytes::{find, split_first, split_once};
use super::percent::write_target_text;
use super::{UrlError, Writer, ip};

/// How the text of a URL is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Scheme {
    /// In plain text, port 80.
    Http,
    /// Over TLS, port 443.
    Https,
}

impl Scheme {
    /// The one with this name. That of a WebSocket is understood as that of its request (RFC 6455 section 3).
    fn of(name: &str) -> Option<Self> {
        // Each is the front of the one that is safe, which has one letter more.
        let (safe, shorter) =
            if cfg!(feature = "websocket") && name.len() < 4 { ("wss", 2) } else { ("https", 4) };
        let is_known = name.len() >= shorter
            && safe.get(..name.len()).is_some_and(|known| known.eq_ignore_ascii_case(name));
        let scheme = if name.len() == shorter { Self::Http } else { Self::Https };
        is_known.then_some(scheme)
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// An http or https URL (RFC 3986, RFC 9110 section 4.2), taken apart where it stands. With the feature
/// `websocket`, `ws` and `wss` mean the same as these.
///
/// Path and query may hold spaces and any UTF-8; they are escaped when they are sent. A fragment
/// is dropped.
///
/// ```
/// use nal_http::wire::Url;
///
/// let url = Url::parse("http://mpython.cn:8080/光?a=1#top")?;
/// assert_eq!((url.host(), url.port()), ("mpython.cn", 8080));
/// assert_eq!((url.path(), url.query()), ("/光", Some("a=1")));
/// # Ok::<(), nal_http::wire::UrlError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Url<'a> {
    scheme: Scheme,
    user_info: Option<&'a str>,
    authority: &'a str,
    host: &'a str,
    port: u16,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Url<'a> {
    /// Takes a URL apart.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &'a str) -> Result<Self, UrlError> {
        if text.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(UrlError::ControlCharacter);
        }
        let (scheme, rest) = split_once(text, b':').ok_or(UrlError::NoScheme)?;
        let [b'/', b'/', ..] = rest.as_bytes() else { return Err(UrlError::NoScheme) };
        let rest = rest.get(2..).unwrap_or_default();
        let scheme = Scheme::of(scheme).ok_or(UrlError::Scheme)?;
        let (rest, _fragment) = split_first(rest, b'#');
        let (rest, query) = split_first(rest, b'?');
        let slash = find(rest.as_bytes(), b'/');
        let (authority, path) = rest.split_at_checked(slash).unwrap_or((rest, ""));
        // The last one, as browsers have it: others belong to the password.
        let (user_info, authority) = match authority.bytes().rposition(|byte| byte == b'@') {
            Some(at) => (authority.get(..at), authority.get(at + 1..).unwrap_or_default()),
            None => (None, authority),
        };
        let (host, port) = split_authority(authority)?;
        let port = match port {
            "" => scheme.default_port(),
            port => parse_port(port)?,
        };
        let path = if path.is_empty() { "/" } else { path };
        let is_bare = matches!(authority.as_bytes(), [.., b':']);
        let authority = authority.get(..authority.len() - usize::from(is_bare)).unwrap_or_default();
        Ok(Self { scheme, user_info, authority, host, port, path, query })
    }

    /// The scheme.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Whether it must be carried over TLS.
    #[must_use]
    pub const fn is_https(&self) -> bool {
        matches!(self.scheme, Scheme::Https)
    }

    /// Whether both are of one server: scheme, host and port are the same (RFC 6454 section 4).
    #[must_use]
    pub fn is_same_origin(&self, other: &Url<'_>) -> bool {
        self.host.eq_ignore_ascii_case(other.host)
            && (self.scheme, self.port) == (other.scheme, other.port)
    }

    /// User name and password as they were written, escapes and all, if there are any: what is in front of
    /// the `@`. They are no part of the [`authority`](Self::authority) that is sent.
    #[must_use]
    pub const fn user_info(&self) -> Option<&'a str> {
        self.user_info
    }

    /// The host, an IPv6 address without its brackets.
    #[must_use]
    pub const fn host(&self) -> &'a str {
        self.host
    }

    /// The host's address, if it is one and DNS need not be asked.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        // Not kept: it would be half as large as all else, and is wanted once.
        let is_v6 = self.authority.starts_with('[');
        if is_v6 { ip::parse_v6(self.host) } else { ip::parse_v4(self.host) }
    }

    /// The port; that of the scheme, if none is given.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Host and port as they were written: what the Host header says (RFC 9112 section 3.2).
    #[must_use]
    pub const fn authority(&self) -> &'a str {
        self.authority
    }

    /// The path, at least `/`.
    #[must_use]
    pub const fn path(&self) -> &'a str {
        self.path
    }

    /// What is behind the `?`, if there is one.
    #[must_use]
    pub const fn query(&self) -> Option<&'a str> {
        self.query
    }

    /// Writes path and query as the target of a request (RFC 9112 section 3.2.1).
    pub fn write_target(&self, writer: &mut Writer<'_>) {
        write_target_text(writer, self.path);
        if let Some(query) = self.query {
            writer.byte(b'?');
            write_target_text(writer, query);
        }
    }
}

/// The URL, without user name and password.
impl fmt::Display for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https() { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority, self.path)?;
        self.query.map_or(Ok(()), |query| write!(f, "?{query}"))
    }
}

/// As [`Display`](fmt::Display): passwords are kept out of messages.
impl fmt::Debug for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({self})")
    }
}

/// Host and port.
fn split_authority(authority: &str) -> Result<(&str, &str), UrlError> {
    if let [b'[', ..] = authority.as_bytes() {
        let (host, rest) = split_once(authority, b']').ok_or(UrlError::Ipv6)?;
        let host = host.get(1..).unwrap_or_default();
        ip::parse_v6(host).ok_or(UrlError::Ipv6)?;
        if !matches!(rest.as_bytes(), [] | [b':', ..]) {
            return Err(UrlError::Port);
        }
        return Ok((host, rest.get(1..).unwrap_or_default()));
    }
    let (host, port) = split_first(authority, b':');
    if host.is_empty() {
        return Err(UrlError::NoHost);
    }
    match host.as_bytes().get(HOST.span(host.as_bytes())) {
        Some(0x80..) => return Err(UrlError::HostNotAscii),
        None if host.len() <= MAX_HOST => {}
        _ => return Err(UrlError::Host),
    }
    Ok((host, port.unwrap_or_default()))
}

const HOST: &Set = &Set::alphanumeric_and(b"-._");

/// The longest name that DNS has, in bytes (RFC 1035).
const MAX_HOST: usize = 253;

fn parse_port(text: &str) -> Result<u16, UrlError> {
    let mut port = 0_u32;
    for byte in text.bytes() {
        if !byte.is_ascii_digit() || port > 0xffff {
            return Err(UrlError::Port);
        }
        port = port * 10 + u32::from(byte & 0xf);
    }
    match u16::try_from(port) {
        Ok(port @ 1..) => Ok(port),
        _ => Err(UrlError::Port),
    }
}

#[cfg(test)]
mod tests {
    use core::net::{Ipv4Addr, Ipv6Addr};
    use std::format;
    use std::string::String;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts() {
        // URL, authority, host, port, path, query
        let table = [
            ("http://h", "h", "h", 80, "/", None),
            ("HTTP://H/", "H", "H", 80, "/", None),
            ("https://h", "h", "h", 443, "/", None),
            ("http://h:8080/a/b?c=d", "h:8080", "h", 8080, "/a/b", Some("c=d")),
            ("http://h:/", "h", "h", 80, "/", None),
            ("http://h?x=/y", "h", "h", 80, "/", Some("x=/y")),
            ("http://h#f?x", "h", "h", 80, "/", None),
            ("http://h/a?#f", "h", "h", 80, "/a", Some("")),
            ("http://h/a@b:c", "h", "h", 80, "/a@b:c", None),
            ("http://[::1]", "[::1]", "::1", 80, "/", None),
            ("http://[::1]:81/x", "[::1]:81", "::1", 81, "/x", None),
            ("http://127.0.0.1:65535", "127.0.0.1:65535", "127.0.0.1", 65535, "/", None),
            ("http://a_b.c-d.e/光 线", "a_b.c-d.e", "a_b.c-d.e", 80, "/光 线", None),
        ];
        for (text, authority, host, port, path, query) in table {
            let url = Url::parse(text).unwrap();
            let parts = (url.authority(), url.host(), url.port(), url.path(), url.query());
            assert_eq!(parts, (authority, host, port, path, query), "{text}");
        }
        assert_eq!(Url::parse("http://[::1]").unwrap().ip(), Some(Ipv6Addr::LOCALHOST.into()));
        assert_eq!(Url::parse("http://127.0.0.1").unwrap().ip(), Some(Ipv4Addr::LOCALHOST.into()));
        assert_eq!(Url::parse("http://127.0.0.1.x").unwrap().ip(), None);
    }

    #[test]
    fn who_sends_is_no_part_of_the_authority() {
        let table = [
            ("http://h/", None, "h"),
            ("http://me@h", Some("me"), "h"),
            ("http://me:secret@h:81/a@b", Some("me:secret"), "h:81"),
            ("http://a@b:c@[::1]/", Some("a@b:c"), "[::1]"),
            ("http://@h", Some(""), "h"),
            ("http://h/?a@x", None, "h"),
            ("http://h#a@x", None, "h"),
        ];
        for (text, user_info, authority) in table {
            let url = Url::parse(text).unwrap();
            assert_eq!((url.user_info(), url.authority()), (user_info, authority), "{text}");
            assert!(!format!("{url} {url:?}").contains("me"), "{url}");
        }
    }

    #[cfg(feature = "websocket")]
    #[test]
    fn those_of_websockets() {
        for (text, scheme, port) in [
            ("ws://h/x", Scheme::Http, 80),
            ("WSS://h", Scheme::Https, 443),
            ("wss://h:8443", Scheme::Https, 8443),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!((url.scheme(), url.port()), (scheme, port), "{text}");
        }
    }

    #[test]
    fn what_is_wrong() {
        use UrlError::{ControlCharacter, Host, HostNotAscii, Ipv6, NoHost, NoScheme, Port};
        let long = format!("http://{}/", "a".repeat(254));
        let table = [
            ("", NoScheme),
            ("mpython.cn/x", NoScheme),
            ("http:/h", NoScheme),
            ("ftp://h", UrlError::Scheme),
            ("://h", UrlError::Scheme),
            ("w://h", UrlError::Scheme),
            ("htt://h", UrlError::Scheme),
            ("httpss://h", UrlError::Scheme),
            ("http://", NoHost),
            ("http:///x", NoHost),
            ("http://:80", NoHost),
            ("http://?x", NoHost),
            ("http://me@", NoHost),
            ("http://me:secret@:80/", NoHost),
            ("http://me@h@:x", NoHost),
            ("http://a b/", Host),
            ("http://a%20b/", Host),
            ("http://h\\x/", Host),
            (&long, Host),
            ("http://掌控板.cn", HostNotAscii),
            ("http://[::1", Ipv6),
            ("http://[]", Ipv6),
            ("http://[::g]", Ipv6),
            ("http://[127.0.0.1]", Ipv6),
            ("http://[::1]80", Port),
            ("http://h:0", Port),
            ("http://h:65536", Port),
            ("http://h:+80", Port),
            ("http://h:80x", Port),
            ("http://h:1:2", Port),
            ("http://h/a\r\nX: y", ControlCharacter),
            ("http://h/\0", ControlCharacter),
            ("http://h\t/", ControlCharacter),
        ];
        for (text, expected) in table {
            assert_eq!(Url::parse(text), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn targets() {
        let table = [
            ("http://h", "/"),
            (
                "http://h/光 线?城=深 圳&x=%20#y",
                "/%E5%85%89%20%E7%BA%BF?%E5%9F%8E=%E6%B7%B1%20%E5%9C%B3&x=%20",
            ),
            ("http://h/a?", "/a?"),
            ("http://h/<\"{}>", "/%3C%22%7B%7D%3E"),
        ];
        for (text, expected) in table {
            let mut buffer = [0; 128];
            let mut writer = Writer::new(&mut buffer);
            Url::parse(text).unwrap().write_target(&mut writer);
            assert_eq!(core::str::from_utf8(writer.written()), Ok(expected), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_url_or_an_error(text: String, host in "[a-z:@/?#\\[\\]]*") {
            let _ = Url::parse(&text);
            let _ = Url::parse(&format!("http://{text}"));
            let _ = Url::parse(&format!("http://{host}"));
        }

        #[test]
        fn parts_are_those_it_was_made_of(
            host in "[a-z0-9][a-z0-9.-]{0,20}", port in 1_u16.., path in "(/[^?#\\pC]*)?", query in "[^#\\pC]*",
        ) {
            let text = format!("http://{host}:{port}{path}?{query}#x");
            let url = Url::parse(&text).unwrap();
            let path = if path.is_empty() { "/" } else { &path };
            prop_assert_eq!((url.host(), url.port()), (host.as_str(), port));
            prop_assert_eq!((url.path(), url.query()), (path, Some(query.as_str())));
        }
    }
}
