//! A WebSocket of a client with its buffer, over connections that are asked without waiting: once for all drivers.

use core::ops::Range;

use super::{CloseCode, Kind, Part, Received, Upgrade, WebSocketError};
use crate::client::driver::close;
use crate::client::error::{Broken, Use};
use crate::client::exchange::Exchange;
use crate::client::{Error, Phase, ResponseError};
use crate::hal::Deadline;
use crate::net::{self, Sockets};
use crate::wire::websocket::{Input, Limits, Output, Random, Side};
use crate::wire::{Window, Writer};

/// What is remembered of it beside the buffer, of which the first half receives and the second sends.
pub(in crate::client) struct Link<R> {
    side: Side,
    /// What was received and is not read.
    input: Window,
    output: Window,
    /// Where what is sent begins: at the half, or behind what came with the head of the answer.
    split: usize,
    message_limit: u64,
    ping_ms: u32,
    send_ms: u32,
    /// When some more must have been sent.
    send_deadline: Option<Deadline>,
    random: R,
}

/// What has arrived: where it stands in the buffer.
pub(in crate::client) enum Arrived {
    Part { kind: Kind, is_first: bool, is_last: bool, place: Range<usize> },
    Closed(Option<CloseCode>),
}

impl Arrived {
    pub(in crate::client) fn show(self, buffer: &[u8]) -> Received<'_> {
        match self {
            Self::Part { kind, is_first, is_last, place } => {
                let bytes = buffer.get(place).unwrap_or_default();
                Received::Part(Part { kind, bytes, is_first, is_last })
            }
            Self::Closed(code) => Received::Closed(code),
        }
    }
}

/// A message, or a part of one, that is sent in as many fragments as it takes.
pub(in crate::client) struct Message<'m> {
    kind: Kind,
    bytes: &'m [u8],
    is_last: bool,
    is_queued: bool,
}

impl<'m> Message<'m> {
    pub(in crate::client) const fn new(kind: Kind, bytes: &'m [u8], is_last: bool) -> Self {
        Self { kind, bytes, is_last, is_queued: false }
    }
}

type Outcome<O, T, D> = nb::Result<O, Error<T, D>>;

impl<R: FnMut() -> u32> Link<R> {
    pub(in crate::client) fn new(upgrade: &Upgrade<'_>, send_ms: u32, mut random: R) -> Self {
        upgrade.draw(&mut random);
        Self {
            side: Side::of_client(),
            input: Window::at(0),
            output: Window::at(0),
            split: 0,
            message_limit: upgrade.message_limit,
            ping_ms: upgrade.ping_ms,
            send_ms,
            send_deadline: None,
            random,
        }
    }

    /// The head of the answer is there.
    ///
    /// # Errors
    /// The server has not agreed.
    pub(in crate::client) fn opened(
        &mut self,
        exchange: &Exchange,
        buffer: &mut [u8],
        now_ms: u32,
    ) -> Result<(), ResponseError> {
        match exchange.status_code() {
            101 => {}
            code => return Err(WebSocketError::Status(code).into()),
        }
        self.input = exchange.unread();
        self.input.move_to(buffer, 0);
        self.side.open(now_ms);
        Ok(())
    }

    pub(in crate::client) const fn is_open(&self) -> bool {
        self.side.is_open()
    }

    pub(in crate::client) const fn is_new(&self) -> bool {
        self.side.is_new()
    }

    /// In how many milliseconds it is to be asked again.
    pub(in crate::client) fn due_ms(&self, now_ms: u32) -> u32 {
        let left_ms = self.send_deadline.map_or(u32::MAX, |deadline| deadline.remaining(now_ms));
        self.side.due_ms(now_ms, self.ping_ms).map_or(left_ms, |due_ms| due_ms.min(left_ms))
    }

    /// Goes on until something has arrived.
    pub(in crate::client) fn receive<S: Sockets, D>(
        &mut self,
        sockets: &mut S,
        socket: &mut Option<S::Socket>,
        buffer: &mut [u8],
        now_ms: u32,
    ) -> Outcome<Arrived, S::TcpError, D> {
        let result = self.try_receive(sockets, socket, buffer, now_ms);
        self.close_behind(sockets, socket, &result);
        result
    }

    /// Sends a message, as far as there is room.
    pub(in crate::client) fn send<S: Sockets, D>(
        &mut self,
        sockets: &mut S,
        socket: &mut Option<S::Socket>,
        buffer: &mut [u8],
        now_ms: u32,
        message: &mut Message<'_>,
    ) -> Outcome<(), S::TcpError, D> {
        let result = self.try_send(sockets, socket, buffer, now_ms, message);
        self.close_behind(sockets, socket, &result);
        result
    }

    /// Puts a message that fits where it will be sent; whether there was room for it now.
    pub(in crate::client) fn queue(
        &mut self,
        buffer: &mut [u8],
        kind: Kind,
        is_last: bool,
        write: impl FnOnce(&mut Writer<'_>),
    ) -> Result<bool, WebSocketError> {
        if !self.side.is_open() {
            return Err(WebSocketError::NotOpen);
        }
        let have = buffer.len() / 2;
        match self.write(buffer, |side, output| {
            let sent = side.send_part(kind, is_last, write, output);
            (sent, output.is_too_long)
        }) {
            (false, true) => Err(WebSocketError::TooLong { have: have.saturating_sub(8) }),
            (sent, _) => Ok(sent),
        }
    }

    /// How many bytes a message may have that is sent now.
    pub(in crate::client) fn room(&mut self, buffer: &mut [u8]) -> usize {
        self.write(buffer, |side, output| side.room::<Random<'_, R>>(output.writer))
    }

    /// Begins to close it.
    pub(in crate::client) fn close(&mut self, buffer: &mut [u8], code: CloseCode, now_ms: u32) {
        self.write(buffer, |side, output| side.close(code, now_ms, output));
    }

    /// The connection is gone.
    pub(in crate::client) const fn abort(&mut self) {
        let _ = self.side.abort();
    }

    /// Sends what there is room for.
    pub(in crate::client) fn flush<S: Sockets, D>(
        &mut self,
        sockets: &mut S,
        socket: &mut Option<S::Socket>,
        buffer: &[u8],
    ) -> Result<(), Error<S::TcpError, D>> {
        while !self.output.is_empty() {
            let Some(open) = socket else { return Err(error(WebSocketError::NotOpen)) };
            match sockets.send(open, self.output.bytes(buffer)) {
                Ok(Some(0)) => return Ok(()),
                Ok(Some(n)) => {
                    self.output.take(n);
                    self.send_deadline = None;
                }
                // It takes no more, and what it has said is still read. If it is over, it need not hear of it.
                Ok(None) => self.output = Window::at(self.split),
                Err(_) if self.side.is_closed() => self.output = Window::at(self.split),
                Err(error) => return Err(Broken::Connection(error, Use::Send).into()),
            }
        }
        Ok(())
    }

    fn try_receive<S: Sockets, D>(
        &mut self,
        sockets: &mut S,
        socket: &mut Option<S::Socket>,
        buffer: &mut [u8],
        now_ms: u32,
    ) -> Outcome<Arrived, S::TcpError, D> {
        let mut hears = false;
        loop {
            self.flush(sockets, socket, buffer)?;
            let ping_ms = self.ping_ms;
            self.write(buffer, |side, output| side.look_at_time(hears, now_ms, ping_ms, output));
            if let Some(arrived) = self.take(buffer) {
                return Ok(arrived);
            }
            if self.side.is_closed() {
                // The server is told before the application is, unless that takes too long.
                self.flush(sockets, socket, buffer)?;
                if !self.output.is_empty() && self.wait_to_send(now_ms) {
                    return Err(nb::Error::WouldBlock);
                }
            }
            if let Some(Received::Closed(code)) = self.side.take_end() {
                return Ok(Arrived::Closed(code));
            }
            let Some(open) = socket.as_mut().filter(|_| !self.side.is_over()) else {
                return Err(nb::Error::Other(error(WebSocketError::NotOpen)));
            };
            let (front, _) = buffer.split_at_mut_checked(self.split).unwrap_or_default();
            if self.input.room(front).is_empty() {
                self.input.move_to(front, 0);
            }
            let room = self.input.room(front);
            let received =
                if room.is_empty() { Ok(net::Received::Idle) } else { sockets.receive(open, room) };
            match received {
                Ok(net::Received::Data(n)) => {
                    self.input.received(n);
                    hears = true;
                }
                Ok(net::Received::Idle) if self.output.is_empty() || self.wait_to_send(now_ms) => {
                    return Err(nb::Error::WouldBlock);
                }
                Ok(net::Received::Idle) => return Err(Error::TimedOut(Phase::Send).into()),
                Ok(net::Received::End) if self.side.end() => {}
                Ok(net::Received::End) => {
                    return Err(nb::Error::Other(error(WebSocketError::Lost)));
                }
                Err(error) => {
                    return Err(nb::Error::Other(Broken::Connection(error, Use::Receive).into()));
                }
            }
        }
    }

    fn try_send<S: Sockets, D>(
        &mut self,
        sockets: &mut S,
        socket: &mut Option<S::Socket>,
        buffer: &mut [u8],
        now_ms: u32,
        message: &mut Message<'_>,
    ) -> Outcome<(), S::TcpError, D> {
        loop {
            let moves = !message.is_queued && self.queue_some(buffer, message).map_err(error)?;
            self.flush(sockets, socket, buffer)?;
            match (self.output.is_empty(), message.is_queued) {
                (true, true) => return Ok(()),
                (true, false) if moves => {}
                _ if self.wait_to_send(now_ms) => return Err(nb::Error::WouldBlock),
                _ => return Err(Error::TimedOut(Phase::Send).into()),
            }
        }
    }

    /// Puts as much of a message as there is room for where it will be sent. Returns whether that was any of it.
    fn queue_some(
        &mut self,
        buffer: &mut [u8],
        message: &mut Message<'_>,
    ) -> Result<bool, WebSocketError> {
        let room = self.room(buffer);
        let n = message.bytes.len().min(room);
        let (front, rest) = message.bytes.split_at_checked(n).unwrap_or_default();
        // No fragments that are smaller than they must be.
        if !rest.is_empty() && (room == 0 || !self.output.is_empty()) {
            return if self.side.is_open() { Ok(false) } else { Err(WebSocketError::NotOpen) };
        }
        let is_all = rest.is_empty();
        let is_last = is_all && message.is_last;
        let sent = self.queue(buffer, message.kind, is_last, |to| to.bytes(front))?;
        if sent {
            (message.bytes, message.is_queued) = (rest, is_all);
        }
        Ok(sent)
    }

    /// Whether there is time left to send.
    fn wait_to_send(&mut self, now_ms: u32) -> bool {
        let deadline = Deadline::after(now_ms, self.send_ms);
        !self.send_deadline.get_or_insert(deadline).is_over(now_ms)
    }

    /// Behind the end there is no connection.
    fn close_behind<S: Sockets, O, D>(
        &mut self,
        sockets: &mut S,
        socket: &mut Option<S::Socket>,
        result: &Outcome<O, S::TcpError, D>,
    ) {
        if matches!(result, Err(nb::Error::Other(_))) && !self.side.is_closed() {
            let _ = self.side.abort();
        }
        if self.side.is_over() {
            close(sockets, socket);
        }
    }

    /// Takes what has arrived out of the buffer.
    fn take(&mut self, buffer: &mut [u8]) -> Option<Arrived> {
        self.settle(buffer);
        let (front, back) = buffer.split_at_mut_checked(self.split).unwrap_or_default();
        let start = self.input.start();
        let bytes = front.get_mut(start..self.input.end()).unwrap_or_default();
        let limits = Limits { whole: self.split, part: usize::MAX, message: self.message_limit };
        let mut input = Input::new(bytes);
        let sent = self.output.end() - self.split;
        let mut writer = Writer::new(back.get_mut(sent..).unwrap_or_default());
        let mut output = Output {
            writer: &mut writer,
            masks: Random(&mut self.random),
            is_shared: !self.output.is_empty(),
            is_too_long: false,
        };
        let part = self.side.receive(&mut input, limits, &mut output);
        let end = start + input.used;
        self.input.take(input.used);
        let arrived = part.map(|Part { kind, bytes, is_first, is_last }| {
            let place = end - bytes.len()..end;
            Arrived::Part { kind, is_first, is_last, place }
        });
        self.output.received(writer.len());
        arrived
    }

    /// Has something written behind what is to be sent.
    fn write<O>(
        &mut self,
        buffer: &mut [u8],
        act: impl FnOnce(&mut Side, &mut Output<'_, '_, Random<'_, R>>) -> O,
    ) -> O {
        self.settle(buffer);
        let mut writer = Writer::new(buffer.get_mut(self.output.end()..).unwrap_or_default());
        let mut output = Output {
            writer: &mut writer,
            masks: Random(&mut self.random),
            is_shared: !self.output.is_empty(),
            is_too_long: false,
        };
        let done = act(&mut self.side, &mut output);
        self.output.received(writer.len());
        done
    }

    /// Nothing is to be sent: where it will be.
    fn settle(&mut self, buffer: &mut [u8]) {
        if !self.output.is_empty() {
            return;
        }
        let half = buffer.len() / 2;
        if self.input.is_empty() {
            self.input = Window::at(0);
        } else if self.input.end() > half {
            self.input.move_to(buffer, 0);
        }
        self.split = half.max(self.input.end());
        self.output = Window::at(self.split);
    }
}

fn error<T, D>(error: WebSocketError) -> Error<T, D> {
    Error::Response(ResponseError::WebSocket(error))
}
