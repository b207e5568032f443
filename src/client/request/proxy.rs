mod tunnel;

use core::net::IpAddr;

use crate::client::RequestError;
use crate::client::extra::Pairs;
use crate::client::extras::basic::write_user_info;
use crate::wire::{Url, UrlError, Writer};
pub(in crate::client) use tunnel::{Tunnel, Tunnelling};

/// An http proxy that requests are sent through.
///
/// It holds pointers to what is done with one, so that an image whose requests have none does not hold the
/// code either.
#[derive(Clone, Copy)]
pub(in crate::client) struct Proxy<'r> {
    url: &'r str,
    code: &'static Code,
}

struct Code {
    check: fn(&str, Pairs<'_>) -> Result<(), RequestError>,
    host: fn(&str) -> &str,
    remote: fn(&str) -> (Option<IpAddr>, u16),
    write_origin: fn(&str, &mut Writer<'_>),
    write_credentials: fn(&str, &mut Writer<'_>),
    way: for<'b> fn(&str, &Url<'_>, bool, &'b mut [u8]) -> Option<&'b str>,
    #[cfg(feature = "websocket")]
    tunnelling: &'static Tunnelling,
}

impl<'r> Proxy<'r> {
    pub(in crate::client) const fn new(url: &'r str) -> Self {
        const CODE: Code = Code {
            check,
            host,
            remote,
            write_origin,
            write_credentials,
            way,
            #[cfg(feature = "websocket")]
            tunnelling: Tunnelling::NEW,
        };
        Self { url, code: &CODE }
    }

    /// What is wrong with it, or with a request that has these headers and is to go through it.
    pub(in crate::client) fn check(self, headers: Pairs<'_>) -> Result<(), RequestError> {
        (self.code.check)(self.url, headers)
    }

    /// Its host.
    pub(in crate::client) fn host(self) -> &'r str {
        (self.code.host)(self.url)
    }

    /// What is connected to: its address, if that stands in its URL, and its port.
    pub(in crate::client) fn remote(self) -> (Option<IpAddr>, u16) {
        (self.code.remote)(self.url)
    }

    /// Writes what stands before path and query in the absolute form of a target (RFC 9112 section 3.2.2).
    pub(in crate::client) fn write_origin(self, authority: &str, writer: &mut Writer<'_>) {
        (self.code.write_origin)(authority, writer);
    }

    /// Writes the header with the credentials, if its URL has some.
    pub(in crate::client) fn write_credentials(self, writer: &mut Writer<'_>) {
        (self.code.write_credentials)(self.url, writer);
    }

    /// Writes the request for a tunnel to the server of `url` (RFC 9110 section 9.3.6).
    pub(in crate::client) fn write_connect(self, url: &Url<'_>, writer: &mut Writer<'_>) {
        writer.str("CONNECT ");
        write_server(url, writer);
        writer.str(" HTTP/1.1\r\nHost: ");
        write_server(url, writer);
        writer.str("\r\n");
        self.write_credentials(writer);
        writer.str("\r\n");
    }

    /// What makes a tunnel for a WebSocket, with TLS in it or without.
    #[cfg(feature = "websocket")]
    pub(in crate::client) const fn tunnelling(self) -> &'static Tunnelling {
        self.code.tunnelling
    }

    /// What tells the connection that a request to `url` takes, in a tunnel or not, from others; `None` if that is
    /// longer than the buffer. It has a space in it, so it is no host name.
    pub(in crate::client) fn way<'b>(
        self,
        url: &Url<'_>,
        in_tunnel: bool,
        buffer: &'b mut [u8],
    ) -> Option<&'b str> {
        (self.code.way)(self.url, url, in_tunnel, buffer)
    }
}

fn check(proxy: &str, headers: Pairs<'_>) -> Result<(), RequestError> {
    let url = server(proxy).map_err(RequestError::Proxy)?;
    if let Some(user_info) = url.user_info() {
        write_user_info(&mut Writer::new(&mut []), user_info)?;
    }
    if headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Proxy-Authorization")) {
        return Err(RequestError::ProxyAuthorization);
    }
    Ok(())
}

fn host(proxy: &str) -> &str {
    server(proxy).map_or("", |url| url.host())
}

fn remote(proxy: &str) -> (Option<IpAddr>, u16) {
    server(proxy).map_or((None, 0), |url| (url.ip(), url.port()))
}

fn server(proxy: &str) -> Result<Url<'_>, UrlError> {
    let url = Url::parse(proxy)?;
    if url.is_https() { Err(UrlError::Scheme) } else { Ok(url) }
}

fn write_origin(authority: &str, writer: &mut Writer<'_>) {
    writer.str("http://");
    writer.str(authority);
}

fn write_credentials(proxy: &str, writer: &mut Writer<'_>) {
    if let Some(user_info) = Url::parse(proxy).ok().and_then(|url| url.user_info()) {
        writer.str("Proxy-");
        // What is wrong with it was found before.
        let _ = write_user_info(writer, user_info);
    }
}

/// Host and port, the port even if it is that of the scheme.
fn write_server(url: &Url<'_>, writer: &mut Writer<'_>) {
    let is_v6 = url.host().bytes().any(|byte| byte == b':');
    writer.str(if is_v6 { "[" } else { "" });
    writer.str(url.host());
    writer.str(if is_v6 { "]:" } else { ":" });
    writer.number(url.port().into());
}

/// All http requests go over the same connection, and each server behind a tunnel has its own.
fn way<'b>(proxy: &str, url: &Url<'_>, in_tunnel: bool, buffer: &'b mut [u8]) -> Option<&'b str> {
    let mut writer = Writer::new(buffer);
    if in_tunnel {
        url.host().bytes().for_each(|byte| writer.byte(byte.to_ascii_lowercase()));
        writer.byte(b':');
        writer.number(url.port().into());
    }
    writer.byte(b' ');
    writer.str(proxy);
    core::str::from_utf8(writer.finish().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};

    use super::*;

    fn written(write: impl FnOnce(&mut Writer<'_>)) -> String {
        let mut buffer = [0; 256];
        let mut writer = Writer::new(&mut buffer);
        write(&mut writer);
        core::str::from_utf8(writer.written()).unwrap().to_string()
    }

    #[test]
    fn urls_of_proxies() {
        // URL, host, port, what is sent as credentials
        let table = [
            ("http://proxy.school:3128", "proxy.school", 3128, ""),
            ("HTTP://proxy.school/", "proxy.school", 80, ""),
            ("http://proxy:/?x", "proxy", 80, ""),
            ("http://[::1]:8080", "::1", 8080, ""),
            ("http://Aladdin:open%20sesame@p:1/x", "p", 1, "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("http://me@p", "p", 80, "bWU6"),
            ("http://me:@p", "p", 80, "bWU6"),
            ("http://a:b@c:d@p", "p", 80, "YTpiQGM6ZA=="),
            ("http://%E6%8E%8C:1@p", "p", 80, "5o6MOjE="),
            ("http://掌:1@p", "p", 80, "5o6MOjE="),
            ("http://@p", "p", 80, "Og=="),
        ];
        for (text, host, port, credentials) in table {
            assert_eq!(Proxy::new(text).check(&[]), Ok(()));
            let found = server(text).unwrap();
            assert_eq!((found.host(), found.port()), (host, port), "{text}");
            let header = written(|writer| Proxy::new(text).write_credentials(writer));
            let expected = match credentials {
                "" => String::new(),
                text => std::format!("Proxy-Authorization: Basic {text}\r\n"),
            };
            assert_eq!(header, expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_url_of_a_proxy() {
        let table = [
            ("", UrlError::NoScheme),
            ("proxy:3128", UrlError::NoScheme),
            ("https://proxy", UrlError::Scheme),
            ("socks5://proxy", UrlError::Scheme),
            ("http://", UrlError::NoHost),
            ("http://me:secret@", UrlError::NoHost),
            ("http://p:0", UrlError::Port),
            ("http://p:x", UrlError::Port),
            ("http://a b", UrlError::Host),
            ("http://me:\r\nX: y@p", UrlError::ControlCharacter),
        ];
        for (text, expected) in table {
            let error = RequestError::Proxy(expected);
            assert_eq!(Proxy::new(text).check(&[]), Err(error), "{text:?}");
        }
    }

    #[test]
    fn requests_for_tunnels() {
        let table = [
            ("https://mpython.cn/x?y", "mpython.cn:443"),
            ("https://mpython.cn:8443", "mpython.cn:8443"),
            ("ws://board/ws", "board:80"),
            ("wss://board/ws", "board:443"),
            ("https://[2001:db8::1]/", "[2001:db8::1]:443"),
        ];
        for (url, target) in table {
            let url = Url::parse(url).unwrap();
            let head = written(|writer| Proxy::new("http://a:b@p").write_connect(&url, writer));
            let expected = std::format!(
                "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nProxy-Authorization: Basic YTpi\r\n\r\n"
            );
            assert_eq!(head, expected);
        }
    }
}
