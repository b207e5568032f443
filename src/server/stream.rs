use super::{Failure, Request};
use crate::wire::Writer;

/// Produces the body of a response piece by piece; see [`Reply::stream`](super::Reply::stream).
///
/// It is called first before anything is sent. A failure of that call is answered with its status; one of
/// a later call ends the connection, so that the client sees that the body is not whole. The
/// application's [`Hook`](super::Hook) is told of both.
pub type Producer<A> = fn(&mut A, &mut Stream<'_>) -> Result<Flow, Failure>;

/// How a [`Producer`] goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// There is more: call again when there is room for it, or when more of the request arrives.
    More,
    /// There is nothing now: call again in so many milliseconds, or when more of the request arrives.
    Wait(u32),
    /// The body is complete.
    Done,
}

/// What a [`Producer`] works with: room for the next piece of the response, and what is still to be
/// read of the request.
///
/// ```
/// use nal_http::server::{Answer, Failure, Flow, Reply, Request, Stream};
///
/// # struct App;
/// /// Answers what it gets, of any length, through a buffer of any size.
/// fn echo(_: &mut App, _: &Request<'_>, reply: Reply<'_>) -> Answer<App> {
///     reply.stream("application/octet-stream", copy)
/// }
///
/// fn copy(_: &mut App, stream: &mut Stream<'_>) -> Result<Flow, Failure> {
///     stream.copy_input();
///     Ok(if stream.input_is_over() { Flow::Done } else { Flow::More })
/// }
/// ```
#[derive(Debug)]
pub struct Stream<'c> {
    pub(super) request: Request<'c>,
    pub(super) input: &'c [u8],
    pub(super) writer: Writer<'c>,
    pub(super) position: u64,
    /// More was written than there was room for.
    pub(super) is_cut: bool,
}

impl<'c> Stream<'c> {
    /// The request; its `body` is empty here and its `offset` 0, see [`input`](Self::input).
    #[must_use]
    pub fn request(&self) -> &Request<'c> {
        &self.request
    }

    /// What has arrived of the request's body and was not taken yet. Only a route
    /// [in pieces](super::Route::in_pieces) has any left.
    #[must_use]
    pub fn input(&self) -> &'c [u8] {
        self.input
    }

    /// The first `n` bytes of [`input`](Self::input) are done with.
    pub fn take_input(&mut self, n: usize) {
        self.input = self.input.get(n..).unwrap_or_default();
    }

    /// Whether all input has arrived and was taken.
    #[must_use]
    pub fn input_is_over(&self) -> bool {
        self.input.is_empty() && self.request.is_complete()
    }

    /// Moves as much input to the response as fits.
    pub fn copy_input(&mut self) {
        let n = self.input.len().min(self.room());
        self.writer.bytes(self.input.get(..n).unwrap_or_default());
        self.take_input(n);
    }

    /// Room for the current piece in bytes; of a body with an announced length, at most what is left
    /// of it.
    #[must_use]
    pub fn room(&self) -> usize {
        self.writer.room()
    }

    /// Writes as many bytes as fit, and says how many.
    ///
    /// Bytes that are left over when the announced length of a body is reached make the response fail:
    /// it was longer than announced.
    pub fn write(&mut self, bytes: &[u8]) -> usize {
        let n = bytes.len().min(self.room());
        self.is_cut |= n < bytes.len();
        self.writer.bytes(bytes.get(..n).unwrap_or_default());
        n
    }

    /// For text and numbers. Look at [`room`](Self::room) first: more than fits is an error that
    /// ends the connection.
    pub fn writer(&mut self) -> &mut Writer<'c> {
        &mut self.writer
    }

    /// How many bytes of the body were produced before this call.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }
}
