//! How a step went.

use super::{Goal, Recovery, Retry, Stage, Step, Transaction};
use crate::client::error::Cause;
use crate::client::extra::split;
use crate::client::request::parts::Parts;
use crate::client::{CallError, Failed, Phase};
use crate::net::Received;

impl Transaction {
    /// What to do next behind the head of the response.
    pub(super) fn next_of_body<'x>(
        &'x mut self,
        room: &'x mut [u8],
        now_ms: u32,
        goal: &'x mut Goal<'_>,
    ) -> Step<'x> {
        match self.try_body(room, now_ms, goal) {
            Err(Failed) => return Step::Failed,
            Ok(Some(n)) => {
                self.deadline = None;
                return Step::Done(n, self.closes_behind());
            }
            Ok(None) => {}
        }
        self.renews = false;
        if let Goal::Bytes(out) = goal {
            let direct = self.exchange.direct().min(out.len());
            if direct > 0 {
                self.is_direct = true;
                return Step::Receive(out.get_mut(..direct).unwrap_or_default());
            }
        } else {
            self.renews = true;
        }
        self.receive(None, room)
    }

    /// Takes what is there. So many bytes reach the goal, if it is reached.
    fn try_body(
        &mut self,
        room: &mut [u8],
        now_ms: u32,
        goal: &mut Goal<'_>,
    ) -> Result<Option<usize>, Failed> {
        let exchange = &mut self.exchange;
        let taken = match goal {
            Goal::Head => Some(0),
            Goal::Content(gather) => gather(exchange, room)?.then_some(0),
            Goal::Bytes(out) => {
                let n = if exchange.direct() > 0 { 0 } else { exchange.take(room, out)? };
                (n > 0 || out.is_empty() || exchange.is_done()).then_some(n)
            }
        };
        if self.stage == Stage::Over && !self.exchange.is_done() {
            return Err(Failed);
        }
        if self.is_body_late(now_ms) {
            return Err(self.exchange.fail(CallError::TimedOut(Phase::Body)));
        }
        Ok(taken)
    }

    /// The stack has no room: the server may have answered already.
    pub(super) fn listen<'x>(&mut self, request: &Parts<'_>, room: &'x mut [u8]) -> Step<'x> {
        let room = self.exchange.early_room(request, room);
        if room.is_empty() { Step::Wait } else { Step::Receive(room) }
    }

    /// So many bytes were sent; `None` if the peer takes no more.
    pub(in crate::client) fn sent(&mut self, sent: Option<usize>) {
        if sent == Some(0) {
            self.is_full = true;
            return;
        }
        if self.stage == Stage::Tunnel {
            self.tunnel.sent(sent);
            return;
        }
        match sent {
            Some(n) => self.exchange.sent(n),
            // A server that does not want the rest has answered, more often than not.
            None => self.exchange.stop_sending(),
        }
        self.deadline = None;
    }

    /// Something was received, or the end. If it went straight to the caller's slice, the goal is reached: so many
    /// bytes, and whether the socket is to be closed.
    #[inline(never)]
    pub(in crate::client) fn received(
        &mut self,
        request: Option<&Parts<'_>>,
        buffer: &mut [u8],
        received: Received,
    ) -> Result<Option<(usize, bool)>, Failed> {
        if self.stage == Stage::Tunnel {
            match self.tunnel.received(self.tunnelling(request), received) {
                Ok(true) => self.tunnelled(),
                Ok(false) => {}
                Err(error) => return Err(self.exchange.fail(error)),
            }
            return Ok(None);
        }
        let (room, _) = split(buffer, self.exchange.taken());
        let is_direct = core::mem::take(&mut self.is_direct);
        match received {
            Received::Data(n) if is_direct => {
                self.exchange.took(n);
                self.deadline = None;
                return Ok(Some((n, self.closes_behind())));
            }
            Received::Data(n) => self.exchange.received(request, room, n)?,
            // Nothing else will come.
            Received::End if !self.exchange.is_sent() => self.exchange.stop_sending(),
            Received::End => self.exchange.end_of_stream()?,
            Received::Idle => return Ok(None),
        }
        self.is_full = false;
        self.is_last_look = false;
        if self.renews {
            self.deadline = None;
        }
        Ok(None)
    }

    /// Whether nothing more comes over the connection.
    fn closes_behind(&self) -> bool {
        self.exchange.is_done() && !self.exchange.is_reusable()
    }

    /// What is made of an error. If it is that of the call, the socket is to be closed if the call
    /// [is over](Self::is_over).
    pub(in crate::client) fn recover(
        &mut self,
        request: Option<&Parts<'_>>,
        buffer: &mut [u8],
        cause: Cause,
    ) -> Recovery {
        self.is_direct = false;
        let is_too_long = self.exchange.is_too_long();
        match (self.stage, cause) {
            // There is no other address. It is tried once more, and its error is the one to tell.
            (Stage::ResolveOther, Cause::Network) => {
                self.stage = Stage::ConnectLast;
                return Recovery::Other;
            }
            (Stage::Connect, Cause::Network) => {
                self.stage = Stage::ResolveOther;
                self.closes = true;
                return Recovery::Other;
            }
            // A server whose connection breaks may have answered, and what has arrived is there.
            (Stage::Talk, Cause::Network | Cause::Transport) if !self.exchange.is_sent() => {
                self.exchange.stop_sending();
                self.is_broken = true;
                return Recovery::Answer;
            }
            (Stage::Talk, _) => {
                if let (Some(retry), Some(request)) = (self.retry.take(), request) {
                    if retry(self, request, buffer) {
                        self.connect_anew();
                        self.closes = true;
                        return Recovery::Other;
                    }
                }
            }
            (Stage::Body, Cause::Message) if is_too_long => return Recovery::None,
            _ => {}
        }
        self.stage = Stage::Over;
        Recovery::None
    }

    /// It has failed, or was closed.
    pub(in crate::client) const fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// Whether an error is kept in case that no answer has arrived.
    pub(in crate::client) const fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Nothing more is done.
    pub(in crate::client) const fn close(&mut self) {
        self.stage = Stage::Over;
    }
}

/// Begins again behind a connection that the server has closed just when it was used again.
pub(in crate::client) const RETRY: Retry = |transaction, request, buffer| {
    let exchange = &mut transaction.exchange;
    if !exchange.may_begin_again(request) {
        return false;
    }
    exchange.write_again(request, buffer)
};
