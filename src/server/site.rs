use core::net::SocketAddr;

use super::{Event, Route};
use crate::wire::HeadRules;

/// Is told what happens on a server, and with which client.
pub type Hook<A> = fn(&mut A, &SocketAddr, &Event<'_>);

/// A table of routes, and the settings of the server that serves it.
///
/// ```
/// use nal_http::server::{Route, Site, Timeouts};
///
/// # struct App;
/// const ROUTES: &[Route<App>] = &[];
/// let site = Site::new(ROUTES)
///     .want(&["X-Token"])
///     .timeouts(Timeouts { next_request_ms: 2_000, ..Timeouts::DEFAULT })
///     .on_event(|_, peer, event| println!("{peer} {event:?}"));
/// ```
#[derive(Debug)]
pub struct Site<A: 'static> {
    pub(super) routes: &'static [Route<A>],
    pub(super) rules: HeadRules<'static>,
    pub(super) timeouts: Timeouts,
    hook: Option<Hook<A>>,
}

impl<A> Site<A> {
    /// A site with these routes. The first that fits is taken.
    #[must_use]
    pub const fn new(routes: &'static [Route<A>]) -> Self {
        let rules = HeadRules { wanted: &[], needed: &[], limit: HeadRules::DEFAULT_LIMIT };
        Self { routes, rules, timeouts: Timeouts::DEFAULT, hook: None }
    }

    /// Names request headers that handlers need. They are kept, or the request is refused with 431;
    /// others are kept while they fill less than half of the room for the request.
    #[must_use]
    pub const fn want(mut self, headers: &'static [&'static str]) -> Self {
        self.rules.wanted = headers;
        self
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
    #[must_use]
    pub const fn on_event(mut self, hook: Hook<A>) -> Self {
        self.hook = Some(hook);
        self
    }

    pub(super) fn tell(&self, app: &mut A, peer: &SocketAddr, event: &Event<'_>) {
        crate::log::event(peer, event);
        if let Some(hook) = self.hook {
            hook(app, peer, event);
        }
    }
}

impl<A> From<&'static [Route<A>]> for Site<A> {
    fn from(routes: &'static [Route<A>]) -> Self {
        Self::new(routes)
    }
}

/// How long each phase of a connection may take, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Timeouts {
    /// From connecting to the first byte of a request.
    pub first_request_ms: u32,
    /// From a response to the first byte of the next request.
    pub next_request_ms: u32,
    /// From the first byte of a head to its last, however slowly they drip.
    pub head_ms: u32,
    /// For a whole body that is collected; between two pieces of one that is taken in pieces.
    pub body_ms: u32,
    /// From one byte that the client takes to the next.
    pub write_ms: u32,
    /// How long a connection that is to be closed is still drained, so that the client can read
    /// the response before its own bytes bounce.
    pub linger_ms: u32,
    /// How long a connection without a request is left alone before it can be given up for another.
    pub grace_ms: u32,
}

impl Timeouts {
    /// 10 s for each phase, 30 s between requests, 1 s to linger, 50 ms of grace.
    pub const DEFAULT: Self = Self {
        first_request_ms: 10_000,
        next_request_ms: 30_000,
        head_ms: 10_000,
        body_ms: 10_000,
        write_ms: 10_000,
        linger_ms: 1_000,
        grace_ms: 50,
    };
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::DEFAULT
    }
}
