use super::{Arrived, CloseCode, Kind, Link, Message, Opening, Received};
use crate::client::request::parts::Parts;
use crate::client::transaction::Goal;
use crate::client::{Client, ErrorOf, Request};
use crate::hal::{Clock, Deadline};
use crate::net::Transport;

/// A WebSocket that blocks (feature `websocket`).
///
/// Its connection is closed behind [`Received::Closed`] and errors, and when it goes out of scope: then without a close
/// frame, unless [`close`](Self::close) was called.
pub struct WebSocket<'b, 'c, 's, S: Transport, C: Clock, R> {
    client: &'c mut Client<'s, S, C>,
    buffer: &'b mut [u8],
    link: Link<R>,
}

impl<'c, 's, S: Transport, C: Clock> Opening<'_, &'c mut Client<'s, S, C>> {
    /// Sends the request and waits until the WebSocket is open, for as long as its [`Timeouts`](crate::net::Timeouts)
    /// allow. `random` gives 32 random bits each time: for the handshake, and for the masks of what is sent.
    ///
    /// # Errors
    /// What went wrong, such as [`WebSocketError::Status`](super::WebSocketError::Status); the connection is closed.
    pub fn open<'b, R: FnMut() -> u32>(
        self,
        random: R,
        buffer: &'b mut [u8],
    ) -> Result<WebSocket<'b, 'c, 's, S, C, R>, ErrorOf<S>> {
        let Request { parts, launcher: client } = self.request;
        let mut parts: Parts<'_> = parts;
        let mut link = Link::new(self.upgrade, parts.timeouts.send_ms, random);
        // One whose response was forgotten.
        client.driver.close(client.stack);
        client.begin(&mut parts, buffer)?;
        client.block(Some(&parts), buffer, Goal::UPGRADE)?;
        let opened =
            link.opened(&client.driver.transaction.exchange, buffer, client.clock.now_ms());
        let socket = WebSocket { client, buffer, link };
        opened?;
        Ok(socket)
    }
}

impl<S: Transport, C: Clock, R: FnMut() -> u32> WebSocket<'_, '_, '_, S, C, R> {
    /// Waits for the next message, or the next part of one. A server that does not answer a ping is given up, so this
    /// ends.
    ///
    /// # Errors
    /// The connection broke, or ended without a close frame; or the WebSocket is over.
    pub fn receive(&mut self) -> Result<Received<'_>, ErrorOf<S>> {
        loop {
            if let Some(place) = self.wait_within(u32::MAX)? {
                return Ok(place.show(self.buffer));
            }
        }
    }

    /// The same for `ms` milliseconds at most; with 0 it never blocks. `None` if nothing has arrived by then.
    ///
    /// # Errors
    /// As [`receive`](Self::receive).
    pub fn receive_within(&mut self, ms: u32) -> Result<Option<Received<'_>>, ErrorOf<S>> {
        Ok(self.wait_within(ms)?.map(|place| place.show(self.buffer)))
    }

    fn wait_within(&mut self, ms: u32) -> Result<Option<Arrived>, ErrorOf<S>> {
        let Self { client, buffer, link } = self;
        let deadline = Deadline::after(client.clock.now_ms(), ms);
        loop {
            let now_ms = client.clock.now_ms();
            match link.receive(client.stack, &mut client.driver.socket, buffer, now_ms) {
                Ok(place) => return Ok(Some(place)),
                Err(nb::Error::Other(error)) => return Err(error),
                Err(nb::Error::WouldBlock) => {}
            }
            let left_ms = deadline.remaining(now_ms);
            if left_ms == 0 {
                return Ok(None);
            }
            client.wait(left_ms.min(link.due_ms(now_ms)));
        }
    }

    /// Sends a text of any length: one that does not fit into the second half of the buffer in fragments. Waits until
    /// the stack has taken it.
    ///
    /// Nothing is received meanwhile: a server that waits until it is heard takes nothing more, and that is an error
    /// after [`send_ms`](crate::net::Timeouts::send_ms).
    ///
    /// # Errors
    /// The connection broke, takes too long, or the WebSocket is over.
    pub fn send_text(&mut self, text: &str) -> Result<(), ErrorOf<S>> {
        self.send_part(Kind::Text, true, text.as_bytes())
    }

    /// The same with bytes.
    ///
    /// # Errors
    /// As [`send_text`](Self::send_text).
    pub fn send_binary(&mut self, bytes: &[u8]) -> Result<(), ErrorOf<S>> {
        self.send_part(Kind::Binary, true, bytes)
    }

    /// Sends a part of a message: the first or another; whether it is the last is to be said. Letters may be cut in two
    /// between parts; all of a text has to be UTF-8.
    ///
    /// # Errors
    /// As [`send_text`](Self::send_text).
    pub fn send_part(&mut self, kind: Kind, is_last: bool, bytes: &[u8]) -> Result<(), ErrorOf<S>> {
        let Self { client, buffer, link } = self;
        let mut message = Message::new(kind, bytes, is_last);
        loop {
            let now_ms = client.clock.now_ms();
            let socket = &mut client.driver.socket;
            match link.send(client.stack, socket, buffer, now_ms, &mut message) {
                Ok(()) => return Ok(()),
                Err(nb::Error::Other(error)) => return Err(error),
                Err(nb::Error::WouldBlock) => client.wait(link.due_ms(now_ms)),
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
    pub fn close(mut self, code: CloseCode) -> Result<(), ErrorOf<S>> {
        let now_ms = self.client.clock.now_ms();
        self.link.close(self.buffer, code, now_ms);
        while let Received::Part(_) = self.receive()? {}
        Ok(())
    }
}

impl<S: Transport, C: Clock, R> Drop for WebSocket<'_, '_, '_, S, C, R> {
    fn drop(&mut self) {
        self.client.finish();
    }
}
