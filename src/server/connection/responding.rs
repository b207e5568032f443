//! From what a handler answered to the next request.

use super::{Connection, Host, Phase};
use crate::server::reply::{Kind, Ready, Tail, Terms};
use crate::server::{Answer, CloseReason, Event, Reply, Response};
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
        match answer {
            Ok(response) => match response.kind {
                Kind::More => self.piece = Window::at(self.head.kept()),
                Kind::Ready(ready) => self.respond(ready, rx, tx, host),
            },
            Err(failure) => {
                host.tell(&Event::Failed(failure));
                #[cfg(feature = "json")]
                if let Some(error) = failure.json.filter(|_| !failure.status.is_server_error()) {
                    let reply = Reply::new(tx, self.terms(rx)).status(failure.status);
                    let answer = reply.write("text/plain; charset=utf-8", |text| {
                        text.str(failure.message);
                        text.str(": ");
                        // It only counts what does not fit.
                        let _ = error.tell(text);
                    });
                    if let Ok(Response { kind: Kind::Ready(ready) }) = answer {
                        return self.respond(ready, rx, tx, host);
                    }
                }
                let shown = if failure.status.is_server_error() { "" } else { failure.message };
                self.answer(failure.status, shown, rx, tx, host);
            }
        }
    }

    pub(super) fn respond(
        &mut self,
        ready: Ready<A>,
        rx: &[u8],
        tx: &mut [u8],
        host: &mut Host<'_, A>,
    ) {
        host.tell(&Event::Answered(ready.status));
        self.phase = Phase::Respond;
        self.tx = ready.window;
        self.tail = ready.tail;
        (self.coding, self.left) = (ready.coding, ready.length);
        self.keep = ready.keep;
        self.owes_continue = false;
        self.produced = 0;
        self.pause_ms = None;
        if matches!(self.tail, Tail::Produced(_)) {
            // What is ready at once leaves with the head.
            self.produce(rx, tx, host);
        } else {
            self.piece = Window::at(self.head.kept());
        }
    }

    /// Answers with a status and a short text.
    pub(super) fn answer(
        &mut self,
        status: Status,
        message: &str,
        rx: &[u8],
        tx: &mut [u8],
        host: &mut Host<'_, A>,
    ) {
        let answer = Reply::new(tx, self.terms(rx)).status(status).plain(message, None);
        match answer {
            Ok(Response { kind: Kind::Ready(ready) }) => self.respond(ready, rx, tx, host),
            _ => self.over = Some(CloseReason::BodyFailed),
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
        self.keep = false;
        self.body = BodyReader::new(Framing::UntilClose);
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
        if matches!(self.tail, Tail::Produced(_)) {
            return self.produce(rx, tx, host);
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

    pub(super) fn terms(&self, rx: &[u8]) -> Terms {
        Terms {
            version: self.head.version(),
            to_head: self.head.kept() > 0 && rx.starts_with(b"HEAD "),
            keep: self.keep,
            readable: self.body.is_done() || (self.has_little_left(rx) && !self.owes_continue),
        }
    }

    /// Whether it is cheaper to read past the rest of the body than to connect again.
    pub(super) fn has_little_left(&self, rx: &[u8]) -> bool {
        !self.head.fields().is_chunked() && self.body.next_data() <= rx.len() as u64
    }
}
