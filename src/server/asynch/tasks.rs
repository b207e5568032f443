mod shutdown;

use core::cell::Cell;
use core::fmt;
use core::future::poll_fn;
use core::net::SocketAddr;
use core::pin::pin;
use core::task::Waker;

use embedded_io_async::{Read, Write};

use super::Share;
use crate::hal::{Deadline, Timer};
use crate::server::turn::{Queue, Turn};
use crate::server::{CloseReason, Site, Timeouts};

/// What the `N` tasks of a server know of each other: who listens, and which connection has to give way
/// when nobody does; see [how](super#safety-on-a-hostile-network). It also calls handlers that wait.
///
/// Each task [joins](Self::join), and then listens and serves again and again, as in the example
/// [above](super). There is one `Tasks` for a server; on embassy in a `StaticCell`. It is made of cells,
/// so its tasks are those of one executor. It takes 32 bytes for each of them.
pub struct Tasks<const N: usize>(Group<[Entry; N]>);

struct Group<E: ?Sized> {
    course: Cell<Course>,
    entries: E,
}

/// How the server is getting on.
#[derive(Clone, Copy)]
enum Course {
    /// A task listens.
    Open,
    /// None has listened since then.
    Crowded { since_ms: u32 },
    /// It is shut down, until then at the latest.
    ShutDown(Deadline),
}

/// What is known of one task.
struct Entry {
    state: Cell<State>,
    /// That of its connection.
    turn: Cell<Turn>,
    /// Whether a handler waits.
    is_paused: Cell<bool>,
    /// Its connection is to be looked at.
    has_news: Cell<bool>,
    /// A handler that waits is to be called.
    is_woken: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// There is no such task.
    Absent,
    /// It has not listened yet, or does not any longer.
    Joined,
    /// It waits for a client.
    Listening,
    Serving,
    /// It closes its connection since then, and will listen.
    Closing {
        since_ms: u32,
    },
}

impl Entry {
    const fn new() -> Self {
        Self {
            state: Cell::new(State::Absent),
            turn: Cell::new(Turn::NONE),
            is_paused: Cell::new(false),
            has_news: Cell::new(false),
            is_woken: Cell::new(false),
            waker: Cell::new(None),
        }
    }

    /// Has the task look at its connection, or whether it is to listen.
    fn notify(&self) {
        self.has_news.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl<const N: usize> Tasks<N> {
    /// `N` tasks, none of which has joined.
    #[must_use]
    pub const fn new() -> Self {
        let entries = [const { Entry::new() }; N];
        Self(Group { course: Cell::new(Course::Open), entries })
    }

    /// Makes the caller one of the tasks, until the [`Task`] is dropped. `None` if there are `N`
    /// already.
    pub fn join(&self) -> Option<Task<'_>> {
        let group: &Group<[Entry]> = &self.0;
        let index = group.entries.iter().position(|entry| entry.state.get() == State::Absent)?;
        let place = Place { group: Some(group), index };
        place.set(State::Joined);
        Some(Task { place })
    }

    /// Calls all handlers that wait ([`Flow::Wait`](crate::server::Flow::Wait)), as if their time had
    /// come: something they wait for has happened. So a held answer or an event leaves at once, though
    /// its handler asked for a call in a minute only. May be called anywhere, also in a handler.
    pub fn wake(&self) {
        for entry in &self.0.entries {
            if entry.state.get() == State::Serving {
                entry.is_woken.set(true);
                if entry.is_paused.get() {
                    entry.notify();
                }
            }
        }
    }
}

impl<const N: usize> Default for Tasks<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> fmt::Debug for Tasks<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").finish_non_exhaustive()
    }
}

/// One of the tasks of a server.
#[derive(Debug)]
pub struct Task<'t> {
    place: Place<'t>,
}

impl<'t> Task<'t> {
    /// Its number, from 0.
    #[must_use]
    pub const fn number(&self) -> usize {
        self.place.index
    }

    /// Waits for a client by the stack's means, such as `socket.accept(80)`. What that returns comes
    /// with the right to [`serve`](Accepted::serve).
    ///
    /// The task counts as one that listens while `accept` has to wait.
    pub async fn listen<F: Future>(&mut self, accept: F) -> (Accepted<'_, 't>, F::Output) {
        let mut accept = pin!(accept);
        let listening = Listening(self.place);
        let output = poll_fn(|context| {
            let polled = accept.as_mut().poll(context);
            if polled.is_pending() {
                listening.0.listen();
            }
            polled
        })
        .await;
        drop(listening);
        (Accepted { task: self }, output)
    }
}

/// It listens no longer than its future lives.
struct Listening<'t>(Place<'t>);

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.0.set(State::Joined);
    }
}

impl Drop for Task<'_> {
    fn drop(&mut self) {
        self.place.set(State::Absent);
        self.place.tell_others();
    }
}

/// A task that has listened, and may serve the client that has come.
#[derive(Debug)]
#[must_use = "`serve` answers the client that has connected"]
pub struct Accepted<'a, 't, const ENDS: bool = false> {
    task: &'a mut Task<'t>,
}

impl<const ENDS: bool> Accepted<'_, '_, ENDS> {
    /// Serves the client until the connection is to be closed, and says why.
    ///
    /// As [`serve_connection`](super::serve_connection), among the other tasks. The caller then closes
    /// `io`, as [its part](super#the-socket) is, and [listens](Task::listen) again.
    pub fn serve<'s, I: Read + Write, A, T: Default>(
        self,
        io: &'s mut I,
        peer: SocketAddr,
        site: &'s Site<A, T>,
        app: &'s impl Share<A>,
        buffer: &'s mut [u8],
        timer: &'s impl Timer,
    ) -> impl Future<Output = CloseReason>
    where
        Self: 's,
    {
        let Place { group, index } = self.task.place;
        super::serve(Place::<ENDS> { group, index }, io, peer, site, app, buffer, timer)
    }
}

/// The place of a connection among those of the other tasks; without a group, it has none. Only one that
/// `ENDS` looks whether the server is shut down.
#[derive(Clone, Copy)]
pub(super) struct Place<'t, const ENDS: bool = false> {
    group: Option<&'t Group<[Entry]>>,
    pub index: usize,
}

impl Place<'_> {
    pub(super) const ALONE: Self = Self { group: None, index: 0 };
}

impl<const ENDS: bool> Place<'_, ENDS> {
    fn entry(&self) -> Option<&Entry> {
        self.group?.entries.get(self.index)
    }

    fn set(&self, state: State) {
        if let Some(entry) = self.entry() {
            entry.state.set(state);
        }
    }

    fn listen(&self) {
        self.set(State::Listening);
        if let (Some(group), Some(_)) = (self.group, self.since_ms()) {
            group.course.set(Course::Open);
        }
    }

    /// A client has come.
    pub(super) fn enter(&self, turn: &Turn, now_ms: u32) {
        let (Some(group), Some(entry)) = (self.group, self.entry()) else { return };
        entry.state.set(State::Serving);
        entry.turn.set(*turn);
        for flag in [&entry.is_paused, &entry.has_news, &entry.is_woken] {
            flag.set(false);
        }
        if !group.entries.iter().any(|entry| entry.state.get() == State::Listening) {
            if let Course::Open = group.course.get() {
                group.course.set(Course::Crowded { since_ms: now_ms });
            }
            self.tell_others();
        }
    }

    /// The connection is over, and its socket is to be closed.
    pub(super) fn leave(&self, now_ms: u32) {
        self.set(State::Closing { since_ms: now_ms });
    }

    /// It waits, and perhaps a handler does.
    pub(super) fn rest(&self, is_paused: bool) {
        if let Some(entry) = self.entry() {
            entry.is_paused.set(is_paused);
        }
    }

    /// Whether a handler that waits is to be called.
    pub(super) fn is_woken(&self) -> bool {
        self.entry().is_some_and(|entry| entry.is_woken.take())
    }

    /// Whether the connection is to be looked at; if not, `waker` is told when it is.
    pub(super) fn has_news(&self, waker: &Waker) -> bool {
        let Some(entry) = self.entry() else { return false };
        let kept = entry.waker.take().filter(|kept| kept.will_wake(waker));
        entry.waker.set(Some(kept.unwrap_or_else(|| waker.clone())));
        entry.has_news.take()
    }

    /// When the server is shut down, if it is.
    pub(super) fn deadline(&self) -> Option<Deadline> {
        match self.group.filter(|_| ENDS)?.course.get() {
            Course::ShutDown(deadline) => Some(deadline),
            Course::Open | Course::Crowded { .. } => None,
        }
    }

    /// Who serves has to know that nobody listens.
    fn tell_others(&self) {
        let entries = self.group.map_or(&[][..], |group| &group.entries);
        for (index, entry) in entries.iter().enumerate() {
            if index != self.index && entry.state.get() == State::Serving {
                entry.notify();
            }
        }
    }
}

impl Group<[Entry]> {
    /// So long a task is left to close its connection, before another has to give way.
    fn closing_ms(&self, now_ms: u32, timeouts: &Timeouts) -> u32 {
        let left = self.entries.iter().map(|entry| match entry.state.get() {
            State::Closing { since_ms } => {
                timeouts.stall_ms.saturating_sub(now_ms.wrapping_sub(since_ms))
            }
            _ => 0,
        });
        left.max().unwrap_or(0)
    }

    /// The connection that deserves its place least, if one has to give way.
    fn least(&self, since_ms: u32, now_ms: u32, timeouts: &Timeouts) -> Option<usize> {
        let (mut most, mut found) = (0, None);
        for (index, entry) in self.entries.iter().enumerate() {
            let demerit = entry.turn.get().demerit(now_ms, since_ms, timeouts);
            if entry.state.get() == State::Serving && demerit > most {
                (most, found) = (demerit, Some(index));
            }
        }
        found
    }
}

impl<const ENDS: bool> Queue for Place<'_, ENDS> {
    fn since_ms(&self) -> Option<u32> {
        match self.group?.course.get() {
            Course::Crowded { since_ms } => Some(since_ms),
            Course::Open | Course::ShutDown(_) => None,
        }
    }

    fn turn_ms(&self, turn: &Turn, now_ms: u32, timeouts: &Timeouts) -> u32 {
        let (Some(group), Some(entry)) = (self.group, self.entry()) else { return u32::MAX };
        entry.turn.set(*turn);
        let Some(since_ms) = self.since_ms() else { return u32::MAX };
        let remaining_ms = turn.remaining(now_ms, since_ms, timeouts);
        let closing_ms = group.closing_ms(now_ms, timeouts);
        if closing_ms > 0 {
            // One is enough.
            return remaining_ms.max(closing_ms);
        }
        let least = group.least(since_ms, now_ms, timeouts);
        if least == Some(self.index) {
            return 0;
        }
        if let Some(other) = least.and_then(|least| group.entries.get(least)) {
            other.notify();
        }
        // One that is overdue is told when it is its turn to go.
        if remaining_ms == 0 { u32::MAX } else { remaining_ms }
    }

    fn evicts(&self) -> bool {
        true
    }
}

impl<const ENDS: bool> fmt::Debug for Place<'_, ENDS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("index", &self.index).finish_non_exhaustive()
    }
}
