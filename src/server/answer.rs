use super::Failure;

/// What a handler returns: how it goes on, or why it has no response.
pub type Answer = Result<Flow, Failure>;

/// How a [`Handler`](super::Handler) goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a handler returns it"]
pub enum Flow {
    /// The response is complete.
    Done,
    /// Call again when more of the request has come, or when there is room for more of the response.
    More,
    /// Call again in so many milliseconds, or when more of the request has come.
    Wait(u32),
}
