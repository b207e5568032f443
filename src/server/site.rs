use core::net::SocketAddr;

use super::{Event, Route};
use crate::wire::{HeadRules, Writer, write_date};

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
    time: Option<Time<A>>,
}

/// Who knows the time, and who writes it: so the latter is in no image that has not the former.
#[derive(Debug)]
struct Time<A: 'static> {
    clock: fn(&mut A) -> Option<u64>,
    write: fn(&mut Writer<'_>, u32),
}

/// The time at which a response is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    seconds: u32,
    write: fn(&mut Writer<'_>, u32),
}

impl Now {
    pub(super) fn write(self, writer: &mut Writer<'_>) {
        (self.write)(writer, self.seconds);
    }
}

impl<A> Site<A> {
    /// A site with these routes. The first that fits is taken.
    #[must_use]
    pub const fn new(routes: &'static [Route<A>]) -> Self {
        let rules = HeadRules { wanted: &[], needed: &[], limit: HeadRules::DEFAULT_LIMIT };
        Self { routes, rules, timeouts: Timeouts::DEFAULT, hook: None, time: None }
    }

    /// Names request headers that handlers need. They are kept, or the request is refused with 431;
    /// others are kept while they fill less than half of the room for the request, and give way to
    /// a body that needs theirs.
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
        self.time = Some(Time { clock, write: write_date });
        self
    }

    pub(super) fn now(&self, app: &mut A) -> Option<Now> {
        let time = self.time.as_ref()?;
        let seconds = u32::try_from((time.clock)(app)?).ok()?;
        Some(Now { seconds, write: time.write })
    }

    pub(super) fn tell(&self, app: &mut A, peer: &SocketAddr, event: &Event<'_>) {
        super::log::event(peer, event);
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
    /// body that waits for its producer ([`Flow::Wait`](super::Flow::Wait)), such as an event stream.
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
