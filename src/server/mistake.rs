use core::fmt;

use crate::wire::BufferTooSmall;

/// What a handler did that it may not do: a 500. What it prints as is in no image that does not print it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Mistake {
    /// The response does not fit into the second half of the connection's buffer.
    TooLong(BufferTooSmall),
    /// It set a status behind the body.
    LateStatus,
    /// It set a header behind the body.
    LateHeader,
    /// It set a header that the server writes itself.
    OwnHeader,
    /// A header has characters that would make it another header.
    MalformedHeader,
    /// It gave a second body.
    SecondBody,
    /// It gave a body to a status that has none.
    BodyForNone,
    /// It is done, and there is no body.
    NoBody,
    /// It goes on behind a body that is complete.
    GoesOn,
    /// It wants more of a request that is complete.
    NothingMore,
    /// It asks in a later call for a body that was used up.
    BodyGone,
    /// It asks for JSON, and has looked at the body before.
    BodyTaken,
    /// A piece of a body is longer than the room for it.
    PieceTooLong,
    /// A body is longer than its announced length.
    Longer,
    /// A body ended before its announced length.
    Shorter,
    /// A body is announced that this target cannot count.
    Uncountable,
    /// A value refuses to be written as JSON.
    Unwritable,
    /// A cookie has what no browser would keep as it is meant; see [`Cookie`](super::Cookie).
    MalformedCookie,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong(BufferTooSmall { have, need }) => {
                return write!(
                    f,
                    "response does not fit into the second half of the server's buffer ({have} bytes, {need} needed)"
                );
            }
            Self::LateStatus => "the status of a reply was set behind its body",
            Self::LateHeader => "a header of a reply was set behind its body",
            Self::OwnHeader => "a reply set a header that the server writes itself",
            Self::MalformedHeader => {
                "a response header has characters that would make it another header"
            }
            Self::MalformedCookie => {
                "a cookie has characters or attributes that browsers refuse or would take for others"
            }
            Self::SecondBody => "a reply was given two bodies",
            Self::BodyForNone => "a reply was given a body, and its status has none",
            Self::NoBody => "a handler is done without a body: no_content is one, too",
            Self::GoesOn => "a handler goes on behind a body that is complete",
            Self::NothingMore => {
                "a handler wants more of a request that is complete: it has to wait, or to answer"
            }
            Self::BodyGone => {
                "a handler asks for the body in a later call: what it needs of it goes into `Request::state`"
            }
            Self::BodyTaken => {
                "a handler asks for JSON behind `body`, `text`, `form` or `json`: ask for it first, and once"
            }
            Self::PieceTooLong => "a body wrote more than it had room for",
            Self::Longer => "a body is longer than its announced length",
            Self::Shorter => "a body ended before its announced length",
            Self::Uncountable => "a body with a length has less than 4 GiB on this target",
            Self::Unwritable => "a value refuses to be written as JSON",
        })
    }
}
