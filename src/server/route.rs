use core::fmt;

use super::{Answer, Reply, Request};
use crate::wire::Method;

/// Answers a request: a plain function.
///
/// It gets the application, the request with its whole body, and what to reply with. It runs in
/// the server's `poll` and should not block.
pub type Handler<A> = fn(&mut A, &Request<'_>, Reply<'_>) -> Answer<A>;

/// A method, a path and the function that answers.
///
/// A path is made of segments: `/led/{id}` has a parameter that fits any one segment; a last
/// `{*rest}` fits all that is left, slashes and all. Segments are compared after their escapes are
/// undone. A GET route also answers HEAD.
///
/// The first route of the table that fits method and path is taken, so what is special comes before
/// what is general. Where none does, the answer is
///
/// | if | status |
/// |---|---|
/// | a segment of the path is `..`, or it has `%00` ([`Request::path`]) | 400 |
/// | the method is neither a standard one nor that of any route | 501 |
/// | it is OPTIONS, and any route fits the path, or the target is `*` | 204 with `Allow` |
/// | a route for another method fits the path | 405 with `Allow` |
/// | nothing fits the path, or only fallbacks | 404 |
///
/// Fallbacks are routes that fit every path (`/{*any}`), and those for OPTIONS, as for CORS: they do
/// not make a path known (RFC 9110 section 15.5.6). `Allow` names the methods of all routes that fit,
/// fallbacks included.
pub struct Route<A: 'static> {
    pub(super) method: Method<'static>,
    pub(super) path: &'static str,
    pub(super) handler: Handler<A>,
    pub(super) in_pieces: bool,
}

impl<A> Route<A> {
    /// A route for any method, such as `Method::OPTIONS` or one of your own.
    #[must_use]
    pub const fn new(method: Method<'static>, path: &'static str, handler: Handler<A>) -> Self {
        Self { method, path, handler, in_pieces: false }
    }

    /// A route for GET and HEAD.
    #[must_use]
    pub const fn get(path: &'static str, handler: Handler<A>) -> Self {
        Self::new(Method::GET, path, handler)
    }

    /// A route for POST.
    #[must_use]
    pub const fn post(path: &'static str, handler: Handler<A>) -> Self {
        Self::new(Method::POST, path, handler)
    }

    /// A route for PUT.
    #[must_use]
    pub const fn put(path: &'static str, handler: Handler<A>) -> Self {
        Self::new(Method::PUT, path, handler)
    }

    /// A route for PATCH.
    #[must_use]
    pub const fn patch(path: &'static str, handler: Handler<A>) -> Self {
        Self::new(Method::PATCH, path, handler)
    }

    /// A route for DELETE.
    #[must_use]
    pub const fn delete(path: &'static str, handler: Handler<A>) -> Self {
        Self::new(Method::DELETE, path, handler)
    }

    /// Has the handler called for each piece of the body as it arrives, instead of once with all.
    ///
    /// It is called first when the head is there, perhaps with an empty piece, and then with each
    /// piece until [`Request::is_complete`]. It asks for the next with [`Reply::more`], and may
    /// answer at any time; what it leaves of the body is then discarded, or goes to the
    /// [`Stream`](super::Stream) that it answers with. The body may so be of any length.
    ///
    /// What it keeps between the pieces it keeps for each [`Request::connection`], and begins anew
    /// when [`Request::is_first`] says so. If the rest of the body does not come, and it has not
    /// answered yet, it is called once more, with an empty piece and [`Request::is_aborted`], so that it
    /// can free what it holds. The same where it has answered with a stream that still reads.
    ///
    /// A client that waits for `100 Continue` gets it as soon as the handler asks for more or answers
    /// with a stream (RFC 9110 section 10.1.1). Any other answer is sent instead of it, so a handler
    /// can refuse a body by its head.
    #[must_use]
    pub const fn in_pieces(mut self) -> Self {
        self.in_pieces = true;
        self
    }
}

impl<A> fmt::Debug for Route<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.as_str(), self.path)
    }
}
