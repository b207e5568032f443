use core::fmt;
use core::net::SocketAddr;

use super::{Failure, MatchedPath};
use crate::wire::Status;

/// Whose connection it is that something happened on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectInfo {
    /// The address of the client.
    pub peer: SocketAddr,
    /// Which of the server's connections this is, from 0.
    pub connection: usize,
}

impl fmt::Display for ConnectInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} #{}", self.peer, self.connection)
    }
}

/// What happened on a connection, for an application that wants to print or count it; see
/// [`Site::on_event`](super::Site::on_event).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'e> {
    /// A client has connected.
    Accepted,
    /// The head of a request is complete.
    Request {
        /// The method as it was sent.
        method: &'e str,
        /// The target as it was sent.
        target: &'e str,
    },
    /// The head of a response is on its way, with this status.
    Answered(Status),
    /// A handler failed, or a request was refused, and why; also where a part of the response was sent.
    /// What the routes have no answer for, and 408, is told by its status alone.
    Failed(&'e Failure),
    /// A response has been sent, or was cut off: what a log of accesses has.
    Completed(Access<'e>),
    /// The connection is closed.
    Closed(CloseReason),
    /// The listening socket has failed to hand over a client: [`Server::serve`](super::Server::serve)
    /// goes on, and tells once until it works again. The client's address is then 0.0.0.0:0; what
    /// the stack says, [`Server::poll`](super::Server::poll) returns.
    AcceptFailed,
}

/// A line of a log of accesses. It prints as `GET /light 200 13 bytes 4 ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Access<'e> {
    /// The method as it was sent; empty if that could not be parsed.
    pub method: &'e str,
    /// The target as it was sent; empty if that could not be parsed.
    pub target: &'e str,
    /// The path of the route that was found, such as `/led/{id}`. `None` if none was: a 404, a 405, a 501, the answer to
    /// OPTIONS, what the [fallback](super::Site::fallback) says, or what could not be parsed.
    pub route: Option<MatchedPath>,
    /// The status of the response.
    pub status: Status,
    /// So many bytes the body of the response had.
    pub bytes: usize,
    /// So long it took from the end of the request's head.
    pub ms: u32,
    /// Whether all of the response was sent.
    pub is_complete: bool,
}

impl fmt::Display for Access<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, target, route: _, status, bytes, ms, is_complete } = self;
        let code = status.code();
        let end = if *is_complete { "" } else { ", cut off" };
        write!(f, "{method} {target} {code} {bytes} bytes {ms} ms{end}")
    }
}
/// Why a connection was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum CloseReason {
    /// The exchange was complete, and one side did not want another.
    Complete,
    /// The client closed between requests.
    ClientClosed,
    /// The client closed in the middle of a request or a response.
    ClientLeft,
    /// The stack reported an error, such as a reset.
    Broken,
    /// No request came in time.
    IdleTooLong,
    /// The head of a request took too long.
    HeadTooSlow,
    /// The body of a request took too long.
    BodyTooSlow,
    /// The client took too long to take the response.
    WriteTooSlow,
    /// It had no request under way, and another client waited for a slot.
    IdleEvicted,
    /// It was too slow with a request or a response, or had a slot for too long, and another client
    /// waited for one. Where only a part of a request had come, 408 was sent.
    Evicted,
    /// The body of the response failed on the way, or its length was not what was announced.
    BodyFailed,
    /// The server was closed.
    ServerClosed,
}

impl CloseReason {
    /// The reason as a sentence.
    #[must_use]
    pub const fn explain(self) -> &'static str {
        match self {
            Self::Complete => "the exchange was complete and one side did not want another",
            Self::ClientClosed => "the client closed between requests",
            Self::ClientLeft => "the client closed in the middle of an exchange",
            Self::Broken => "the network reported an error",
            Self::IdleTooLong => "no request came in time",
            Self::HeadTooSlow => "the head of the request took too long",
            Self::BodyTooSlow => "the body of the request took too long",
            Self::WriteTooSlow => "the client took too long to take the response",
            Self::IdleEvicted => "it was idle and another client waited",
            Self::Evicted => "it was too slow and another client waited",
            Self::BodyFailed => "the body of the response failed on the way",
            Self::ServerClosed => "the server was closed",
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.explain())
    }
}
