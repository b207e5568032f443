mod calling;
mod ending;
mod left;
mod reading;
mod requesting;
mod telling;

use super::body::Outgoing;
#[cfg(feature = "websocket")]
use super::body::Tail;
use super::{CloseReason, ConnectInfo, Event, Route, Site};
use crate::hal::Deadline;
use crate::wire::{BodyReader, Framing, HeadReader, Window};
pub(super) use left::Left;
pub(super) use telling::Told;

/// One connection of a server as bytes: the protocol without a stack.
///
/// ```text
///          ┌───────────────────────────────────────────────────────────────────┐
///          ▼                                                                   │
///        Head ──▶ Body ◀──▶ Call ──▶ Sending ──▶ (Swallow the rest of the body) ─┤ kept alive
///          │        │         ▲▼        │                                      │
///          │        │       Paused      │                                      │
///          └────────┴───────────────────┴──▶ Linger until the client closes ───┴─▶ Over
/// ```
///
/// Whatever drives it [`advance`](Self::advance)s it, sends its [`output`](Self::output), receives
/// into its [`room`](Self::room), and closes when it [is over](Self::over). Its buffers stay with the
/// driver: `rx` for the request, `tx` for the response, the same two in each call.
#[derive(Debug)]
pub struct Connection<A: 'static, T: 'static = ()> {
    head: HeadReader,
    /// What was received and not yet used.
    rx: Window,
    /// What of the body is ready for the handler. It begins where the head ends, or behind that; at 0
    /// as long as there is no head.
    piece: Window,
    body: BodyReader,
    out: Outgoing,
    /// So many bytes of the body are behind us.
    offset: usize,
    route: Option<&'static Route<A, T>>,
    /// When a handler that waits is called again.
    wake: Deadline,
    /// When the head of the request was complete.
    begun_ms: u32,
    phase: Phase,
    /// The handler was called for this request, and is to be called again.
    is_unfinished: bool,
    /// The client has closed its side: nothing more comes.
    ended: bool,
    /// The server is shut down.
    is_shut_down: bool,
    state: T,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The first head.
    First,
    /// Another one.
    Head,
    /// More of a body is waited for: all of it, or a piece.
    Body,
    /// The rest of the request is not waited for any longer.
    TimeOut,
    /// The handler is to be called.
    Call,
    /// The handler waits.
    Paused,
    /// The response is written, and is to be sent.
    Sending,
    Swallow,
    Linger,
    Over(CloseReason),
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
    /// The handler; see [`Connection::pause_ms`].
    Pause,
    /// The client, to close.
    Close,
}

/// What a connection works in: the application that it calls, who is on its other end, the time.
#[derive(Debug)]
pub struct Context<'a, A: 'static, T: 'static = ()> {
    /// The application.
    pub app: &'a mut A,
    /// Its routes and settings.
    pub site: &'a Site<A, T>,
    /// The client, and which of the server's connections is its.
    pub client: &'a ConnectInfo,
    /// The clock's time.
    pub now_ms: u32,
}

impl<A, T> Context<'_, A, T> {
    fn notify(&mut self, event: &Event<'_>) {
        self.site.notify(self.app, self.client, event);
    }
}

impl<A, T: Default> Connection<A, T> {
    /// A connection on which nothing has been received.
    #[must_use]
    pub fn new() -> Self {
        Self {
            head: HeadReader::request(),
            rx: Window::at(0),
            piece: Window::at(0),
            body: BodyReader::strict(Framing::Length(0)),
            out: Outgoing::new(),
            offset: 0,
            route: None,
            wake: Deadline::after(0, 0),
            begun_ms: 0,
            phase: Phase::First,
            is_unfinished: false,
            ended: false,
            is_shut_down: false,
            state: T::default(),
        }
    }

    /// Goes on with what was received and sent, as far as it leads: reads heads and bodies, calls
    /// handlers, writes responses.
    pub fn advance(&mut self, rx: &mut [u8], tx: &mut [u8], context: &mut Context<'_, A, T>) {
        loop {
            let goes_on = match self.phase {
                Phase::Over(_) => return,
                Phase::First | Phase::Head if self.is_idle() => {
                    self.rx = Window::at(0);
                    false
                }
                Phase::First | Phase::Head => {
                    (context.site.ways.advance_head)(self, rx, tx, context)
                }
                _ if self.out.is_pending() => false,
                Phase::Body => self.advance_body(rx, tx, context),
                Phase::TimeOut => {
                    self.time_is_up(rx, tx, context);
                    true
                }
                Phase::Call => {
                    self.call_handler(rx, tx, context);
                    true
                }
                Phase::Paused => self.advance_pause(rx, tx, context),
                Phase::Sending => {
                    self.end_exchange(rx, context);
                    true
                }
                Phase::Swallow => self.swallow(rx),
                Phase::Linger => {
                    self.rx = Window::at(0);
                    false
                }
            };
            if !goes_on {
                if self.ended && !self.out.is_pending() {
                    if let Some(reason) = self.reason_to_end() {
                        self.phase = Phase::Over(reason);
                    }
                }
                return;
            }
        }
    }

    /// The connection is about to be closed: a handler that is to be called again is told, and the
    /// response that is cut off. Whatever drives the connection calls this before it closes.
    pub fn abandon(&mut self, rx: &mut [u8], tx: &mut [u8], context: &mut Context<'_, A, T>) {
        self.abort(rx, tx, context);
        if self.out.has_begun() {
            let is_complete = self.out.is_whole() && !self.out.is_pending();
            self.complete(rx, is_complete, context);
        }
    }
}

impl<A, T> Connection<A, T> {
    /// Why the connection is to be closed, once it is.
    #[must_use]
    pub const fn over(&self) -> Option<CloseReason> {
        if let Phase::Over(reason) = self.phase { Some(reason) } else { None }
    }

    /// Whether the connection is between two requests, with nothing of the next received. An empty
    /// line is nothing (RFC 9112 section 2.2).
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::First | Phase::Head)
            && !self.head.has_begun()
            && self.rx.is_empty()
    }

    /// What it waits for now.
    #[must_use]
    pub fn waits_for(&self) -> Wait {
        if self.out.is_pending() {
            return Wait::Write;
        }
        match self.phase {
            Phase::First | Phase::Head if !self.is_idle() => Wait::Head,
            Phase::First => Wait::FirstRequest,
            Phase::Head => Wait::NextRequest,
            Phase::Body if !self.takes_pieces() => Wait::Body,
            Phase::Paused => Wait::Pause,
            Phase::Body | Phase::TimeOut | Phase::Call | Phase::Sending | Phase::Swallow => {
                Wait::Piece
            }
            Phase::Linger | Phase::Over(_) => Wait::Close,
        }
    }

    /// For how many milliseconds the handler waits; 0 if it does not.
    #[must_use]
    pub const fn pause_ms(&self, now_ms: u32) -> u32 {
        if let Phase::Paused = self.phase { self.wake.remaining(now_ms) } else { 0 }
    }

    pub(super) const fn has_output(&self) -> bool {
        self.out.is_pending()
    }

    /// Whether a handler waits: for its time, or for more of the request.
    pub(super) const fn is_paused(&self) -> bool {
        matches!(self.phase, Phase::Paused)
    }

    /// A handler that waits is called again by the next [`advance`](Self::advance), as if its time had
    /// come. If none does, nothing happens.
    pub fn wake(&mut self, now_ms: u32) {
        self.wake = Deadline::after(now_ms, 0);
    }

    /// What is to be sent next; empty if nothing is.
    #[must_use]
    pub fn output<'o>(&self, tx: &'o [u8]) -> &'o [u8] {
        self.out.output(tx)
    }

    /// The first `n` bytes of [`output`](Self::output) were sent.
    pub fn sent(&mut self, n: usize) {
        self.out.sent(n);
    }

    /// Where to receive next; then tell [`received`](Self::received). Empty where nothing more is
    /// wanted for now.
    pub fn room<'r>(&mut self, rx: &'r mut [u8]) -> &'r mut [u8] {
        let is_wanted = match self.phase {
            // A handler that waits would else not notice that its connection broke.
            Phase::First | Phase::Head | Phase::Paused | Phase::Swallow | Phase::Linger => true,
            Phase::Body => !self.body.is_done(),
            Phase::TimeOut | Phase::Call | Phase::Sending | Phase::Over(_) => false,
        };
        if !is_wanted || self.ended {
            return &mut [];
        }
        if self.piece.start() > 0 && self.rx.room(rx).is_empty() {
            self.piece.move_to(rx, self.head.kept());
            self.rx.move_to(rx, self.piece.end());
        }
        self.rx.room(rx)
    }

    /// `n` bytes were put into [`room`](Self::room).
    pub fn received(&mut self, n: usize) {
        self.rx.received(n);
    }

    /// Another client waits for a slot: from now on, each response closes the connection.
    pub fn give_way(&mut self) {
        self.out.left = Left::NONE;
    }

    /// The server is shut down: from now on, each response closes the connection, and handlers
    /// [can know](super::Request::is_shutting_down). One that waits is called by the next
    /// [`advance`](Self::advance), if that is news.
    pub fn shut_down(&mut self, now_ms: u32) {
        self.give_way();
        if !core::mem::replace(&mut self.is_shut_down, true) {
            self.wake(now_ms);
        }
    }

    /// The request has not come in time: 408 is the answer (RFC 9110 section 15.5.9), if some of it
    /// has come and no response has begun. For a WebSocket, it is a close frame. Returns whether there is an
    /// answer; if not, there is nothing to do but to close.
    pub fn time_out(&mut self) -> bool {
        let has_begun = match self.phase {
            Phase::First | Phase::Head => !self.is_idle(),
            #[cfg(feature = "websocket")]
            Phase::Body | Phase::Paused if self.is_websocket() => true,
            phase => phase == Phase::Body && !self.out.has_begun(),
        };
        let answers = has_begun && !self.out.is_pending();
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

    /// It waits, and nothing more comes.
    fn reason_to_end(&self) -> Option<CloseReason> {
        match self.phase {
            Phase::First | Phase::Head if self.is_idle() => Some(CloseReason::ClientClosed),
            Phase::Linger => Some(CloseReason::Complete),
            Phase::Paused if self.body.is_done() => None,
            Phase::Over(reason) => Some(reason),
            _ => Some(CloseReason::ClientLeft),
        }
    }

    /// Whether both sides go on until one closes, which only an upgrade has them do.
    #[cfg(feature = "websocket")]
    fn is_websocket(&self) -> bool {
        self.out.tail == Tail::UntilClose && self.body.next_data() == u64::MAX
    }

    /// Whether the handler is called before the body is complete.
    fn takes_pieces(&self) -> bool {
        self.route.is_some_and(|route| route.in_pieces)
    }
}

impl<A, T: Default> Default for Connection<A, T> {
    fn default() -> Self {
        Self::new()
    }
}
