//! A server by either of its drivers, for scenarios that have to go the same way with both: the one that is
//! polled, and the one of futures.

// Each of the tests that have this module uses a part of it.
#![allow(dead_code)]

use std::cell::{RefCell, RefMut};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use nal_http::embedded_nal::TcpFullStack;
use nal_http::hal::{Deadline, Timer};
use nal_http::net::Readiness;
use nal_http::server::asynch::Tasks;
use nal_http::server::{Server, Site};
use nal_http::testing::asynch::{AsyncListener, AsyncStack, Executor, SimTime};

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driver {
    Polled,
    Async,
}

pub const BOTH: [Driver; 2] = [Driver::Polled, Driver::Async];

/// A server with `N` slots, or with a task more than that: so one listens, as the server that is polled
/// does.
pub struct Serving<S, A, const N: usize, const B: usize, T = ()>
where
    S: TcpFullStack + 'static,
    A: 'static,
    T: Default + 'static,
{
    /// What both have.
    common: Rc<Common<S, A>>,
    kind: Kind<S, A, N, B, T>,
    /// How the one that is polled is told which sockets are ready, if it is.
    pub readiness: Option<Readiness<S>>,
    /// So often the one that is polled may have nothing to do, before it is believed.
    tries: u32,
}

struct Common<S, A> {
    stack: AsyncStack<S>,
    app: RefCell<A>,
    time: SimTime,
}

enum Kind<S: TcpFullStack, A: 'static, const N: usize, const B: usize, T: Default + 'static> {
    Polled {
        server: Box<Server<S, A, N, B, T>>,
        /// When it is shut down, and whether that is over.
        end: Option<(Deadline, bool)>,
    },
    Async {
        executor: Executor<'static>,
        tasks: Rc<Tasks<MOST>>,
        /// What each task has, until the server is closed.
        means: Option<Means<S, A, T>>,
        count: usize,
    },
}

type Means<S, A, T> = (Rc<AsyncListener<S>>, Rc<Site<A, T>>);

/// No scenario has more tasks.
const MOST: usize = 9;

/// A script may hesitate so often, one time behind the other.
const MOST_TRIES: u32 = 16;

impl<S, A, const N: usize, const B: usize, T> Serving<S, A, N, B, T>
where
    S: TcpFullStack + 'static,
    A: 'static,
    T: Default + 'static,
{
    /// Listens; the clock shows `now_ms`.
    pub fn new(driver: Driver, site: Site<A, T>, stack: S, app: A, now_ms: u32) -> Self {
        Self::with_tasks(driver, site, stack, app, now_ms, N + 1)
    }

    /// The same with so many tasks.
    pub fn with_tasks(
        driver: Driver,
        site: Site<A, T>,
        stack: S,
        app: A,
        now_ms: u32,
        tasks: usize,
    ) -> Self {
        let time = SimTime::new(now_ms);
        let stack = AsyncStack::new(stack, &time);
        let common = Rc::new(Common { stack, app: RefCell::new(app), time });
        let kind = match driver {
            Driver::Polled => {
                let mut server = Box::new(Server::new(site));
                server.listen(&mut *common.stack.borrow(), 80).unwrap();
                Kind::Polled { server, end: None }
            }
            Driver::Async => {
                let listener = Rc::new(common.stack.listen(80).unwrap());
                let executor = Executor::new(&common.time);
                let means = Some((listener, Rc::new(site)));
                Kind::Async { executor, tasks: Rc::new(Tasks::new()), means, count: tasks }
            }
        };
        let mut serving = Self { common, kind, readiness: None, tries: MOST_TRIES };
        serving.spawn();
        serving
    }

    fn spawn(&mut self) {
        if let Kind::Async { executor, tasks, means: Some((listener, site)), count } =
            &mut self.kind
        {
            for _ in 0..*count {
                executor.spawn(work::<_, _, _, B>(
                    Rc::clone(&self.common),
                    Rc::clone(listener),
                    Rc::clone(site),
                    Rc::clone(tasks),
                ));
            }
        }
    }

    /// Has it end what it has begun, and nothing else, for so long at most.
    pub fn shut_down(&mut self, within_ms: u32) {
        match &mut self.kind {
            Kind::Polled { end, .. } => {
                *end = Some((Deadline::after(self.common.time.now_ms(), within_ms), false));
            }
            Kind::Async { executor, tasks, .. } => {
                let (common, tasks) = (Rc::clone(&self.common), Rc::clone(tasks));
                executor.spawn(async move { tasks.shutdown(&common.time, within_ms).await });
            }
        }
    }

    /// Whether that is done.
    pub fn is_shut_down(&self) -> bool {
        match &self.kind {
            Kind::Polled { end, .. } => end.is_some_and(|(_, is_over)| is_over),
            Kind::Async { tasks, .. } => tasks.is_shut_down(),
        }
    }

    /// Has it listen again.
    pub fn reopen(&mut self) {
        match &mut self.kind {
            Kind::Polled { server, end } => {
                *end = None;
                server.listen(&mut *self.common.stack.borrow(), 80).unwrap();
            }
            Kind::Async { tasks, .. } => tasks.reopen(),
        }
        self.spawn();
    }

    /// How often a stack may hesitate, one time behind the other.
    pub fn set_tries(&mut self, tries: u32) {
        self.tries = tries;
        self.common.time.set_tries(tries);
    }

    pub fn stack(&self) -> RefMut<'_, S> {
        self.common.stack.borrow()
    }

    pub fn app(&self) -> RefMut<'_, A> {
        self.common.app.borrow_mut()
    }

    /// How many connections have a slot, of the server that is polled.
    pub fn open_connections(&self) -> Option<usize> {
        match &self.kind {
            Kind::Polled { server, .. } => Some(server.open_connections()),
            Kind::Async { .. } => None,
        }
    }

    /// Runs until the clock shows `now_ms` and there is nothing left to do, as a loop does that sleeps when
    /// it may.
    pub fn run(&mut self, now_ms: u32) {
        loop {
            self.run_now();
            let left_ms = now_ms.wrapping_sub(self.common.time.now_ms());
            if left_ms == 0 {
                return;
            }
            self.pass(self.idle_ms().min(left_ms));
        }
    }

    /// Does what can be done before time has to pass.
    pub fn run_now(&mut self) {
        match &mut self.kind {
            Kind::Polled { server, end } => {
                let (mut stack, mut app) =
                    (self.common.stack.borrow(), self.common.app.borrow_mut());
                let (now_ms, mut tries, mut polls) = (self.common.time.now_ms(), 0, 0);
                while tries < self.tries {
                    let is_busy = match (&mut *end, self.readiness) {
                        (Some((deadline, is_over)), _) => {
                            let deadline = *deadline;
                            *is_over = server
                                .poll_shutdown(&mut stack, &mut app, now_ms, deadline)
                                .is_ok();
                            server.idle_ms(now_ms) == 0
                        }
                        (None, Some(readiness)) => {
                            server.poll_with(&mut stack, &mut app, now_ms, readiness).is_ok()
                        }
                        (None, None) => server.poll(&mut stack, &mut app, now_ms).is_ok(),
                    };
                    tries = if is_busy { 0 } else { tries + 1 };
                    polls += 1;
                    assert!(polls < 10_000, "the server spins at {now_ms} ms");
                }
                let idle_ms = server.idle_ms(now_ms);
                assert!(idle_ms > 0, "nothing to do, and no time to wait");
            }
            Kind::Async { executor, .. } => executor.run(),
        }
    }

    /// How long it may sleep.
    pub fn idle_ms(&self) -> u32 {
        match &self.kind {
            Kind::Polled { server, .. } => server.idle_ms(self.common.time.now_ms()),
            Kind::Async { .. } => self.common.time.idle_ms().unwrap_or(u32::MAX),
        }
    }

    /// Lets time pass, and does nothing.
    pub fn pass(&self, ms: u32) {
        self.common.time.pass(ms);
    }

    /// Calls all handlers that wait.
    pub fn wake(&mut self) {
        match &mut self.kind {
            Kind::Polled { server, .. } => server.wake(),
            Kind::Async { tasks, .. } => tasks.wake(),
        }
    }

    /// Ends the server where it is.
    pub fn close(&mut self) {
        match &mut self.kind {
            Kind::Polled { server, .. } => {
                server.close(&mut *self.common.stack.borrow(), &mut *self.common.app.borrow_mut());
            }
            Kind::Async { executor, means, .. } => {
                (0..MOST).for_each(|task| executor.cancel(task));
                *means = None;
            }
        }
    }
}

/// One task of a server.
async fn work<S: TcpFullStack, A, T: Default, const B: usize>(
    common: Rc<Common<S, A>>,
    listener: Rc<AsyncListener<S>>,
    site: Rc<Site<A, T>>,
    tasks: Rc<Tasks<MOST>>,
) {
    let mut task = tasks.join().unwrap();
    let mut buffer = [0; B];
    // All listen before the first client comes.
    let mut is_first = true;
    loop {
        let others_listen = poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::take(&mut is_first) { Poll::Pending } else { Poll::Ready(()) }
        });
        let accept = async {
            others_listen.await;
            listener.accept().await
        };
        let Some((client, accepted)) = task.listen_until_shutdown(accept).await else { return };
        if let Ok((mut socket, peer)) = accepted {
            client.serve(&mut socket, peer, &site, &common.app, &mut buffer, &common.time).await;
        }
    }
}
