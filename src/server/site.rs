mod ready;

use ready::{Tell, Ways};

use super::{Answer, ConnectInfo, Event, Failure, Handler, Reply, Request, Route, group};
use crate::wire::{HeadRules, Needed};

/// Is told what happens on a server, and on which connection.
pub type Hook<A> = fn(&mut A, &ConnectInfo, &Event<'_>);

/// Is called with each response before anything else has been put into it; see
/// [`Site::map_response`].
pub type MapResponse<A, T = ()> = fn(&mut A, &Request<'_, T>, &mut Reply<'_>);

/// Writes the page of an error; see [`Site::handle_error`].
pub type HandleError<A, T = ()> = fn(&mut A, &Request<'_, T>, &Failure, &mut Reply<'_>) -> Answer;

/// A table of routes, and the settings of the server that serves it.
///
/// Made in a `const`, a table that cannot work does not compile, and an image has nothing but what its site needs: of one
/// that is made at run time, the compiler does not know that. Its methods can be called in any order.
///
/// ```
/// use nal_http::server::{Route, Site, Timeouts};
///
/// struct App;
///
/// const SITE: Site<App> = Site::new(&[
///     Route::get("/", |_, _, reply| reply.text("hello")),
///     Route::get("/{page}", |_, _, reply| reply.text("a page")),
/// ])
/// .want(&["X-Token"])
/// .timeouts(Timeouts { next_request_ms: 2_000, ..Timeouts::DEFAULT })
/// .on_event(|_, client, event| println!("{client} {event:?}"));
/// # let _ = SITE;
/// ```
///
/// Here the first route takes all that the second could have:
///
/// ```compile_fail
/// # use nal_http::server::{Route, Site};
/// const SITE: Site<()> = Site::new(&[
///     Route::get("/{page}", |_, _, reply| reply.text("a page")),
///     Route::get("/light", |_, _, reply| reply.text("301")),
/// ]);
/// # let _ = SITE;
/// ```
#[derive(Debug)]
pub struct Site<A: 'static, T: 'static = ()> {
    pub(super) routes: &'static [Route<A, T>],
    pub(super) rules: HeadRules<'static>,
    pub(super) timeouts: Timeouts,
    pub(super) map_response: Option<MapResponse<A, T>>,
    pub(super) handle_error: Option<HandleError<A, T>>,
    pub(super) fallback: Option<Handler<A, T>>,
    /// The cookies that are kept, if only some are.
    pub(super) cookies: &'static [&'static str],
    /// So many requests a connection has at most; 0 is any number.
    pub(super) limit: u16,
    /// What follows from all that is set.
    pub(super) ways: &'static Ways<A, T>,
    pub(super) tell: Option<Tell<A, T>>,
    hook: Option<Hook<A>>,
    clock: Option<fn(&mut A) -> Option<u64>>,
}

impl<A, T: Default> Site<A, T> {
    /// A site with these routes. The first that fits is taken.
    ///
    /// # Panics
    /// A route is never taken, since an earlier one with its method fits all that it fits. In a
    /// `const`, that does not compile.
    #[must_use]
    pub const fn new(routes: &'static [Route<A, T>]) -> Self {
        group::check(routes);
        check_paths(routes);
        let rules = HeadRules { wanted: &[], needed: OF_BODIES, limit: HeadRules::DEFAULT_LIMIT };
        let site = Self {
            routes,
            rules,
            timeouts: Timeouts::DEFAULT,
            map_response: None,
            handle_error: None,
            fallback: None,
            cookies: &[],
            limit: 0,
            ways: Ways::PLAIN,
            tell: None,
            hook: None,
            clock: None,
        };
        site.ready()
    }

    /// Names request headers that handlers need. They are kept, or the request is refused with 431;
    /// others are kept while they fill less than half of the room for the request, and give way to
    /// a body that needs theirs.
    ///
    /// # Panics
    /// It was called before: the second would take the place of the first. In a `const`, that does not compile.
    #[must_use]
    pub const fn want(mut self, headers: &'static [&'static str]) -> Self {
        assert!(
            self.rules.wanted.is_empty(),
            "`want` names all headers at once: a second would replace the first"
        );
        self.rules.wanted = headers;
        self
    }

    /// Names cookies that handlers need; see [`Request::cookie`](super::Request::cookie). Of the header
    /// `Cookie`, only they are kept, and before others: a browser sends there what any page of the same
    /// host has set, up to 4 KB. About 0.6 KB of flash.
    ///
    /// # Panics
    /// It was called before: the second would take the place of the first. In a `const`, that does not compile.
    #[must_use]
    pub const fn want_cookies(mut self, names: &'static [&'static str]) -> Self {
        assert!(
            self.cookies.is_empty(),
            "`want_cookies` names all cookies at once: a second would replace the first"
        );
        self.cookies = names;
        self.rules.needed = WITH_COOKIES;
        self.ready()
    }

    /// The most bytes that the head of a request may have; 16 KiB if this is not called.
    #[must_use]
    pub const fn head_limit(mut self, bytes: usize) -> Self {
        self.rules.limit = bytes;
        self
    }

    /// How long each phase of a connection may take.
    #[must_use]
    pub const fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Has `hook` told of each client, request, response, failure and close.
    ///
    /// # Panics
    /// It was called before: the second would take the place of the first. In a `const`, that does not compile.
    #[must_use]
    pub const fn on_event(mut self, hook: Hook<A>) -> Self {
        assert!(self.hook.is_none(), "a site has one `on_event`: it calls all that there are");
        self.hook = Some(hook);
        self.ready_to_tell()
    }

    /// Has a connection closed behind so many responses, the last of which says so (`Connection: close`, RFC 9112
    /// section 9.6); 1 is a server that keeps none alive. Without this, one that is used
    /// is kept for as long as nobody else needs its slot.
    ///
    /// ```
    /// use nal_http::server::{Route, Site};
    ///
    /// const SITE: Site<()> =
    ///     Site::new(&[Route::get("/light", |_, _, reply| reply.text("301"))]).requests_per_connection(1_000);
    /// # let _ = SITE;
    /// ```
    ///
    /// # Panics
    /// The limit is 0; in a `const`, that does not compile:
    ///
    /// ```compile_fail
    /// # use nal_http::server::Site;
    /// const SITE: Site<()> = Site::new(&[]).requests_per_connection(0);
    /// # let _ = SITE;
    /// ```
    #[must_use]
    pub const fn requests_per_connection(mut self, limit: u16) -> Self {
        assert!(limit > 0, "a connection has one request at least");
        self.limit = limit;
        self.ready_to_tell()
    }

    /// Has `map` called with each response before its handler: those of the server itself, such as a
    /// 404, included. What it sets there is set; a handler can set it anew. Behind the handler, when the status is known, a
    /// [`Group`](super::Group::after) can add headers; one at `/` is the whole site.
    ///
    /// A request that could not be parsed has an empty method and target there, and no headers.
    ///
    /// ```
    /// use nal_http::server::{Route, Site};
    ///
    /// // A script from elsewhere may read each answer: also why there is none.
    /// const SITE: Site<()> = Site::new(&[Route::get("/light", |_, _, reply| reply.text("301"))])
    ///     .map_response(|_, _, reply| {
    ///         reply.header("Access-Control-Allow-Origin", "*");
    ///     });
    /// # let _ = SITE;
    /// ```
    ///
    /// # Panics
    /// It was called before: the second would take the place of the first. In a `const`, that does not compile.
    #[must_use]
    pub const fn map_response(mut self, map: MapResponse<A, T>) -> Self {
        assert!(
            self.map_response.is_none(),
            "a site has one `map_response`: it calls all that there are"
        );
        self.map_response = Some(map);
        self.ready()
    }

    /// Has `handle` write the pages of errors, which have one line of text else: of a handler's
    /// [`Failure`] and of the server's own answers, such as a 404. The status is set, and what else the
    /// answer must have. If it fails, the status alone is sent.
    ///
    /// [`explain`](super::explain) is one that tells what was wrong with a request.
    ///
    /// ```
    /// use nal_http::server::{Route, Site};
    ///
    /// const SITE: Site<()> = Site::new(&[Route::get("/light", |_, _, reply| reply.text("301"))])
    ///     .handle_error(|_, _, failure, reply| {
    ///         reply.write("application/problem+json", |json| {
    ///             json.str("{\"status\":");
    ///             json.number(failure.status.code().into());
    ///             json.str("}");
    ///         })
    ///     });
    /// # let _ = SITE;
    /// ```
    ///
    /// # Panics
    /// It was called before: the second would take the place of the first. In a `const`, that does not compile.
    #[must_use]
    pub const fn handle_error(mut self, handle: HandleError<A, T>) -> Self {
        assert!(
            self.handle_error.is_none(),
            "a site has one `handle_error`: a second would replace the first"
        );
        self.handle_error = Some(handle);
        self
    }

    /// Has `handler` answer requests for paths that no route knows, with any method: what is a 404 or, of
    /// a method that nobody knows, a 501 else. A known path with another method still is a 405.
    ///
    /// # Panics
    /// It was called before: the second would take the place of the first. In a `const`, that does not compile.
    #[must_use]
    pub const fn fallback(mut self, handler: Handler<A, T>) -> Self {
        assert!(
            self.fallback.is_none(),
            "a site has one `fallback`: a second would replace the first"
        );
        self.fallback = Some(handler);
        self
    }

    /// Has each response say when it was made (`Date`, RFC 9110 section 6.6.1, which demands it of a
    /// server that has a clock); about 0.7 KB of flash.
    ///
    /// `clock` tells the seconds since 1970-01-01T00:00:00Z, up to the year 2106, or `None` while it
    /// does not know the time, as before the first answer of an NTP server. It is asked for each
    /// response, those of the server itself included. A `Date` that a handler sets is sent instead.
    ///
    /// ```
    /// use nal_http::server::{Route, Site};
    ///
    /// struct App {
    ///     unix_time: Option<u64>,
    /// }
    ///
    /// const ROUTES: &[Route<App>] = &[];
    /// let site = Site::new(ROUTES).date(|app| app.unix_time);
    /// ```
    #[must_use]
    pub const fn date(mut self, clock: fn(&mut A) -> Option<u64>) -> Self {
        self.clock = Some(clock);
        self.ready()
    }
}

impl<A, T> Site<A, T> {
    pub(super) fn notify(&self, app: &mut A, client: &ConnectInfo, event: &Event<'_>) {
        super::log::event(&client.peer, event);
        if let Some(hook) = self.hook {
            hook(app, client, event);
        }
    }
}

/// JSON has to say that it is JSON: that is kept before what nobody wants.
const OF_BODIES: &[&[Needed]] =
    if cfg!(feature = "json") { &[&[welcome("Content-Type")]] } else { &[] };
const WITH_COOKIES: &[&[Needed]] = if cfg!(feature = "json") {
    &[&[welcome("Cookie"), welcome("Content-Type")]]
} else {
    &[&[welcome("Cookie")]]
};

const fn welcome(name: &'static str) -> Needed {
    Needed { name, codes: &[] }
}

/// Whether others than a hook are told of events.
const LISTENS: bool = crate::log::LISTENS || cfg!(feature = "testing");

/// Panics if a path is none that a request can have.
const fn check_paths<A, T>(mut routes: &[Route<A, T>]) {
    while let [route, rest @ ..] = routes {
        assert!(!route.path.is_empty(), "the path of a route of a site begins with a slash");
        routes = rest;
    }
}

impl<A, T: Default> From<&'static [Route<A, T>]> for Site<A, T> {
    fn from(routes: &'static [Route<A, T>]) -> Self {
        Self::new(routes)
    }
}

/// How long each phase of a connection may take, in milliseconds.
///
/// The first six hold at all times. The last three hold while every slot is taken and another client
/// waits: see [the bound](super#safety-on-a-hostile-network) that they give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Timeouts {
    /// From connecting to the first byte of a request; then it is closed without a word.
    pub first_request_ms: u32,
    /// From a response to the first byte of the next request; then it is closed without a word.
    pub next_request_ms: u32,
    /// From the first byte of a head to its last, however slowly they drip; then 408.
    pub head_ms: u32,
    /// For a whole body that is collected; between two pieces of one that is taken in pieces; then
    /// 408, if no response has begun.
    pub body_ms: u32,
    /// From one byte that the client takes to the next.
    pub write_ms: u32,
    /// How long a connection that is to be closed is still drained, so that the client can read
    /// the response before its own bytes bounce.
    pub linger_ms: u32,
    /// While another client waits: how long a connection is left alone that has had its response,
    /// and has sent nothing of the next request.
    pub grace_ms: u32,
    /// While another client waits: how long an exchange may take until it is complete, or 2,000 bytes
    /// of it have moved, and then the next 2,000; from having a slot, or from the first byte of a
    /// later request. A first request has so long to arrive: a lost packet is sent again in that time.
    pub stall_ms: u32,
    /// While another client waits: how long an exchange may take in all, though it gets on; also a
    /// handler that waits ([`Flow::Wait`](super::Flow::Wait)), such as an event stream.
    pub turn_ms: u32,
}

impl Timeouts {
    /// 10 s for each phase, 30 s between requests, 1 s to linger; while another client waits, 50 ms
    /// between requests, 500 ms to get on, 10 s in all.
    pub const DEFAULT: Self = Self {
        first_request_ms: 10_000,
        next_request_ms: 30_000,
        head_ms: 10_000,
        body_ms: 10_000,
        write_ms: 10_000,
        linger_ms: 1_000,
        grace_ms: 50,
        stall_ms: 500,
        turn_ms: 10_000,
    };
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::DEFAULT
    }
}
