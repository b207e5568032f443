//! From the bytes of a request to the call of its handler.

use super::telling::Told;
use super::{Connection, Context, Phase};
use crate::server::group::Descent;
use crate::server::request::Body;
use crate::server::router::{self, Found};
use crate::server::target::path;
use crate::server::{Detail, Failure, Request, Route, Site};
use crate::wire::{
    BodyError, BodyReader, BufferTooSmall, Framing, HeadError, Progress, RequestHead, Status,
    Version, Window, move_down,
};

/// Why a request has no other answer: a [`Failure`] in few bytes, since all that may refuse one returns it.
#[derive(Clone, Copy)]
pub(super) enum Refusal {
    /// The status says all.
    Status(Status),
    /// The body has no room.
    TooLarge(BufferTooSmall),
    /// What comes cannot be understood: the connection ends with the answer to that.
    Head(HeadError),
    Body(BodyError),
}

impl From<HeadError> for Refusal {
    fn from(error: HeadError) -> Self {
        Self::Head(error)
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

impl<A, T: Default> Connection<A, T> {
    pub(in crate::server) fn advance_head<const IS_CHOOSY: bool, const HAS_GROUPS: bool>(
        &mut self,
        rx: &mut [u8],
        tx: &mut [u8],
        context: &mut Context<'_, A, T>,
    ) -> bool {
        self.begun_ms = context.now_ms;
        let result = match self.read_head::<IS_CHOOSY, HAS_GROUPS>(rx, context.site) {
            Ok(Progress::NeedMore) => return false,
            Ok(Progress::Complete) => self.begin::<HAS_GROUPS>(rx, tx, context),
            Err(error) => Err(Refusal::Head(error)),
        };
        if let Err(refusal) = result {
            self.refuse(refusal, rx, tx, context);
        }
        true
    }

    /// There is no other answer to the request.
    pub(super) fn refuse(
        &mut self,
        refusal: Refusal,
        rx: &mut [u8],
        tx: &mut [u8],
        context: &mut Context<'_, A, T>,
    ) {
        let failure = match refusal {
            Refusal::Status(status) => Failure::new(status, ""),
            Refusal::TooLarge(room) => Failure {
                detail: Detail::Room(room),
                ..Failure::new(
                    Status::CONTENT_TOO_LARGE,
                    "body does not fit into the room that the server has for it",
                )
            },
            Refusal::Head(error) => {
                self.stop_reading();
                error.into()
            }
            Refusal::Body(error) => {
                self.stop_reading();
                error.into()
            }
        };
        self.fail(&failure, rx, tx, context);
    }

    /// The head is complete: finds out what is to be done.
    fn begin<const HAS_GROUPS: bool>(
        &mut self,
        rx: &mut [u8],
        tx: &mut [u8],
        context: &mut Context<'_, A, T>,
    ) -> Result<(), Refusal> {
        let head = RequestHead::new(rx.get(..self.head.kept()).unwrap_or_default());
        let (method, target) = head.parts();
        self.piece = Window::at(self.head.kept());
        self.offset = 0;
        self.route = None;
        self.tell(rx, context, Told::Request);

        let (version, fields) = (self.head.version(), *self.head.fields());
        let framing = Framing::of_request(version, &fields)?;
        self.body = BodyReader::strict(framing);
        self.out.keep = fields.keeps_alive(version);
        self.out.owes_continue = fields.expects_continue()
            && version == Version::Http11
            && self.rx.is_empty()
            && !self.body.is_done();
        if framing == Framing::Chunked {
            // The body may be empty, and its end be there.
            self.data_in_window(rx)?;
        }
        if fields.expects_the_unknown() {
            return Err(Refusal::Status(Status::EXPECTATION_FAILED));
        }
        let (found, depth) =
            router::look::<_, _, HAS_GROUPS>(context.site.routes, method, path(target));
        let refused = match found {
            Found::Route(route) => {
                self.route = Some(route);
                None
            }
            Found::Nothing(_) if context.site.fallback.is_some() && method != b"CONNECT" => None,
            Found::Nothing(status) | Found::Refused(status) => Some(status),
        };
        // The answer to OPTIONS is not theirs: a preflight has no credentials.
        if HAS_GROUPS && refused != Some(Status::NO_CONTENT) {
            if let Err(failure) = self.ask_guards(depth, rx, context) {
                self.fail(&failure, rx, tx, context);
                return Ok(());
            }
        }
        if let Some(status) = refused {
            return Err(Refusal::Status(status));
        }
        self.phase = if self.body.is_done() { Phase::Call } else { Phase::Body };
        match framing {
            Framing::Length(length) if !self.takes_pieces() => {
                self.make_room_for(length, rx, context)
            }
            _ => Ok(()),
        }
    }

    /// Whether all guards of the groups that have the path let it pass.
    fn ask_guards(
        &mut self,
        depth: u8,
        rx: &[u8],
        context: &mut Context<'_, A, T>,
    ) -> Result<(), Failure> {
        let head = RequestHead::new(rx.get(..self.head.kept()).unwrap_or_default());
        let request = Request {
            state: &mut self.state,
            head,
            reader: &self.head,
            pattern: self.route.map_or("", |route| route.path),
            depth,
            body: Body::new(&mut []),
            taken: None,
            offset: 0,
            is_first: true,
            is_aborted: false,
            framing: &mut self.body,
            #[cfg(feature = "websocket")]
            room: 0,
            #[cfg(feature = "websocket")]
            in_pieces: false,
            is_shut_down: self.is_shut_down,
            client: context.client,
            now_ms: context.now_ms,
            begun_ms: self.begun_ms,
        };
        for group in Descent::new(context.site.routes, path(head.parts().1)) {
            if let Some(guard) = group.guard {
                guard(context.app, &request)?;
            }
        }
        Ok(())
    }

    /// The connection ends with the answer.
    pub(super) fn stop_reading(&mut self) {
        self.out.keep = false;
        self.body = BodyReader::strict(Framing::UntilClose);
    }

    fn drop_optional(&mut self, rx: &mut [u8], site: &Site<A, T>) {
        let mut rules = site.rules;
        rules.wanted = self.route.and_then(Route::wanted).unwrap_or(rules.wanted);
        self.head.drop_optional(rx, &rules);
    }

    /// Drops headers that nobody wants if a body of `length` bytes needs their room, and refuses one
    /// that does not fit all the same.
    fn make_room_for(
        &mut self,
        length: u64,
        rx: &mut [u8],
        context: &Context<'_, A, T>,
    ) -> Result<(), Refusal> {
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
    ) -> Result<(), Refusal> {
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
    fn gather(&mut self, rx: &mut [u8], context: &Context<'_, A, T>) -> Result<bool, Refusal> {
        if self.piece.is_empty() && self.takes_pieces() {
            if self.rx.is_empty() {
                self.rx = Window::at(self.head.kept());
            }
            self.piece = Window::at(self.rx.start());
        }
        let before = self.piece.len();
        loop {
            let n = self.data_in_window(rx)?;
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
        if self.head.kept() + self.piece.len() >= rx.len() {
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
            Err(refusal) => self.refuse(refusal, rx, tx, context),
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

const fn too_large(have: usize, need: usize) -> Refusal {
    Refusal::TooLarge(BufferTooSmall { have, need })
}
