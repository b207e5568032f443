use super::pool::Keep;
use super::{Driver, Goal, Pool};
use crate::client::extra::Attempt;
use crate::client::head::head_accessors;
use crate::client::request::parts::Parts;
use crate::client::{ErrorOf, Head, Request, RequestError, ResponseError};
use crate::net::Transport;
use crate::wire::{Headers, Version};

/// A request under way, as a `poll` that never blocks.
///
/// [`poll`](Self::poll) it until the head of the response is there, then [`read`](Self::read) the
/// body or [`collect`](Self::collect) it. The socket is closed when the body is complete, when
/// anything fails, and by [`close`](Self::close), whichever comes first; one that is dropped before
/// that must be closed.
///
/// ```
/// # fn demo<S: embedded_nal::TcpClientStack + embedded_nal::Dns>(stack: &mut S, mut now_ms: impl FnMut() -> u32)
/// # -> Result<(), Box<dyn std::error::Error>> where S::TcpSocket: 'static,
/// # nal_http::client::ErrorOf<S>: std::error::Error + 'static {
/// use nal_http::client::Request;
/// use nal_http::wire::Method;
/// use nal_http::nb::Error::{Other, WouldBlock};
///
/// let mut buffer = [0; 512];
/// let request = Request::new(Method::GET, "http://192.168.0.9/light");
/// let mut call = request.start(&mut buffer)?;
/// loop {
///     // ... everything else that the firmware does ...
///     match call.collect(stack, now_ms()) {
///         Ok(()) => break,
///         Err(WouldBlock) => {}
///         Err(Other(error)) => return Err(error.into()),
///     }
/// }
/// call.raise_for_status()?;
/// println!("{} {}", call.status_code(), call.text()?);
/// # Ok(())
/// # }
/// ```
pub struct Call<'r, 'b, K> {
    pub(super) driver: Driver<K>,
    pub(super) request: &'r Parts<'r>,
    pub(super) buffer: &'b mut [u8],
}

impl<L> Request<'_, L> {
    /// Writes the request into `buffer` and makes a [`Call`] of it, which is then polled.
    ///
    /// # Errors
    /// What is wrong with the request; nothing has been sent.
    pub fn start<'q, 'b, K>(
        &'q self,
        buffer: &'b mut [u8],
    ) -> Result<Call<'q, 'b, K>, RequestError> {
        let mut call = Call { driver: Driver::new(), request: &self.parts, buffer };
        call.driver.begin(call.request, call.buffer, Attempt::FIRST)?;
        Ok(call)
    }
}

impl<K, const N: usize> Pool<K, N> {
    /// Begins a call, over a connection of the pool if it has one to that server.
    ///
    /// # Errors
    /// What is wrong with the request; nothing has been sent.
    pub fn start<'q, 'b, S, L>(
        &mut self,
        stack: &mut S,
        request: &'q Request<'_, L>,
        buffer: &'b mut [u8],
    ) -> Result<Call<'q, 'b, K>, RequestError>
    where
        S: Transport<Socket = K>,
    {
        let mut call = Call { driver: Driver::new(), request: &request.parts, buffer };
        Keep::begin(self, stack, &mut call.driver, call.request, call.buffer, Attempt::FIRST)?;
        Ok(call)
    }

    /// Ends a call. Its connection is kept if the response was read to its end and the server keeps it
    /// too; otherwise it is closed. It must be the pool that began it.
    pub fn finish<S>(&mut self, stack: &mut S, mut call: Call<'_, '_, K>)
    where
        S: Transport<Socket = K>,
    {
        Keep::finish(self, stack, &mut call.driver);
        call.close(stack);
    }
}

impl<K> Call<'_, '_, K> {
    head_accessors!();

    /// Its head, for what looks at heads without I/O, such as [`Resume`](crate::client::Resume) and
    /// [`EventSource`](crate::client::EventSource).
    #[must_use]
    pub fn head(&self) -> Head<'_> {
        Head::new(&self.driver.transaction.exchange, self.buffer)
    }

    /// Whether the response is complete.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.driver.transaction.exchange.is_done()
    }

    /// How many milliseconds may pass before the call has to be polled to see that it is too late.
    #[must_use]
    pub fn remaining_ms(&self, now_ms: u32) -> u32 {
        self.driver.transaction.remaining_ms(now_ms)
    }

    /// Goes on until the head of the response is complete.
    ///
    /// # Errors
    /// `WouldBlock` if there is nothing to do now; else what went wrong, and the socket is closed.
    pub fn poll<S>(&mut self, stack: &mut S, now_ms: u32) -> nb::Result<(), ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        self.drive(stack, now_ms, Goal::Head).map(|_| ())
    }

    /// Reads from the body into `out`; 0 is its end.
    ///
    /// # Errors
    /// `WouldBlock` if nothing has arrived; else what went wrong, and the socket is closed.
    pub fn read<S>(
        &mut self,
        stack: &mut S,
        now_ms: u32,
        out: &mut [u8],
    ) -> nb::Result<usize, ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        self.drive(stack, now_ms, Goal::Bytes(out))
    }

    /// Collects the rest of the body in the buffer, behind the head.
    ///
    /// # Errors
    /// `WouldBlock` if more is to come. [`ResponseError::TooLong`] if the buffer is too small: the
    /// call goes on, and the body can be read in pieces, from what was collected. Else what went wrong,
    /// and the socket is closed.
    pub fn collect<S>(&mut self, stack: &mut S, now_ms: u32) -> nb::Result<(), ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        self.drive(stack, now_ms, Goal::CONTENT).map(|_| ())
    }

    fn drive<S>(
        &mut self,
        stack: &mut S,
        now_ms: u32,
        mut goal: Goal<'_>,
    ) -> nb::Result<usize, ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        self.driver.drive(stack, now_ms, Some(self.request), self.buffer, &mut goal)
    }

    /// What was [collected](Self::collect) of the body: all of it, once `collect` has said `Ok`.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        self.driver.transaction.exchange.gathered(self.buffer)
    }

    /// The same as text.
    ///
    /// # Errors
    /// [`ResponseError::Encoded`] if it is compressed, [`ResponseError::NotText`] if it is not UTF-8.
    pub fn text(&self) -> Result<&str, ResponseError> {
        ResponseError::of_coding(self.headers())?;
        core::str::from_utf8(self.content()).map_err(|_| ResponseError::NotText)
    }

    /// The same as a value; its strings may point into the buffer, where their escapes are undone. So this takes
    /// the body: nothing is left of it for [`content`](Self::content) and [`text`](Self::text).
    ///
    /// # Errors
    /// [`ResponseError::Encoded`] if it is compressed; [`ResponseError::Json`], with the place, if it is not such
    /// a value.
    #[cfg(feature = "json")]
    pub fn json<'a, T: serde::Deserialize<'a>>(&'a mut self) -> Result<T, ResponseError> {
        ResponseError::of_coding(self.headers())?;
        let exchange = &mut self.driver.transaction.exchange;
        let body = self.buffer.get_mut(exchange.untaken()).unwrap_or_default();
        exchange.drop_gathered();
        crate::json::parse(body).map_err(ResponseError::Json)
    }

    /// Closes the socket, if it is open.
    pub fn close<S: Transport<Socket = K>>(&mut self, stack: &mut S) {
        self.driver.close(stack);
    }
}
