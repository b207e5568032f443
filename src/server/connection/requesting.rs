//! From the bytes of a request to the call of its handler.

use super::{Connection, Context, Phase};
use crate::server::router::{self, Found};
use crate::server::target::path;
use crate::server::{Detail, Event, Failure, Site};
use crate::wire::{
    BodyError, BodyReader, BufferTooSmall, Framing, Progress, RequestHead, Status, Version, Window,
    move_down,
};

impl<A, T: Default> Connection<A, T> {
    // Inlined, it would take its stack below handlers.
    #[inline(never)]
    pub(super) fn advance_head(
        &mut self,
        rx: &mut [u8],
        tx: &mut [u8],
        context: &mut Context<'_, A, T>,
    ) -> bool {
        let refused = match (context.site.read_head)(self, rx, context.site) {
            Ok(Progress::NeedMore) => return false,
            Ok(Progress::Complete) => match self.begin(rx, context) {
                Ok(()) => return true,
                Err(failure) => failure,
            },
            Err(error) => {
                self.begun_ms = context.now_ms;
                self.stop_reading();
                error.into()
            }
        };
        self.answer(&refused, rx, tx, context);
        true
    }

    /// The head is complete: finds out what is to be done.
    fn begin(&mut self, rx: &mut [u8], context: &mut Context<'_, A, T>) -> Result<(), Failure> {
        let head = RequestHead::new(rx.get(..self.head.kept()).unwrap_or_default());
        let (method, target) = (head.method(), head.target());
        self.begun_ms = context.now_ms;
        self.piece = Window::at(self.head.kept());
        self.offset = 0;
        context.notify(&Event::Request { method, target });

        let (version, fields) = (self.head.version(), *self.head.fields());
        let framing =
            Framing::of_request(version, &fields).map_err(|error| self.unreadable(error))?;
        self.body = BodyReader::strict(framing);
        self.out.keep = fields.keeps_alive(version);
        self.out.owes_continue = fields.expects_continue()
            && version == Version::Http11
            && self.rx.is_empty()
            && !self.body.is_done();
        self.data_in_window(rx).map_err(|error| self.unreadable(error))?;
        if fields.expects_the_unknown() {
            return Err(Failure::new(Status::EXPECTATION_FAILED, ""));
        }
        let routes = context.site.routes;
        self.route = None;
        match router::find(routes, method, path(target)) {
            Found::Route(route) => self.route = Some(route),
            Found::Nothing if context.site.fallback.is_some() && method != "CONNECT" => {}
            Found::Nothing if router::is_implemented(routes, method) => {
                return Err(Failure::new(Status::NOT_FOUND, ""));
            }
            Found::Nothing => return Err(Failure::new(Status::NOT_IMPLEMENTED, "")),
            Found::OtherMethods => return Err(Failure::new(Status::METHOD_NOT_ALLOWED, "")),
            Found::Options => return Err(Failure::new(Status::NO_CONTENT, "")),
            Found::Refused(status) => return Err(Failure::new(status, "")),
        }
        self.phase = if self.body.is_done() { Phase::Call } else { Phase::Body };
        match framing {
            Framing::Length(length) if !self.takes_pieces() => {
                self.make_room_for(length, rx, context)
            }
            _ => Ok(()),
        }
    }

    /// What comes cannot be understood: the connection ends with the answer to that.
    fn unreadable<E: Into<Failure>>(&mut self, error: E) -> Failure {
        self.stop_reading();
        error.into()
    }

    pub(super) fn stop_reading(&mut self) {
        self.out.keep = false;
        self.body = BodyReader::strict(Framing::UntilClose);
    }

    fn drop_optional(&mut self, rx: &mut [u8], site: &Site<A, T>) {
        let mut rules = site.rules;
        rules.wanted = self.route.and_then(|route| route.want).unwrap_or(rules.wanted);
        self.head.drop_optional(rx, &rules);
    }

    /// Drops headers that nobody wants if a body of `length` bytes needs their room, and refuses one
    /// that does not fit all the same.
    fn make_room_for(
        &mut self,
        length: u64,
        rx: &mut [u8],
        context: &Context<'_, A, T>,
    ) -> Result<(), Failure> {
        if length > rx.len().saturating_sub(self.head.kept()) as u64 {
            self.drop_optional(rx, context.site);
            self.piece.move_to(rx, self.head.kept());
        }
        let have = rx.len().saturating_sub(self.head.kept());
        if length > have as u64 {
            return Err(too_large(have, usize::try_from(length).unwrap_or(usize::MAX)));
        }
        Ok(())
    }

    /// What has arrived of a body and is not taken has filled the buffer.
    fn make_more_room(
        &mut self,
        rx: &mut [u8],
        context: &Context<'_, A, T>,
    ) -> Result<(), Failure> {
        self.drop_optional(rx, context.site);
        self.piece.move_to(rx, self.head.kept());
        self.rx.move_to(rx, self.piece.end());
        if self.piece.end() >= rx.len() {
            // The end of the last chunk needs room, too.
            let have = self.piece.len().saturating_sub(1);
            return Err(too_large(have, have + 1));
        }
        Ok(())
    }

    /// Gathers what has arrived of the body. Returns whether the handler is to be called.
    fn gather(&mut self, rx: &mut [u8], context: &Context<'_, A, T>) -> Result<bool, Failure> {
        if self.piece.is_empty() && self.takes_pieces() {
            self.piece = Window::at(self.rx.start());
        }
        let before = self.piece.len();
        loop {
            let n = self.data_in_window(rx).map_err(|error| self.unreadable(error))?;
            if n == 0 {
                break;
            }
            move_down(rx, self.rx.start(), n, self.piece.end());
            self.piece.received(n);
            self.rx.take(n);
            self.body.took(n as u64);
        }
        let has_news = self.piece.len() > before || !self.is_unfinished;
        if self.body.is_done() || (has_news && self.takes_pieces()) {
            return Ok(true);
        }
        if self.piece.end() >= rx.len() {
            self.make_more_room(rx, context)?;
        }
        Ok(false)
    }

    /// Waits for more of a body.
    pub(super) fn advance_body(
        &mut self,
        rx: &mut [u8],
        tx: &mut [u8],
        context: &mut Context<'_, A, T>,
    ) -> bool {
        match self.gather(rx, context) {
            Ok(true) => self.phase = Phase::Call,
            Ok(false) => {
                // It is told to go on with its body (RFC 9110 section 10.1.1).
                self.out.promise_more(tx);
                return self.out.is_pending();
            }
            Err(failure) => self.fail(&failure, rx, tx, context),
        }
        true
    }

    /// The handler waits: for its time, or for more of the body.
    pub(super) fn advance_pause(
        &mut self,
        rx: &mut [u8],
        tx: &mut [u8],
        context: &mut Context<'_, A, T>,
    ) -> bool {
        if self.wake.is_over(context.now_ms) {
            self.phase = Phase::Call;
            return true;
        }
        if self.body.is_done() {
            return false;
        }
        self.advance_body(rx, tx, context)
    }

    /// Reads past what nobody wants of a body.
    pub(super) fn swallow(&mut self, rx: &[u8]) -> bool {
        loop {
            match self.data_in_window(rx) {
                Ok(0) => break,
                Ok(n) => {
                    self.rx.take(n);
                    self.body.took(n as u64);
                }
                Err(_) => {
                    self.phase = Phase::Linger;
                    return true;
                }
            }
        }
        if self.body.is_done() {
            self.next_request();
        }
        self.body.is_done()
    }

    /// Skips framing, and says how many bytes of the body are behind it.
    fn data_in_window(&mut self, rx: &[u8]) -> Result<usize, BodyError> {
        let skipped = self.body.skip_framing(self.rx.bytes(rx))?;
        self.rx.take(skipped);
        let there = self.rx.len();
        Ok(usize::try_from(self.body.next_data()).map_or(there, |next| next.min(there)))
    }
}

const fn too_large(have: usize, need: usize) -> Failure {
    let message = "body does not fit into the room that the server has for it";
    Failure {
        status: Status::CONTENT_TOO_LARGE,
        message,
        header: None,
        detail: Detail::Room(BufferTooSmall { have, need }),
    }
}
