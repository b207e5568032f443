//! A server that has no slot to give, and another that says so.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use nal_http::hal::Timer;
use nal_http::server::asynch::{Tasks, serve_connection};
use nal_http::server::{Answer, Failure, Reply, Request, Route, Server, Site};
use nal_http::testing::asynch::{AsyncListener, AsyncStack, Executor, SimTime};
use nal_http::testing::{FaultStack, ScriptStack, Step};

use super::{App, GET, SITE, sent};

/// What is asked for where there is no slot.
const BUSY: Site<App> =
    Site::new(&[Route::post("/{*any}", busy).in_pieces(), Route::put("/{*any}", busy).in_pieces()])
        .fallback(busy);

fn busy(_: &mut App, _: &mut Request<'_>, _: &mut Reply<'_>) -> Answer {
    Err(Failure::unavailable("all slots are taken", "10"))
}

#[test]
fn who_waits_too_long_for_a_slot_is_told_so() {
    let ticks = "GET /ticks HTTP/1.1\r\nHost: a\r\n\r\n";
    let upload = "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\n\r\n";
    let mut inner = ScriptStack::new();
    for request in [ticks, ticks, GET, upload, GET] {
        inner.connects([request.into()]);
    }
    let mut stack = FaultStack::new(inner).at_most(50).would_block_every_other();
    let (mut app, wait_ms) = (App::default(), 600);
    let mut server: Server<_, App, 2, 512> = Server::new(SITE);
    let mut doorman: Server<_, App, 1, 256> = Server::new(BUSY);
    server.listen(&mut stack, 80).unwrap();
    let (mut now, mut handed) = (0, Vec::new());
    while now < 2_000 {
        for _ in 0..40 {
            let _ = server.poll(&mut stack, &mut app, now);
            if server.hand_over(&mut doorman, wait_ms, now) {
                handed.push(now);
            }
            let _ = doorman.poll(&mut stack, &mut app, now);
        }
        let idle_ms = server.idle_ms(now).min(doorman.idle_ms(now));
        assert!(idle_ms > 0, "nothing spins at {now} ms");
        now += idle_ms;
    }
    assert_eq!(handed, [600, 1_200, 1_800], "each has waited for so long");
    let sockets = stack.inner();
    let answers: Vec<String> =
        (1..=5).map(|number| sent(sockets, |stack| stack.sent(number))).collect();
    assert!(answers[..2].iter().all(|text| text.contains("tick")), "no exchange gives way");
    for text in &answers[2..] {
        assert!(text.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{text}");
        assert!(text.contains("Retry-After: 10\r\n"), "{text}");
    }
}

type Peers = AsyncListener<ScriptStack>;

/// Serves by `client` or else alone, again and again.
async fn web(tasks: &Tasks<2>, listener: &Peers, app: &RefCell<App>, time: &SimTime) {
    let (mut task, mut buffer) = (tasks.join().unwrap(), [0; 512]);
    loop {
        let (client, accepted) = task.listen(listener.accept()).await;
        let (mut socket, peer) = accepted.unwrap();
        client.serve(&mut socket, peer, &SITE, app, &mut buffer, time).await;
    }
}

/// A task that listens when no other does, and has 503 for all.
async fn doorman(tasks: &Tasks<2>, listener: &Peers, app: &RefCell<App>, time: &SimTime) {
    let mut buffer = [0; 256];
    loop {
        if tasks.crowded_ms(time.now_ms()).is_none_or(|ms| ms < 600) {
            time.wait_ms(50).await;
            continue;
        }
        let (mut accept, mut late) = (pin!(listener.accept()), pin!(time.wait_ms(100)));
        let accepted = poll_fn(|context| match accept.as_mut().poll(context) {
            Poll::Ready(accepted) => Poll::Ready(accepted.ok()),
            Poll::Pending => late.as_mut().poll(context).map(|()| None),
        });
        if let Some((mut socket, peer)) = accepted.await {
            serve_connection(&mut socket, peer, &BUSY, app, &mut buffer, time).await;
        }
    }
}

#[test]
fn a_task_tells_who_finds_none_that_listens() {
    let (time, tasks, app) = (SimTime::new(0), Tasks::new(), RefCell::default());
    let stack = AsyncStack::new(ScriptStack::new(), &time);
    let listener = stack.listen(80).unwrap();
    let mut executor = Executor::new(&time);
    for _ in 0..2 {
        executor.spawn(web(&tasks, &listener, &app, &time));
    }
    executor.spawn(doorman(&tasks, &listener, &app, &time));
    let ticks = "GET /ticks HTTP/1.1\r\nHost: a\r\n\r\n";
    for request in [ticks, ticks] {
        stack.borrow().connects([request.into()]);
    }
    executor.run_for(500);
    assert_eq!(tasks.crowded_ms(time.now_ms()), Some(500));
    stack.borrow().connects([GET.into()]);
    executor.run_for(90);
    assert_eq!(stack.borrow().sent(3), b"", "a task may be free soon");
    executor.run_for(100);
    let answer = sent(&*stack.borrow(), |stack| stack.sent(3));
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("Retry-After: 10"), "{answer}");
    for number in [1, 2] {
        assert!(stack.borrow().is_open(number), "no exchange gives way");
        stack.borrow().continues(number, [Step::Reset]);
    }
    executor.run_for(10);
    stack.borrow().connects([GET.into()]);
    executor.run_for(200);
    assert!(stack.borrow().sent(4).starts_with(b"HTTP/1.1 200 OK"), "a task listens");
}
