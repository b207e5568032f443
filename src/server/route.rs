use core::fmt;

use super::{Group, Handler, pattern};
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
/// Routes of a [`Group`] have its prefix in front of their paths.
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
    kind: Kind<A, T>,
}

/// A route is as large as one that knows of no groups.
enum Kind<A: 'static, T: 'static> {
    /// With headers of its own that it wants.
    Wants(&'static [&'static str]),
    /// A group, or a plain route.
    Group(Option<&'static Group<A, T>>),
}

impl<A, T> Route<A, T> {
    /// A route for any method, such as `Method::OPTIONS` or one of your own.
    ///
    /// # Panics
    /// The path is none that a request can have; in a `const`, that does not compile.
    #[must_use]
    pub const fn new(method: Method<'static>, path: &'static str, handler: Handler<A, T>) -> Self {
        pattern::check(path);
        Self { method, path, handler, in_pieces: false, kind: Kind::Group(None) }
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

    /// All paths below `prefix` are those of a [`Group`], and so is the prefix itself: `/api` and `/api/light`, but
    /// not `/apis`. `/` is the whole site. A prefix has no parameters.
    ///
    /// # Panics
    /// The prefix is none, or has a slash at its end; in a `const`, that does not compile.
    #[must_use]
    pub const fn group(prefix: &'static str, group: &'static Group<A, T>) -> Self {
        pattern::check_prefix(prefix);
        // Of a group, the router looks at no method, and calls no handler.
        let mut route = Self::get("/", |_, _, reply| reply.no_content());
        (route.path, route.kind) = (prefix, Kind::Group(Some(group)));
        route
    }

    /// Names request headers that the handler needs, in place of those that the
    /// [site wants](super::Site::want): only a request for this route is refused with 431 if they do not
    /// fit.
    ///
    /// # Panics
    /// It is a group, or has named its headers before, as that of a WebSocket has. In a `const`, that does not
    /// compile.
    #[must_use]
    pub const fn want(mut self, headers: &'static [&'static str]) -> Self {
        assert!(self.as_group().is_none(), "the routes of a group want headers, not the group");
        assert!(
            self.wanted().is_none(),
            "`want` names all headers at once: a second would replace the first"
        );
        self.kind = Kind::Wants(headers);
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

    pub(super) const fn wanted(&self) -> Option<&'static [&'static str]> {
        if let Kind::Wants(headers) = self.kind { Some(headers) } else { None }
    }

    pub(super) const fn as_group(&self) -> Option<&'static Group<A, T>> {
        if let Kind::Group(group) = self.kind { group } else { None }
    }
}

impl<A, T> fmt::Debug for Route<A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = if self.as_group().is_some() { "group" } else { self.method.as_str() };
        write!(f, "{method} {}", self.path)
    }
}
