//! Streams of events (server-sent events, WHATWG HTML section 9.2): one source for all who listen.

mod writer;

pub use writer::{EventData, EventWriter};

use super::{Answer, Failure, Flow, Reply, Request};
use crate::wire::Writer;

/// The last `N` events, for any number of clients that listen to them; a part of the application.
///
/// An event is in memory once, as the value that it is: who listens keeps a [`Listener`] of 12 bytes in the
/// connection, and the text is written when there is room for it. Events are numbered, and the number is the id: a
/// browser that connects again sends it as `Last-Event-ID`, and gets what it has missed, as far as the `N` reach. One
/// that has missed more, or comes for the first time, begins with the newest event.
///
/// `N` is a power of two. Nothing is allocated.
///
/// ```
/// use nal_http::server::{Answer, EventStream, Listener, Reply, Request, Route, Site};
///
/// struct App {
///     levels: EventStream<u16, 16>,
/// }
///
/// fn events(app: &mut App, request: &mut Request<'_, Listener>, reply: &mut Reply<'_>) -> Answer {
///     app.levels.reply(request, reply, |event, level| {
///         event.name("light").write(|data| data.number((*level).into()));
///     })
/// }
///
/// const SITE: Site<App, Listener> = Site::new(&[Route::get("/events", events)]).want(&["Last-Event-ID"]);
///
/// let mut app = App { levels: EventStream::new() };
/// app.levels.push(301); // and then `server.wake()`, or `tasks.wake()`
/// # let answer = nal_http::testing::TestClient::new(SITE).get(&mut app, "/events");
/// # assert_eq!(answer.header("Content-Type"), Some("text/event-stream"));
/// # assert_eq!(answer.text(), "retry: 1000\n\nid: 0\nevent: light\ndata: 301\n\n");
/// # assert_eq!(app.levels.listeners(), 0);
/// ```
///
/// # When an event leaves
/// At once if the program calls [`Server::wake`](super::Server::wake) or
/// `Tasks::wake` of `server::asynch` behind [`push`](Self::push); else when the handler looks for itself,
/// every 100 ms ([`poll_ms`](Self::poll_ms)).
///
/// # Slots
/// Who listens holds a slot of the server. [`at_most`](Self::at_most) leaves some to others: one listener more is
/// refused with 503 and `Retry-After`, and its page can poll instead. A future of `server::asynch` that is dropped
/// while somebody else has the application goes on counting as a listener.
#[derive(Debug)]
pub struct EventStream<E, const N: usize> {
    events: [Option<E>; N],
    /// The number of the next event.
    next: u32,
    listeners: usize,
    most: usize,
    retry_ms: u32,
    heartbeat_ms: u32,
    poll_ms: u32,
    slow: Slow,
}

/// A line with the longest time, and an empty one.
const RETRY_ROOM: usize = "retry: 4294967295\n\n".len();

/// What becomes of a client that has not taken an event while `N` others came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slow {
    /// It goes on with the newest: for what is measured.
    Skips,
    /// Its response ends, and the browser asks for another: so it knows.
    IsDropped,
}

/// How far a client has come. It is the [state](Request::state) of the route's request, or a part of it that
/// `AsMut` leads to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Listener {
    /// The number of the next event that it is to get.
    next: u32,
    /// When something was written to it last, in ms since it has asked.
    written_ms: u32,
    /// It is counted.
    listens: bool,
}

impl AsMut<Self> for Listener {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

impl<E, const N: usize> Default for EventStream<E, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E, const N: usize> EventStream<E, N> {
    /// No event has happened.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(N.is_power_of_two(), "an event stream keeps a power of two of events") };
        Self {
            events: [const { None }; N],
            next: 0,
            listeners: 0,
            most: usize::MAX,
            retry_ms: 1_000,
            heartbeat_ms: 15_000,
            poll_ms: 100,
            slow: Slow::Skips,
        }
    }

    /// The number of the first event, such as a random one: then no browser can take what happened before the
    /// board restarted for what has happened since.
    #[must_use]
    pub const fn starting_at(mut self, number: u32) -> Self {
        self.next = number;
        self
    }

    /// At most so many listen at the same time; any number, unless this is called.
    #[must_use]
    pub const fn at_most(mut self, listeners: usize) -> Self {
        self.most = listeners;
        self
    }

    /// What becomes of clients that are too slow; they [skip](Slow::Skips), unless this is called.
    #[must_use]
    pub const fn slow(mut self, slow: Slow) -> Self {
        self.slow = slow;
        self
    }

    /// In how many milliseconds browsers connect again: 1,000, unless this is called.
    #[must_use]
    pub const fn retry_ms(mut self, ms: u32) -> Self {
        self.retry_ms = ms;
        self
    }

    /// Who got nothing for so many milliseconds gets an empty comment, so that both sides notice when the other
    /// has gone: 15,000, unless this is called.
    #[must_use]
    pub const fn heartbeat_ms(mut self, ms: u32) -> Self {
        self.heartbeat_ms = ms;
        self
    }

    /// How often the handler looks for events that nobody has [waked](super::Server::wake) it for: every 100
    /// ms, unless this is called. Where the program always wakes it, `u32::MAX` saves these looks.
    #[must_use]
    pub const fn poll_ms(mut self, ms: u32) -> Self {
        self.poll_ms = ms;
        self
    }

    /// Something has happened. Returns the number of the event.
    pub fn push(&mut self, event: E) -> u32 {
        let number = self.next;
        if let Some(place) = self.events.get_mut(Self::place(number)) {
            *place = Some(event);
        }
        self.next = number.wrapping_add(1);
        number
    }

    /// The newest event.
    #[must_use]
    pub fn newest(&self) -> Option<&E> {
        self.get(self.next.wrapping_sub(1))
    }

    /// How many listen: where nobody does, nothing needs to be measured.
    #[must_use]
    pub const fn listeners(&self) -> usize {
        self.listeners
    }

    /// Answers a request for the stream, in each call of its handler. `write` writes an event; one for which it
    /// writes no data is left out.
    ///
    /// An event has to fit into the second half of a slot, with 20 bytes beside it for its number. The stream ends when
    /// the server is [shut down](super::Server::poll_shutdown), behind the last event.
    ///
    /// # Errors
    /// A failure with status 503 if as many listen as [may](Self::at_most).
    pub fn reply<T: AsMut<Listener>>(
        &mut self,
        request: &mut Request<'_, T>,
        reply: &mut Reply<'_>,
        mut write: impl FnMut(&mut EventWriter<'_, '_>, &E),
    ) -> Answer {
        let (is_aborted, elapsed_ms) = (request.is_aborted(), request.elapsed_ms());
        let is_shutting_down = request.is_shutting_down();
        let last_id = request.header("Last-Event-ID");
        let listener = request.state.as_mut();
        if is_aborted {
            self.leave(listener);
            return Ok(Flow::Done);
        }
        let is_new = !listener.listens;
        if is_new {
            self.enter(listener, last_id)?;
        }
        let body = reply.no_store().stream("text/event-stream");
        let start = body.writer().len();
        // Where a small slot has no room for it behind the head, the browser's own time holds.
        if is_new && body.room() >= RETRY_ROOM {
            EventWriter::new(body.writer()).retry_ms(self.retry_ms);
            body.writer().byte(b'\n');
        }
        if !self.has(listener.next) {
            if self.slow == Slow::IsDropped {
                self.leave(listener);
                return Ok(Flow::Done);
            }
            listener.next = self.newest_number();
        }
        let (first, mut sent) = (listener.next, 0);
        let flow = body.write_each(&mut sent, self.next.wrapping_sub(first), |writer, n| {
            self.write(first.wrapping_add(n), writer, &mut write);
        });
        listener.next = first.wrapping_add(sent);
        let quiet_ms = elapsed_ms.wrapping_sub(listener.written_ms);
        if body.writer().len() == start && quiet_ms >= self.heartbeat_ms {
            body.write(b":\n");
        }
        if body.writer().len() > start {
            listener.written_ms = elapsed_ms;
        }
        if flow == Ok(Flow::More) {
            return flow;
        }
        if is_shutting_down {
            self.leave(request.state.as_mut());
            return Ok(Flow::Done);
        }
        let quiet_ms = elapsed_ms.wrapping_sub(listener.written_ms);
        Ok(Flow::Wait(self.heartbeat_ms.saturating_sub(quiet_ms).min(self.poll_ms)))
    }

    fn write(
        &self,
        number: u32,
        writer: &mut Writer<'_>,
        write: &mut impl FnMut(&mut EventWriter<'_, '_>, &E),
    ) {
        let Some(event) = self.get(number) else { return };
        let start = writer.len();
        let mut event_writer = EventWriter::new(writer);
        write(event_writer.number_field("id: ", number), event);
        if !event_writer.is_ended() {
            writer.truncate(start);
        }
    }

    fn enter(&mut self, listener: &mut Listener, last_id: Option<&str>) -> Result<(), Failure> {
        if self.listeners >= self.most {
            return Err(Failure::unavailable("as many listen as may", "5"));
        }
        self.listeners += 1;
        listener.listens = true;
        let last = last_id.and_then(|id| id.parse::<u32>().ok());
        let next = last.map(|last| last.wrapping_add(1)).filter(|&next| self.has(next));
        listener.next = next.unwrap_or(self.newest_number());
        Ok(())
    }

    fn leave(&mut self, listener: &mut Listener) {
        if core::mem::take(&mut listener.listens) {
            self.listeners = self.listeners.saturating_sub(1);
        }
    }

    /// The number of the newest event, or of the next if there is none.
    fn newest_number(&self) -> u32 {
        self.next.wrapping_sub(u32::from(self.newest().is_some()))
    }

    /// Whether one who is to get this event next has missed none.
    fn has(&self, number: u32) -> bool {
        number == self.next || self.get(number).is_some()
    }

    fn get(&self, number: u32) -> Option<&E> {
        let age = self.next.wrapping_sub(number) as usize;
        self.events.get(Self::place(number)).filter(|_| (1..=N).contains(&age))?.as_ref()
    }

    const fn place(number: u32) -> usize {
        number as usize & (N - 1)
    }
}
