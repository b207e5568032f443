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
//! pieces. The second half takes the response's head and the bodies that handlers write; `'static`
//! bodies and bodies that produce themselves in pieces may be of any length. 512 bytes serve a
//! browser.
//!
//! # Safety on a hostile network
//! Each phase of a connection has a deadline ([`Timeouts`]). When all connections are in use and
//! another client knocks, the one that has been idle longest between requests is given up, so held
//! connections never lock anyone out. A request whose framing is ambiguous is refused, never guessed.

mod connection;
mod event;
mod failure;
mod reply;
mod request;
mod route;
mod router;
mod site;
mod slot;
mod stream;

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

use embedded_nal::TcpFullStack;

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
}

impl<S: TcpFullStack, A, const N: usize, const B: usize> Server<S, A, N, B> {
    /// A server for a table of routes, or for a [`Site`] with settings of its own.
    pub fn new(site: impl Into<Site<A>>) -> Self {
        Self { site: site.into(), listener: None, slots: [const { None }; N], buffers: [[0; B]; N] }
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

    /// How many connections are open.
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
        let slots = self.slots.iter_mut().zip(&mut self.buffers).enumerate();
        for (index, (slot, buffer)) in slots {
            let mut tick = Tick { stack, app, site: &self.site, now_ms, index };
            busy |= tick.drive(slot, buffer);
        }
        while let Some(accepted) = self.accept(stack, app, now_ms)? {
            busy |= accepted;
        }
        if busy { Ok(()) } else { Err(nb::Error::WouldBlock) }
    }

    /// How many milliseconds may pass before [`poll`](Self::poll) must be called again though
    /// nothing arrives.
    pub fn idle_ms(&self, now_ms: u32) -> u32 {
        let deadlines =
            self.slots.iter().flatten().map(|slot| slot.remaining(now_ms, &self.site.timeouts));
        let grace = self.grace_ms(now_ms).unwrap_or(u32::MAX);
        deadlines.min().unwrap_or(u32::MAX).min(grace).min(MAX_IDLE_MS)
    }

    /// Serves for ever. `idle` is called when there is nothing to do, with the time in ms after
    /// which it must return at the latest: poll the stack's device there, wait for its sockets, sleep.
    ///
    /// # Errors
    /// Those of the listening socket. The connections stay as they are: call again to go on.
    pub fn serve(
        &mut self,
        stack: &mut S,
        app: &mut A,
        clock: &mut impl Clock,
        mut idle: impl FnMut(&mut S, u32),
    ) -> Result<Infallible, S::Error> {
        loop {
            let now = clock.now_ms();
            match self.poll(stack, app, now) {
                Ok(()) => {}
                Err(nb::Error::WouldBlock) => idle(stack, self.idle_ms(now)),
                Err(nb::Error::Other(error)) => return Err(error),
            }
        }
    }

    /// Closes all connections and stops listening.
    pub fn close(&mut self, stack: &mut S, app: &mut A) {
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let mut tick = Tick { stack, app, site: &self.site, now_ms: 0, index };
            tick.close(slot, CloseReason::ServerClosed);
        }
        if let Some(listener) = self.listener.take() {
            let _ = stack.close(listener);
        }
    }

    /// Accepts one client, if there is one and a slot for it. `None`: nothing more to accept now.
    fn accept(
        &mut self,
        stack: &mut S,
        app: &mut A,
        now_ms: u32,
    ) -> Result<Option<bool>, S::Error> {
        let Some(listener) = &mut self.listener else { return Ok(None) };
        let Some(index) = slot::available(&self.slots, now_ms, self.site.timeouts.grace_ms) else {
            return Ok(None);
        };
        let (socket, peer) = match stack.accept(listener) {
            Ok(accepted) => accepted,
            Err(nb::Error::WouldBlock) => return Ok(None),
            Err(nb::Error::Other(error)) => return Err(error),
        };
        let (Some(slot), Some(buffer)) = (self.slots.get_mut(index), self.buffers.get_mut(index))
        else {
            return Ok(None);
        };
        let mut tick = Tick { stack, app, site: &self.site, now_ms, index };
        tick.close(slot, CloseReason::GivenUp);
        tick.open(slot, socket, peer);
        tick.drive(slot, buffer);
        Ok(Some(true))
    }

    /// If all slots are taken, the time until the first idle one may be given up.
    fn grace_ms(&self, now_ms: u32) -> Option<u32> {
        let grace = self.site.timeouts.grace_ms;
        let idle = self.slots.iter().map(|slot| slot.as_ref()?.idle_for(now_ms));
        let longest = idle.flatten().max()?;
        let full = self.slots.iter().all(Option::is_some);
        grace.checked_sub(longest).filter(|left| full && *left > 0)
    }
}

/// A loop that is not asked for more still looks round so often.
const MAX_IDLE_MS: u32 = 1_000;
