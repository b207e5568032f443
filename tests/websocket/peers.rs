//! Talks over sockets with clients and servers of others; each is skipped with a message where it is missing, or with
//! `NAL_HTTP_NO_SKIP` fails.

use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use nal_http::client::websocket::{CloseCode, Kind, Received, Upgrade};
use nal_http::client::{Client, ErrorOf};
use nal_http::hal::Clock;
use nal_http::server::Server;
use nal_http::server::websocket::State;
use nal_std::Stack;

use super::frames::{App, PAGE, SITE};
use super::on_tokio;

/// A server that is polled, and one of futures.
const BOTH: [fn() -> u16; 2] = [serve, on_tokio::serve];

/// A server that echoes, on a port of its own, as long as the test runs.
fn serve() -> u16 {
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let mut stack = Stack::bound_to(Ipv4Addr::LOCALHOST.into());
        let mut server: Box<Server<Stack, App, 4, 2048, State>> = Box::new(Server::new(SITE));
        server.listen(&mut stack, 0).unwrap();
        let address = stack.local_addr(server.listener().unwrap()).unwrap();
        sender.send(address.port()).unwrap();
        let begun = Instant::now();
        let mut app = App::default();
        loop {
            let now = u32::try_from(begun.elapsed().as_millis()).unwrap();
            if server.poll(&mut stack, &mut app, now).is_err() {
                stack.wait(Duration::from_millis(server.idle_ms(now).into()));
            }
        }
    });
    receiver.recv().unwrap()
}

fn skip(name: &str) {
    assert!(std::env::var_os("NAL_HTTP_NO_SKIP").is_none(), "this needs {name}");
    eprintln!("{name} is not there: skipped");
}

/// What a program prints, or `None` where it is not there, which it says itself with `SKIP`.
fn run(name: &str, command: &mut Command) -> Option<String> {
    let Ok(output) = command.output() else {
        skip(name);
        return None;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if text.contains("SKIP") {
        skip(name);
        return None;
    }
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    Some(text)
}

const PYTHON: &str = r#"
import sys
try:
    from websockets.sync.client import connect
except ImportError:
    print("SKIP")
    sys.exit()
with connect(f"ws://127.0.0.1:{sys.argv[1]}/echo", subprotocols=["c", "a"], max_size=None, open_timeout=None) as socket:
    assert socket.subprotocol == "a"
    for text in ["", "x", "欢迎使用掌控板" * 40, "y" * 70000]:
        socket.send(text)
        assert socket.recv() == text, text[:20]
    socket.send(bytes(range(256)))
    assert socket.recv() == bytes(range(256))
    socket.send(["three ", "frag", "ments"])
    assert socket.recv() == "three fragments"
    assert socket.ping(b"payload").wait(60)
assert socket.close_code == 1000, socket.close_code
print("DONE")
"#;

#[test]
fn websockets_of_python() {
    for port in BOTH.map(|serve| serve().to_string()) {
        if let Some(text) = run("websockets", Command::new("python3").args(["-c", PYTHON, &port])) {
            assert!(text.contains("DONE"), "{text}");
        }
    }
}

const NODE: &str = r"
let Socket;
try { Socket = require('ws'); } catch { Socket = globalThis.WebSocket; }
if (!Socket) { console.log('SKIP'); process.exit(); }
const socket = new Socket(`ws://127.0.0.1:${process.argv[1]}/echo`, ['a']);
socket.binaryType = 'arraybuffer';
const sent = ['', 'x', '欢迎'.repeat(100), 'y'.repeat(70000), Uint8Array.from({ length: 300 }, (_, n) => n % 256)];
let at = 0;
const next = () => at < sent.length ? socket.send(sent[at]) : socket.close(1000, 'bye');
socket.onopen = next;
socket.onmessage = ({ data }) => {
  const was = sent[at++];
  const same = typeof was === 'string' ? data === was : Buffer.from(data).equals(Buffer.from(was));
  if (!same) { console.log('WRONG', at); process.exit(1); }
  next();
};
socket.onerror = (error) => { console.log('ERROR', error.message); process.exit(1); };
socket.onclose = ({ code }) => { console.log(at === sent.length && code === 1000 ? 'DONE' : `CLOSED ${code}`); process.exit(); };
";

#[test]
fn node() {
    for port in BOTH.map(|serve| serve().to_string()) {
        // The built-in one is behind a flag in version 20.
        let command = &mut Command::new("node");
        command.args(["--experimental-websocket", "-e", NODE, &port]);
        if let Some(text) = run("a WebSocket of Node", command) {
            assert!(text.contains("DONE"), "{text}");
        }
    }
}

/// The title of a page behind its WebSocket.
fn title(url: &str) -> Option<String> {
    let command = &mut Command::new("chromium");
    command.args(["--headless", "--no-sandbox", "--disable-gpu"]);
    let text = run("chromium", command.args(["--dump-dom", url]))?;
    let (_, title) = text.split_once("<title>")?;
    title.split_once("</title>").map(|(title, _)| title.to_owned())
}

#[test]
fn chromium() {
    let ports = BOTH.map(|serve| serve());
    for port in ports {
        if let Some(title) = title(&format!("http://127.0.0.1:{port}/")) {
            assert_eq!(title, "closed 1000 true 3");
        }
    }
    let [port, _] = ports;
    // A page from elsewhere: here from a file, whose origin is `null`.
    let file = env::temp_dir().join(format!("nal-http-websocket-{}.html", std::process::id()));
    fs::write(&file, PAGE.replace("PORT", &port.to_string())).unwrap();
    if let Some(title) = title(&format!("file://{}", file.display())) {
        assert_eq!(title, "closed 1006 false 0");
    }
    fs::remove_file(&file).unwrap();
}

/// The time since it was made.
struct Real(Instant);

impl Clock for Real {
    fn now_ms(&mut self) -> u32 {
        u32::try_from(self.0.elapsed().as_millis()).unwrap()
    }
}

/// Numbers of xorshift, good enough for a test.
fn random() -> impl FnMut() -> u32 {
    let mut state = 0x2545_f491_u32;
    move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    }
}

/// Has messages echoed by the server at this URL.
fn have_echoed(url: &str) -> Result<(), ErrorOf<Stack>> {
    let mut stack = Stack::new();
    let mut buffer = [0; 1024];
    let upgrade = Upgrade::new();
    let mut client = Client::new(&mut stack, Real(Instant::now()))
        .idle(|stack, ms| stack.wait(Duration::from_millis(ms.into())));
    let mut socket = client.get(url).websocket(&upgrade).open(random(), &mut buffer)?;
    for text in ["x", "", "欢迎使用掌控板", &"y".repeat(500), &"z".repeat(20_000)] {
        socket.send_text(text)?;
        let mut message = Vec::<u8>::new();
        loop {
            let Received::Part(part) = socket.receive()? else { panic!("{url}: it is over") };
            assert_eq!(part.kind, Kind::Text);
            message.extend_from_slice(part.bytes);
            if part.is_last {
                break;
            }
        }
        assert_eq!(message, text.as_bytes(), "{url}");
    }
    assert_eq!(socket.receive_within(0)?, None);
    socket.close(CloseCode::NORMAL)?;
    assert_eq!(stack.open_sockets(), 0);
    Ok(())
}

/// A server that prints its port, and ends when it is dropped.
struct Foreign(Child);

impl Foreign {
    fn start(command: &mut Command) -> Option<(Self, String)> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().ok()?;
        let mut line = String::new();
        let _ = BufReader::new(child.stdout.take()?).read_line(&mut line);
        let foreign = Self(child);
        let port = line.trim().parse::<u16>().ok()?;
        Some((foreign, format!("ws://127.0.0.1:{port}/echo")))
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const NODE_SERVER: &str = r"
let ws;
try { ws = require('ws'); } catch { console.log('SKIP'); process.exit(); }
const server = new ws.WebSocketServer({ host: '127.0.0.1', port: 0 });
server.on('listening', () => console.log(server.address().port));
server.on('connection', (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })));
";

#[test]
fn servers_have_our_client_echoed() {
    for port in BOTH.map(|serve| serve()) {
        have_echoed(&format!("ws://127.0.0.1:{port}/echo")).unwrap();
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/websocket/echo.py");
    let other = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/websocket/echo_by_websockets.py");
    for (name, command) in [
        ("Python", Command::new("python3").arg(file)),
        ("websockets", Command::new("python3").arg(other)),
        ("ws of Node", Command::new("node").args(["-e", NODE_SERVER])),
    ] {
        match Foreign::start(command) {
            Some((_foreign, url)) => {
                have_echoed(&url).unwrap_or_else(|error| panic!("{name}: {error}"));
            }
            None => skip(name),
        }
    }
}
