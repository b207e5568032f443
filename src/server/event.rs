use core::fmt;

use super::Failure;
use crate::wire::Status;

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
    /// A handler, or a body that produces itself, failed.
    Failed(Failure),
    /// The connection is closed.
    Closed(CloseReason),
    /// The listening socket has failed to hand over a client: [`Server::serve`](super::Server::serve)
    /// goes on, and tells once until it works again. The client's address is then 0.0.0.0:0; what
    /// the stack says, [`Server::poll`](super::Server::poll) returns.
    AcceptFailed,
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
    GivenUp,
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
            Self::GivenUp => "it was idle and another client waited",
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
