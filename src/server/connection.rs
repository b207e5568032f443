mod producing;
mod requesting;
mod responding;

use core::net::SocketAddr;

use super::reply::Tail;
use super::{CloseReason, Event, Route, Site};
use crate::wire::{BodyReader, Framing, HeadReader, Status, Window};

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
    /// So many bytes of the body that is taken in pieces, or of the one that is produced, are behind us.
    passed: u64,
    route: Option<&'static Route<A>>,
    phase: Phase,
    over: Option<CloseReason>,
    keep: bool,
    /// Another client waits for the slot of this one: no response keeps the connection alive.
    is_wanted: bool,
    /// The client waits for `100 Continue`.
    owes_continue: bool,
    /// The handler was called for this request.
    asked: bool,
    /// The client has closed its side: nothing more comes.
    ended: bool,
    /// A response has been sent on this connection.
    served: bool,
    /// How long a pause of the producer is.
    pause_ms: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Head,
    Body,
    /// The rest of the request is not waited for any longer.
    TimeOut,
    Respond,
    /// The producer of the response has nothing to say for now.
    Pause,
    Swallow,
    Linger,
}

/// What README promises: a server has one of these for each client, most of the time idle.
#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<Connection<()>>() <= 128);

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
    pub peer: &'a SocketAddr,
    /// Which of the server's connections this is.
    pub connection: usize,
}

impl<A> Host<'_, A> {
    fn tell(&mut self, event: &Event<'_>) {
        self.site.tell(self.app, self.peer, event);
    }
}

impl<A> Connection<A> {
    /// A connection on which nothing has been received.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            head: HeadReader::request(),
            rx: Window::at(0),
            piece: Window::at(0),
            body: BodyReader::strict(Framing::Length(0)),
            tx: Window::at(0),
            tail: Tail::None,
            passed: 0,
            route: None,
            phase: Phase::Head,
            over: None,
            keep: false,
            is_wanted: false,
            owes_continue: false,
            asked: false,
            ended: false,
            served: false,
            pause_ms: 0,
        }
    }

    /// Why the connection is to be closed, once it is.
    #[must_use]
    pub const fn over(&self) -> Option<CloseReason> {
        self.over
    }

    /// Whether the connection is between two requests, with nothing of the next received. An empty
    /// line is nothing (RFC 9112 section 2.2).
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
            Phase::Pause => Wait::Pause,
            Phase::Body | Phase::TimeOut | Phase::Respond | Phase::Swallow => Wait::Piece,
            Phase::Linger => Wait::Close,
        }
    }

    /// For how many milliseconds the producer has nothing to say; 0 if it was not asked.
    #[must_use]
    pub fn pause_ms(&self) -> u32 {
        if self.phase == Phase::Pause { self.pause_ms } else { 0 }
    }

    /// The producer's pause is over.
    pub fn end_pause(&mut self) {
        if self.phase == Phase::Pause {
            self.phase = Phase::Respond;
        }
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
            // A producer that pauses would else not notice that its connection broke.
            Phase::Head | Phase::Pause | Phase::Swallow | Phase::Linger => true,
            Phase::Body => !self.body.is_done(),
            Phase::TimeOut => false,
            Phase::Respond => self.produces() && !self.body.is_done(),
        };
        if !wanted || self.ended || self.over.is_some() {
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
        self.end_pause();
    }

    /// Another client waits for a slot: from now on, each response closes the connection.
    pub fn give_way(&mut self) {
        self.is_wanted = true;
    }

    /// The request has not come in time: 408 is the answer (RFC 9110 section 15.5.9), if some of it
    /// has come and nothing is being sent. Returns whether there is an answer; if not, there is
    /// nothing to do but to close.
    pub fn time_out(&mut self) -> bool {
        let has_begun = match self.phase {
            Phase::Head => !self.is_idle(),
            phase => phase == Phase::Body,
        };
        let answers = has_begun && !self.has_output();
        if answers {
            self.phase = Phase::TimeOut;
        }
        answers
    }

    /// The client has closed its side. What it has asked for is still answered: it may have closed
    /// only that one, and whether it has gone shows when something is sent.
    pub fn end_of_input(&mut self) {
        self.ended = true;
    }

    /// Goes on with what was received and sent, as far as it leads: reads heads and bodies, calls
    /// handlers, writes responses.
    pub fn advance(&mut self, rx: &mut [u8], tx: &mut [u8], host: &mut Host<'_, A>) {
        while self.over.is_none() {
            let goes_on = match self.phase {
                Phase::Head if self.is_idle() => {
                    self.rx = Window::at(0);
                    false
                }
                Phase::Head => self.advance_head(rx, tx, host),
                Phase::Body if self.has_output() => false,
                Phase::Body if self.collects() => self.collect(rx, tx, host),
                Phase::Body => self.hand_over_piece(rx, tx, host),
                Phase::TimeOut => {
                    self.refuse(Status::REQUEST_TIMEOUT, rx, tx, host);
                    true
                }
                Phase::Respond => self.advance_response(rx, tx, host),
                Phase::Pause => false,
                Phase::Swallow => self.swallow(rx),
                Phase::Linger => {
                    self.rx = Window::at(0);
                    false
                }
            };
            if !goes_on {
                if self.ended && !self.has_output() {
                    self.over = self.reason_to_end();
                }
                return;
            }
        }
    }

    /// It waits, and nothing more comes.
    fn reason_to_end(&self) -> Option<CloseReason> {
        match self.phase {
            Phase::Head if self.is_idle() => Some(CloseReason::ClientClosed),
            Phase::Linger => Some(CloseReason::Complete),
            Phase::Respond | Phase::Pause if self.body.is_done() => None,
            _ => Some(CloseReason::ClientLeft),
        }
    }

    /// The rest of a body does not come: the handler that takes it in pieces is told. Whatever drives
    /// the connection calls this before it closes.
    pub fn abandon(&mut self, rx: &[u8], tx: &mut [u8], host: &mut Host<'_, A>) {
        let takes = match self.phase {
            Phase::Body | Phase::TimeOut => self.asked,
            Phase::Respond | Phase::Pause => self.produces(),
            _ => false,
        };
        let is_all = self.body.is_done() && self.piece.is_empty();
        let Some(route) = self.route.filter(|route| route.in_pieces && takes && !is_all) else {
            return;
        };
        let terms = self.terms(rx, host);
        if let Err(failure) = self.call(route, rx, None, tx, terms, host) {
            host.tell(&Event::Failed(failure));
        }
        self.route = None;
    }

    fn has_output(&self) -> bool {
        !self.tx.is_empty() || matches!(self.tail, Tail::Static(bytes) if !bytes.is_empty())
    }

    fn produces(&self) -> bool {
        matches!(self.tail, Tail::Produced { .. })
    }

    fn collects(&self) -> bool {
        self.route.is_some_and(|route| !route.in_pieces)
    }
}

impl<A> Default for Connection<A> {
    fn default() -> Self {
        Self::new()
    }
}
