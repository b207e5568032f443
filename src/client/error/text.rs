//! Errors as sentences.

use core::fmt;

use super::{
    BodyTooLong, Error, MAX_EXTRAS, MAX_HEADERS, Phase, ProxyError, RedirectError, RequestError,
    ResponseError, UploadError,
};
use crate::wire::{BufferTooSmall, Status, UrlError};

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(error) => error.fmt(f),
            Self::Https => f.write_str(
                "https needs TLS, which this stack does not have: put a TlsStack over it",
            ),
            Self::BaseUrl(error) => write!(f, "base URL cannot be used: {error}"),
            Self::Proxy(UrlError::NoScheme) => {
                f.write_str("URL of the proxy has no scheme: begin it with http://")
            }
            Self::Proxy(UrlError::Scheme) => f.write_str(
                "proxy can be spoken to over http only, not over https or SOCKS: give a URL that begins with http://",
            ),
            Self::Proxy(error) => write!(f, "proxy cannot be used: {error}"),
            Self::ProxyAuthorization => f.write_str(
                "Proxy-Authorization is written by the client, from the URL of the proxy: leave it out",
            ),
            Self::Tunnel => f.write_str(
                "https through a proxy needs TLS that can begin in its tunnel, which this stack's cannot: put a TlsStack over it",
            ),
            Self::Method(error) => error.fmt(f),
            Self::Header(error) => error.fmt(f),
            Self::UserName => f.write_str(
                "user name has a colon in it, which basic authentication does not allow",
            ),
            Self::FramingHeader => f.write_str(
                "Content-Length and Transfer-Encoding are written by the client: leave them out",
            ),
            Self::TooManyHeaders => {
                write!(
                    f,
                    "request has more than {MAX_HEADERS} headers, those of its client included"
                )
            }
            Self::TooManyExtras => {
                write!(f, "request has more than {MAX_EXTRAS} extras, its cookies included")
            }
            Self::HeadTooLong(BufferTooSmall { have, need }) => {
                write!(f, "request head needs {need} bytes, and the buffer has {have}")
            }
            Self::JsonTooLong(BufferTooSmall { have, need }) => {
                write!(f, "request and its JSON body need {need} bytes, and the buffer has {have}")
            }
            #[cfg(feature = "json")]
            Self::NotJson => f.write_str("value of the request cannot be written as JSON"),
            Self::Upload(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("connection closed before the response head was complete"),
            Self::Head(error) => write!(f, "response refused: {error}"),
            Self::Body(error) => error.fmt(f),
            Self::TooLong(BodyTooLong { have, need: Some(need) }) => write!(
                f,
                "response body and its head need a buffer of {need} bytes, and it has {have}: read it in pieces"
            ),
            Self::TooLong(BodyTooLong { have, need: None }) => write!(
                f,
                "response body does not say how long it is, and does not fit into the buffer of {have} bytes: read it in pieces"
            ),
            Self::NotText => f.write_str("response body is not UTF-8 text"),
            Self::Encoded(coding) => {
                write!(f, "response body is encoded with {coding}, which was not asked for")
            }
            #[cfg(feature = "json")]
            Self::Json(error) => {
                write!(f, "response body is not the JSON that was asked for: {error}")
            }
            Self::Status(code) => {
                f.write_str("server answered ")?;
                write_status(f, *code)
            }
            Self::Redirect(error) => error.fmt(f),
            Self::FollowUp(BufferTooSmall { have, need }) => write!(
                f,
                "request that the response asks for, a redirect or a challenge, needs {need} bytes, and the buffer has {have}"
            ),
            #[cfg(feature = "websocket")]
            Self::WebSocket(error) => error.fmt(f),
            Self::Over => f.write_str("the call is over: begin a new one"),
        }
    }
}

/// The code, and what it means, if that is known.
fn write_status(f: &mut fmt::Formatter<'_>, code: u16) -> fmt::Result {
    match Status::known(code) {
        Some(status) => write!(f, "{status}"),
        None => write!(f, "{code}"),
    }
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("proxy makes no tunnel to the server: ")?;
        match self {
            Self::Status(407) => f.write_str(
                "it answered 407, so it wants a user name and a password (http://user:password@proxy), or others",
            ),
            Self::Status(code) => {
                f.write_str("it answered ")?;
                write_status(f, *code)
            }
            Self::Closed => f.write_str("it closed the connection before it had answered"),
            Self::Malformed => f.write_str("what it answered is no response head of HTTP"),
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Send => "sending the request",
            Self::Head => "waiting for the response head",
            Self::Read => "reading the response body",
            Self::Body => "before the response body was complete",
        })
    }
}

impl<T: fmt::Debug, D: fmt::Debug> fmt::Display for Error<T, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(error) => error.fmt(f),
            Self::Dns(error) => write!(f, "cannot find the host: {error:?}"),
            Self::Socket(error) => write!(f, "cannot open a socket: {error:?}"),
            Self::Connect(error) => write!(f, "cannot connect: {error:?}"),
            Self::Send(error) => write!(f, "connection broke while sending: {error:?}"),
            Self::Receive(error) => write!(f, "connection broke while receiving: {error:?}"),
            #[cfg(feature = "tls")]
            Self::Tls(error) => error.fmt(f),
            Self::Proxy(error) => error.fmt(f),
            Self::TimedOut(phase) => write!(f, "timed out {phase}"),
            Self::Response(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for RedirectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany { limit } => {
                write!(f, "more than {limit} redirects: the server sends in circles, or allow more")
            }
            Self::Url(error) => write!(f, "redirect leads nowhere: {error}"),
            Self::Insecure => {
                f.write_str("redirect leads from https to plain http, which is not followed")
            }
        }
    }
}

impl fmt::Display for UploadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(kind) => write!(f, "body to be sent could not be read: {kind}"),
            Self::TooShort { missing } => {
                write!(f, "body to be sent ended {missing} bytes before its announced length")
            }
        }
    }
}
