use core::task::{Context, Waker};

use super::ErrorOf;
use crate::client::driver::pool::Keep;
use crate::client::driver::{Driver, client_builder};
use crate::client::request::parts::Parts;
use crate::client::request::session::Session;
use crate::client::transaction::Goal;
use crate::client::{Pool, RequestError};
use crate::hal::Timer;
use crate::net::{AsyncTransport, Polled, Timeouts};
use crate::wire::Method;

/// Sends requests over an async stack, one at a time (feature `async`).
///
/// It is [`client::Client`](crate::client::Client), with the same builder and the same requests; what blocks there is
/// awaited. See [`asynch`](super) for how it waits, and what dropping a future does.
///
/// 420 bytes on a 32-bit target, its transport, its timer and a connection: the call at work is in it. A `send` takes 580
/// bytes, 312 of them the request, and a `read` 220; what the stack's own futures take to find an address and to connect
/// comes on top of both.
///
/// ```
/// use nal_http::client::asynch::{Client, ErrorOf, Pool};
/// use nal_http::hal::Timer;
/// use nal_http::net::AsyncTransport;
///
/// async fn watch<S: AsyncTransport>(stack: S, timer: impl Timer) -> Result<(), ErrorOf<S>> {
///     let mut pool = Pool::<S::Socket, 1>::new(); // closes its connections when it is dropped
///     let mut client = Client::new(stack, timer)
///         .base_url("http://192.168.0.9/api/")
///         .headers(&[("X-Api-Key", "301")])
///         .keep_alive(&mut pool);
///     let mut buffer = [0; 512];
///     for _ in 0..100 {
///         let mut response = client.get("light").send(&mut buffer).await?;
///         let light = response.text().await?;
///     }
///     Ok(())
/// }
/// ```
pub struct Client<'s, S: AsyncTransport, T> {
    pub(super) stack: S,
    pub(super) timer: T,
    timeouts: Timeouts,
    pool: Option<&'s mut dyn KeepAsync<S>>,
    session: Session<'s>,
    /// The call at work: a response refers to it.
    pub(super) driver: Driver<S::Socket>,
}

impl<'s, S: AsyncTransport, T: Timer> Client<'s, S, T> {
    /// A client over `stack` that takes its deadlines from `timer`.
    pub fn new(stack: S, timer: T) -> Self {
        Self {
            stack,
            timer,
            timeouts: Timeouts::default(),
            pool: None,
            session: Session::default(),
            driver: Driver::new(),
        }
    }

    /// Keeps connections in `pool` for the next requests to the same servers, also those of another client over the same
    /// stack. They are closed when the pool is dropped.
    #[must_use]
    pub fn keep_alive<const N: usize>(mut self, pool: &'s mut Pool<S::Socket, N>) -> Self
    where
        S::Socket: 's,
    {
        self.pool = Some(pool);
        self
    }

    client_builder!();

    /// Goes on with the call at work until the goal is reached.
    pub(super) fn run(
        &mut self,
        request: Option<&Parts<'_>>,
        buffer: &mut [u8],
        goal: Goal<'_>,
    ) -> impl Future<Output = Result<usize, ErrorOf<S>>> {
        self.driver.run(&mut self.stack, &self.timer, request, buffer, goal)
    }
}

impl<'s, S: AsyncTransport, T> Client<'s, S, T> {
    /// Writes the request, and finds a connection for it in the pool, if there is one.
    pub(super) fn begin<'p>(
        &mut self,
        request: &mut Parts<'p>,
        buffer: &mut [u8],
    ) -> Result<(), RequestError>
    where
        's: 'p,
    {
        let attempt = self.session.complete(request, buffer)?;
        let Self { stack, driver, pool, .. } = self;
        let context = &mut Context::from_waker(Waker::noop());
        match pool {
            Some(pool) => {
                pool.begin(&mut Polled { stack, context }, driver, request, buffer, attempt)
            }
            None => driver.begin(request, buffer, attempt),
        }
    }

    /// Ends the call at work. Its connection is kept for the next one, if it can be.
    pub(super) fn finish(&mut self) {
        let context = &mut Context::from_waker(Waker::noop());
        let mut sockets = Polled { stack: &mut self.stack, context };
        if let Some(pool) = &mut self.pool {
            pool.finish(&mut sockets, &mut self.driver);
        }
        self.driver.close(&mut sockets);
    }
}

impl<S: AsyncTransport, T> core::fmt::Debug for Client<'_, S, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Client").field("timeouts", &self.timeouts).finish_non_exhaustive()
    }
}

/// A pool, whatever its size, within a poll.
trait KeepAsync<S: AsyncTransport>: for<'p, 'c> Keep<Polled<'p, 'c, S>> {}

impl<S: AsyncTransport, K: for<'p, 'c> Keep<Polled<'p, 'c, S>>> KeepAsync<S> for K {}
