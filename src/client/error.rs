mod broken;
mod text;

use core::fmt;

use embedded_io::ErrorKind;

use super::Coding;
use crate::net::Transport;
use crate::wire::{
    BodyError, BufferTooSmall, HeadError, Headers, InvalidHeader, InvalidMethod, UrlError,
};
pub(super) use broken::{Broken, Cause, Use};

/// The most headers that one request can be given, those of its client included.
pub const MAX_HEADERS: usize = 8;
/// The most extras that one request can be given with [`Request::with`](super::Request::with), its cookies among them.
pub const MAX_EXTRAS: usize = 4;

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
    /// More extras than [`MAX_EXTRAS`](super::MAX_EXTRAS).
    TooManyExtras,
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
    /// It asks for another request, as redirects and challenges do, and there is no room for that.
    FollowUp(BufferTooSmall),
    /// A WebSocket could not be opened, or used.
    #[cfg(feature = "websocket")]
    WebSocket(super::websocket::WebSocketError),
    /// The call has failed or was closed before.
    Over,
}

/// Why a redirect was not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RedirectError {
    /// There were more than [`Request::redirects`](super::Request::redirects) allows.
    TooMany {
        /// So many are allowed.
        limit: u8,
    },
    /// It does not lead to a URL of http or https.
    Url(UrlError),
    /// It leads from https to plain http.
    Insecure,
}

/// Why a body could not be read while it was sent. The server has got a part of it and no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum UploadError {
    /// The reader failed.
    Read(ErrorKind),
    /// The reader ended before the length that was announced.
    TooShort {
        /// Bytes that are missing.
        missing: u64,
    },
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

impl core::error::Error for RequestError {}
impl core::error::Error for ResponseError {}
impl core::error::Error for ProxyError {}
impl core::error::Error for RedirectError {}
impl core::error::Error for UploadError {}
impl<T: fmt::Debug, D: fmt::Debug> core::error::Error for Error<T, D> {}

impl<T: fmt::Debug, D: fmt::Debug> embedded_io::Error for Error<T, D> {
    fn kind(&self) -> ErrorKind {
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

/// A step has failed. Why is kept in its exchange, so that what is handed up through all that is in between is one bit.
#[derive(Debug)]
pub(super) struct Failed;

/// What went wrong with a call, whatever the stack is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallError {
    Request(RequestError),
    Proxy(ProxyError),
    TimedOut(Phase),
    Response(ResponseError),
}

impl<T, D> From<CallError> for Error<T, D> {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Request(error) => Self::Request(error),
            CallError::Proxy(error) => Self::Proxy(error),
            CallError::TimedOut(phase) => Self::TimedOut(phase),
            CallError::Response(error) => Self::Response(error),
        }
    }
}

impl From<RequestError> for CallError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<ProxyError> for CallError {
    fn from(error: ProxyError) -> Self {
        Self::Proxy(error)
    }
}

impl From<ResponseError> for CallError {
    fn from(error: ResponseError) -> Self {
        Self::Response(error)
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

impl ResponseError {
    /// Bytes that were not asked for are no text.
    pub(super) fn of_coding(headers: Headers<'_>) -> Result<(), Self> {
        Coding::of(headers).map_or(Ok(()), |coding| Err(Self::Encoded(coding)))
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
