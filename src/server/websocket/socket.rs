use core::mem::take;

use super::{Phase, State, Upgrade};
use crate::server::{Answer, Body, Failure, Flow, Mistake, Reply, Request};
use crate::wire::websocket::{CLOSE, CloseCode, Frame, Kind, Limits, PING, PONG, Part, write_head};
use crate::wire::{BodyReader, Framing, Writer, move_up};

/// A WebSocket in one call of its handler: what has arrived, and room for what is to be sent.
///
/// What is sent leaves when the handler returns. It returns what [`wait`](Self::wait) returns.
#[derive(Debug)]
pub struct Socket<'s, 'r, T> {
    /// What the handler remembers; see [`Request::state`].
    pub state: &'s mut T,
    /// What has arrived and is not read.
    input: &'s mut [u8],
    taken: &'s mut Option<usize>,
    framing: &'s mut BodyReader,
    body: &'s mut Body<'r>,
    limits: Limits,
    ping_ms: u32,
    now_ms: u32,
    /// There is something to be read, and no room for the answer that it may need.
    is_blocked: bool,
    /// What was to be sent is longer than all of the room.
    is_too_long: bool,
}

/// What has arrived.
#[derive(Debug, PartialEq, Eq)]
pub enum Received<'s> {
    /// A message, or a part of one. A message that was sent as one frame and fits into the first half
    /// of the slot, behind the head of the request, comes whole.
    Part(Part<'s>),
    /// It is over, by either side, for this reason; nothing more can be received or sent. Without a code
    /// if the peer gave none. This comes once, and then there is no other call.
    Closed(Option<CloseCode>),
}

/// Behind a close frame, its answer is waited for so long.
const CLOSE_MS: u32 = 1_000;

/// The room for the longest pong.
const PONG_ROOM: usize = 2 + 125;

const MOST: usize = u16::MAX as usize;

impl<'s, 'r, T: AsMut<State>> Socket<'s, 'r, T> {
    pub(super) fn new(
        upgrade: &Upgrade,
        request: &'s mut Request<'_, T>,
        reply: &'s mut Reply<'r>,
        message: u64,
    ) -> Result<Self, Failure> {
        let is_aborted = request.is_aborted;
        let input = request.body.take().ok_or(Mistake::BodyTaken)?;
        let whole = request.room.saturating_sub(1);
        request.taken = Some(0);
        let mut socket = Self {
            state: &mut *request.state,
            input,
            taken: &mut request.taken,
            framing: &mut *request.framing,
            body: reply.stream(""),
            limits: Limits { whole, part: usize::MAX, message },
            ping_ms: upgrade.ping_ms,
            now_ms: request.now_ms,
            is_blocked: false,
            is_too_long: false,
        };
        if is_aborted {
            socket.state().phase = Phase::Over;
        }
        socket.look_at_time();
        Ok(socket)
    }

    /// Takes the next message, or a part of it, out of what has arrived. To be called until it is `None`:
    /// what is left fills the buffer.
    pub fn receive(&mut self) -> Option<Received<'s>> {
        self.receive_up_to(usize::MAX)
    }

    /// The same of `most` bytes at most, such as there is [`room`](Self::room) for to send them on. A
    /// longer message comes in parts.
    pub fn receive_up_to(&mut self, most: usize) -> Option<Received<'s>> {
        let limits = Limits { part: most, ..self.limits };
        loop {
            match self.state().phase {
                Phase::Open | Phase::Closing => {}
                Phase::Closed(code) => {
                    self.state().phase = Phase::Over;
                    return Some(Received::Closed(code));
                }
                Phase::New | Phase::Over => return None,
            }
            if self.input.is_empty() {
                return None;
            }
            if self.body.room() < PONG_ROOM {
                self.is_blocked = true;
                return None;
            }
            let input = take(&mut self.input);
            let before = input.len();
            match self.state().reader.read(input, limits) {
                Ok((frame, rest)) => {
                    let used = before - rest.len();
                    *self.taken = Some(self.taken.unwrap_or(0) + used);
                    self.input = rest;
                    let Some(frame) = frame else {
                        self.is_blocked |= most == 0 && !self.input.is_empty();
                        return None;
                    };
                    if let Some(part) = self.react(frame) {
                        return Some(Received::Part(part));
                    }
                }
                Err(code) => {
                    self.end(Some(code), Some(code));
                }
            }
        }
    }

    /// Sends a text, if there is room for it. Returns whether there was.
    ///
    /// Where there is not, return [`wait`](Self::wait): the handler is called again when there is. One longer than
    /// all of the room ends the connection: it is to be sent in [parts](Self::send_part).
    pub fn send_text(&mut self, text: &str) -> bool {
        self.send(Kind::Text, |message| message.str(text))
    }

    /// The same with bytes.
    pub fn send_binary(&mut self, bytes: &[u8]) -> bool {
        self.send(Kind::Binary, |message| message.bytes(bytes))
    }

    /// The same with what `write` writes; a text has to be UTF-8.
    pub fn send(&mut self, kind: Kind, write: impl FnOnce(&mut Writer<'_>)) -> bool {
        self.send_part(kind, true, write)
    }

    /// Sends a part of a message, if there is room for it: the first or another; whether it is the last
    /// is to be said. Letters may be cut in two between parts. Returns whether there was room.
    pub fn send_part(
        &mut self,
        kind: Kind,
        is_last: bool,
        write: impl FnOnce(&mut Writer<'_>),
    ) -> bool {
        let state = self.state();
        if state.phase != Phase::Open || state.pong_left > 0 {
            return false;
        }
        let first = kind.first_byte(state.sending.is_none(), is_last);
        let sent = self.frame(first, write);
        if sent {
            self.state().sending = if is_last { None } else { Some(kind) };
        }
        sent
    }

    /// How many bytes a message may have that is sent now; 0 while none can be.
    #[must_use]
    pub fn room(&mut self) -> usize {
        let state = self.state();
        if state.phase != Phase::Open || state.pong_left > 0 {
            return 0;
        }
        self.body.room().saturating_sub(4).min(MOST)
    }

    /// Begins to close it; nothing more can be sent. When the client has answered, or after a second,
    /// [`Received::Closed`] comes.
    pub fn close(&mut self, code: CloseCode) {
        if self.state().phase != Phase::Open {
            return;
        }
        if self.send_close(Some(code)) {
            let now_ms = self.now_ms;
            let state = self.state();
            (state.phase, state.heard_ms) = (Phase::Closing, now_ms);
        } else {
            self.state().phase = Phase::Closed(Some(code));
        }
    }

    /// Whether messages can be sent: it was not closed by either side, and the client is there.
    #[must_use]
    pub fn is_open(&mut self) -> bool {
        self.state().phase == Phase::Open
    }

    /// The subprotocol that was chosen.
    #[must_use]
    pub fn protocol(&mut self) -> Option<&'static str> {
        self.state().protocol
    }

    /// What the handler returns: it is called again when something arrives, after `ms` milliseconds, or
    /// when it is [woken](crate::server::Server::wake); at once if there is something to be read that
    /// had to wait for room.
    ///
    /// # Errors
    /// A message was longer than all of the room.
    pub fn wait(mut self, ms: u32) -> Answer {
        if self.is_too_long {
            return Err(Mistake::PieceTooLong.into());
        }
        let silent_ms = self.now_ms.wrapping_sub(self.state().heard_ms);
        let pinged = self.state().pinged;
        let limit_ms = match self.state().phase {
            Phase::New | Phase::Over => return Ok(Flow::Done),
            Phase::Closed(_) => return Ok(Flow::Wait(1)),
            Phase::Closing => CLOSE_MS,
            Phase::Open if pinged => self.ping_ms.saturating_mul(2),
            Phase::Open => self.ping_ms,
        };
        if self.is_blocked {
            return Ok(Flow::More);
        }
        Ok(Flow::Wait(ms.min(limit_ms.saturating_sub(silent_ms).max(1))))
    }

    fn state(&mut self) -> &mut State {
        self.state.as_mut()
    }

    /// Pings a client that says nothing, and gives up one that does not answer.
    fn look_at_time(&mut self) {
        let (now_ms, ping_ms, hears) = (self.now_ms, self.ping_ms, !self.input.is_empty());
        let state = self.state();
        if hears && state.phase == Phase::Open {
            (state.heard_ms, state.pinged) = (now_ms, false);
        }
        let silent_ms = now_ms.wrapping_sub(state.heard_ms);
        match state.phase {
            Phase::Closing if silent_ms >= CLOSE_MS => state.phase = Phase::Closed(None),
            Phase::Open if silent_ms >= ping_ms.saturating_mul(2) => {
                self.end(Some(CloseCode::POLICY), Some(CloseCode::POLICY));
            }
            Phase::Open if silent_ms >= ping_ms && !state.pinged && state.pong_left == 0 => {
                self.state().pinged = self.frame(0x80 | PING, |_| {});
            }
            _ => {}
        }
    }

    /// Does what a frame demands.
    fn react(&mut self, frame: Frame<'s>) -> Option<Part<'s>> {
        let is_open = self.state().phase == Phase::Open;
        match frame {
            Frame::Part(part) if is_open => return Some(part),
            Frame::Ping { length, is_first, bytes } if is_open => {
                if is_first {
                    self.body.writer.bytes(&[0x80 | PONG, length]);
                    self.state().pong_left = length;
                }
                self.body.writer.bytes(bytes);
                let state = self.state();
                let [n, ..] = bytes.len().to_le_bytes();
                state.pong_left = state.pong_left.saturating_sub(n);
            }
            Frame::Close(code) => {
                self.end(
                    if is_open { Some(code.unwrap_or(CloseCode::NORMAL)) } else { None },
                    code,
                );
                // The client has nothing more to say, so nothing is waited for (RFC 6455 section 7.1.1).
                *self.framing = BodyReader::strict(Framing::Length(0));
            }
            Frame::Part(_) | Frame::Ping { .. } | Frame::Pong => {}
        }
        None
    }

    /// It is over: the client is told `answer`, and the handler `code`.
    fn end(&mut self, answer: Option<CloseCode>, code: Option<CloseCode>) {
        if answer.is_some() && self.state().phase == Phase::Open {
            let _ = self.send_close(answer);
        }
        self.state().phase = Phase::Closed(code);
        self.input = &mut [];
    }

    fn send_close(&mut self, code: Option<CloseCode>) -> bool {
        self.state().pong_left == 0
            && self.frame(0x80 | CLOSE, |payload| {
                if let Some(code) = code {
                    payload.bytes(&code.code().to_be_bytes());
                }
            })
    }

    /// Writes a frame, if there is room for it. Returns whether there was.
    fn frame(&mut self, first: u8, write: impl FnOnce(&mut Writer<'_>)) -> bool {
        let is_all = self.body.writer.is_empty() && !self.body.is_behind_head;
        let writer = &mut self.body.writer;
        let start = writer.len();
        writer.wrote(2);
        write(writer);
        let length = writer.len().saturating_sub(start + 2);
        let (head, size) = write_head(first, u16::try_from(length).unwrap_or(u16::MAX));
        writer.wrote(size - 2);
        if writer.overflowed() || length > MOST {
            writer.truncate(start);
            self.is_too_long |= is_all;
            return false;
        }
        let frame = writer.written_mut().get_mut(start..).unwrap_or_default();
        if size > 2 {
            move_up(frame.get_mut(2..).unwrap_or_default(), length, size - 2);
        }
        frame.iter_mut().zip(head).take(size).for_each(|(to, byte)| *to = byte);
        true
    }
}
