use super::{CloseCode, Kind, Link, Opening, Received, WebSocketError};
use crate::client::driver::Driver;
use crate::client::extra::Attempt;
use crate::client::request::parts::Parts;
use crate::client::transaction::Goal;
use crate::client::{ErrorOf, RequestError, ResponseError};
use crate::net::Transport;
use crate::wire::Writer;

/// A WebSocket that never blocks, for a firmware with one loop (feature `websocket`).
///
/// [`receive`](Self::receive) from it in each round: that opens it, sends what was to be sent, answers pings, and finds out
/// when it is over. The socket is closed behind [`Received::Closed`] and errors, and by [`abort`](Self::abort); one that is
/// dropped before that must be aborted.
///
/// ```
/// # fn demo<S: embedded_nal::TcpClientStack + embedded_nal::Dns>(
/// #     stack: &mut S, mut now_ms: impl FnMut() -> u32, random: impl FnMut() -> u32, mut light: impl FnMut() -> u16)
/// # -> Result<(), Box<dyn std::error::Error>>
/// # where S::TcpSocket: 'static, nal_http::client::ErrorOf<S>: std::error::Error + 'static {
/// use nal_http::client::Request;
/// use nal_http::client::websocket::{Kind, Received, Upgrade};
/// use nal_http::nb::Error::{Other, WouldBlock};
/// use nal_http::wire::Method;
///
/// let upgrade = Upgrade::new();
/// let request = Request::new(Method::GET, "ws://192.168.0.9/ws").websocket(&upgrade);
/// let mut buffer = [0; 1024];
/// let mut socket = request.start(random, &mut buffer)?;
/// loop {
///     // ... everything else that the firmware does ...
///     match socket.receive(stack, now_ms()) {
///         Ok(Received::Part(part)) => println!("{:?}", part.text()),
///         Ok(Received::Closed(_)) => break,
///         Err(WouldBlock) => {}
///         Err(Other(error)) => return Err(error.into()),
///     }
///     if socket.room() > 5 {
///         socket.send(Kind::Text, |text| text.number(light().into()))?;
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Call<'r, 'b, K, R> {
    driver: Driver<K>,
    request: &'r Parts<'r>,
    buffer: &'b mut [u8],
    link: Link<R>,
}

impl<L> Opening<'_, L> {
    /// Writes the request into `buffer` and makes a [`Call`] of it, which is then polled. `random` gives 32 random bits
    /// each time.
    ///
    /// # Errors
    /// What is wrong with the request; nothing has been sent.
    pub fn start<'q, 'b, K, R: FnMut() -> u32>(
        &'q self,
        random: R,
        buffer: &'b mut [u8],
    ) -> Result<Call<'q, 'b, K, R>, RequestError> {
        let request: &Parts<'_> = &self.request.parts;
        let link = Link::new(self.upgrade, request.timeouts.send_ms, random);
        let mut call = Call { driver: Driver::new(), request, buffer, link };
        call.driver.begin(call.request, call.buffer, Attempt::FIRST)?;
        Ok(call)
    }
}

impl<K, R: FnMut() -> u32> Call<'_, '_, K, R> {
    /// Goes on until it is open.
    ///
    /// # Errors
    /// `WouldBlock` if there is nothing to do now; else why there is no WebSocket, and the socket is closed.
    pub fn poll<S>(&mut self, stack: &mut S, now_ms: u32) -> nb::Result<(), ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        if !self.link.is_new() {
            return Ok(());
        }
        let Self { driver, request, buffer, link } = self;
        let mut goal = Goal::UPGRADE;
        driver.drive(stack, now_ms, Some(request), buffer, &mut goal)?;
        if let Err(error) = link.opened(&driver.transaction.exchange, buffer, now_ms) {
            driver.close(stack);
            return Err(nb::Error::Other(error.into()));
        }
        Ok(())
    }

    /// Takes the next message, or a part of it, out of what has arrived.
    ///
    /// # Errors
    /// `WouldBlock` if nothing has arrived, and if it is not open yet; else what went wrong, and the socket is closed.
    pub fn receive<S>(&mut self, stack: &mut S, now_ms: u32) -> nb::Result<Received<'_>, ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        self.poll(stack, now_ms)?;
        let Self { driver, buffer, link, .. } = self;
        let arrived = link.receive(stack, &mut driver.socket, buffer, now_ms)?;
        Ok(arrived.show(buffer))
    }

    /// How many bytes a message may have that is sent now; 0 while none can be.
    #[must_use]
    pub fn room(&mut self) -> usize {
        self.link.room(self.buffer)
    }

    /// Sends a text, if there is room for it: it leaves with the next [`receive`](Self::receive). Returns whether there was.
    ///
    /// # Errors
    /// As [`send_part`](Self::send_part).
    pub fn send_text(&mut self, text: &str) -> Result<bool, ResponseError> {
        self.send(Kind::Text, |message| message.str(text))
    }

    /// The same with bytes.
    ///
    /// # Errors
    /// As [`send_part`](Self::send_part).
    pub fn send_binary(&mut self, bytes: &[u8]) -> Result<bool, ResponseError> {
        self.send(Kind::Binary, |message| message.bytes(bytes))
    }

    /// The same with what `write` writes; a text has to be UTF-8.
    ///
    /// # Errors
    /// As [`send_part`](Self::send_part).
    pub fn send(
        &mut self,
        kind: Kind,
        write: impl FnOnce(&mut Writer<'_>),
    ) -> Result<bool, ResponseError> {
        self.send_part(kind, true, write)
    }

    /// Sends a part of a message, if there is room for it: the first or another; whether it is the last is to be said.
    /// Letters may be cut in two between parts. Returns whether there was room.
    ///
    /// # Errors
    /// [`WebSocketError::TooLong`] if it is longer than all of the room; [`WebSocketError::NotOpen`].
    pub fn send_part(
        &mut self,
        kind: Kind,
        is_last: bool,
        write: impl FnOnce(&mut Writer<'_>),
    ) -> Result<bool, ResponseError> {
        self.link.queue(self.buffer, kind, is_last, write).map_err(ResponseError::WebSocket)
    }

    /// Begins to close it; nothing more can be sent. When the server has answered, or after a second,
    /// [`Received::Closed`] comes.
    pub fn close(&mut self, code: CloseCode, now_ms: u32) {
        self.link.close(self.buffer, code, now_ms);
    }

    /// Whether messages can be sent.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.link.is_open()
    }

    /// How many milliseconds may pass before it has to be asked again, if nothing arrives.
    #[must_use]
    pub fn remaining_ms(&self, now_ms: u32) -> u32 {
        if self.link.is_new() {
            return self.driver.transaction.remaining_ms(now_ms);
        }
        self.link.due_ms(now_ms)
    }

    /// Closes the socket, if it is open, without a word.
    pub fn abort<S: Transport<Socket = K>>(&mut self, stack: &mut S) {
        self.link.abort();
        self.driver.close(stack);
    }
}

impl From<WebSocketError> for ResponseError {
    fn from(error: WebSocketError) -> Self {
        Self::WebSocket(error)
    }
}
