//! Our client over scripted stacks, by each of its drivers: it sends back what comes.

use std::fmt::Debug;

use nal_http::client::asynch;
use nal_http::client::websocket::{CloseCode, Kind, Received, Upgrade};
use nal_http::client::{Client, Error, Request, ResponseError};
use nal_http::nb;
use nal_http::testing::asynch::{AsyncStack, SimTime};
use nal_http::testing::{FaultStack, ScriptStack, Step, TestClient, Ticks};
use nal_http::wire::Method;

use super::frames::{App, Got, SITE, parse_as};

/// Random numbers that are always the same.
pub fn random() -> impl FnMut() -> u32 {
    let mut next = 0x0102_0304_u32;
    move || {
        next = next.wrapping_mul(0x9e37_79b1).wrapping_add(7);
        next
    }
}

/// Why it failed: `None` where the connection broke.
pub type Failure = Option<ResponseError>;

fn told<T: Debug, D: Debug>(end: Result<Option<u16>, Error<T, D>>) -> Result<Option<u16>, Failure> {
    end.map_err(|error| match error {
        Error::Response(error) => Some(error),
        Error::Receive(_) => None,
        error => panic!("{error}"),
    })
}

/// What came of it: the codes with which it was closed and messages, what the server was sent, and how long it took.
#[derive(Debug, PartialEq)]
pub struct Seen {
    pub messages: Vec<(Kind, Vec<u8>)>,
    pub end: Result<Option<u16>, Failure>,
    /// What the proxy was asked.
    pub tunnel: String,
    pub head: String,
    pub sent: Vec<Got>,
}

pub const URL: &str = "ws://board/echo";

/// The server's answer to the head that clients send here, from the server of this crate.
pub fn accept(more: &str) -> String {
    let mut stack = ScriptStack::new();
    stack.answers([Step::Close]);
    let mut buffer = [0; 600];
    let upgrade = Upgrade::new().protocols(&["b", "a"]);
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let opened = client.get(URL).websocket(&upgrade).open(random(), &mut buffer);
    assert!(opened.is_err());
    drop(opened);
    let answer = TestClient::new(SITE).send_bytes(&mut App::default(), stack.sent(0));
    let answer = String::from_utf8(answer).unwrap().replace("Sec-WebSocket-Protocol: b\r\n", more);
    assert!(answer.starts_with("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"));
    answer
}

/// The stack of a server that says this in these pieces, and is silent for a moment in between.
pub fn server<'p>(pieces: impl IntoIterator<Item = &'p [u8]>, end: &[Step]) -> ScriptStack {
    let mut stack = ScriptStack::new();
    let pieces = pieces.into_iter().flat_map(|piece| [Step::from(piece), Step::Idle]);
    stack.answers(pieces.chain(end.iter().cloned()));
    stack
}

/// What the client talks to, and the proxy in front of it.
pub struct Server {
    pub stack: FaultStack<ScriptStack>,
    pub proxy: Option<&'static str>,
}

impl From<FaultStack<ScriptStack>> for Server {
    fn from(stack: FaultStack<ScriptStack>) -> Self {
        Self { stack, proxy: None }
    }
}

fn through<'r, L>(proxy: Option<&'r str>, request: Request<'r, L>) -> Request<'r, L> {
    match proxy {
        Some(proxy) => request.proxy(proxy),
        None => request,
    }
}

#[derive(Default)]
struct Talk {
    messages: Vec<(Kind, Vec<u8>)>,
    is_new: bool,
}

impl Talk {
    /// Returns the code if it is over, or else what is to be sent back.
    fn take(&mut self, received: Received<'_>) -> Result<Option<u16>, (Kind, bool, Vec<u8>)> {
        match received {
            Received::Closed(code) => Ok(code.map(CloseCode::code)),
            Received::Part(part) => {
                assert_eq!(part.is_first, !self.is_new);
                if part.is_first {
                    self.messages.push((part.kind, Vec::new()));
                }
                self.is_new = !part.is_last;
                self.messages.last_mut().unwrap().1.extend(part.bytes);
                Err((part.kind, part.is_last, part.bytes.to_vec()))
            }
        }
    }
}

fn seen(talk: Talk, end: Result<Option<u16>, Failure>, sent: &[u8]) -> Seen {
    let tunnel = sent.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
    let (tunnel, sent) = sent.split_at(if sent.starts_with(b"CONNECT ") { tunnel } else { 0 });
    let (head, sent) = parse_as(0x80, sent);
    let tunnel = String::from_utf8(tunnel.to_vec()).unwrap();
    Seen { messages: talk.messages, end, tunnel, head, sent }
}

fn blocking(Server { mut stack, proxy }: Server, upgrade: &Upgrade<'_>) -> Seen {
    let (mut talk, mut buffer) = (Talk::default(), [0; 600]);
    let mut client = Client::new(&mut stack, Ticks::every(10));
    let end = (|| {
        let opening = through(proxy, client.get(URL)).websocket(upgrade);
        let mut socket = opening.open(random(), &mut buffer)?;
        loop {
            match talk.take(socket.receive()?) {
                Ok(code) => return Ok(code),
                Err((kind, is_last, bytes)) => socket.send_part(kind, is_last, &bytes)?,
            }
        }
    })();
    assert_eq!(stack.open_sockets(), 0);
    seen(talk, told(end), stack.inner().sent(0))
}

fn polled(Server { mut stack, proxy }: Server, upgrade: &Upgrade<'_>) -> Seen {
    let (mut talk, mut buffer, mut now_ms) = (Talk::default(), [0; 600], 0);
    let request = through(proxy, Request::new(Method::GET, URL)).websocket(upgrade);
    let mut call = request.start(random(), &mut buffer).unwrap();
    let end = loop {
        now_ms += 10;
        match call.receive(&mut stack, now_ms) {
            Err(nb::Error::WouldBlock) => {}
            Err(nb::Error::Other(error)) => break Err(error),
            Ok(received) => match talk.take(received) {
                Ok(code) => break Ok(code),
                Err((kind, is_last, bytes)) => {
                    let sent = call.send_part(kind, is_last, |to| to.bytes(&bytes));
                    assert_eq!(sent, Ok(true), "what came has room to be sent");
                }
            },
        }
    };
    assert_eq!(stack.open_sockets(), 0);
    seen(talk, told(end), stack.inner().sent(0))
}

fn awaited(Server { stack, proxy }: Server, upgrade: &Upgrade<'_>) -> Seen {
    let time = SimTime::new(0);
    let stack = AsyncStack::new(stack, &time);
    let (mut talk, mut buffer) = (Talk::default(), [0; 600]);
    let end = time.block_on(async {
        let mut client = asynch::Client::new(&stack, &time);
        let opening = through(proxy, client.get(URL)).websocket(upgrade);
        let mut socket = opening.open(random(), &mut buffer).await?;
        loop {
            match talk.take(socket.receive().await?) {
                Ok(code) => return Ok(code),
                Err((kind, is_last, bytes)) => socket.send_part(kind, is_last, &bytes).await?,
            }
        }
    });
    assert_eq!(stack.borrow().open_sockets(), 0);
    let stack = stack.borrow();
    seen(talk, told(end), stack.inner().sent(0))
}

/// Each of its drivers.
pub const DRIVERS: [fn(Server, &Upgrade<'_>) -> Seen; 3] = [blocking, polled, awaited];
