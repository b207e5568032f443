//! A WebSocket over TLS (`wss`), of a server made of Python's standard library, polled and awaited.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use nal_http::client::websocket::{CloseCode, Received, Upgrade};
use nal_http::client::{Client, asynch};
use nal_http::tls::{AsyncTlsStack, TlsStack, Trust};
use nal_std::Stack;

use crate::https::{idle, local_pki, with_session};
use crate::support::{RealClock, has};
use crate::tokio_stack::{Tokio, block_on, timer};

struct Python(Child);

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const TEXTS: [&str; 3] = ["x", "欢迎使用掌控板", ""];

fn random() -> u32 {
    // Of no use but here.
    0x1234_5678
}

#[test]
fn an_echo_over_tls() {
    if !has("openssl") || !has("python3") {
        return;
    }
    let (pki, ca) = local_pki();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/websocket/echo.py");
    let mut command = Command::new("python3");
    command.arg(file).arg(pki.path("leaf.pem")).arg(pki.path("leaf.key"));
    let mut python = Python(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(python.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = format!("wss://localhost:{}/echo", line.trim());

    with_session(Trust::authorities(&[&ca]), |session| {
        let mut tcp = Stack::new();
        let mut stack = TlsStack::new(&mut tcp, session);
        let mut buffer = [0; 600];
        let mut client = Client::new(&mut stack, RealClock::new()).idle(idle);
        let upgrade = Upgrade::new();
        let mut socket = client.get(&url).websocket(&upgrade).open(random, &mut buffer).unwrap();
        for text in TEXTS {
            socket.send_text(text).unwrap();
            let Received::Part(part) = socket.receive().unwrap() else { panic!("it is over") };
            assert_eq!(part.text(), Some(text));
        }
        socket.close(CloseCode::NORMAL).unwrap();
        assert_eq!(tcp.open_sockets(), 0);
    });

    with_session(Trust::authorities(&[&ca]), |session| {
        let tcp: &Tokio = Box::leak(Box::default());
        let mut client = asynch::Client::new(AsyncTlsStack::new(tcp, session), timer());
        let mut buffer = [0; 600];
        block_on(async {
            let upgrade = Upgrade::new();
            let opening = client.get(&url).websocket(&upgrade);
            let mut socket = opening.open(random, &mut buffer).await.unwrap();
            for text in TEXTS {
                socket.send_text(text).await.unwrap();
                let Received::Part(part) = socket.receive().await.unwrap() else {
                    panic!("it is over")
                };
                assert_eq!(part.text(), Some(text));
            }
            socket.close(CloseCode::NORMAL).await.unwrap();
        });
        assert_eq!(tcp.open_sockets(), 0);
    });
}
