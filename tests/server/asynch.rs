//! What only the server of futures has: polls, wakers, an application that is shared, and being dropped.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::{blocking_mutex, mutex};
use nal_http::embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use nal_http::hal::Timer;
use nal_http::server::asynch::{Share, Tasks, serve_connection};
use nal_http::server::{
    Answer, CloseReason, ConnectInfo, Event, Flow, Reply, Request, Route, Site, Timeouts,
};
use nal_http::testing::asynch::{AsyncStack, Executor, SimTime};
use nal_http::testing::{Call, Fault, FaultStack, ScriptStack, Step};

/// One end of a connection, which wakes only whom it has something for.
#[derive(Default)]
struct Line {
    inbox: RefCell<VecDeque<u8>>,
    sent: RefCell<Vec<u8>>,
    reader: RefCell<Option<Waker>>,
    reads: Cell<usize>,
}

impl Line {
    fn arrives(&self, bytes: &[u8]) {
        self.inbox.borrow_mut().extend(bytes);
        if let Some(waker) = self.reader.take() {
            waker.wake();
        }
    }

    fn answers(&self) -> usize {
        String::from_utf8_lossy(&self.sent.borrow()).matches("HTTP/1.1 200").count()
    }
}

impl ErrorType for &Line {
    type Error = ErrorKind;
}

impl Read for &Line {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        poll_fn(|context| {
            self.reads.set(self.reads.get() + 1);
            let mut inbox = self.inbox.borrow_mut();
            let n = inbox.len().min(buffer.len());
            if n == 0 {
                self.reader.replace(Some(context.waker().clone()));
                return Poll::Pending;
            }
            buffer.iter_mut().zip(inbox.drain(..n)).for_each(|(to, from)| *to = from);
            Poll::Ready(Ok(n))
        })
        .await
    }
}

impl Write for &Line {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.sent.borrow_mut().extend(bytes);
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

#[derive(Default)]
struct App {
    calls: u32,
    aborted: u32,
    accepted: u32,
    closed: Vec<CloseReason>,
}

const SITE: Site<App> = Site::new(&[
    Route::get("/", |_, _, reply| reply.text("hello")),
    Route::get("/ticks", tick),
    Route::get("/later", later),
])
.on_event(|app, _: &ConnectInfo, event| match event {
    Event::Accepted => app.accepted += 1,
    Event::Closed(reason) => app.closed.push(*reason),
    _ => {}
});

/// An event each second.
fn tick(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    app.calls += 1;
    app.aborted += u32::from(request.is_aborted());
    reply.stream("text/event-stream").write(b"data: tick\n\n");
    Ok(Flow::Wait(1_000))
}

/// An answer when there is one, or none in a minute.
fn later(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    app.calls += 1;
    app.aborted += u32::from(request.is_aborted());
    if request.is_first() { Ok(Flow::Wait(60_000)) } else { reply.text("now") }
}

const PEER: ([u8; 4], u16) = ([192, 168, 0, 2], 50_000);
const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const TICKS: &[u8] = b"GET /ticks HTTP/1.1\r\nHost: a\r\n\r\n";
const LATER: &[u8] = b"GET /later HTTP/1.1\r\nHost: a\r\n\r\n";
const T: Timeouts = Timeouts::DEFAULT;

/// Some connections of a server with `N` tasks, on which its clients can send.
struct Web<'f> {
    executor: Executor<'f>,
    lines: Vec<Rc<Line>>,
    numbers: Vec<usize>,
}

impl<'f> Web<'f> {
    /// In an executor whose first task listens.
    fn new<const N: usize>(
        mut executor: Executor<'f>,
        count: usize,
        tasks: &'f Tasks<N>,
        app: &'f RefCell<App>,
        time: &'f SimTime,
    ) -> Self {
        let lines: Vec<Rc<Line>> = (0..count).map(|_| Rc::default()).collect();
        executor.run();
        let mut numbers = Vec::new();
        for line in lines.clone() {
            let mut task = tasks.join().unwrap();
            numbers.push(executor.spawn(async move {
                let (client, ()) = task.listen(async {}).await;
                let mut buffer = [0; 512];
                client.serve(&mut &*line, PEER.into(), &SITE, app, &mut buffer, time).await;
                let _ = task.listen(std::future::pending::<()>()).await;
            }));
        }
        Self { executor, lines, numbers }
    }

    fn polls(&self) -> Vec<usize> {
        self.numbers.iter().map(|&task| self.executor.polls(task)).collect()
    }
}

fn listen_for_ever<'t, const N: usize>(tasks: &'t Tasks<N>, executor: &mut Executor<'t>) {
    let mut task = tasks.join().unwrap();
    executor.spawn(async move {
        let _ = task.listen(std::future::pending::<()>()).await;
    });
}

#[test]
fn nothing_is_polled_without_a_cause() {
    let (time, app, tasks) = (SimTime::new(0), RefCell::default(), Tasks::<4>::new());
    let mut executor = Executor::new(&time);
    listen_for_ever(&tasks, &mut executor);
    let mut web = Web::new(executor, 3, &tasks, &app, &time);
    web.executor.run();
    assert_eq!(web.polls(), [1, 1, 1], "to begin with");
    web.lines[0].arrives(GET);
    web.lines[1].arrives(TICKS);
    web.lines[2].arrives(LATER);
    web.executor.run();
    assert_eq!(web.polls(), [2, 2, 2], "something has arrived");
    web.executor.run_for(5_500);
    assert_eq!(web.polls(), [2, 7, 2], "five events");
    assert_eq!(app.borrow().calls, 1 + 5 + 1);
    tasks.wake();
    web.executor.run();
    assert_eq!(web.polls(), [2, 8, 3], "what waits is called");
    assert_eq!((web.lines[2].answers(), app.borrow().calls), (1, 9));
    web.executor.run_for(T.next_request_ms - 5_500);
    assert_eq!(web.polls()[0], 3, "no request has come");
    assert_eq!(app.borrow().closed, [CloseReason::IdleTooLong]);
    assert_eq!(web.lines[0].reads.get(), 5, "before it is closed, it is looked at once more");
}

#[test]
fn who_is_last_to_listen_has_the_others_look_once() {
    let (time, app, tasks) = (SimTime::new(0), RefCell::default(), Tasks::<4>::new());
    let last: Rc<Line> = Rc::default();
    let (socket, comes, app_too) = (last.clone(), &time, &app);
    let (mut task, mut executor) = (tasks.join().unwrap(), Executor::new(&time));
    executor.spawn(async move {
        let (client, ()) = task.listen(comes.wait_ms(10)).await;
        let mut buffer = [0; 512];
        client.serve(&mut &*socket, PEER.into(), &SITE, app_too, &mut buffer, comes).await;
        let _ = task.listen(std::future::pending::<()>()).await;
    });
    let mut web = Web::new(executor, 2, &tasks, &app, &time);
    web.lines[0].arrives(GET);
    web.lines[1].arrives(TICKS);
    web.executor.run_for(9);
    assert_eq!(web.polls(), [1, 1]);
    web.executor.run_for(1);
    assert_eq!(web.polls(), [2, 2], "nobody listens any longer");
    web.executor.run_for(39);
    assert_eq!(web.polls(), [2, 2]);
    web.executor.run_for(1);
    assert_eq!(web.polls(), [3, 2], "50 ms behind its response");
    assert_eq!(app.borrow().closed, [CloseReason::IdleEvicted]);
    // It was the last to listen: its response closes its connection, as if a client waited.
    last.arrives(GET);
    web.executor.run();
    assert_eq!(app.borrow().closed, [CloseReason::IdleEvicted, CloseReason::Complete]);
    assert!(String::from_utf8_lossy(&last.sent.borrow()).contains("Connection: close"));
}

#[test]
fn no_more_tasks_than_there_are_places() {
    let tasks = Tasks::<2>::default();
    let (first, second) = (tasks.join().unwrap(), tasks.join().unwrap());
    assert_eq!((first.number(), second.number()), (0, 1));
    assert!(tasks.join().is_none());
    drop(first);
    assert_eq!(tasks.join().unwrap().number(), 0);
    tasks.wake();
}

/// Asks for `/` once, and says what was answered and when.
fn ask(app: &impl Share<App>, time: &SimTime, other: impl Future<Output = ()>) -> u32 {
    let line = Line::default();
    line.arrives(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let mut buffer = [0; 512];
    let (answered, other_is_over) = (Cell::new(0), Cell::new(false));
    let (mut io, mut other) = (&line, pin!(other));
    let mut serving = pin!(serve_connection(&mut io, PEER.into(), &SITE, app, &mut buffer, time));
    let reason = time.block_on(poll_fn(|context| {
        let served = serving.as_mut().poll(context);
        answered.set(time.now_ms());
        if !other_is_over.get() {
            other_is_over.set(other.as_mut().poll(context).is_ready());
        }
        served
    }));
    assert_eq!((reason, line.answers()), (CloseReason::Complete, 1));
    answered.get()
}

#[test]
fn an_application_is_shared_by_each_of_its_means() {
    let time = &SimTime::new(0);
    let cell = RefCell::new(App::default());
    let blocking: blocking_mutex::Mutex<NoopRawMutex, _> =
        blocking_mutex::Mutex::new(RefCell::new(App::default()));
    let waiting: mutex::Mutex<NoopRawMutex, _> = mutex::Mutex::new(App::default());
    assert_eq!(ask(&cell, time, async {}), 0);
    assert_eq!(ask(&&blocking, time, async {}), 0);
    assert_eq!(ask(&waiting, time, async {}), 0);
    assert_eq!(cell.borrow().closed, [CloseReason::Complete]);
    assert!(blocking.lock(|app| app.borrow().accepted == 1));
    assert_eq!(waiting.try_lock().unwrap().accepted, 1);
    // While somebody else has it, the client waits, and no longer than that.
    let app = waiting.try_lock().unwrap();
    let holds = async move {
        time.wait_ms(732).await;
        drop(app);
    };
    assert_eq!(ask(&waiting, time, holds), 735);
    let app = cell.borrow();
    let start = time.now_ms();
    let holds = async move {
        time.wait_ms(12).await;
        drop(app);
    };
    assert_eq!(ask(&cell, time, holds) - start, 15);
}

/// Wherever a future is dropped, nothing is left locked, and whoever holds something is told.
#[test]
fn a_future_may_be_dropped_at_each_await() {
    for request in [GET, TICKS, LATER, b"GET / HT"] {
        let mut is_over = false;
        for polls in 0..500 {
            let (time, app, tasks) = (SimTime::new(0), RefCell::default(), Tasks::<2>::new());
            let mut script = ScriptStack::new();
            script.connects(request.chunks(5).flat_map(|piece| [piece.into(), Step::Idle]));
            let stack = AsyncStack::new(
                FaultStack::new(script).every_other(Call::Send, Fault::WouldBlock).at_most(20),
                &time,
            );
            let listener = stack.listen(80).unwrap();
            let mut task = tasks.join().unwrap();
            let mut web = Box::pin(async {
                let (client, accepted) = task.listen(listener.accept()).await;
                let (mut socket, peer) = accepted.unwrap();
                let mut buffer = [0; 512];
                client.serve(&mut socket, peer, &SITE, &app, &mut buffer, &time).await
            });
            let mut context = Context::from_waker(Waker::noop());
            let mut other = tasks.join().unwrap();
            let mut other = Box::pin(other.listen(std::future::pending::<()>()));
            assert!(other.as_mut().poll(&mut context).is_pending());
            for poll in 0..polls {
                // It is somebody else's in every third poll.
                let elsewhere = (poll % 3 == 0).then(|| app.borrow_mut());
                is_over = web.as_mut().poll(&mut context).is_ready();
                drop(elsewhere);
                if is_over {
                    break;
                }
                time.pass(if poll % 5 > 0 {
                    1
                } else {
                    time.idle_ms().map_or(0, |ms| ms.min(2_000))
                });
            }
            let calls = app.borrow().calls;
            drop(web);
            let app: &App = &app.borrow();
            assert_eq!(app.accepted as usize, app.closed.len(), "{polls} polls");
            assert_eq!(app.calls - calls, app.aborted, "{polls} polls");
            assert!(app.aborted <= 1);
            drop(task);
            let free = tasks.join();
            assert!(free.is_some() && tasks.join().is_none(), "its place is free, and no other");
            assert_eq!(stack.borrow().open_sockets(), 1, "the listener");
            if is_over {
                break;
            }
        }
        assert_eq!(is_over, request != TICKS, "{}", request.escape_ascii());
    }
}
