//! The server: several connections from one `poll`, without heap, threads or async.
//!
//! ```
//! use nal_http::server::{Answer, Reply, Request, Route, Server};
//!
//! struct App {
//!     level: u16,
//! }
//!
//! const ROUTES: &[Route<App>] = &[
//!     Route::get("/light", light),
//!     Route::put("/light/{level}", set),
//! ];
//!
//! fn light(app: &mut App, _: &Request<'_>, reply: Reply<'_>) -> Answer<App> {
//!     reply.write("application/json", |body| {
//!         body.str("{\"light\":");
//!         body.number(app.level.into());
//!         body.str("}");
//!     })
//! }
//!
//! fn set(app: &mut App, request: &Request<'_>, reply: Reply<'_>) -> Answer<App> {
//!     app.level = request.param_as("level")?;
//!     reply.no_content()
//! }
//!
//! # fn demo<S: embedded_nal::TcpFullStack>(stack: &mut S, clock: &mut impl nal_http::hal::Clock) -> Result<(), S::Error> {
//! let mut app = App { level: 301 };
//! let mut server: Server<S, App, 4, 1024> = Server::new(ROUTES);
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
//! is a 413 that says how much there was. The second half takes the response's head and the bodies that handlers write; `'static`
//! bodies and bodies that produce themselves in pieces may be of any length. 512 bytes serve a
//! browser.
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
//! [`GivenUp`](CloseReason::GivenUp) where no request was under way), those that get on come last. If
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

mod connection;
mod event;
mod failure;
mod log;
mod reply;
mod request;
mod route;
mod router;
mod site;
mod slot;
mod stream;
mod turn;

pub use connection::{Connection, Host, Wait};
pub use event::{CloseReason, Event};
pub use failure::{Answer, Failure};
pub use reply::{Reply, Response};
pub use request::Request;
pub use route::{Handler, Route};
pub use site::{Hook, Site, Timeouts};
pub use stream::{Flow, Producer, Stream};

#[cfg(feature = "json")]
pub use crate::json::{JsonError, JsonProblem};

use core::convert::Infallible;
use core::net::{Ipv4Addr, SocketAddr};

use embedded_nal::{TcpClientStack, TcpFullStack};

use crate::hal::Clock;
use slot::{Slot, Tick};

/// A server with `N` connections of `B` bytes each over the stack `S`, for an application `A`.
///
/// Make it once, in a `static` or at the top of `main`: it is as large as its buffers.
pub struct Server<S: TcpFullStack, A: 'static, const N: usize, const B: usize> {
    site: Site<A>,
    listener: Option<S::TcpSocket>,
    slots: [Option<Slot<S::TcpSocket, A>>; N],
    buffers: [[u8; B]; N],
    /// The client that has the next slot. So it is known whether one waits.
    waiting: Option<(S::TcpSocket, SocketAddr)>,
    /// Since when there has been one at the end of each poll.
    waited_since_ms: u32,
}

impl<S: TcpFullStack, A, const N: usize, const B: usize> Server<S, A, N, B> {
    /// A server for a table of routes, or for a [`Site`] with settings of its own.
    pub fn new(site: impl Into<Site<A>>) -> Self {
        Self {
            site: site.into(),
            listener: None,
            slots: [const { None }; N],
            buffers: [[0; B]; N],
            waiting: None,
            waited_since_ms: 0,
        }
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
        if let Some(old) = self.listener.replace(socket) {
            stack.close(old)?;
        }
        Ok(())
    }

    /// The listening socket, for a stack that can tell its address.
    pub fn listener(&self) -> Option<&S::TcpSocket> {
        self.listener.as_ref()
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
        let mut busy = false;
        let accepted = self.accept(stack, app, now_ms, &mut busy);
        for index in 0..N {
            if let Some((mut tick, slot, buffer)) = self.tick(stack, app, now_ms, index) {
                busy |= tick.drive(slot, buffer);
            }
        }
        accepted?;
        if busy { Ok(()) } else { Err(nb::Error::WouldBlock) }
    }

    /// How many milliseconds may pass before [`poll`](Self::poll) must be called again though
    /// nothing arrives.
    pub fn idle_ms(&self, now_ms: u32) -> u32 {
        let (timeouts, since) = (&self.site.timeouts, self.somebody_waits_since());
        let deadlines = self.slots.iter().flatten().map(|slot| {
            let turn = since.map_or(u32::MAX, |since| slot.turn_left(now_ms, since, timeouts));
            slot.remaining(now_ms, timeouts).min(turn)
        });
        deadlines.min().unwrap_or(u32::MAX).min(MAX_IDLE_MS)
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
        mut idle: impl FnMut(&mut S, u32),
    ) -> Result<Infallible, S::Error> {
        let mut was_failing = false;
        loop {
            let now = clock.now_ms();
            let result = self.poll(stack, app, now);
            let fails = matches!(result, Err(nb::Error::Other(_)));
            if fails && !was_failing {
                let nobody = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
                self.site.tell(app, &nobody, &Event::AcceptFailed);
            }
            was_failing = fails;
            if result.is_err() {
                let longest = if fails { ACCEPT_AGAIN_MS } else { MAX_IDLE_MS };
                idle(stack, self.idle_ms(now).min(longest));
            }
        }
    }

    /// Closes all connections and stops listening.
    pub fn close(&mut self, stack: &mut S, app: &mut A) {
        for index in 0..N {
            if let Some((mut tick, slot, buffer)) = self.tick(stack, app, 0, index) {
                tick.close(slot, buffer, CloseReason::ServerClosed);
            }
        }
        let waiting = self.waiting.take().map(|(socket, _)| socket);
        for socket in [waiting, self.listener.take()].into_iter().flatten() {
            let _ = stack.close(socket);
        }
    }

    /// Gives slots to clients that knock, until one has to wait or none is left.
    fn accept(
        &mut self,
        stack: &mut S,
        app: &mut A,
        now_ms: u32,
        busy: &mut bool,
    ) -> Result<(), S::Error> {
        if self.waiting.is_none() {
            self.waited_since_ms = now_ms;
        }
        // Each slot is vacated and taken once at most, so that a flood keeps nobody from its turn.
        for _ in 0..=2 * N {
            if let (None, Some(listener)) = (&self.waiting, &mut self.listener) {
                match stack.accept(listener) {
                    Ok(client) => self.waiting = Some(client),
                    Err(nb::Error::WouldBlock) => {}
                    Err(nb::Error::Other(error)) => return Err(error),
                }
            }
            let Some(since) = self.somebody_waits_since() else { break };
            let index = slot::available(&self.slots, now_ms, since, &self.site.timeouts);
            let Some(index) = index else { break };
            let is_free = self.slots.get(index).is_some_and(Option::is_none);
            let newcomer = if is_free { self.waiting.take() } else { None };
            let Some((mut tick, slot, buffer)) = self.tick(stack, app, now_ms, index) else {
                break;
            };
            if let Some((socket, peer)) = newcomer {
                tick.open(slot, socket, peer);
            } else {
                tick.evicts = true;
                tick.drive(slot, buffer);
            }
            *busy = true;
        }
        Ok(())
    }

    fn somebody_waits_since(&self) -> Option<u32> {
        self.waiting.as_ref().map(|_| self.waited_since_ms)
    }

    /// A slot with its buffer, and what a round of it needs.
    fn tick<'t>(
        &'t mut self,
        stack: &'t mut S,
        app: &'t mut A,
        now_ms: u32,
        index: usize,
    ) -> Option<Round<'t, S, A>> {
        let waited_since_ms = self.somebody_waits_since();
        let (slot, buffer) = (self.slots.get_mut(index)?, self.buffers.get_mut(index)?);
        Some((
            Tick { stack, app, site: &self.site, now_ms, index, waited_since_ms, evicts: false },
            slot,
            buffer,
        ))
    }
}

type Round<'t, S, A> =
    (Tick<'t, S, A>, &'t mut Option<Slot<<S as TcpClientStack>::TcpSocket, A>>, &'t mut [u8]);

/// A loop that is not asked for more still looks round so often.
const MAX_IDLE_MS: u32 = 1_000;

/// A listening socket that fails is tried again so soon.
const ACCEPT_AGAIN_MS: u32 = 20;
