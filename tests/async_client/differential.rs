//! Random scripts: both clients send the same bytes and come to the same end.

use std::fmt;
use std::pin::pin;
use std::task::Poll;

use nal_http::client::{Client, Error, Pool, asynch};
use nal_http::hal::Timer;
use nal_http::net::Timeouts;
use nal_http::testing::asynch::{AsyncStack, SimTime, StackError};
use nal_http::testing::{Call, Fault, FaultStack, ScriptStack, Step, Ticks};
use nal_http::wire::Method;
use proptest::prelude::*;

/// What the stack, the server and the application do.
#[derive(Debug, Clone)]
struct Script {
    /// What comes over each connection: whole answers, cut into pieces of these lengths, with pauses between.
    connections: Vec<Connection>,
    at_most: usize,
    hesitates: bool,
    faults: Vec<(Call, usize, Fault)>,
    buffer: usize,
    body: usize,
    requests: usize,
    /// Reads of this length; 0: `content`.
    piece: usize,
    /// The polls after which reads are dropped, if they still wait.
    drops: Vec<usize>,
}

#[derive(Debug, Clone)]
struct Connection {
    answers: Vec<usize>,
    pieces: Vec<usize>,
    /// So many bytes come at most.
    cut: usize,
    end: End,
}

#[derive(Debug, Clone, Copy)]
enum End {
    Close,
    Reset,
    Silence,
}

const ANSWERS: [&str; 12] = [
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n012345678901234567890123456789012345678901234567890123456789",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nT: u\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\nuntil the end",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
    "HTTP/1.1 307 Elsewhere\r\nLocation: /b\r\nContent-Length: 3\r\n\r\nsee",
    "HTTP/1.1 302 Elsewhere\r\nLocation: http://other/\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "SSH-2.0-OpenSSH\r\n\r\n",
];

impl Script {
    fn stack(&self) -> FaultStack<ScriptStack> {
        let mut script = ScriptStack::new();
        for Connection { answers, pieces, cut, end } in &self.connections {
            let (mut steps, mut lengths) = (Vec::new(), pieces.iter().cycle());
            let mut left = *cut;
            for answer in answers {
                let mut bytes = ANSWERS[*answer].as_bytes();
                bytes = &bytes[..bytes.len().min(left)];
                left -= bytes.len();
                while !bytes.is_empty() {
                    let (front, rest) = bytes.split_at(bytes.len().min(*lengths.next().unwrap()));
                    steps.extend([front.into(), Step::Idle]);
                    bytes = rest;
                }
            }
            steps.extend(match end {
                End::Close => Some(Step::Close),
                End::Reset => Some(Step::Reset),
                End::Silence if self.counts_receives() => Some(Step::Close),
                End::Silence => None,
            });
            script.answers(steps);
        }
        let mut stack = FaultStack::new(script).at_most(self.at_most);
        for (call, n, fault) in &self.faults {
            stack = stack.once(*call, *n, *fault);
        }
        if self.hesitates { stack.would_block_every_other() } else { stack }
    }

    /// In a silence the one client asks more often than the other: what goes by the count of that would differ.
    fn counts_receives(&self) -> bool {
        self.hesitates || self.faults.iter().any(|(call, ..)| *call == Call::Receive)
    }

    fn method(&self) -> Method<'static> {
        if self.body == 0 { Method::GET } else { Method::POST }
    }

    /// What the client that blocks makes of it.
    fn block(&self) -> Outcome {
        let (mut stack, mut pool) = (self.stack(), Pool::<_, 1>::new());
        let (mut buffer, body) = (vec![0; self.buffer], vec![b'x'; self.body]);
        let mut results = Vec::new();
        let mut client = Client::new(&mut stack, Ticks::every(1))
            .timeouts(Timeouts::each(TIMEOUT_MS))
            .keep_alive(&mut pool);
        for _ in 0..self.requests {
            results.push(
                (|| {
                    let request = client.request(self.method(), URL).data(&body).redirects(2);
                    let mut response = request.send(&mut buffer)?;
                    let (mut all, mut piece) = (Vec::new(), vec![0; self.piece]);
                    if self.piece == 0 {
                        all.extend_from_slice(response.content()?);
                    }
                    loop {
                        match response.read(&mut piece)? {
                            0 => return Ok((response.status_code(), all)),
                            n => all.extend_from_slice(&piece[..n]),
                        }
                    }
                })()
                .map_err(|error| told(&error)),
            );
        }
        pool.close(&mut stack);
        Outcome::of(results, &stack)
    }

    /// What the async client makes of it, with reads that are dropped.
    fn wait(&self) -> Outcome {
        let time = SimTime::new(0);
        let stack = AsyncStack::new(self.stack(), &time);
        let (mut buffer, body) = (vec![0; self.buffer], vec![b'x'; self.body]);
        let mut drops = self.drops.iter().copied().cycle();
        let mut results = Vec::new();
        time.block_on(async {
            let mut pool = Pool::<_, 1>::new();
            let mut client = asynch::Client::new(&stack, &time)
                .timeouts(Timeouts::each(TIMEOUT_MS))
                .keep_alive(&mut pool);
            for _ in 0..self.requests {
                let result = async {
                    let request = client.request(self.method(), URL).data(&body).redirects(2);
                    let mut response = request.send(&mut buffer).await?;
                    let (mut all, mut piece) = (Vec::new(), vec![0; self.piece]);
                    if self.piece == 0 {
                        while at_most(drops.next(), response.content()).await?.is_none() {
                            later(&time, &stack).await;
                        }
                        all.extend_from_slice(response.content().await?);
                    }
                    loop {
                        match at_most(drops.next(), response.read(&mut piece)).await? {
                            None => later(&time, &stack).await,
                            Some(0) => return Ok((response.status_code(), all)),
                            Some(n) => all.extend_from_slice(&piece[..n]),
                        }
                    }
                };
                results.push(result.await.map_err(|error| told(&nb_error(error))));
            }
        });
        let stack = stack.borrow();
        Outcome::of(results, &stack)
    }
}

const URL: &str = "http://mpython.cn/light";
/// Longer than any script hesitates.
const TIMEOUT_MS: u32 = 2_000;

#[derive(Debug, PartialEq)]
struct Outcome {
    results: Vec<Result<(u16, Vec<u8>), String>>,
    sent: Vec<String>,
    open_sockets: usize,
}

impl Outcome {
    fn of(results: Vec<Result<(u16, Vec<u8>), String>>, stack: &FaultStack<ScriptStack>) -> Self {
        let sent = |socket| String::from_utf8_lossy(stack.inner().sent(socket)).into_owned();
        Self { results, sent: (0..8).map(sent).collect(), open_sockets: stack.open_sockets() }
    }
}

fn told<T: fmt::Debug, D: fmt::Debug>(error: &Error<T, D>) -> String {
    format!("{error:?}")
}

/// As the stack that is polled says it.
fn nb_error<T, D>(error: Error<StackError<T>, D>) -> Error<T, D> {
    match error {
        Error::Request(error) => Error::Request(error),
        Error::Dns(error) => Error::Dns(error),
        Error::Socket(StackError(error)) => Error::Socket(error),
        Error::Connect(StackError(error)) => Error::Connect(error),
        Error::Send(StackError(error)) => Error::Send(error),
        Error::Receive(StackError(error)) => Error::Receive(error),
        Error::TimedOut(phase) => Error::TimedOut(phase),
        Error::Response(error) => Error::Response(error),
        _ => panic!("nothing else can come"),
    }
}

/// A little later: the stack may have something again.
async fn later<S>(time: &SimTime, stack: &AsyncStack<S>) {
    time.wait_ms(1).await;
    drop(stack.borrow());
}

/// Polls a future so often at most, then drops it.
async fn at_most<T, E>(
    polls: Option<usize>,
    future: impl Future<Output = Result<T, E>>,
) -> Result<Option<T>, E> {
    let (mut future, mut left) = (pin!(future), polls.unwrap_or(usize::MAX));
    std::future::poll_fn(|context| {
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(result.map(Some)),
            Poll::Pending if left == 0 => Poll::Ready(Ok(None)),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

fn fault() -> impl Strategy<Value = (Call, usize, Fault)> {
    let connect = (Just(Call::Connect), 0_usize..3, Just(Fault::Reset));
    let send = (
        Just(Call::Send),
        0_usize..12,
        prop::sample::select(vec![Fault::Reset, Fault::PipeClosed, Fault::Zero, Fault::WouldBlock]),
    );
    let receive = (
        Just(Call::Receive),
        0_usize..40,
        prop::sample::select(vec![Fault::Reset, Fault::PipeClosed, Fault::Zero, Fault::AtMost(1)]),
    );
    prop_oneof![connect, send, receive]
}

prop_compose! {
    fn connection()(
        answers in prop::collection::vec(0..ANSWERS.len(), 1..4),
        pieces in prop::collection::vec(1_usize..70, 1..6),
        cut in prop_oneof![Just(1_000), 0_usize..200],
        end in prop::sample::select(vec![End::Close, End::Reset, End::Silence]),
    ) -> Connection {
        Connection { answers, pieces, cut, end }
    }
}

prop_compose! {
    fn script()(
        connections in prop::collection::vec(connection(), 1..6),
        at_most in prop::sample::select(vec![1, 3, 50, 1_000]),
        hesitates in any::<bool>(),
        faults in prop::collection::vec(fault(), 0..3),
        buffer in 100_usize..400,
        body in prop::sample::select(vec![0, 0, 10, 900]),
        requests in 1_usize..4,
        piece in prop::sample::select(vec![0, 1, 7, 100]),
        drops in prop::collection::vec(1_usize..4, 0..4),
    ) -> Script {
        Script { connections, at_most, hesitates, faults, buffer, body, requests, piece, drops }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn both_clients_do_the_same(script in script()) {
        let (blocked, awaited) = (script.block(), script.wait());
        prop_assert_eq!(&blocked, &awaited);
        prop_assert_eq!(blocked.open_sockets, 0);
    }
}
