//! The server: several connections from one `poll`, without heap, threads or async.
//!
//! ```
//! use nal_http::server::{Answer, Reply, Request, Route, Server, Site};
//!
//! struct App {
//!     level: u16,
//! }
//!
//! const SITE: Site<App> = Site::new(&[
//!     Route::get("/light", light),
//!     Route::put("/light/{level}", set),
//! ]);
//!
//! fn light(app: &mut App, _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
//!     reply.write("application/json", |body| {
//!         body.str("{\"light\":");
//!         body.number(app.level.into());
//!         body.str("}");
//!     })
//! }
//!
//! fn set(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
//!     app.level = request.param_as("level")?;
//!     reply.no_content()
//! }
//!
//! # fn demo<S: embedded_nal::TcpFullStack>(stack: &mut S, clock: &mut impl nal_http::hal::Clock) -> Result<(), S::Error> {
//! let mut app = App { level: 301 };
//! let mut server: Server<S, App, 4, 1024> = Server::new(SITE);
//! server.listen(stack, 80)?;
//! loop {
//!     let _ = server.poll(stack, &mut app, clock.now_ms());
//!     // ... everything else that the firmware does ...
//! #   break Ok(());
//! }
//! # }
//! ```
//!
//! # Memory
//! `Server<S, A, N, B>` holds `N` connections with a buffer of `B` bytes each; nothing else grows.
//! The first half of a buffer takes the request: its head, and its body unless it is taken in
//! pieces; for a body that needs it, headers that nobody wants give up their room, and a longer one
//! is a 413 that says how much there was. The second half takes the response's head and the bodies
//! that handlers write; `'static` bodies and bodies in pieces may be of any length. 512 bytes serve a
//! browser; `docs/slots.md` has a table of what 256 to 4,096 can take.
//!
//! # Safety on a hostile network
//! A request whose framing is ambiguous is refused, never guessed. Each phase of a connection has a
//! deadline ([`Timeouts`]); a request that has begun and is late is answered with 408, and one that has
//! not is closed without a word.
//!
//! While every slot is taken and another client waits, a connection has to give way sooner. The
//! times count from fixed instants, so dripping puts nothing off:
//!
//! | a connection | has to give way |
//! |---|---|
//! | between two requests, or that lingers behind its last response; empty lines change nothing | 50 ms (`grace_ms`) after its response |
//! | with an exchange under way that moves less than 2,000 bytes: nothing sent, half a head, a body or a reader in drips, a body that nobody wants, 100 Continue and nothing comes | 500 ms (`stall_ms`) after it got the slot, or after the first byte of a later request |
//! | that gets on: another 2,000 bytes in each 500 ms, or it is the response that waits ([`Flow::Wait`]) | 10 s (`turn_ms`) after the same instant, when others have waited for 500 ms |
//!
//! The one that is longest overdue is closed first ([`CloseReason::Evicted`], or
//! [`IdleEvicted`](CloseReason::IdleEvicted) where no request was under way), those that get on come last. If
//! half a request has come, 408 is sent. What is in the stack is read before: a request that has
//! arrived is served. A response that begins while a client waits closes its connection, so that
//! clients that ask all the time take turns, too. An event stream has its 10 s; browsers connect again.
//!
//! So a client that has `Q` others before it in the stack's queue has one of `N` slots within
//!
//! > `grace_ms` + (⌊`Q` / `N`⌋ + 1) · `stall_ms`
//!
//! whatever the others do, and however many come behind it: 550 ms if none is before it, 5,550 ms
//! behind 40 on 4 slots. Where others get on, `turn_ms` stands in place of `stall_ms`. In that time the
//! server is polled when [`idle_ms`](Server::idle_ms) says so; what handlers take comes on top. The stack
//! needs a socket for each slot, the listener and the client that waits.

mod answer;
#[cfg(feature = "async")]
pub mod asynch;
mod body;
mod conditional;
mod connection;
mod content;
mod cookie;
mod cookies;
mod driver;
mod event;
mod event_stream;
mod explain;
#[cfg(feature = "serde")]
mod extract;
mod failure;
mod files;
mod group;
pub mod guards;
mod handler;
mod log;
mod matched_path;
mod metrics;
mod mistake;
mod multipart;
mod pattern;
mod reply;
mod request;
mod route;
mod router;
#[cfg(feature = "session")]
mod session;
mod shutdown;
mod site;
mod slot;
mod target;
mod tick;
mod turn;
#[cfg(feature = "websocket")]
pub mod websocket;

#[cfg(feature = "testing")]
pub(crate) use log::take_failure;

pub use answer::{Answer, Flow};
pub use body::Body;
pub use conditional::{Etag, Validators};
pub use connection::{Connection, Context, Wait};
pub use content::AnyType;
pub use cookie::{Cookie, SameSite};
pub use event::{Access, CloseReason, ConnectInfo, Event};
pub use event_stream::{EventData, EventStream, EventWriter, Listener, Slow};
pub use explain::explain;
pub use failure::{Detail, Failure, Text};
pub use files::{File, Files, OpenFile, Variant, media_type};
pub use group::{After, Group, Guard};
pub use handler::Handler;
pub use matched_path::MatchedPath;
pub use metrics::{Metric, Metrics};
pub use mistake::Mistake;
pub use reply::{Outcome, Reply};
pub use request::Request;
pub use route::Route;
#[cfg(feature = "session")]
pub use session::{Content, Sessions};
pub use site::{HandleError, Hook, MapResponse, Site, Timeouts};

#[cfg(feature = "json")]
pub use crate::json::{JsonError, JsonProblem};

use core::convert::Infallible;
use core::net::{Ipv4Addr, SocketAddr};

use embedded_nal::TcpFullStack;

use crate::hal::Clock;
use crate::net::Readiness;
use driver::{Driver, Every, Ready, Round};
use tick::{Open, Tick};

/// A server with `N` connections of `B` bytes each over the stack `S`, for an application `A`.
///
/// Make it once, in a `static` or at the top of `main`: it is as large as its buffers. `T` is what
/// handlers [remember](Request::state) from call to call.
///
/// # Applications that borrow
/// An application has no lifetime of its own (`A: 'static`): its routes are a `'static` table that
/// names it. What it shares with the rest of the firmware it holds as a `&'static`, which is what a
/// `StaticCell` or a `static` gives:
///
/// ```
/// use std::cell::Cell;
///
/// use nal_http::server::{Route, Site};
/// # use nal_http::testing::TestClient;
///
/// struct App {
///     level: &'static Cell<u16>,
/// }
///
/// const SITE: Site<App> = Site::new(&[Route::get("/light", |app, _, reply| {
///     reply.write("text/plain", |body| body.number(app.level.get().into()))
/// })]);
///
/// // On a board: `static LEVEL: StaticCell<Cell<u16>> = StaticCell::new();`, `LEVEL.init(Cell::new(301))`
/// let level: &'static Cell<u16> = Box::leak(Box::new(Cell::new(301)));
/// let mut app = App { level };
/// level.set(302);
/// # assert_eq!(TestClient::new(SITE).get(&mut app, "/light").text(), "302");
/// ```
///
/// What is not to be shared for ever is lent for one poll: `poll` gets `&mut App` each time, so it can be
/// put into the application in front of it, and be taken out behind.
pub struct Server<
    S: TcpFullStack,
    A: 'static,
    const N: usize,
    const B: usize,
    T: Default + 'static = (),
> {
    site: Site<A, T>,
    driver: Driver<S>,
    slots: [Option<Open<S::TcpSocket, A, T>>; N],
    buffers: [[u8; B]; N],
}

impl<S: TcpFullStack, A, const N: usize, const B: usize, T: Default> Server<S, A, N, B, T> {
    /// A server for a [`Site`]. Slots too small to answer do not compile:
    ///
    /// ```compile_fail
    /// # use nal_http::server::{Server, Site};
    /// # use nal_http::testing::ScriptStack;
    /// let _: Server<ScriptStack, (), 4, 128> = Server::new(Site::new(&[]));
    /// ```
    #[must_use]
    pub const fn new(site: Site<A, T>) -> Self {
        const { assert!(B >= LEAST_SLOT, "a slot of a server has 256 bytes at least") };
        Self { site, driver: Driver::new(), slots: [const { None }; N], buffers: [[0; B]; N] }
    }

    /// Binds to `port` and listens.
    ///
    /// # Errors
    /// The stack's, such as a port that is in use.
    pub fn listen(&mut self, stack: &mut S, port: u16) -> Result<(), S::Error> {
        let mut socket = stack.socket()?;
        if let Err(error) = stack.bind(&mut socket, port).and_then(|()| stack.listen(&mut socket)) {
            let _ = stack.close(socket);
            return Err(error);
        }
        let old = self.driver.listener.replace(socket);
        self.driver.is_watched = false;
        old.map_or(Ok(()), |old| stack.close(old))
    }

    /// The listening socket, for a stack that can tell its address.
    pub fn listener(&self) -> Option<&S::TcpSocket> {
        self.driver.listener.as_ref()
    }

    /// How many connections have a slot.
    pub fn open_connections(&self) -> usize {
        self.slots.iter().flatten().count()
    }

    /// Does what can be done now: accepts, receives, calls handlers, sends, closes what is too
    /// late. Never blocks; `now_ms` is the clock's time.
    ///
    /// # Errors
    /// `WouldBlock` if nothing could be done. Other errors are those of the listening socket; the
    /// open connections are served all the same, and the server can be polled on.
    pub fn poll(&mut self, stack: &mut S, app: &mut A, now_ms: u32) -> nb::Result<(), S::Error> {
        self.round(stack, app, now_ms, Every).poll()
    }

    /// The same over a stack that tells which of its sockets are ready: only those are asked. So idle
    /// connections cost nothing, however many they are; see [`Readiness`].
    ///
    /// # Errors
    /// As those of [`poll`](Self::poll).
    pub fn poll_with(
        &mut self,
        stack: &mut S,
        app: &mut A,
        now_ms: u32,
        readiness: Readiness<S>,
    ) -> nb::Result<(), S::Error> {
        self.round(stack, app, now_ms, readiness).poll()
    }

    /// Has the next [`poll`](Self::poll) call all handlers that wait ([`Flow::Wait`]), as if their time
    /// had come: something they wait for has happened. So a held answer or an event leaves at once,
    /// though its handler asked for a call in a minute only.
    pub fn wake(&mut self) {
        for open in self.slots.iter_mut().flatten() {
            open.slot.wake(self.driver.polled_ms);
        }
        self.driver.hurry();
    }

    /// How many milliseconds may pass before [`poll`](Self::poll) must be called again though
    /// nothing arrives.
    pub fn idle_ms(&self, now_ms: u32) -> u32 {
        self.driver.remaining(now_ms).min(MAX_IDLE_MS)
    }

    /// Serves for ever. `idle` is called when there is nothing to do, with the time in ms after
    /// which it must return at the latest: poll the stack's device there, wait for its sockets, sleep.
    ///
    /// A listening socket that fails ends nothing: the site's hook is told
    /// ([`Event::AcceptFailed`]), the open connections are served, and clients are accepted as soon as
    /// it works again; it is tried every 20 ms at least. [`poll`](Self::poll) returns such errors.
    ///
    /// # Errors
    /// None: the type is that of a loop over `poll` with `?`.
    pub fn serve(
        &mut self,
        stack: &mut S,
        app: &mut A,
        clock: &mut impl Clock,
        idle: impl FnMut(&mut S, u32),
    ) -> Result<Infallible, S::Error> {
        self.serve_by(stack, app, clock, Every, idle)
    }

    /// The same over a stack that tells which of its sockets are ready; see [`Readiness`]. `idle` is to
    /// return when one is.
    ///
    /// ```no_run
    /// use std::time::{Duration, Instant};
    ///
    /// use nal_http::hal::Clock;
    /// use nal_http::net::Readiness;
    /// use nal_http::server::{Server, Site};
    /// use nal_std::Stack;
    ///
    /// # struct App;
    /// # const SITE: Site<App> = Site::new(&[]);
    /// # fn demo(clock: &mut impl Clock) -> Result<(), nal_std::Error> {
    /// let readiness = Readiness { watch: Stack::watch, next: Stack::next_ready };
    /// let mut stack = Stack::new();
    /// let mut server: Server<Stack, App, 256, 1024> = Server::new(SITE);
    /// server.listen(&mut stack, 8080)?;
    /// server.serve_with(&mut stack, &mut App, clock, readiness, |stack, ms| {
    ///     stack.wait(Duration::from_millis(ms.into()));
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As those of [`serve`](Self::serve): none.
    pub fn serve_with(
        &mut self,
        stack: &mut S,
        app: &mut A,
        clock: &mut impl Clock,
        readiness: Readiness<S>,
        idle: impl FnMut(&mut S, u32),
    ) -> Result<Infallible, S::Error> {
        self.serve_by(stack, app, clock, readiness, idle)
    }

    fn serve_by(
        &mut self,
        stack: &mut S,
        app: &mut A,
        clock: &mut impl Clock,
        ready: impl Ready<S> + Copy,
        mut idle: impl FnMut(&mut S, u32),
    ) -> Result<Infallible, S::Error> {
        let mut was_failing = false;
        loop {
            let now = clock.now_ms();
            let result = self.round(stack, app, now, ready).poll();
            let fails = matches!(result, Err(nb::Error::Other(_)));
            if fails && !was_failing {
                let peer = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
                let nobody = ConnectInfo { peer, connection: 0 };
                self.site.notify(app, &nobody, &Event::AcceptFailed);
            }
            was_failing = fails;
            if result.is_err() {
                let longest = if fails { ACCEPT_AGAIN_MS } else { MAX_IDLE_MS };
                idle(stack, self.idle_ms(now).min(longest));
            }
        }
    }

    /// Closes all connections at once, whatever is under way, and stops listening.
    pub fn close(&mut self, stack: &mut S, app: &mut A) {
        let now_ms = self.driver.polled_ms;
        self.round(stack, app, now_ms, Every).close();
    }

    fn round<'t, R>(
        &'t mut self,
        stack: &'t mut S,
        app: &'t mut A,
        now_ms: u32,
        ready: R,
    ) -> Round<'t, S, A, T, R> {
        Round {
            tick: Tick::new(stack, app, &self.site, now_ms),
            driver: &mut self.driver,
            slots: &mut self.slots,
            buffers: self.buffers.as_flattened_mut(),
            size: B,
            ready,
        }
    }
}

/// The longest of the server's own answers fits into half of it.
const LEAST_SLOT: usize = 256;

/// A loop that is not asked for more still looks round so often.
const MAX_IDLE_MS: u32 = 1_000;

/// A listening socket that fails is tried again so soon.
const ACCEPT_AGAIN_MS: u32 = 20;
