//! Futures that are dropped at any await.

use std::pin::pin;
use std::task::Poll;

use nal_http::client::Resume;
use nal_http::client::asynch::{Client, Pool};
use nal_http::hal::Timer;
use nal_http::net::Timeouts;
use nal_http::testing::asynch::{AsyncStack, SimTime};
use nal_http::testing::{Fault, FaultStack, ScriptStack, Step};

const URL: &str = "http://mpython.cn/light";

/// Polls a future so often at most, then drops it.
async fn at_most<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut count = 0;
    std::future::poll_fn(|context| {
        if count == polls {
            return Poll::Ready(None);
        }
        count += 1;
        let output = future.as_mut().poll(context).map(Some);
        if output.is_pending() && count == polls { Poll::Ready(None) } else { output }
    })
    .await
}

/// A server that hesitates wherever it can.
fn hesitating(answers: &[&str]) -> FaultStack<ScriptStack> {
    let mut script = ScriptStack::new();
    for answer in answers {
        let bytes = answer.bytes().flat_map(|byte| [Step::from(&[byte][..]), Step::Idle]);
        script.answers(bytes.collect::<Vec<_>>());
    }
    let stack = FaultStack::new(script).at_most(7).would_block_every_other();
    stack.every_other(nal_http::testing::Call::Resolve, Fault::WouldBlock)
}

const ANSWER: &str =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";

/// A `send` that is dropped closes its connection at once, wherever it was; the next request is whole.
#[test]
fn a_send_that_is_dropped_leaves_nothing_behind() {
    let mut polls = 1;
    loop {
        let time = SimTime::new(0);
        let stack = AsyncStack::new(hesitating(&[ANSWER, ANSWER]), &time);
        let is_over = time.block_on(async {
            let mut pool = Pool::<_, 1>::new();
            let mut client = Client::new(&stack, &time).keep_alive(&mut pool);
            let mut buffer = [0; 200];
            let body = "光".repeat(100);
            let request = client.post(URL).data(&body);
            let is_over = at_most(polls, request.send(&mut buffer)).await.is_some();
            assert_eq!(stack.borrow().open_sockets(), 0, "{polls}");
            let mut response = client.get(URL).send(&mut buffer).await.unwrap();
            assert_eq!(response.text().await, Ok("hello world"), "{polls}");
            is_over
        });
        let stack = stack.borrow();
        assert_eq!(stack.open_sockets(), 0);
        if is_over {
            assert!(polls > 50, "it is dropped in each phase");
            return;
        }
        polls += 1;
    }
}

/// Reads that are dropped whenever they wait bring every byte once.
#[test]
fn a_read_that_is_dropped_loses_nothing() {
    for size in [1, 3, 100] {
        for polls in [1, 2, 3] {
            let time = SimTime::new(0);
            let stack = AsyncStack::new(hesitating(&[ANSWER]), &time);
            time.block_on(async {
                let mut client = Client::new(&stack, &time);
                let mut buffer = [0; 200];
                let mut response = client.get(URL).send(&mut buffer).await.unwrap();
                let (mut body, mut piece) = (Vec::new(), vec![0; size]);
                loop {
                    match at_most(polls, response.read(&mut piece)).await {
                        Some(Ok(0)) => break,
                        Some(read) => body.extend_from_slice(&piece[..read.unwrap()]),
                        None => time.wait_ms(1).await,
                    }
                }
                assert_eq!(body, b"hello world");
                assert_eq!(stack.borrow().open_sockets(), 0);
            });
        }
    }
}

#[test]
fn content_that_is_dropped_goes_on() {
    let time = SimTime::new(0);
    let stack = AsyncStack::new(hesitating(&[ANSWER]), &time);
    time.block_on(async {
        let mut client = Client::new(&stack, &time);
        let mut buffer = [0; 200];
        let mut response = client.get(URL).send(&mut buffer).await.unwrap();
        let mut drops = 0;
        while at_most(1, response.content()).await.is_none() {
            drops += 1;
            time.wait_ms(1).await;
        }
        assert!(drops > 10);
        // One read takes what was collected.
        assert_eq!(response.text().await, Ok("hello world"));
    });
}

/// A body that nobody reads to its end costs the connection, one that was keeps it; whatever was dropped before.
#[test]
fn a_response_that_is_dropped_closes_or_keeps() {
    for (whole, open) in [(false, 0), (true, 1)] {
        let time = SimTime::new(0);
        let stack = AsyncStack::new(hesitating(&[ANSWER]), &time);
        time.block_on(async {
            let mut pool = Pool::<_, 1>::new();
            let mut client = Client::new(&stack, &time).keep_alive(&mut pool);
            let mut buffer = [0; 200];
            let mut response = client.get(URL).send(&mut buffer).await.unwrap();
            assert!(at_most(1, response.content()).await.is_none());
            if whole {
                response.content().await.unwrap();
            }
            drop(response);
            assert_eq!(stack.borrow().open_sockets(), open);
        });
        assert_eq!(stack.borrow().open_sockets(), 0, "with the pool");
    }
}

/// What was written of a download that is dropped is the front of the file.
#[test]
fn a_download_that_is_dropped_has_written_its_front() {
    let file = "0123456789".repeat(10);
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 100\r\nETag: \"a\"\r\n\r\n{file}");
    for polls in (1..400).step_by(7) {
        let time = SimTime::new(0);
        let stack = AsyncStack::new(hesitating(&[&answer]), &time);
        let mut written = Vec::new();
        time.block_on(async {
            let mut client = Client::new(&stack, &time).timeouts(Timeouts::each(1_000));
            let mut buffer = [0; 500];
            let download = client.download(URL, &mut buffer, |piece| {
                written.extend_from_slice(piece.bytes);
                Ok::<_, ()>(())
            });
            at_most(polls, download).await.map(Result::unwrap);
        });
        assert!(file.as_bytes().starts_with(&written));
        assert_eq!(stack.borrow().open_sockets(), 0);
    }
    assert_eq!(Resume::new().offset(), 0);
}
