use core::pin::pin;

use super::wait::{now, within, woken};
use super::{Client, ErrorOf};
use crate::client::transaction::Goal;
use crate::client::websocket::{Arrived, CloseCode, Kind, Link, Message, Opening, Received};
use crate::hal::Timer;
use crate::net::{AsyncTransport, Polled};

/// A WebSocket that is awaited (features `async` and `websocket`): see [`client::websocket`](crate::client::websocket).
///
/// Its connection is closed behind [`Received::Closed`] and errors, and when it goes out of scope: then without a close
/// frame, unless [`close`](Self::close) was called.
///
/// ```
/// use nal_http::client::asynch::{Client, ErrorOf};
/// use nal_http::client::websocket::{Received, Upgrade};
/// use nal_http::hal::Timer;
/// use nal_http::net::AsyncTransport;
///
/// async fn watch<S: AsyncTransport>(
///     stack: S,
///     timer: impl Timer,
///     random: impl FnMut() -> u32,
/// ) -> Result<(), ErrorOf<S>> {
///     let mut client = Client::new(stack, timer);
///     let mut buffer = [0; 1024];
///     let upgrade = Upgrade::new();
///     let opening = client.get("ws://192.168.0.9/ws").websocket(&upgrade);
///     let mut socket = opening.open(random, &mut buffer).await?;
///     socket.send_text("on").await?;
///     while let Received::Part(part) = socket.receive().await? {
///         println!("{:?}", part.text());
///     }
///     Ok(())
/// }
/// ```
pub struct WebSocket<'b, 'c, 's, S: AsyncTransport, T, R> {
    client: &'c mut Client<'s, S, T>,
    buffer: &'b mut [u8],
    link: Link<R>,
}

impl<'r, 's: 'r, 'c, S: AsyncTransport, T: Timer> Opening<'r, &'c mut Client<'s, S, T>> {
    /// Sends the request and waits until the WebSocket is open, for as long as its [`Timeouts`](crate::net::Timeouts)
    /// allow. `random` gives 32 random bits each time: for the handshake, and for the masks of what is sent.
    ///
    /// If the future is dropped before, the connection is closed.
    ///
    /// # Errors
    /// What went wrong; the connection is closed.
    pub fn open<'b, R: FnMut() -> u32>(
        self,
        random: R,
        buffer: &'b mut [u8],
    ) -> impl Future<Output = Result<WebSocket<'b, 'c, 's, S, T, R>, ErrorOf<S>>> {
        // Not an async function, which would hold the request twice.
        let (mut parts, client) = (self.request.parts, self.request.launcher);
        let link = Link::new(self.upgrade, parts.timeouts.send_ms, random);
        async move {
            // One whose response was forgotten.
            client.finish();
            client.begin(&mut parts, buffer)?;
            let mut socket = WebSocket { client, buffer, link };
            socket.client.run(Some(&parts), socket.buffer, Goal::UPGRADE).await?;
            let WebSocket { client, buffer, link } = &mut socket;
            link.opened(&client.driver.transaction.exchange, buffer, client.timer.now_ms())?;
            Ok(socket)
        }
    }
}

impl<S: AsyncTransport, T: Timer, R: FnMut() -> u32> WebSocket<'_, '_, '_, S, T, R> {
    /// Waits for the next message, or the next part of one. A server that does not answer a ping is given up, so this
    /// ends. Dropped, it has lost nothing.
    ///
    /// # Errors
    /// The connection broke, or ended without a close frame; or the WebSocket is over.
    pub async fn receive(&mut self) -> Result<Received<'_>, ErrorOf<S>> {
        let Self { client, buffer, link } = self;
        let Client { stack, timer, driver, .. } = &mut **client;
        let arrived = arrive(stack, timer, &mut driver.socket, buffer, link).await?;
        Ok(arrived.show(buffer))
    }

    /// The same for `ms` milliseconds at most. `None` if nothing has arrived by then.
    ///
    /// # Errors
    /// As [`receive`](Self::receive).
    pub async fn receive_within(&mut self, ms: u32) -> Result<Option<Received<'_>>, ErrorOf<S>> {
        let Self { client, buffer, link } = self;
        let Client { stack, timer, driver, .. } = &mut **client;
        let receiving = arrive(stack, timer, &mut driver.socket, buffer, link);
        let arrived = within(pin!(receiving), pin!(timer.wait_ms(ms))).await;
        Ok(arrived.transpose()?.map(|arrived| arrived.show(buffer)))
    }

    /// Sends a text of any length: one that does not fit into the second half of the buffer in fragments. Waits until
    /// the stack has taken it.
    ///
    /// Nothing is received meanwhile: a server that waits until it is heard takes nothing more, and that is an error
    /// after [`send_ms`](crate::net::Timeouts::send_ms).
    ///
    /// # Errors
    /// The connection broke, takes too long, or the WebSocket is over.
    pub async fn send_text(&mut self, text: &str) -> Result<(), ErrorOf<S>> {
        self.send_part(Kind::Text, true, text.as_bytes()).await
    }

    /// The same with bytes.
    ///
    /// # Errors
    /// As [`send_text`](Self::send_text).
    pub async fn send_binary(&mut self, bytes: &[u8]) -> Result<(), ErrorOf<S>> {
        self.send_part(Kind::Binary, true, bytes).await
    }

    /// Sends a part of a message: the first or another; whether it is the last is to be said. Letters may be cut in two
    /// between parts; all of a text has to be UTF-8.
    ///
    /// # Errors
    /// As [`send_text`](Self::send_text).
    pub async fn send_part(
        &mut self,
        kind: Kind,
        is_last: bool,
        bytes: &[u8],
    ) -> Result<(), ErrorOf<S>> {
        let Self { client, buffer, link } = self;
        let Client { stack, timer, driver, .. } = &mut **client;
        let mut message = Message::new(kind, bytes, is_last);
        loop {
            let now_ms = timer.now_ms();
            let (socket, message) = (&mut driver.socket, &mut message);
            let result = now(|context| {
                link.send(&mut Polled { stack, context }, socket, buffer, now_ms, message)
            });
            match result.await {
                Ok(()) => return Ok(()),
                Err(nb::Error::Other(error)) => return Err(error),
                Err(nb::Error::WouldBlock) => {
                    woken(pin!(timer.wait_ms(link.due_ms(now_ms)))).await;
                }
            }
        }
    }

    /// Whether messages can be sent.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.link.is_open()
    }

    /// Closes it: sends a close frame, and waits for the server's for a second at most. What arrives until then is dropped.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn close(mut self, code: CloseCode) -> Result<(), ErrorOf<S>> {
        let now_ms = self.client.timer.now_ms();
        self.link.close(self.buffer, code, now_ms);
        while let Received::Part(_) = self.receive().await? {}
        Ok(())
    }
}

/// Waits until something has arrived.
async fn arrive<S: AsyncTransport>(
    stack: &mut S,
    timer: &impl Timer,
    socket: &mut Option<S::Socket>,
    buffer: &mut [u8],
    link: &mut Link<impl FnMut() -> u32>,
) -> Result<Arrived, ErrorOf<S>> {
    loop {
        let now_ms = timer.now_ms();
        let result =
            now(|context| link.receive(&mut Polled { stack, context }, socket, buffer, now_ms));
        match result.await {
            Ok(arrived) => return Ok(arrived),
            Err(nb::Error::Other(error)) => return Err(error),
            Err(nb::Error::WouldBlock) => {
                woken(pin!(timer.wait_ms(link.due_ms(now_ms)))).await;
            }
        }
    }
}

impl<S: AsyncTransport, T, R> Drop for WebSocket<'_, '_, '_, S, T, R> {
    fn drop(&mut self) {
        self.client.finish();
    }
}
