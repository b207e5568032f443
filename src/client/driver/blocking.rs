use super::pool::Keep;
use super::{Driver, Goal, Pool, client_builder};
use crate::client::request::parts::Parts;
use crate::client::request::session::Session;
use crate::client::{ErrorOf, RequestError};
use crate::hal::{Clock, Deadline};
use crate::net::{Timeouts, Transport};
use crate::wire::Method;

/// Sends requests over a stack.
///
/// 416 bytes on a 32-bit target, its clock and a socket: the call at work is in it. Each request has a connection of its own, unless
/// [`keep_alive`](Self::keep_alive) says otherwise.
pub struct Client<'s, S: Transport, C> {
    pub(in crate::client) stack: &'s mut S,
    pub(in crate::client) clock: C,
    idle: fn(&mut S, u32),
    timeouts: Timeouts,
    pool: Option<&'s mut dyn Keep<S>>,
    session: Session<'s>,
    /// The call at work: a response refers to it.
    pub(in crate::client) driver: Driver<S::Socket>,
}

impl<'s, S: Transport, C: Clock> Client<'s, S, C> {
    /// A client over `stack` that takes its deadlines from `clock`.
    pub fn new(stack: &'s mut S, clock: C) -> Self {
        let idle = |_: &mut S, _| core::hint::spin_loop();
        Self {
            stack,
            clock,
            idle,
            timeouts: Timeouts::default(),
            pool: None,
            session: Session::default(),
            driver: Driver::new(),
        }
    }

    /// Keeps connections in `pool` for the next requests to the same servers, also those of another client.
    ///
    /// ```no_run
    /// # fn demo<S>(stack: &mut S, clock: impl nal_http::hal::Clock) -> Result<(), nal_http::client::ErrorOf<S>>
    /// # where S: embedded_nal::TcpClientStack + embedded_nal::Dns {
    /// use nal_http::client::{Client, Pool};
    ///
    /// let mut pool = Pool::<S::TcpSocket, 1>::new();
    /// let mut buffer = [0; 512];
    /// let mut client = Client::new(stack, clock).keep_alive(&mut pool);
    /// for _ in 0..100 {
    ///     let mut response = client.get("http://192.168.0.9/light").send(&mut buffer)?;
    ///     let light = response.text()?;
    /// }
    /// pool.close(stack);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn keep_alive<const N: usize>(mut self, pool: &'s mut Pool<S::Socket, N>) -> Self
    where
        S::Socket: 's,
    {
        self.pool = Some(pool);
        self
    }

    /// What to do while there is nothing to do: poll the stack's device, feed a watchdog, sleep.
    ///
    /// It gets the stack and the time in ms that may pass at most before it has to return.
    #[must_use]
    pub fn idle(mut self, hook: fn(&mut S, u32)) -> Self {
        self.idle = hook;
        self
    }

    client_builder!();

    /// Goes on with the call at work until the goal is reached.
    pub(in crate::client) fn block(
        &mut self,
        request: Option<&Parts<'_>>,
        buffer: &mut [u8],
        mut goal: Goal<'_>,
    ) -> Result<usize, ErrorOf<S>> {
        loop {
            let now = self.clock.now_ms();
            match self.driver.drive(self.stack, now, request, buffer, &mut goal) {
                Ok(n) => return Ok(n),
                Err(nb::Error::Other(error)) => return Err(error),
                Err(nb::Error::WouldBlock) => self.wait(self.driver.transaction.remaining_ms(now)),
            }
        }
    }

    pub(in crate::client) fn wait(&mut self, ms: u32) {
        (self.idle)(self.stack, ms);
    }

    /// Lets so much time pass, with the idle hook.
    pub(in crate::client) fn pause(&mut self, ms: u32) {
        let deadline = Deadline::after(self.clock.now_ms(), ms);
        loop {
            let left = deadline.remaining(self.clock.now_ms());
            if left == 0 {
                return;
            }
            self.wait(left);
        }
    }

    /// Writes the request, and finds a connection for it in the pool, if there is one.
    pub(in crate::client) fn begin<'p>(
        &mut self,
        request: &mut Parts<'p>,
        buffer: &mut [u8],
    ) -> Result<(), RequestError>
    where
        's: 'p,
    {
        let attempt = self.session.complete(request, buffer)?;
        match &mut self.pool {
            Some(pool) => pool.begin(self.stack, &mut self.driver, request, buffer, attempt),
            None => self.driver.begin(request, buffer, attempt),
        }
    }

    /// Ends the call at work. Its connection is kept for the next one, if it can be.
    pub(in crate::client) fn finish(&mut self) {
        if let Some(pool) = &mut self.pool {
            pool.finish(self.stack, &mut self.driver);
        }
        self.driver.close(self.stack);
    }
}

impl<S: Transport, C> core::fmt::Debug for Client<'_, S, C> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Client").field("timeouts", &self.timeouts).finish_non_exhaustive()
    }
}
