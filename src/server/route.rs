use core::fmt;

use super::{Handler, pattern};
use crate::wire::Method;

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
/// | a segment of the path is `..`, or it has `%00` ([`Request::path`](super::Request::path)) | 400 |
/// | the method is neither a standard one nor that of any route | 501 |
/// | it is OPTIONS, and any route fits the path, or the target is `*` | 204 with `Allow` |
/// | a route for another method fits the path | 405 with `Allow` |
/// | nothing fits the path, or only fallbacks | 404 |
///
/// Fallbacks are routes that fit every path (`/{*any}`), and those for OPTIONS, as for CORS: they do
/// not make a path known (RFC 9110 section 15.5.6). `Allow` names the methods of all routes that fit,
/// fallbacks included.
///
/// A path that no request can have does not compile in a `const`:
///
/// ```compile_fail
/// # use nal_http::server::Route;
/// const LIGHT: Route<()> = Route::get("light", |_, _, reply| reply.text("301"));
/// # let _ = LIGHT;
/// ```
pub struct Route<A: 'static, T: 'static = ()> {
    pub(super) method: Method<'static>,
    pub(super) path: &'static str,
    pub(super) handler: Handler<A, T>,
    pub(super) in_pieces: bool,
    pub(super) want: Option<&'static [&'static str]>,
}

impl<A, T> Route<A, T> {
    /// A route for any method, such as `Method::OPTIONS` or one of your own.
    ///
    /// # Panics
    /// The path is none that a request can have; in a `const`, that does not compile.
    #[must_use]
    pub const fn new(method: Method<'static>, path: &'static str, handler: Handler<A, T>) -> Self {
        pattern::check(path);
        Self { method, path, handler, in_pieces: false, want: None }
    }

    /// A route for GET and HEAD.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    #[must_use]
    pub const fn get(path: &'static str, handler: Handler<A, T>) -> Self {
        Self::new(Method::GET, path, handler)
    }

    /// A route on which `handler` speaks [WebSocket](super::websocket); its path may have parameters. Needs
    /// the feature `websocket`.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    #[cfg(feature = "websocket")]
    #[must_use]
    pub const fn websocket(path: &'static str, handler: Handler<A, T>) -> Self {
        Self::get(path, handler).in_pieces().want(super::websocket::HEADERS)
    }

    /// A route for POST.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    #[must_use]
    pub const fn post(path: &'static str, handler: Handler<A, T>) -> Self {
        Self::new(Method::POST, path, handler)
    }

    /// A route for PUT.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    #[must_use]
    pub const fn put(path: &'static str, handler: Handler<A, T>) -> Self {
        Self::new(Method::PUT, path, handler)
    }

    /// A route for PATCH.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    #[must_use]
    pub const fn patch(path: &'static str, handler: Handler<A, T>) -> Self {
        Self::new(Method::PATCH, path, handler)
    }

    /// A route for DELETE.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    #[must_use]
    pub const fn delete(path: &'static str, handler: Handler<A, T>) -> Self {
        Self::new(Method::DELETE, path, handler)
    }

    /// Names request headers that the handler needs, in place of those that the
    /// [site wants](super::Site::want): only a request for this route is refused with 431 if they do not
    /// fit.
    #[must_use]
    pub const fn want(mut self, headers: &'static [&'static str]) -> Self {
        self.want = Some(headers);
        self
    }

    /// Has the handler called as soon as the head of a request is complete, and with each piece of the
    /// body that arrives, instead of with the whole body: for bodies that are longer than the buffer,
    /// and for answers that begin before the body ends.
    #[must_use]
    pub const fn in_pieces(mut self) -> Self {
        self.in_pieces = true;
        self
    }
}

impl<A, T> fmt::Debug for Route<A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.as_str(), self.path)
    }
}
