//! A client in memory: its frames, what comes back, and a server that echoes.

use nal_http::server::websocket::{CloseCode, Received, State, Upgrade};
use nal_http::server::{Answer, Flow, Reply, Request, Route, Site};
use nal_http::testing::{TestClient, websocket_frame};

pub const HELLO: &str = "GET /echo HTTP/1.1\r\nHost: board\r\nUpgrade: websocket\r\n\
    Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\n";

/// Echoes texts in a browser, and says in its title how that went. It is loaded once that is said: till then an image of
/// it is held back.
pub const PAGE: &str = "<!doctype html><title>wait</title><script>
const socket = new WebSocket(`ws://127.0.0.1:PORT/echo`);
const texts = ['', '欢迎'.repeat(100), 'y'.repeat(70000)];
let at = 0;
socket.onopen = () => socket.send(texts[0]);
socket.onmessage = ({ data }) => {
  if (data !== texts[at++]) document.title = 'wrong ' + at;
  else if (at < texts.length) socket.send(texts[at]);
  else socket.close(1000);
};
socket.onclose = ({ code, wasClean }) => {
  document.title = `closed ${code} ${wasClean} ${at}`;
  new Image().src = 'http://127.0.0.1:PORT/said';
};
</script><img src='http://127.0.0.1:PORT/hold'>";

#[derive(Default)]
pub struct App {
    pub closed: Vec<Option<u16>>,
    pub aborted: usize,
    /// Whether a page has said how it went.
    has_said: bool,
}

pub const SITE: Site<App, State> = Site::new(&[
    Route::get("/", |_, request, reply| {
        let (_, port) = request.host().and_then(|host| host.split_once(':')).unwrap_or_default();
        reply.html(&PAGE.replace("PORT", port))
    }),
    Route::get("/hold", |app, request, reply| {
        let is_over = std::mem::take(&mut app.has_said) || request.elapsed_ms() > 60_000;
        if is_over { reply.no_content() } else { Ok(Flow::Wait(20)) }
    }),
    Route::get("/said", |app, _, reply| {
        app.has_said = true;
        reply.no_content()
    }),
    Route::websocket("/echo", echo),
    Route::get("/plain", |_, request, reply| reply.websocket(request)?.wait(1)),
]);

/// Sends back what comes, in parts where it is long.
fn echo(app: &mut App, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
    app.aborted += usize::from(request.is_aborted());
    let mut socket = Upgrade::new().protocols(&["b", "a"]).accept(request, reply)?;
    loop {
        let room = socket.room();
        match socket.receive_up_to(room) {
            Some(Received::Part(part)) => {
                let sent = socket.send_part(part.kind, part.is_last, |to| to.bytes(part.bytes));
                assert!(sent, "there was room for it");
            }
            Some(Received::Closed(code)) => app.closed.push(code.map(CloseCode::code)),
            None => return socket.wait(60_000),
        }
    }
}

/// A masked frame of a client.
pub fn frame(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame_as(0x80, first, payload)
}

/// The same, or with 0 one of a server, which is not masked.
pub fn frame_as(masked: u8, first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    websocket_frame(first, (masked != 0).then_some([0xfe, 0x34, 0x00, 0x78]), payload)
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Got {
    Text(Vec<u8>),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<u16>),
}

/// The head of the answer, and what its frames say. Those are held to RFC 6455, too.
pub fn parse(answer: &[u8]) -> (String, Vec<Got>) {
    parse_as(0, answer)
}

/// The same, or with 0x80 what a client sends, masked.
pub fn parse_as(masked: u8, answer: &[u8]) -> (String, Vec<Got>) {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    let (mut got, mut rest, mut message) = (Vec::new(), &answer[end..], None::<(u8, Vec<u8>)>);
    while !rest.is_empty() {
        let (first, second) = (rest[0], rest[1]);
        assert!(first & 0x70 == 0 && second & 0x80 == masked, "its bits: {rest:x?}");
        let second = second & 0x7f;
        let (length, mut at) = if second == 126 {
            let length = usize::from(u16::from_be_bytes([rest[2], rest[3]]));
            assert!(length > 125, "the length is longer written than it must be");
            (length, 4)
        } else {
            (usize::from(second), 2)
        };
        assert_ne!(second, 127, "nothing is so long");
        let mut mask = [0; 4];
        if masked != 0 {
            mask.copy_from_slice(&rest[at..at + 4]);
            at += 4;
        }
        let payload = rest[at..at + length].iter().zip(mask.iter().cycle());
        let payload: Vec<_> = payload.map(|(byte, mask)| byte ^ mask).collect();
        rest = &rest[at + length..];
        let (opcode, is_final) = (first & 0x0f, first & 0x80 != 0);
        if opcode <= 2 {
            assert_eq!(opcode == 0, message.is_some(), "fragments in their order");
            let (opcode, mut all) = message.take().unwrap_or((opcode, Vec::new()));
            all.extend(payload);
            match (is_final, opcode) {
                (false, _) => message = Some((opcode, all)),
                (true, 1) => got.push(Got::Text(all)),
                (true, _) => got.push(Got::Binary(all)),
            }
            continue;
        }
        assert!(is_final && length <= 125, "a control frame");
        got.push(match (opcode, &payload[..]) {
            (9, _) => Got::Ping(payload),
            (10, _) => Got::Pong(payload),
            (8, []) => Got::Close(None),
            (8, [high, low, ..]) => Got::Close(Some(u16::from_be_bytes([*high, *low]))),
            _ => panic!("an opcode that is reserved: {first:x}"),
        });
        assert!(opcode != 8 || rest.is_empty(), "nothing comes behind a close frame");
    }
    (String::from_utf8(answer[..end].to_vec()).unwrap(), got)
}

/// What the server answers to frames that come in pieces of `size` bytes.
pub fn talk_with(slot: usize, size: usize, frames: &[u8]) -> (App, Vec<Got>) {
    talk(slot, &chunks(frames, size))
}

pub fn chunks(bytes: &[u8], size: usize) -> Vec<Vec<u8>> {
    bytes.chunks(size).map(<[u8]>::to_vec).collect()
}

/// The same in these pieces.
pub fn talk(slot: usize, pieces: &[Vec<u8>]) -> (App, Vec<Got>) {
    let mut app = App::default();
    let head = format!("{HELLO}\r\n");
    let pieces = [head.as_bytes()].into_iter().chain(pieces.iter().map(Vec::as_slice));
    // A client that leaves soon, before it is pinged.
    let mut client = TestClient::new(SITE).slot(slot).wait(5_000);
    let (head, got) = parse(&client.send_pieces(&mut app, pieces));
    assert!(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{head}");
    (app, got)
}
