//! `openssl s_server` with somebody in front of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use super::pki::Pki;

/// A server that sends what is typed, does what a `k` and a `K` say, and tells what it receives.
pub struct Typist {
    child: Child,
    keyboard: ChildStdin,
    heard: Receiver<String>,
    pub address: SocketAddr,
}

impl Typist {
    pub fn new(pki: &Pki, name: &str, more: &[&str]) -> Self {
        let file = |ending: &str| pki.path(&format!("{name}.{ending}"));
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0"])
            .arg("-cert")
            .arg(file("pem"))
            .arg("-key")
            .arg(file("key"))
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (teller, heard) = mpsc::channel();
        let outputs: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for output in outputs {
            let teller = teller.clone();
            std::thread::spawn(move || {
                let lines = BufReader::new(output).lines().map_while(Result::ok);
                lines.for_each(|line| drop(teller.send(line)));
            });
        }
        let keyboard = child.stdin.take().unwrap();
        let address = rest_of_line(&heard, "ACCEPT ").trim().parse().unwrap();
        Self { child, keyboard, heard, address }
    }

    pub fn enter(&mut self, line: &str) {
        // In one piece, as from a terminal.
        self.keyboard.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Waits until the server says this.
    pub fn wait_for(&self, text: &str) {
        rest_of_line(&self.heard, text);
    }
}

fn rest_of_line(lines: &Receiver<String>, text: &str) -> String {
    loop {
        let line = lines.recv_timeout(Duration::from_secs(20)).expect(text);
        if let Some((_, rest)) = line.split_once(text) {
            return rest.to_owned();
        }
    }
}

impl Drop for Typist {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
