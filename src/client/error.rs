use core::fmt;

use super::{Coding, RedirectError, UploadError};
use crate::net::{Transport, TransportError};
use crate::wire::{
    BodyError, BufferTooSmall, HeadError, InvalidHeader, InvalidMethod, Status, UrlError,
};

/// Why a request failed: `T` is the error of the stack's TCP, `D` that of its DNS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error<T, D> {
    /// The request cannot be sent as it is; nothing was sent, unless its body broke off.
    Request(RequestError),
    /// The stack could not find the address of the host.
    Dns(D),
    /// The stack has no socket to give.
    Socket(T),
    /// The stack could not connect: neither to the first address that its DNS gave, nor to one of the other
    /// family (IPv4 or IPv6), if the host has one.
    Connect(T),
    /// The connection broke while the request was sent.
    Send(T),
    /// The connection broke while the response was received.
    Receive(T),
    /// TLS refused the server, or lost the connection.
    #[cfg(feature = "tls")]
    Tls(crate::tls::TlsError),
    /// The proxy makes no tunnel to the server.
    Proxy(ProxyError),
    /// The phase took longer than its deadline.
    TimedOut(Phase),
    /// The response is not one that HTTP allows, or does not fit.
    Response(ResponseError),
}

/// The [`Error`] of requests over the stack `S`.
pub type ErrorOf<S> = Error<<S as Transport>::TcpError, <S as Transport>::DnsError>;

impl<T, D> Error<T, D> {
    /// What happened to the transport when it was used for `what`.
    pub(super) fn of(error: TransportError<T>, what: fn(T) -> Self) -> Self {
        match error {
            TransportError::Tcp(error) => what(error),
            #[cfg(feature = "tls")]
            TransportError::Tls(error) => Self::Tls(error),
        }
    }
}

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RequestError {
    /// The URL is malformed.
    Url(UrlError),
    /// The URL is https, and it is never carried in plain text.
    Https,
    /// What is wrong with [`Client::base_url`](super::Client::base_url).
    BaseUrl(UrlError),
    /// What is wrong with the URL of the proxy.
    Proxy(UrlError),
    /// Proxy-Authorization was set by hand, and the request goes through a proxy.
    ProxyAuthorization,
    /// The URL is https, and this transport cannot begin with TLS in the tunnel of a proxy.
    Tunnel,
    /// The method is not a token.
    Method(InvalidMethod),
    /// A header has characters that would make it another header.
    Header(InvalidHeader),
    /// A user name for basic authentication has a colon in it, which would end it (RFC 7617 section 2).
    UserName,
    /// Content-Length or Transfer-Encoding was set by hand.
    FramingHeader,
    /// More headers than [`MAX_HEADERS`](super::MAX_HEADERS).
    TooManyHeaders,
    /// The head of the request does not fit into the buffer.
    HeadTooLong(BufferTooSmall),
    /// The JSON body does not fit into the buffer behind the head.
    JsonTooLong(BufferTooSmall),
    /// The value refuses to be written as JSON: its `Serialize` failed, or it has a list or an object for a key.
    #[cfg(feature = "json")]
    NotJson,
    /// The body could not be read while it was sent: the server has got a part of it.
    Upload(UploadError),
}

/// What is wrong with a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ResponseError {
    /// The connection closed before the head was complete.
    Closed,
    /// The head is malformed, or does not fit.
    Head(HeadError),
    /// The body is malformed or not complete.
    Body(BodyError),
    /// The body does not fit into what the head leaves of the buffer. It can still be read in pieces.
    TooLong(BodyTooLong),
    /// The body is not UTF-8 text.
    NotText,
    /// The body is compressed, or otherwise encoded, though the request has asked for
    /// `Accept-Encoding: identity`. It can be read as bytes.
    Encoded(Coding),
    /// The body is not the JSON that was asked for.
    #[cfg(feature = "json")]
    Json(crate::json::JsonError),
    /// The server has answered with this status, 400 or more: only
    /// [`raise_for_status`](super::Response::raise_for_status) makes an error of it.
    Status(u16),
    /// It is a redirect that was not followed.
    Redirect(RedirectError),
    /// It asks for digest authentication, and there is no room for the request that answers.
    Challenge(BufferTooSmall),
    /// The call has failed or was closed before.
    Over,
}

/// Why a proxy makes no tunnel, which https needs (RFC 9110 section 9.3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ProxyError {
    /// It answers with this status: 407 if it wants other credentials, 403 if it lets nobody go there, 502 or 504 if
    /// it does not reach the server.
    Status(u16),
    /// It closed the connection before it had answered.
    Closed,
    /// What it answers is no response head of HTTP, or has more than 16 KiB.
    Malformed,
}

/// The buffer that a request was sent with is too small for the body of the response beside its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct BodyTooLong {
    /// Bytes that it has.
    pub have: usize,
    /// Bytes that are enough for this response; `None` if it does not say how long its body is.
    pub need: Option<usize>,
}

/// The phase that took too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Phase {
    /// Finding the host's address and connecting.
    Connect,
    /// Sending the request.
    Send,
    /// Waiting for the whole response head.
    Head,
    /// Reading a piece of the body.
    Read,
    /// Reading the whole body.
    Body,
}

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
                    "request has more than {} headers, those of its client included",
                    super::MAX_HEADERS
                )
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
            Self::Challenge(BufferTooSmall { have, need }) => write!(
                f,
                "server's challenge and the request that answers it need {need} bytes, and the buffer has {have}"
            ),
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

impl core::error::Error for RequestError {}
impl core::error::Error for ResponseError {}
impl core::error::Error for ProxyError {}
impl<T: fmt::Debug, D: fmt::Debug> core::error::Error for Error<T, D> {}

impl<T: fmt::Debug, D: fmt::Debug> embedded_io::Error for Error<T, D> {
    fn kind(&self) -> embedded_io::ErrorKind {
        use embedded_io::ErrorKind;
        match self {
            Self::Request(_) => ErrorKind::InvalidInput,
            Self::Dns(_) => ErrorKind::AddrNotAvailable,
            Self::Connect(_) => ErrorKind::NotConnected,
            Self::Proxy(_) => ErrorKind::ConnectionRefused,
            Self::Send(_) | Self::Receive(_) => ErrorKind::ConnectionReset,
            #[cfg(feature = "tls")]
            Self::Tls(error) => error.kind(),
            Self::TimedOut(_) => ErrorKind::TimedOut,
            Self::Response(ResponseError::TooLong(_)) => ErrorKind::OutOfMemory,
            Self::Response(_) => ErrorKind::InvalidData,
            Self::Socket(_) => ErrorKind::Other,
        }
    }
}

impl<T, D> From<RequestError> for Error<T, D> {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl<T, D> From<ResponseError> for Error<T, D> {
    fn from(error: ResponseError) -> Self {
        Self::Response(error)
    }
}

impl<T, D> From<ProxyError> for Error<T, D> {
    fn from(error: ProxyError) -> Self {
        Self::Proxy(error)
    }
}

impl From<RedirectError> for ResponseError {
    fn from(error: RedirectError) -> Self {
        Self::Redirect(error)
    }
}

impl From<UrlError> for RequestError {
    fn from(error: UrlError) -> Self {
        Self::Url(error)
    }
}

impl From<InvalidHeader> for RequestError {
    fn from(error: InvalidHeader) -> Self {
        Self::Header(error)
    }
}

impl From<UploadError> for RequestError {
    fn from(error: UploadError) -> Self {
        Self::Upload(error)
    }
}

impl From<HeadError> for ResponseError {
    fn from(error: HeadError) -> Self {
        Self::Head(error)
    }
}

impl From<BodyError> for ResponseError {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}
