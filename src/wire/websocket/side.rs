//! One side of a WebSocket: what is done about what arrives, and when, whoever carries the bytes.

use core::mem::take;

use super::head::{CLOSE, PING, PONG};
use super::output::{MOST, Masks, Output, mask};
use super::{CloseCode, Frame, FrameReader, Kind, Limits, Part};
use crate::wire::Writer;

/// What has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received<'s> {
    /// A message, or a part of one. A message that was sent as one frame and fits into the room for what
    /// arrives comes whole: on a server, that is the first half of the slot, behind the head of the
    /// request; on a client, the first half of the buffer.
    Part(Part<'s>),
    /// It is over, by either side, for this reason; nothing more can be received or sent. Without a code
    /// if the peer gave none. This comes once, as the last.
    Closed(Option<CloseCode>),
}

/// What has arrived and is not read.
#[derive(Debug)]
pub(crate) struct Input<'i> {
    pub bytes: &'i mut [u8],
    /// So many bytes in front of them were read.
    pub used: usize,
    /// There is something to be read, and no room for the answer that it may need.
    pub is_blocked: bool,
    /// The peer has nothing more to say.
    pub is_ended: bool,
}

impl<'i> Input<'i> {
    pub(crate) const fn new(bytes: &'i mut [u8]) -> Self {
        Self { bytes, used: 0, is_blocked: false, is_ended: false }
    }
}

/// What is remembered.
#[derive(Debug)]
pub(crate) struct Side {
    reader: FrameReader,
    phase: Phase,
    /// What of a message that is sent in parts has been sent.
    sending: Option<Kind>,
    /// So many bytes are missing of a pong: nothing else can be sent.
    pong_left: u8,
    pong_mask: [u8; 4],
    /// When something came last, or a close frame was sent.
    heard_ms: u32,
    is_pinged: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    New,
    Open,
    /// A close frame was sent, and its answer is waited for.
    Closing,
    /// It is over, and whoever uses it is to be told.
    Closed(Option<CloseCode>),
    Over,
}

/// Behind a close frame, its answer is waited for so long.
const CLOSE_MS: u32 = 1_000;

impl Side {
    /// The side of a server, before the handshake.
    pub(crate) const fn of_server() -> Self {
        Self::new(FrameReader::of_client())
    }

    /// The side of a client.
    pub(crate) const fn of_client() -> Self {
        Self::new(FrameReader::of_server())
    }

    const fn new(reader: FrameReader) -> Self {
        Self {
            reader,
            phase: Phase::New,
            sending: None,
            pong_left: 0,
            pong_mask: [0; 4],
            heard_ms: 0,
            is_pinged: false,
        }
    }

    /// The handshake is over.
    pub(crate) const fn open(&mut self, now_ms: u32) {
        (self.phase, self.heard_ms) = (Phase::Open, now_ms);
    }

    /// The connection is gone, or about to be. Returns whether the peer would understand a close frame.
    pub(crate) const fn abort(&mut self) -> bool {
        let can_send = self.can_send();
        self.phase = Phase::Over;
        can_send
    }

    pub(crate) const fn is_new(&self) -> bool {
        matches!(self.phase, Phase::New)
    }

    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open)
    }

    /// Whether it is over, and whoever uses it is still to be told.
    pub(crate) const fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed(_))
    }

    pub(crate) const fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    /// The peer is gone. Returns whether that was to be expected.
    pub(crate) const fn end(&mut self) -> bool {
        let is_closing = matches!(self.phase, Phase::Closing | Phase::Closed(_));
        if matches!(self.phase, Phase::Closing) {
            self.phase = Phase::Closed(None);
        }
        is_closing
    }

    /// Takes the next message, or a part of it, out of what has arrived.
    pub(crate) fn receive<'i, M: Masks>(
        &mut self,
        input: &mut Input<'i>,
        limits: Limits,
        output: &mut Output<'_, '_, M>,
    ) -> Option<Part<'i>> {
        loop {
            let is_listening = matches!(self.phase, Phase::Open | Phase::Closing);
            if !is_listening || input.bytes.is_empty() {
                return None;
            }
            // The longest pong must fit.
            if output.writer.room() < 2 + M::SIZE + 125 && !output.has_all() {
                input.is_blocked = true;
                return None;
            }
            let bytes = take(&mut input.bytes);
            let before = bytes.len();
            match self.reader.read(bytes, limits) {
                Ok((frame, rest)) => {
                    input.used += before - rest.len();
                    input.bytes = rest;
                    let Some(frame) = frame else {
                        input.is_blocked |= limits.part == 0 && !input.bytes.is_empty();
                        return None;
                    };
                    if let Some(part) = self.react(frame, input, output) {
                        return Some(part);
                    }
                }
                Err(code) => self.finish(Some(code), Some(code), output),
            }
        }
    }

    /// Tells once that it is over.
    pub(crate) const fn take_end<'i>(&mut self) -> Option<Received<'i>> {
        let Phase::Closed(code) = self.phase else { return None };
        self.phase = Phase::Over;
        Some(Received::Closed(code))
    }

    /// Sends a part of a message, if there is room for it. Returns whether there was.
    pub(crate) fn send_part<M: Masks>(
        &mut self,
        kind: Kind,
        is_last: bool,
        write: impl FnOnce(&mut Writer<'_>),
        output: &mut Output<'_, '_, M>,
    ) -> bool {
        if !self.can_send() {
            return false;
        }
        let sent = output.frame(kind.first_byte(self.sending.is_none(), is_last), write);
        if sent {
            self.sending = if is_last { None } else { Some(kind) };
        }
        sent
    }

    /// How many bytes a message may have that is sent now.
    pub(crate) fn room<M: Masks>(&self, writer: &Writer<'_>) -> usize {
        if self.can_send() { writer.room().saturating_sub(4 + M::SIZE).min(MOST) } else { 0 }
    }

    const fn can_send(&self) -> bool {
        self.is_open() && self.pong_left == 0
    }

    /// Begins to close.
    pub(crate) fn close<M: Masks>(
        &mut self,
        code: CloseCode,
        now_ms: u32,
        output: &mut Output<'_, '_, M>,
    ) {
        if !self.is_open() {
            return;
        }
        if self.send_close(code, output) {
            (self.phase, self.heard_ms) = (Phase::Closing, now_ms);
        } else {
            self.phase = Phase::Closed(Some(code));
        }
    }

    /// Pings a peer that says nothing, and gives up one that does not answer.
    pub(crate) fn look_at_time<M: Masks>(
        &mut self,
        hears: bool,
        now_ms: u32,
        ping_ms: u32,
        output: &mut Output<'_, '_, M>,
    ) {
        if hears && self.is_open() {
            (self.heard_ms, self.is_pinged) = (now_ms, false);
        }
        let silent_ms = now_ms.wrapping_sub(self.heard_ms);
        match self.phase {
            Phase::Closing if silent_ms >= CLOSE_MS => self.phase = Phase::Closed(None),
            Phase::Open if silent_ms >= ping_ms.saturating_mul(2) => {
                self.finish(Some(CloseCode::POLICY), Some(CloseCode::POLICY), output);
            }
            Phase::Open if silent_ms >= ping_ms && !self.is_pinged && self.pong_left == 0 => {
                self.is_pinged = output.frame(0x80 | PING, |_| {});
            }
            _ => {}
        }
    }

    /// In how many milliseconds the time is to be looked at again; `None` when all is over.
    pub(crate) fn due_ms(&self, now_ms: u32, ping_ms: u32) -> Option<u32> {
        let limit_ms = match self.phase {
            Phase::New | Phase::Over => return None,
            Phase::Closed(_) => return Some(1),
            Phase::Closing => CLOSE_MS,
            Phase::Open if self.is_pinged => ping_ms.saturating_mul(2),
            Phase::Open => ping_ms,
        };
        Some(limit_ms.saturating_sub(now_ms.wrapping_sub(self.heard_ms)).max(1))
    }

    /// Does what a frame demands.
    fn react<'i, M: Masks>(
        &mut self,
        frame: Frame<'i>,
        input: &mut Input<'i>,
        output: &mut Output<'_, '_, M>,
    ) -> Option<Part<'i>> {
        let is_open = self.is_open();
        match frame {
            Frame::Part(part) if is_open => return Some(part),
            Frame::Ping { length, is_first, bytes } if is_open => {
                if is_first && output.writer.room() >= 2 + M::SIZE + usize::from(length) {
                    self.pong_left = length;
                    output.writer.bytes(&[0x80 | PONG, M::BIT | length]);
                    if M::SIZE > 0 {
                        self.pong_mask = output.masks.next();
                        output.writer.bytes(&self.pong_mask);
                    }
                }
                if self.pong_left > 0 {
                    let start = output.writer.len();
                    output.writer.bytes(bytes);
                    if M::SIZE > 0 {
                        let payload = output.writer.written_mut().get_mut(start..);
                        mask(payload.unwrap_or_default(), self.pong_mask);
                        self.pong_mask.rotate_left(bytes.len() % 4);
                    }
                    let [n, ..] = bytes.len().to_le_bytes();
                    self.pong_left = self.pong_left.saturating_sub(n);
                }
            }
            Frame::Close(code) => {
                let answer = is_open.then_some(code.unwrap_or(CloseCode::NORMAL));
                self.finish(answer, code, output);
                // The peer has nothing more to say, so nothing is waited for (RFC 6455 section 7.1.1).
                (input.is_ended, input.bytes) = (true, &mut []);
            }
            Frame::Part(_) | Frame::Ping { .. } | Frame::Pong => {}
        }
        None
    }

    /// It is over: the peer is told `answer`, and whoever uses it `code`.
    fn finish<M: Masks>(
        &mut self,
        answer: Option<CloseCode>,
        code: Option<CloseCode>,
        output: &mut Output<'_, '_, M>,
    ) {
        if let (Some(answer), true) = (answer, self.is_open()) {
            self.send_close(answer, output);
        }
        self.phase = Phase::Closed(code);
    }

    fn send_close<M: Masks>(&self, code: CloseCode, output: &mut Output<'_, '_, M>) -> bool {
        let code = code.code().to_be_bytes();
        self.pong_left == 0 && output.frame(0x80 | CLOSE, |payload| payload.bytes(&code))
    }
}
