use core::net::SocketAddr;

use super::reply::{Coding, Kind, Ready, Tail, Terms};
use super::request::path;
use super::router::{self, Found};
use super::{CloseReason, Event, Failure, Flow, Reply, Request, Route, Site, Stream};
use crate::wire::{
    BodyError, BodyReader, Framing, HeadReader, Method, Progress, RequestHead, Status, Version,
    Window, Writer, move_down,
};

/// One connection of a server as bytes: the protocol without a stack and without a clock.
///
/// ```text
///          ┌────────────────────────────────────────────────────────────┐
///          ▼                                                            │
///        Head ──▶ Body ──▶ Respond ──▶ (Swallow the rest of the body) ──┤ kept alive
///          │        │         │                                         │
///          └────────┴─────────┴──────▶ Linger until the client closes ──┴─▶ Over
/// ```
///
/// Whatever drives it [`advance`](Self::advance)s it, sends its [`output`](Self::output), receives
/// into its [`room`](Self::room), and closes when it [is over](Self::over). Its buffers stay with the
/// driver: `rx` for the request, `tx` for the response, the same two in each call.
#[derive(Debug)]
pub struct Connection<A: 'static> {
    head: HeadReader,
    /// What was received and not yet used.
    rx: Window,
    /// What of the body is ready for the application.
    piece: Window,
    body: BodyReader,
    /// What is to be sent.
    tx: Window,
    tail: Tail<A>,
    coding: Coding,
    /// So many bytes of a body with a length are still to be produced.
    left: u64,
    /// So many bytes of a produced body are behind us.
    produced: u64,
    route: Option<&'static Route<A>>,
    phase: Phase,
    over: Option<CloseReason>,
    keep: bool,
    /// The client waits for `100 Continue`.
    owes_continue: bool,
    /// The handler was called for this request.
    asked: bool,
    /// A response has been sent on this connection.
    served: bool,
    /// The producer has nothing to say for so many milliseconds.
    pause_ms: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Head,
    Body,
    Respond,
    Swallow,
    Linger,
}

/// What a connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The first byte of the first request.
    FirstRequest,
    /// The first byte of the next request.
    NextRequest,
    /// The rest of a head.
    Head,
    /// The rest of a body that is collected.
    Body,
    /// The next piece of a body.
    Piece,
    /// The client, to take what is sent.
    Write,
    /// The producer of a body; see [`Connection::pause_ms`].
    Pause,
    /// The client, to close.
    Close,
}

/// The application that a connection calls, and who is on its other end.
#[derive(Debug)]
pub struct Host<'a, A: 'static> {
    /// The application.
    pub app: &'a mut A,
    /// Its routes and settings.
    pub site: &'a Site<A>,
    /// The address of the client.
    pub peer: SocketAddr,
    /// Which of the server's connections this is.
    pub connection: usize,
}

impl<A> Connection<A> {
    /// A connection on which nothing has been received.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            head: HeadReader::request(),
            rx: Window::at(0),
            piece: Window::at(0),
            body: BodyReader::new(Framing::Length(0)),
            tx: Window::at(0),
            tail: Tail::None,
            coding: Coding::UntilClose,
            left: 0,
            produced: 0,
            route: None,
            phase: Phase::Head,
            over: None,
            keep: false,
            owes_continue: false,
            asked: false,
            served: false,
            pause_ms: None,
        }
    }

    /// Why the connection is to be closed, once it is.
    #[must_use]
    pub const fn over(&self) -> Option<CloseReason> {
        self.over
    }

    /// Whether the connection is between two requests, with nothing of the next received.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.phase == Phase::Head && !self.head.has_begun() && self.rx.is_empty()
    }

    /// What it waits for now.
    #[must_use]
    pub fn waits_for(&self) -> Wait {
        if self.has_output() {
            return Wait::Write;
        }
        match self.phase {
            Phase::Head if !self.is_idle() => Wait::Head,
            Phase::Head if self.served => Wait::NextRequest,
            Phase::Head => Wait::FirstRequest,
            Phase::Body if self.collects() => Wait::Body,
            Phase::Respond if self.pause_ms.is_some() => Wait::Pause,
            Phase::Body | Phase::Respond | Phase::Swallow => Wait::Piece,
            Phase::Linger => Wait::Close,
        }
    }

    /// For how many milliseconds the producer has nothing to say; 0 if it was not asked.
    #[must_use]
    pub fn pause_ms(&self) -> u32 {
        self.pause_ms.unwrap_or(0)
    }

    /// The producer's pause is over.
    pub fn end_pause(&mut self) {
        self.pause_ms = None;
    }

    /// What is to be sent next; empty if nothing is.
    #[must_use]
    pub fn output<'o>(&self, tx: &'o [u8]) -> &'o [u8] {
        match self.tail {
            Tail::Static(bytes) if self.tx.is_empty() => bytes,
            _ => self.tx.bytes(tx),
        }
    }

    /// The first `n` bytes of [`output`](Self::output) were sent.
    pub fn sent(&mut self, n: usize) {
        match self.tail {
            Tail::Static(bytes) if self.tx.is_empty() => {
                self.tail = Tail::Static(bytes.get(n..).unwrap_or_default());
            }
            _ => self.tx.take(n),
        }
    }

    /// Where to receive next; then tell [`received`](Self::received). Empty where nothing more is
    /// wanted for now.
    pub fn room<'r>(&mut self, rx: &'r mut [u8]) -> &'r mut [u8] {
        let wanted = match self.phase {
            Phase::Head | Phase::Swallow | Phase::Linger => true,
            Phase::Body => !self.body.is_done(),
            Phase::Respond => matches!(self.tail, Tail::Produced(_)) && !self.body.is_done(),
        };
        if !wanted || self.over.is_some() {
            return &mut [];
        }
        if self.phase != Phase::Head && self.rx.room(rx).is_empty() {
            self.piece.move_to(rx, self.head.kept());
            self.rx.move_to(rx, self.piece.end());
        }
        self.rx.room(rx)
    }

    /// `n` bytes were put into [`room`](Self::room).
    pub fn received(&mut self, n: usize) {
        self.rx.received(n);
        self.pause_ms = None;
    }

    /// The client has closed its side.
    pub fn end_of_input(&mut self) {
        self.over = Some(match self.phase {
            Phase::Head if self.is_idle() => CloseReason::ClientClosed,
            Phase::Linger => CloseReason::Complete,
            _ => CloseReason::ClientLeft,
        });
    }

    /// Goes on with what was received and sent, as far as it leads: reads heads and bodies, calls
    /// handlers, writes responses.
    pub fn advance(&mut self, rx: &mut [u8], tx: &mut [u8], host: &mut Host<'_, A>) {
        while self.over.is_none() {
            let goes_on = match self.phase {
                Phase::Head => self.advance_head(rx, tx, host),
                Phase::Body if self.has_output() => false,
                Phase::Body if self.collects() => self.collect(rx, tx, host),
                Phase::Body => self.hand_over_piece(rx, tx, host),
                Phase::Respond => self.advance_response(rx, tx, host),
                Phase::Swallow => self.swallow(rx),
                Phase::Linger => {
                    self.rx = Window::at(0);
                    false
                }
            };
            if !goes_on {
                return;
            }
        }
    }

    fn has_output(&self) -> bool {
        !self.tx.is_empty() || matches!(self.tail, Tail::Static(bytes) if !bytes.is_empty())
    }

    fn collects(&self) -> bool {
        self.route.is_some_and(|route| !route.in_pieces)
    }

    fn advance_head(&mut self, rx: &mut [u8], tx: &mut [u8], host: &mut Host<'_, A>) -> bool {
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
    fn begin(&mut self, rx: &[u8], tx: &mut [u8], host: &mut Host<'_, A>) {
        let head = self.request_head(rx);
        let (method, target) = (head.method(), head.target());
        host.site.tell(host.app, &Event::Request { peer: host.peer, method, target });

        let (version, fields) = (self.head.version(), *self.head.fields());
        let framing = match Framing::of_request(version, &fields) {
            Ok(framing) => framing,
            Err(error) => return self.refuse(error.status(), rx, tx, host),
        };
        self.body = BodyReader::new(framing);
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
                let room = rx.len().saturating_sub(self.head.kept());
                if !route.in_pieces && matches!(framing, Framing::Length(n) if n > room as u64) {
                    return self.answer(Status::CONTENT_TOO_LARGE, "", rx, tx, host);
                }
                self.route = Some(route);
                self.phase = Phase::Body;
                return;
            }
            Found::OtherMethods => (Status::METHOD_NOT_ALLOWED, true),
            Found::Options => (Status::NO_CONTENT, true),
            Found::Refused(status) => (status, false),
        };
        let routes = host.site.routes;
        let write_methods = |writer: &mut Writer<'_>| router::write_methods(routes, path, writer);
        let allow: Option<&dyn Fn(&mut Writer<'_>)> =
            if allow { Some(&write_methods) } else { None };
        let reply = Reply::new(tx, self.terms(rx)).status(status);
        let answer = reply.plain("", allow);
        self.conclude(answer, rx, tx, host);
    }

    /// Gathers a whole body behind the head, then calls the handler.
    fn collect(&mut self, rx: &mut [u8], tx: &mut [u8], host: &mut Host<'_, A>) -> bool {
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
            self.answer(Status::CONTENT_TOO_LARGE, "", rx, tx, host);
        } else {
            self.promise_more(tx);
            return false;
        }
        true
    }

    /// Calls the handler with what has arrived of the body.
    fn hand_over_piece(&mut self, rx: &[u8], tx: &mut [u8], host: &mut Host<'_, A>) -> bool {
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

    fn call_handler(&mut self, rx: &[u8], tx: &mut [u8], host: &mut Host<'_, A>) {
        let Some(route) = self.route else { return };
        self.asked = true;
        let body = self.piece.bytes(rx);
        let request = self.request(rx, body, host);
        let reply = Reply::new(tx, self.terms(rx));
        let answer = match (route.handler)(host.app, &request, reply) {
            Ok(response) if matches!(response.kind, Kind::More) && self.body.is_done() => {
                Err(Failure::internal("a handler wants more of a body that is complete"))
            }
            answer => answer,
        };
        self.conclude(answer, rx, tx, host);
    }

    /// Takes what a handler answered.
    fn conclude(
        &mut self,
        answer: super::Answer<A>,
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
                host.site.tell(host.app, &Event::Failed { peer: host.peer, failure });
                let shown = if failure.status.is_server_error() { "" } else { failure.message };
                self.answer(failure.status, shown, rx, tx, host);
            }
        }
    }

    fn respond(&mut self, ready: Ready<A>, rx: &[u8], tx: &mut [u8], host: &mut Host<'_, A>) {
        host.site.tell(host.app, &Event::Answered { peer: host.peer, status: ready.status });
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
    fn answer(
        &mut self,
        status: Status,
        message: &str,
        rx: &[u8],
        tx: &mut [u8],
        host: &mut Host<'_, A>,
    ) {
        let answer = Reply::new(tx, self.terms(rx)).status(status).plain(message, None);
        match answer {
            Ok(super::Response { kind: Kind::Ready(ready) }) => self.respond(ready, rx, tx, host),
            _ => self.over = Some(CloseReason::BodyFailed),
        }
    }

    /// Answers what cannot be understood, and reads no further.
    fn refuse(&mut self, status: Status, rx: &[u8], tx: &mut [u8], host: &mut Host<'_, A>) {
        self.keep = false;
        self.body = BodyReader::new(Framing::UntilClose);
        self.answer(status, "", rx, tx, host);
    }

    fn advance_response(&mut self, rx: &[u8], tx: &mut [u8], host: &mut Host<'_, A>) -> bool {
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

    /// Has the producer write the next piece. Returns whether to go on at once.
    fn produce(&mut self, rx: &[u8], tx: &mut [u8], host: &mut Host<'_, A>) -> bool {
        let Tail::Produced(producer) = self.tail else { return false };
        if self.pause_ms.is_some() {
            return false;
        }
        if self.next_piece(rx).is_err() {
            self.over = Some(CloseReason::BodyFailed);
            return false;
        }
        let (front, back, limit) = match self.coding {
            Coding::Chunked => (CHUNK_FRONT, CHUNK_BACK, CHUNK_MAX),
            Coding::Length => (0, 0, usize::try_from(self.left).unwrap_or(usize::MAX)),
            Coding::UntilClose => (0, 0, usize::MAX),
        };
        let base = if self.tx.is_empty() { 0 } else { self.tx.end() };
        let room = tx.len().saturating_sub(base + front + back).min(limit);
        if room == 0 && limit > 0 {
            return false;
        }
        let start = base + front;
        let area = tx.get_mut(start..start + room).unwrap_or_default();
        let input = self.piece.bytes(rx);
        let mut stream = Stream {
            request: self.request(rx, &[], host),
            input,
            writer: Writer::new(area),
            position: self.produced,
        };
        let flow = producer(host.app, &mut stream);
        let taken = input.len().saturating_sub(stream.input.len());
        let (written, overflowed) = (stream.writer.written().len(), stream.writer.overflowed());
        self.piece.take(taken);
        self.produced += written as u64;
        self.left = self.left.saturating_sub(written as u64);
        let all_written = self.coding == Coding::Length && self.left == 0;
        let (complete, pause_ms) = match flow {
            Ok(_) if overflowed => {
                (Err(Failure::internal("a body wrote more than it had room for")), 0)
            }
            Ok(Flow::Done) if self.coding == Coding::Length && !all_written => {
                (Err(Failure::internal("a body ended before its announced length")), 0)
            }
            Ok(Flow::Done) => (Ok(true), 0),
            Ok(Flow::More) => (Ok(all_written), MORE_PAUSE_MS),
            Ok(Flow::Wait(ms)) => (Ok(all_written), ms),
            Err(failure) => (Err(failure), 0),
        };
        let complete = match complete {
            Ok(complete) => complete,
            Err(failure) => {
                host.site.tell(host.app, &Event::Failed { peer: host.peer, failure });
                self.over = Some(CloseReason::BodyFailed);
                return false;
            }
        };
        if complete {
            self.tail = Tail::None;
        } else if written == 0 && taken == 0 {
            // With input still to come, it is called when that arrives; else when the pause is over.
            self.promise_more(tx);
            self.pause_ms = self.body.is_done().then_some(pause_ms);
            return false;
        }
        let end = match self.coding {
            Coding::Chunked => frame_chunk(tx, base, written, complete),
            _ => start + written,
        };
        if self.tx.is_empty() {
            self.tx = Window::at(base);
        }
        self.tx.received(end.saturating_sub(base));
        true
    }

    /// Reads past what nobody wants of a body.
    fn swallow(&mut self, rx: &[u8]) -> bool {
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
    fn next_piece(&mut self, rx: &[u8]) -> Result<(), BodyError> {
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
    fn data_in_window(&mut self, rx: &[u8]) -> Result<usize, BodyError> {
        let skipped = self.body.skip_framing(self.rx.bytes(rx))?;
        self.rx.take(skipped);
        let there = self.rx.len();
        Ok(usize::try_from(self.body.next_data()).map_or(there, |next| next.min(there)))
    }

    fn use_data(&mut self, n: usize) {
        self.rx.take(n);
        self.body.took(n as u64);
    }

    /// The client that waits for it is told to go on with its body (RFC 9110 section 10.1.1).
    fn promise_more(&mut self, tx: &mut [u8]) {
        if self.owes_continue && self.tx.is_empty() {
            self.owes_continue = false;
            let mut writer = Writer::new(tx);
            writer.str("HTTP/1.1 100 Continue\r\n\r\n");
            self.tx = Window::at(0);
            self.tx.received(writer.written().len());
        }
    }

    fn terms(&self, rx: &[u8]) -> Terms {
        Terms {
            version: self.head.version(),
            to_head: self.request_head(rx).method() == Method::HEAD.as_str(),
            keep: self.keep,
            readable: self.body.is_done() || (self.has_little_left(rx) && !self.owes_continue),
        }
    }

    /// Whether it is cheaper to read past the rest of the body than to connect again.
    fn has_little_left(&self, rx: &[u8]) -> bool {
        !self.head.fields().is_chunked() && self.body.next_data() <= rx.len() as u64
    }

    fn request_head<'r>(&self, rx: &'r [u8]) -> RequestHead<'r> {
        RequestHead::new(rx.get(..self.head.kept()).unwrap_or_default())
    }

    fn request<'c>(&'c self, rx: &'c [u8], body: &'c [u8], host: &Host<'_, A>) -> Request<'c> {
        Request {
            head: self.request_head(rx),
            fields: self.head.fields(),
            version: self.head.version(),
            pattern: self.route.map_or("", |route| route.path),
            body,
            is_complete: self.body.is_done(),
            headers_dropped: self.head.dropped(),
            peer: host.peer,
            connection: host.connection,
        }
    }
}

impl<A> Default for Connection<A> {
    fn default() -> Self {
        Self::new()
    }
}

/// A chunk's size as four digits, and CR LF.
const CHUNK_FRONT: usize = 6;
/// CR LF behind a chunk, and the last chunk.
const CHUNK_BACK: usize = 7;
/// What four hexadecimal digits can say.
const CHUNK_MAX: usize = 0xffff;
/// A producer that has more, but wrote nothing, is asked again so soon.
const MORE_PAUSE_MS: u32 = 10;

/// Writes the framing around `length` bytes of a chunk and returns where it ends.
fn frame_chunk(tx: &mut [u8], base: usize, length: usize, last: bool) -> usize {
    let mut end = base;
    if length > 0 {
        let mut front = Writer::new(tx.get_mut(base..base + CHUNK_FRONT).unwrap_or_default());
        for shift in [12, 8, 4, 0] {
            front.hex((length as u64 >> shift) & 0xf);
        }
        front.str("\r\n");
        end += CHUNK_FRONT + length;
    }
    let mut back = Writer::new(tx.get_mut(end..end + CHUNK_BACK).unwrap_or_default());
    if length > 0 {
        back.str("\r\n");
    }
    if last {
        back.str("0\r\n\r\n");
    }
    end + back.len()
}
