//! A WebSocket over TLS (`wss`), of a server made of Python's standard library, polled and awaited; both kinds through
//! tinyproxy; and the examples.

use std::fmt::Display;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use nal_http::client::websocket::{CloseCode, Received, Upgrade};
use nal_http::client::{Client, asynch};
use nal_http::net::Transport;
use nal_http::tls::{AsyncTlsStack, TlsStack, Trust};
use nal_std::Stack;

use crate::https::{idle, local_pki, with_session};
use crate::proxies::tinyproxy;
use crate::support::{Folder, Process, RealClock, example, first_line, has, wait};
use crate::tokio_stack::{Tokio, block_on, timer};

/// A server of tests/websocket, and its port.
fn python(file: &str, files: &[&Path]) -> (Process, String) {
    let file = format!("{}/tests/websocket/{file}", env!("CARGO_MANIFEST_DIR"));
    let mut child =
        Command::new("python3").arg(file).args(files).stdout(Stdio::piped()).spawn().unwrap();
    let port = first_line(&mut child);
    (Process(child), port)
}

/// Has texts echoed by the server at this URL, and closes.
fn have_echoed<S: Transport>(stack: &mut S, idle: fn(&mut S, u32), url: &str, proxy: Option<&str>)
where
    S::TcpError: Display,
    S::DnsError: Display,
{
    let mut buffer = [0; 600];
    let mut client = Client::new(stack, RealClock::new()).idle(idle);
    if let Some(proxy) = proxy {
        client = client.proxy(proxy);
    }
    let upgrade = Upgrade::new();
    let mut socket = client.get(url).websocket(&upgrade).open(random, &mut buffer).unwrap();
    for text in TEXTS {
        socket.send_text(text).unwrap();
        let Received::Part(part) = socket.receive().unwrap() else { panic!("it is over") };
        assert_eq!(part.text(), Some(text));
    }
    socket.close(CloseCode::NORMAL).unwrap();
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
    let (_python, number) = python("echo.py", &[&pki.path("leaf.pem"), &pki.path("leaf.key")]);
    let url = format!("wss://localhost:{number}/echo");

    with_session(Trust::authorities(&[&ca]), |session| {
        let mut tcp = Stack::new();
        have_echoed(&mut TlsStack::new(&mut tcp, session), idle, &url, None);
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

#[test]
fn through_tinyproxy() {
    if !has("openssl") || !has("python3") || !has("tinyproxy") {
        return;
    }
    let folder = Folder::new();
    let (_proxy, port) = tinyproxy(&folder, Some("board 301"), "");
    let proxy = format!("http://board:301@127.0.0.1:{port}");

    let (_python, port) = python("echo.py", &[]);
    let mut tcp = Stack::new();
    have_echoed(&mut tcp, wait, &format!("ws://127.0.0.1:{port}/echo"), Some(&proxy));
    assert_eq!(tcp.open_sockets(), 0);

    let (pki, ca) = local_pki();
    let (_python, port) = python("echo.py", &[&pki.path("leaf.pem"), &pki.path("leaf.key")]);
    with_session(Trust::authorities(&[&ca]), |session| {
        let url = format!("wss://localhost:{port}/echo");
        have_echoed(&mut TlsStack::new(&mut tcp, session), idle, &url, Some(&proxy));
    });
    assert_eq!(tcp.open_sockets(), 0);
}

/// The example's client: types lines, each behind a line that ends as the one before wants, and closes.
fn talk(url: &str, lines: &[(&str, &str)]) {
    let mut command = Command::new(example("websocket_client"));
    let command = command.arg(url).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut client = Process(command.spawn().unwrap());
    let mut typed = client.0.stdin.take().unwrap();
    let mut printed = BufReader::new(client.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    for (line, end) in lines {
        writeln!(typed, "{line}").unwrap();
        assert!(printed.any(|line| line.ends_with(end)), "{url}, {line}: it has ended");
    }
    drop(typed);
    assert!(client.0.wait().unwrap().success());
}

#[test]
fn the_examples_talk_with_each_other() {
    let mut command = Command::new(example("websocket"));
    let mut server = Process(command.arg("0").stdout(Stdio::piped()).spawn().unwrap());
    // It goes on printing, so this stays open.
    let mut printed = BufReader::new(server.0.stdout.take().unwrap());
    let mut url = String::new();
    printed.read_line(&mut url).unwrap();
    let address = url.trim_end().strip_prefix("http://").unwrap();
    talk(&format!("ws://{address}/ws"), &[("on", " on"), ("off", " off")]);
}

#[test]
fn the_example_talks_with_pythons_websockets() {
    if !has("python3") {
        return;
    }
    let (_python, port) = python("echo_by_websockets.py", &[]);
    if port == "SKIP" {
        assert!(std::env::var_os("NAL_HTTP_NO_SKIP").is_none(), "this needs Python's websockets");
        return;
    }
    let long = "欢迎使用掌控板".repeat(300);
    let url = format!("ws://127.0.0.1:{port}/echo");
    talk(&url, &["x", "", &long].map(|text| (text, text)));
}
