use core::cell::{Cell, RefCell};
use core::fmt;
use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};
use std::boxed::Box;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Wake;
use std::vec::Vec;

use embedded_hal_async::delay::DelayNs;

use crate::hal::{Deadline, Timer};

/// A clock that an [`Executor`] lets go on. A clone is the same clock.
#[derive(Debug, Clone)]
pub struct SimTime(Rc<Shared>);

#[derive(Debug)]
struct Shared {
    now_ms: Cell<u32>,
    sleepers: RefCell<Vec<Sleeper>>,
    /// So many have gone to sleep so far.
    slept: Cell<usize>,
    /// What the stack had nothing for.
    blocked: RefCell<Vec<Waker>>,
    /// So often that was in vain since something happened, and may be.
    tries: Cell<u32>,
    most_tries: Cell<u32>,
    polls: Cell<usize>,
}

#[derive(Debug)]
struct Sleeper {
    number: usize,
    deadline: Deadline,
    waker: Waker,
}

/// A script may hesitate so often, one time behind the other.
const MOST_TRIES: u32 = 16;

/// Without a second passing, a future is not polled more often than this.
const MOST_POLLS: usize = 1_000_000;

impl SimTime {
    /// A clock that shows `now_ms`.
    #[must_use]
    pub fn new(now_ms: u32) -> Self {
        Self(Rc::new(Shared {
            now_ms: Cell::new(now_ms),
            sleepers: RefCell::default(),
            slept: Cell::new(0),
            blocked: RefCell::default(),
            tries: Cell::new(0),
            most_tries: Cell::new(MOST_TRIES),
            polls: Cell::new(0),
        }))
    }

    /// How often a stack that would block is asked again, one time behind the other: 16 times if nobody
    /// says otherwise, for scripts that hesitate.
    pub fn set_tries(&self, tries: u32) {
        self.0.most_tries.set(tries.max(1));
    }

    /// So often futures have been polled.
    #[must_use]
    pub fn polls(&self) -> usize {
        self.0.polls.get()
    }

    /// Runs a future to its end, as long as it takes.
    ///
    /// # Panics
    /// Nothing will ever wake it, or it spins.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let (mut future, mut polls) = (pin!(future), 0);
        let flag = Arc::new(Flag::new());
        loop {
            while flag.is_raised() {
                polls += 1;
                assert!(polls < MOST_POLLS, "the future spins at {} ms", self.now_ms());
                if let Poll::Ready(output) = self.poll(future.as_mut(), &flag) {
                    return output;
                }
            }
            if !self.try_again() {
                let next = self.idle_ms();
                self.pass(next.unwrap_or_else(|| panic!("nothing wakes the future any longer")));
                polls = 0;
            }
        }
    }

    fn poll<F: Future + ?Sized>(&self, future: Pin<&mut F>, flag: &Arc<Flag>) -> Poll<F::Output> {
        self.0.polls.set(self.polls() + 1);
        let waker = Waker::from(flag.clone());
        future.poll(&mut Context::from_waker(&waker))
    }

    /// Something has happened: what was in vain may not be any longer.
    pub(super) fn stir(&self) {
        self.0.tries.set(0);
    }

    /// The stack has nothing for this one.
    pub(super) fn blocks(&self, waker: &Waker) {
        let mut blocked = self.0.blocked.borrow_mut();
        if !blocked.iter().any(|other| other.will_wake(waker)) {
            blocked.push(waker.clone());
        }
    }

    /// Wakes those whom the stack had nothing for, if that may be of use.
    fn try_again(&self) -> bool {
        let tries = self.0.tries.get();
        let blocked = &self.0.blocked;
        let tries_again = tries < self.0.most_tries.get() && !blocked.borrow().is_empty();
        if tries_again {
            self.0.tries.set(tries + 1);
            blocked.take().into_iter().for_each(Waker::wake);
        }
        tries_again
    }

    /// How long it is until a sleeper wakes, if there is one.
    #[must_use]
    pub fn idle_ms(&self) -> Option<u32> {
        let sleepers = self.0.sleepers.borrow();
        sleepers.iter().map(|sleeper| sleeper.deadline.remaining(self.now_ms())).min()
    }

    /// Goes on by so many milliseconds, and wakes those who have slept until then.
    pub fn pass(&self, ms: u32) {
        let now = self.now_ms().wrapping_add(ms);
        self.0.now_ms.set(now);
        let mut sleepers = self.0.sleepers.borrow_mut();
        let due: Vec<_> = sleepers.extract_if(.., |one| one.deadline.is_over(now)).collect();
        drop(sleepers);
        for sleeper in due {
            sleeper.waker.wake();
        }
        // Time may be what a stack waits for.
        self.0.tries.set(self.0.most_tries.get() - 1);
    }
}

impl Timer for SimTime {
    fn now_ms(&self) -> u32 {
        self.0.now_ms.get()
    }

    async fn wait_ms(&self, ms: u32) {
        let deadline = Deadline::after(self.now_ms(), ms);
        let number = self.0.slept.get();
        self.0.slept.set(number + 1);
        let bed = Bed { time: self, number };
        poll_fn(|context| {
            bed.leave();
            if deadline.is_over(self.now_ms()) {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            self.0.sleepers.borrow_mut().push(Sleeper { number, deadline, waker });
            Poll::Pending
        })
        .await;
    }
}

/// Nobody is woken who does not wait any longer.
struct Bed<'t> {
    time: &'t SimTime,
    number: usize,
}

impl Bed<'_> {
    fn leave(&self) {
        self.time.0.sleepers.borrow_mut().retain(|sleeper| sleeper.number != self.number);
    }
}

impl Drop for Bed<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl DelayNs for SimTime {
    async fn delay_ns(&mut self, ns: u32) {
        self.wait_ms(ns.div_ceil(1_000_000)).await;
    }

    async fn delay_ms(&mut self, ms: u32) {
        self.wait_ms(ms).await;
    }
}

/// Polls futures when they are woken, and lets the time go on when none is.
pub struct Executor<'f> {
    time: SimTime,
    tasks: Vec<Task<'f>>,
}

struct Task<'f> {
    /// `None` when it is over.
    future: Option<Pin<Box<dyn Future<Output = ()> + 'f>>>,
    flag: Arc<Flag>,
    polls: usize,
}

struct Flag(AtomicBool);

impl Flag {
    /// Raised: a future is polled once at least.
    const fn new() -> Self {
        Self(AtomicBool::new(true))
    }

    /// Whether it was, which lowers it.
    fn is_raised(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<'f> Executor<'f> {
    /// An executor without a task.
    #[must_use]
    pub fn new(time: &SimTime) -> Self {
        Self { time: time.clone(), tasks: Vec::new() }
    }

    /// A task, which gets a number from 0 on.
    pub fn spawn(&mut self, future: impl Future<Output = ()> + 'f) -> usize {
        let flag = Arc::new(Flag::new());
        self.tasks.push(Task { future: Some(Box::pin(future)), flag, polls: 0 });
        self.tasks.len() - 1
    }

    /// Drops a task, whatever it waits for.
    pub fn cancel(&mut self, task: usize) {
        if let Some(task) = self.tasks.get_mut(task) {
            task.future = None;
        }
    }

    /// Whether a task is over.
    #[must_use]
    pub fn is_over(&self, task: usize) -> bool {
        self.tasks.get(task).is_none_or(|task| task.future.is_none())
    }

    /// So often a task has been polled.
    #[must_use]
    pub fn polls(&self, task: usize) -> usize {
        self.tasks.get(task).map_or(0, |task| task.polls)
    }

    /// Runs the tasks for so many milliseconds.
    ///
    /// # Panics
    /// One spins.
    pub fn run_for(&mut self, ms: u32) {
        let end = Deadline::after(self.time.now_ms(), ms);
        loop {
            self.run();
            let left = end.remaining(self.time.now_ms());
            if left == 0 {
                return;
            }
            self.time.pass(self.time.idle_ms().map_or(left, |next| next.min(left)));
        }
    }

    /// Runs the tasks for as long as no time has to pass.
    ///
    /// # Panics
    /// One spins.
    pub fn run(&mut self) {
        let mut polls = 0;
        loop {
            let mut is_idle = true;
            for task in &mut self.tasks {
                let (true, Some(future)) = (task.flag.is_raised(), &mut task.future) else {
                    continue;
                };
                is_idle = false;
                polls += 1;
                assert!(polls < MOST_POLLS, "a task spins at {} ms", self.time.now_ms());
                task.polls += 1;
                if self.time.poll(future.as_mut(), &task.flag).is_ready() {
                    task.future = None;
                }
            }
            if is_idle && !self.time.try_again() {
                return;
            }
        }
    }
}

impl fmt::Debug for Executor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor").field("tasks", &self.tasks.len()).finish_non_exhaustive()
    }
}
