//! From what a handler answered to the next request.

use super::{Connection, Host, Phase};
use crate::server::reply::{Kind, Ready, Tail, Terms};
use crate::server::{Answer, CloseReason, Event, Failure, Reply, Response};
use crate::wire::{BodyReader, Framing, HeadReader, Status, Window};

impl<A> Connection<A> {
    /// Takes what a handler answered.
    pub(super) fn conclude(
        &mut self,
        answer: Answer<A>,
        rx: &[u8],
        tx: &mut [u8],
        host: &mut Host<'_, A>,
    ) {
        let result = match answer {
            Ok(Response { kind: Kind::Ready(ready) }) => self.respond(ready, rx, tx, host),
            Ok(Response { kind: Kind::More }) => {
                self.passed += self.piece.len() as u64;
                self.piece = Window::at(self.head.kept());
                Ok(())
            }
            Err(failure) => Err(failure),
        };
        if let Err(failure) = result {
            self.fail(failure, rx, tx, host);
        }
    }

    /// Makes it the response. A producer that fails at once has sent nothing, so there may be another.
    fn respond(
        &mut self,
        ready: Ready<A>,
        rx: &[u8],
        tx: &mut [u8],
        host: &mut Host<'_, A>,
    ) -> Result<(), Failure> {
        self.phase = Phase::Respond;
        self.tx = ready.window;
        self.tail = ready.tail;
        self.keep = ready.keep;
        self.passed = 0;
        if self.produces() {
            // It may read while it writes, so a client that waits is told first to go on.
            self.promise_in_front(tx)?;
            // What is ready at once leaves with the head.
            self.produce(rx, tx, host)?;
        } else {
            self.piece = Window::at(self.head.kept());
        }
        self.owes_continue = false;
        host.tell(&Event::Answered(ready.status));
        Ok(())
    }

    /// Tells why there is no answer, and answers so.
    pub(super) fn fail(
        &mut self,
        failure: Failure,
        rx: &[u8],
        tx: &mut [u8],
        host: &mut Host<'_, A>,
    ) {
        host.tell(&Event::Failed(failure));
        self.explain(&failure, rx, tx, host);
    }

    /// Answers with a status and a short text.
    pub(super) fn answer(
        &mut self,
        status: Status,
        message: &'static str,
        rx: &[u8],
        tx: &mut [u8],
        host: &mut Host<'_, A>,
    ) {
        self.explain(&Failure::new(status, message), rx, tx, host);
    }

    fn explain(&mut self, failure: &Failure, rx: &[u8], tx: &mut [u8], host: &mut Host<'_, A>) {
        let reply = Reply::new(tx, self.terms(rx, host));
        let result = match reply.plain(failure, None) {
            Ok(Response { kind: Kind::Ready(ready) }) => self.respond(ready, rx, tx, host).ok(),
            _ => None,
        };
        if result.is_none() {
            self.over = Some(CloseReason::BodyFailed);
        }
    }

    /// Answers what cannot be understood, and reads no further.
    pub(super) fn refuse(
        &mut self,
        status: Status,
        rx: &[u8],
        tx: &mut [u8],
        host: &mut Host<'_, A>,
    ) {
        self.abandon(rx, tx, host);
        self.keep = false;
        self.body = BodyReader::strict(Framing::UntilClose);
        self.answer(status, "", rx, tx, host);
    }

    pub(super) fn advance_response(
        &mut self,
        rx: &[u8],
        tx: &mut [u8],
        host: &mut Host<'_, A>,
    ) -> bool {
        if self.has_output() {
            return false;
        }
        if self.produces() {
            return self.produce(rx, tx, host).unwrap_or_else(|failure| {
                host.tell(&Event::Failed(failure));
                self.over = Some(CloseReason::BodyFailed);
                false
            });
        }
        self.tail = Tail::None;
        self.served = true;
        if self.keep && self.body.is_done() {
            self.head = HeadReader::request();
            self.phase = Phase::Head;
            self.route = None;
            self.asked = false;
        } else if self.keep && self.has_little_left(rx) {
            self.phase = Phase::Swallow;
        } else if self.body.is_done() && self.rx.is_empty() {
            self.over = Some(CloseReason::Complete);
        } else {
            self.phase = Phase::Linger;
        }
        true
    }

    pub(super) fn terms(&self, rx: &[u8], host: &mut Host<'_, A>) -> Terms {
        Terms {
            date: host.site.now(host.app),
            version: self.head.version(),
            to_head: self.head.kept() > 0 && rx.starts_with(b"HEAD "),
            keep: self.keep && !self.is_wanted,
            readable: self.body.is_done() || (self.has_little_left(rx) && !self.owes_continue),
        }
    }

    /// Whether it is cheaper to read past the rest of the body than to connect again.
    pub(super) fn has_little_left(&self, rx: &[u8]) -> bool {
        !self.head.fields().is_chunked() && self.body.next_data() <= rx.len() as u64
    }
}
