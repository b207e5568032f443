//! A server that comes to its end, or has no slot to give.

use core::convert::Infallible;

use embedded_nal::TcpFullStack;

use super::Server;
use super::driver::Every;
use crate::hal::{Clock, Deadline};

impl<S: TcpFullStack, A, const N: usize, const B: usize, T: Default> Server<S, A, N, B, T> {
    /// In place of [`poll`](Self::poll), until it is `Ok`: shuts the server down without cutting off what it has
    /// begun.
    ///
    /// It stops to listen at once, and closes the connections that have no request under way. Others are
    /// served on: each response says that it is the last (`Connection: close`, RFC 9112 section 9.6), if its
    /// head has not been sent yet. Handlers that wait are called at once, and see that
    /// [`is_shutting_down`](super::Request::is_shutting_down): an event stream can say good-bye and be
    /// [`Done`](super::Flow::Done). When `deadline` is over, the rest is cut off, and its handlers see that they
    /// are [aborted](super::Request::is_aborted).
    ///
    /// `Ok` says that no connection is left. The server can then [`listen`](Self::listen) again, and be
    /// polled. Until then [`idle_ms`](Self::idle_ms) says when this is to be called again.
    ///
    /// ```
    /// use nal_http::hal::{Clock, Deadline};
    /// # use nal_http::server::Server;
    /// # use nal_http::testing::ScriptStack;
    ///
    /// # struct App { is_over: bool }
    /// # fn demo(
    /// #     server: &mut Server<ScriptStack, App, 4, 512>,
    /// #     stack: &mut ScriptStack,
    /// #     app: &mut App,
    /// #     clock: &mut impl Clock,
    /// # ) {
    /// let mut deadline = None;
    /// loop {
    ///     let now = clock.now_ms();
    ///     if !app.is_over {
    ///         let _ = server.poll(stack, app, now);
    ///     } else {
    ///         let deadline = *deadline.get_or_insert(Deadline::after(now, 5_000));
    ///         if server.poll_shutdown(stack, app, now, deadline).is_ok() {
    ///             break;
    ///         }
    ///     }
    ///     // ... all else that the firmware does; or sleep for `server.idle_ms(now)`
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// `WouldBlock` as long as there are connections. There is no other.
    pub fn poll_shutdown(
        &mut self,
        stack: &mut S,
        app: &mut A,
        now_ms: u32,
        deadline: Deadline,
    ) -> nb::Result<(), Infallible> {
        let is_over = self.round(stack, app, now_ms, Every).shut_down(deadline);
        if is_over { Ok(()) } else { Err(nb::Error::WouldBlock) }
    }

    /// The same until no connection is left, which takes `within_ms` at most. `idle` is as that of
    /// [`serve`](Self::serve).
    pub fn shutdown(
        &mut self,
        stack: &mut S,
        app: &mut A,
        clock: &mut impl Clock,
        within_ms: u32,
        mut idle: impl FnMut(&mut S, u32),
    ) {
        let deadline = Deadline::after(clock.now_ms(), within_ms);
        loop {
            let now = clock.now_ms();
            if self.poll_shutdown(stack, app, now, deadline).is_ok() {
                return;
            }
            idle(stack, self.idle_ms(now));
        }
    }

    /// Behind a [`poll`](Self::poll): a client that has waited for a slot for `wait_ms` is handed over to
    /// `other`, unless there one waits as well. So it gets an answer, such as a 503 with `Retry-After`, from a
    /// server with a site for that and a slot or two of 256 bytes, and no exchange has to give way to it.
    /// Returns whether there was one.
    ///
    /// Those that stall give way within [`stall_ms`](super::Timeouts::stall_ms): `wait_ms` is to be longer, or the
    /// client gets its 503 though a slot would soon be free. `docs/server.md` has a program.
    ///
    /// `other` needs no port of its own; it is polled in the same loop. Over a stack that
    /// [tells who is ready](Self::poll_with), it is polled without that.
    pub fn hand_over<const M: usize, const C: usize, U: Default>(
        &mut self,
        other: &mut Server<S, A, M, C, U>,
        wait_ms: u32,
        now_ms: u32,
    ) -> bool {
        self.driver.hand_over(&mut other.driver, wait_ms, now_ms)
    }
}
