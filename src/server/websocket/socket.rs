use super::{State, Upgrade};
use crate::server::{Answer, Body, Failure, Flow, Mistake, Reply, Request};
use crate::wire::websocket::{CloseCode, Input, Kind, Limits, Output, Received, Side, Unmasked};
use crate::wire::{BodyReader, Framing, Writer};

/// A WebSocket in one call of its handler: what has arrived, and room for what is to be sent.
///
/// What is sent leaves when the handler returns. It returns what [`wait`](Self::wait) returns.
#[derive(Debug)]
pub struct Socket<'s, 'r, T> {
    /// What the handler remembers; see [`Request::state`].
    pub state: &'s mut T,
    input: Input<'s>,
    taken: &'s mut Option<usize>,
    framing: &'s mut BodyReader,
    body: &'s mut Body<'r>,
    limits: Limits,
    ping_ms: u32,
    now_ms: u32,
    /// What was to be sent is longer than all of the room.
    is_too_long: bool,
}

impl<'s, 'r, T: AsMut<State>> Socket<'s, 'r, T> {
    pub(super) fn new(
        upgrade: &Upgrade,
        request: &'s mut Request<'_, T>,
        reply: &'s mut Reply<'r>,
        message: u64,
    ) -> Result<Self, Failure> {
        let (is_aborted, is_shutting_down) = (request.is_aborted, request.is_shutting_down());
        let input = request.body.take().ok_or(Mistake::BodyTaken)?;
        let whole = request.room.saturating_sub(1);
        request.taken = Some(0);
        let mut socket = Self {
            state: &mut *request.state,
            input: Input::new(input),
            taken: &mut request.taken,
            framing: &mut *request.framing,
            body: reply.stream(""),
            limits: Limits { whole, part: usize::MAX, message },
            ping_ms: upgrade.ping_ms,
            now_ms: request.now_ms,
            is_too_long: false,
        };
        if is_aborted && socket.side().abort() {
            // If it has to give way, the connection sends a close frame behind this call.
            *socket.framing = BodyReader::strict(Framing::Length(0));
        }
        let (hears, now_ms, ping_ms) =
            (!socket.input.bytes.is_empty(), socket.now_ms, socket.ping_ms);
        socket.act(|side, _, output| side.look_at_time(hears, now_ms, ping_ms, output));
        if is_shutting_down {
            socket.close(CloseCode::GOING_AWAY);
        }
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
        let part = self.act(|side, input, output| side.receive(input, limits, output));
        *self.taken = Some(self.input.used);
        if self.input.is_ended {
            *self.framing = BodyReader::strict(Framing::Length(0));
        }
        match part {
            Some(part) => Some(Received::Part(part)),
            None => self.side().take_end(),
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
        self.act(|side, _, output| side.send_part(kind, is_last, write, output))
    }

    /// How many bytes a message may have that is sent now; 0 while none can be.
    #[must_use]
    pub fn room(&mut self) -> usize {
        let Self { state, body, .. } = self;
        state.as_mut().side.room::<Unmasked>(&body.writer)
    }

    /// Begins to close it; nothing more can be sent. When the client has answered, or after a second,
    /// [`Received::Closed`] comes.
    pub fn close(&mut self, code: CloseCode) {
        let now_ms = self.now_ms;
        self.act(|side, _, output| side.close(code, now_ms, output));
    }

    /// Whether messages can be sent: it was not closed by either side, and the client is there.
    #[must_use]
    pub fn is_open(&mut self) -> bool {
        self.side().is_open()
    }

    /// The subprotocol that was chosen.
    #[must_use]
    pub fn protocol(&mut self) -> Option<&'static str> {
        self.state.as_mut().protocol
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
        let (now_ms, ping_ms) = (self.now_ms, self.ping_ms);
        Ok(match self.side().due_ms(now_ms, ping_ms) {
            None => Flow::Done,
            Some(_) if self.input.is_blocked => Flow::More,
            Some(due_ms) => Flow::Wait(ms.min(due_ms)),
        })
    }

    fn side(&mut self) -> &mut Side {
        &mut self.state.as_mut().side
    }

    fn act<O>(
        &mut self,
        act: impl FnOnce(&mut Side, &mut Input<'s>, &mut Output<'_, 'r, Unmasked>) -> O,
    ) -> O {
        let is_shared = self.body.is_behind_head;
        let writer = &mut self.body.writer;
        let mut output = Output { writer, masks: Unmasked, is_shared, is_too_long: false };
        let done = act(&mut self.state.as_mut().side, &mut self.input, &mut output);
        self.is_too_long |= output.is_too_long;
        done
    }
}
