//! Talks over sockets with the clients of others; each is skipped with a message where it is missing.

use std::net::Ipv4Addr;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use nal_http::server::Server;
use nal_http::server::websocket::State;
use nal_std::Stack;

use super::frames::{App, PAGE, SITE};

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

/// What a program prints, or `None` where it is not there, which it says itself with `SKIP`.
fn run(name: &str, command: &mut Command) -> Option<String> {
    let Ok(output) = command.output() else {
        eprintln!("{name} is not there: skipped");
        return None;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if text.contains("SKIP") {
        eprintln!("{name} is not there: skipped");
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
with connect(f"ws://127.0.0.1:{sys.argv[1]}/echo", subprotocols=["c", "a"], max_size=None) as socket:
    assert socket.subprotocol == "a"
    for text in ["", "x", "欢迎使用掌控板" * 40, "y" * 70000]:
        socket.send(text)
        assert socket.recv() == text, text[:20]
    socket.send(bytes(range(256)))
    assert socket.recv() == bytes(range(256))
    socket.send(["three ", "frag", "ments"])
    assert socket.recv() == "three fragments"
    assert socket.ping(b"payload").wait(5)
assert socket.close_code == 1000, socket.close_code
print("DONE")
"#;

#[test]
fn websockets_of_python() {
    let port = serve().to_string();
    if let Some(text) = run("websockets", Command::new("python3").args(["-c", PYTHON, &port])) {
        assert!(text.contains("DONE"), "{text}");
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
    let port = serve().to_string();
    // The built-in one is behind a flag in version 20.
    let command = &mut Command::new("node");
    command.args(["--experimental-websocket", "-e", NODE, &port]);
    if let Some(text) = run("a WebSocket of Node", command) {
        assert!(text.contains("DONE"), "{text}");
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
    let port = serve();
    if let Some(title) = title(&format!("http://127.0.0.1:{port}/")) {
        assert_eq!(title, "closed 1000 true 3");
    }
    // A page from elsewhere: here from a file, whose origin is `null`.
    let file = env::temp_dir().join(format!("nal-http-websocket-{}.html", std::process::id()));
    fs::write(&file, PAGE.replace("PORT", &port.to_string())).unwrap();
    if let Some(title) = title(&format!("file://{}", file.display())) {
        assert_eq!(title, "closed 1006 false 0");
    }
    fs::remove_file(&file).unwrap();
}
