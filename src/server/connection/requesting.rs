//! From the bytes of a request to the call of its handler.

use super::{Connection, Host, Phase};
use crate::server::reply::{Kind, Terms};
use crate::server::request::{Body, path};
use crate::server::router::{self, Found};
use crate::server::{Answer, Event, Failure, Reply, Request, Route};
use crate::wire::{
    BodyError, BodyReader, BufferTooSmall, Framing, Progress, RequestHead, Status, Version, Window,
    Writer, move_down, move_up,
};

impl<A> Connection<A> {
    // Inlined, it would take 96 bytes of the stack below producers, and 214 of flash: no frame is so large then that
    // its places need long instructions.
    #[inline(never)]
    pub(super) fn advance_head(
        &mut self,
        rx: &mut [u8],
        tx: &mut [u8],
        host: &mut Host<'_, A>,
    ) -> bool {
        let rules = &host.site.rules;
        let progress = match self.head.advance(rx, &mut self.rx, rules) {
            Ok(Progress::NeedMore) => {
                self.head.make_room(rx, &mut self.rx, rules).map(|()| Progress::NeedMore)
            }
            other => other,
        };
        match progress {
            Ok(Progress::NeedMore) => return false,
            Ok(Progress::Complete) => self.begin(rx, tx, host),
            Err(error) => self.refuse(error.status(), rx, tx, host),
        }
        true
    }

    /// The head is complete: finds out what is to be done.
    pub(super) fn begin(&mut self, rx: &mut [u8], tx: &mut [u8], host: &mut Host<'_, A>) {
        let head = self.request_head(rx);
        let (method, target) = (head.method(), head.target());
        host.tell(&Event::Request { method, target });

        let (version, fields) = (self.head.version(), *self.head.fields());
        let framing = match Framing::of_request(version, &fields) {
            Ok(framing) => framing,
            Err(error) => return self.refuse(error.status(), rx, tx, host),
        };
        self.body = BodyReader::strict(framing);
        self.passed = 0;
        self.keep = fields.keeps_alive(version);
        self.piece = Window::at(self.head.kept());
        self.owes_continue = fields.expects_continue()
            && version == Version::Http11
            && self.rx.is_empty()
            && !self.body.is_done();
        if self.data_in_window(rx).is_err() {
            return self.refuse(Status::BAD_REQUEST, rx, tx, host);
        }
        if fields.expects_the_unknown() {
            return self.answer(Status::EXPECTATION_FAILED, "", rx, tx, host);
        }
        let path = path(target);
        let (status, allow) = match router::find(host.site.routes, method, path) {
            Found::Route(route) => {
                self.route = Some(route);
                self.phase = Phase::Body;
                if !route.in_pieces {
                    if let Framing::Length(length) = framing {
                        self.make_room_for(length, rx, tx, host);
                    }
                }
                return;
            }
            Found::OtherMethods => (Status::METHOD_NOT_ALLOWED, true),
            Found::Options => (Status::NO_CONTENT, true),
            Found::Refused(status) => (status, false),
        };
        self.answer_without_route(status, allow, path, rx, tx, host);
    }

    /// Answers a request that no route takes; with the methods that are allowed, if `allow`.
    // Inlined, its failure and its answer would take 96 bytes of the stack below handlers.
    #[inline(never)]
    fn answer_without_route(
        &mut self,
        status: Status,
        allow: bool,
        path: &str,
        rx: &[u8],
        tx: &mut [u8],
        host: &mut Host<'_, A>,
    ) {
        let routes = host.site.routes;
        let write_methods = |writer: &mut Writer<'_>| router::write_methods(routes, path, writer);
        let allow: Option<&dyn Fn(&mut Writer<'_>)> =
            if allow { Some(&write_methods) } else { None };
        let reply = Reply::new(tx, self.terms(rx, host));
        let answer = reply.plain(&Failure::new(status, ""), allow);
        self.conclude(answer, rx, tx, host);
    }

    /// Drops headers that nobody wants if a body of `length` bytes needs their room, and refuses one
    /// that does not fit all the same.
    fn make_room_for(&mut self, length: u64, rx: &mut [u8], tx: &mut [u8], host: &mut Host<'_, A>) {
        if length > rx.len().saturating_sub(self.head.kept()) as u64 {
            self.head.drop_optional(rx, &host.site.rules);
            self.piece.move_to(rx, self.head.kept());
        }
        let have = rx.len().saturating_sub(self.head.kept());
        if length > have as u64 {
            let need = usize::try_from(length).unwrap_or(usize::MAX);
            self.fail(too_large(have, need), rx, tx, host);
        }
    }

    /// A body whose length nobody knows has filled the buffer.
    fn make_more_room(&mut self, rx: &mut [u8], tx: &mut [u8], host: &mut Host<'_, A>) {
        self.head.drop_optional(rx, &host.site.rules);
        self.piece.move_to(rx, self.head.kept());
        self.rx.move_to(rx, self.piece.end());
        if self.piece.end() >= rx.len() {
            // The end of the last chunk needs room, too.
            let have = self.piece.len().saturating_sub(1);
            self.fail(too_large(have, have + 1), rx, tx, host);
        }
    }

    /// Gathers a whole body behind the head, then calls the handler.
    pub(super) fn collect(&mut self, rx: &mut [u8], tx: &mut [u8], host: &mut Host<'_, A>) -> bool {
        loop {
            let Ok(n) = self.data_in_window(rx) else {
                self.refuse(Status::BAD_REQUEST, rx, tx, host);
                return true;
            };
            if n == 0 {
                break;
            }
            move_down(rx, self.rx.start(), n, self.piece.end());
            self.piece.received(n);
            self.use_data(n);
        }
        if self.body.is_done() {
            self.call_handler(rx, tx, host);
        } else if self.piece.end() >= rx.len() {
            self.make_more_room(rx, tx, host);
        } else {
            self.promise_more(tx);
            return false;
        }
        true
    }

    /// Calls the handler with what has arrived of the body.
    pub(super) fn hand_over_piece(
        &mut self,
        rx: &mut [u8],
        tx: &mut [u8],
        host: &mut Host<'_, A>,
    ) -> bool {
        if self.next_piece(rx).is_err() {
            self.refuse(Status::BAD_REQUEST, rx, tx, host);
        } else if self.asked && self.piece.is_empty() && !self.body.is_done() {
            self.promise_more(tx);
            return false;
        } else {
            self.call_handler(rx, tx, host);
        }
        true
    }

    pub(super) fn call_handler(&mut self, rx: &mut [u8], tx: &mut [u8], host: &mut Host<'_, A>) {
        let Some(route) = self.route else { return };
        let terms = self.terms(rx, host);
        let (head, body) = rx.split_at_mut_checked(self.piece.start()).unwrap_or_default();
        let piece = body.get_mut(..self.piece.len()).unwrap_or_default();
        let answer = match self.call(route, head, Some(piece), tx, terms, host) {
            Ok(response) if matches!(response.kind, Kind::More) && self.body.is_done() => {
                Err(Failure::internal("a handler wants more of a body that is complete"))
            }
            answer => answer,
        };
        self.asked = true;
        self.conclude(answer, rx, tx, host);
    }

    /// Has a handler take a piece of the body; without one, the rest does not come.
    pub(super) fn call(
        &self,
        route: &Route<A>,
        head: &[u8],
        piece: Option<&mut [u8]>,
        tx: &mut [u8],
        terms: Terms,
        host: &mut Host<'_, A>,
    ) -> Answer<A> {
        let is_aborted = piece.is_none();
        let body = Body::new(piece.unwrap_or_default());
        let request = self.request(head, &body, self.passed, is_aborted, host);
        (route.handler)(host.app, &request, Reply::new(tx, terms))
    }

    /// Reads past what nobody wants of a body.
    pub(super) fn swallow(&mut self, rx: &[u8]) -> bool {
        loop {
            match self.data_in_window(rx) {
                Ok(0) => break,
                Ok(n) => self.use_data(n),
                Err(_) => {
                    self.phase = Phase::Linger;
                    return true;
                }
            }
        }
        if self.body.is_done() {
            self.phase = Phase::Respond;
        }
        self.body.is_done()
    }

    /// Makes the next bytes of the body the current piece, if there is none.
    pub(super) fn next_piece(&mut self, rx: &[u8]) -> Result<(), BodyError> {
        if self.piece.is_empty() {
            let n = self.data_in_window(rx)?;
            self.piece = Window::at(self.rx.start());
            self.piece.received(n);
            self.use_data(n);
            // So the last piece is known to be the last, if its framing says so.
            self.data_in_window(rx)?;
        }
        Ok(())
    }

    /// Skips framing, and says how many bytes of the body are behind it.
    pub(super) fn data_in_window(&mut self, rx: &[u8]) -> Result<usize, BodyError> {
        let skipped = self.body.skip_framing(self.rx.bytes(rx))?;
        self.rx.take(skipped);
        let there = self.rx.len();
        Ok(usize::try_from(self.body.next_data()).map_or(there, |next| next.min(there)))
    }

    pub(super) fn use_data(&mut self, n: usize) {
        self.rx.take(n);
        self.body.took(n as u64);
    }

    /// The client that waits for it is told to go on with its body (RFC 9110 section 10.1.1).
    pub(super) fn promise_more(&mut self, tx: &mut [u8]) {
        if self.owes_continue && self.tx.is_empty() {
            self.owes_continue = false;
            let mut writer = Writer::new(tx);
            writer.bytes(CONTINUE);
            self.tx = Window::at(0);
            self.tx.received(writer.written().len());
        }
    }

    /// As [`promise_more`](Self::promise_more), in front of a response that is about to be sent.
    pub(super) fn promise_in_front(&mut self, tx: &mut [u8]) -> Result<(), BufferTooSmall> {
        if self.owes_continue {
            let (have, need) = (tx.len(), self.tx.end() + CONTINUE.len());
            if need > have {
                return Err(BufferTooSmall { have, need });
            }
            move_up(tx, self.tx.end(), CONTINUE.len());
            let front = tx.get_mut(self.tx.start()..).unwrap_or_default();
            Writer::new(front).bytes(CONTINUE);
            self.tx.received(CONTINUE.len());
        }
        Ok(())
    }

    pub(super) fn request_head<'r>(&self, rx: &'r [u8]) -> RequestHead<'r> {
        RequestHead::new(rx.get(..self.head.kept()).unwrap_or_default())
    }

    pub(super) fn request<'c>(
        &'c self,
        rx: &'c [u8],
        body: &'c Body<'c>,
        offset: u64,
        is_aborted: bool,
        host: &Host<'c, A>,
    ) -> Request<'c> {
        Request {
            head: self.request_head(rx),
            fields: self.head.fields(),
            version: self.head.version(),
            pattern: self.route.map_or("", |route| route.path),
            body,
            offset,
            is_first: !self.asked,
            is_complete: self.body.is_done() && !is_aborted,
            is_aborted,
            headers_dropped: self.head.dropped(),
            peer: host.peer,
            connection: host.connection,
        }
    }
}

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

const fn too_large(have: usize, need: usize) -> Failure {
    let message = "body does not fit into the room that the server has for it";
    Failure {
        room: Some(BufferTooSmall { have, need }),
        ..Failure::new(Status::CONTENT_TOO_LARGE, message)
    }
}
