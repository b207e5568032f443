use core::fmt;

/// What is wrong with a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum UrlError {
    /// It does not begin with a scheme.
    NoScheme,
    /// The scheme is neither http nor https.
    Scheme,
    /// It comes from the server, and there is a user name in it.
    UserInfo,
    /// There is no host.
    NoHost,
    /// The host has a character that hosts cannot have, or is too long.
    Host,
    /// The host is not ASCII.
    HostNotAscii,
    /// What is in brackets is not an IPv6 address.
    Ipv6,
    /// The port is not a number from 1 to 65535.
    Port,
    /// There is a control character in it, such as a line break.
    ControlCharacter,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoScheme => "URL has no scheme: begin it with http://",
            Self::Scheme => "scheme of the URL is neither http nor https",
            Self::UserInfo => {
                "URL from the server has a user name in it, which may hide where it leads"
            }
            Self::NoHost => "URL has no host",
            Self::Host => {
                "host of the URL has a character that hosts cannot have, or over 253 bytes"
            }
            Self::HostNotAscii => "host of the URL is not ASCII: write it in its xn-- form",
            Self::Ipv6 => "host of the URL in brackets is not an IPv6 address",
            Self::Port => "port of the URL is not a number from 1 to 65535",
            Self::ControlCharacter => "URL has a control character in it, such as a line break",
        })
    }
}

impl core::error::Error for UrlError {}
