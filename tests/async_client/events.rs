//! Streams of events, whose futures are dropped whenever they wait.

use std::pin::pin;
use std::task::Poll;

use nal_http::client::asynch::Client;
use nal_http::client::{EventError, EventSource, NextError};
use nal_http::hal::Timer;
use nal_http::testing::asynch::{AsyncStack, SimTime};
use nal_http::testing::{FaultStack, ScriptStack, Step};

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n";

fn stack(streams: &[&str], piece: usize) -> FaultStack<ScriptStack> {
    let mut script = ScriptStack::new();
    for stream in streams {
        let bytes = [HEAD.as_bytes(), stream.as_bytes()].concat();
        let pieces = bytes.chunks(piece).flat_map(|piece| [piece.into(), Step::Idle]);
        script.answers(pieces.chain([Step::Close]).collect::<Vec<_>>());
    }
    script.answers([b"HTTP/1.1 204 No Content\r\n\r\n".into()]);
    FaultStack::new(script)
}

#[test]
fn a_stream_goes_on_over_the_next_connection() {
    let long = "x".repeat(100);
    let first = format!(
        "retry: 50\n\nid: 1\nevent: light\ndata: 光\n\ndata: {long}\n\ndata: a\ndata: b\n\n"
    );
    for piece in [1, 3, 1_000] {
        let time = SimTime::new(0);
        let stack =
            AsyncStack::new(stack(&[&first, "id: 2\r\ndata: c\r\n\r\ndata: lost"], piece), &time);
        let mut told = Vec::new();
        time.block_on(async {
            let mut client = Client::new(&stack, &time);
            let (mut head, mut text) = ([0; 512], [0; 64]);
            let mut events = EventSource::new(&mut text);
            loop {
                let asked = events.ask();
                let request = asked.apply(client.get("http://mpython.cn/events"));
                let mut response = request.send(&mut head).await.unwrap();
                if !events.answered(response.head()).unwrap() {
                    break;
                }
                loop {
                    let next = {
                        let mut next = pin!(events.next_async(&mut response));
                        // Dropped as soon as it waits.
                        std::future::poll_fn(|context| Poll::Ready(next.as_mut().poll(context)))
                            .await
                            .map(|next| {
                                next.map(|event| {
                                    event.map(|event| {
                                        format!("{}/{}/{}", event.name, event.id, event.data)
                                    })
                                })
                            })
                    };
                    match next {
                        Poll::Ready(Ok(Some(event))) => told.push(event),
                        Poll::Ready(Err(NextError::Event(EventError::TooLong { have, need }))) => {
                            assert_eq!((have, need), (64, 108));
                        }
                        Poll::Ready(Ok(None)) => break,
                        Poll::Ready(Err(error)) => panic!("{error}"),
                        Poll::Pending => time.wait_ms(1).await,
                    }
                }
                drop(response);
                assert_eq!(events.retry_ms(), 50);
                time.wait_ms(events.retry_ms()).await;
            }
        });
        assert_eq!(told, ["light/1/光", "message/1/a\nb", "message/2/c"]);
        let stack = stack.borrow();
        assert_eq!(stack.open_sockets(), 0);
        let ids: Vec<bool> = (0..3)
            .map(|socket| {
                String::from_utf8_lossy(stack.inner().sent(socket)).contains("Last-Event-ID: 2")
            })
            .collect();
        assert_eq!(ids, [false, false, true]);
    }
}
