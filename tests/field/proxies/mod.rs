//! Proxies, as schools and companies have them: Squid, tinyproxy, what a firewall pretends to be.

mod connections;
mod requests;

use std::net::{IpAddr, SocketAddr};

use embedded_nal::AddrType;
use nal_http::client::{Client, ErrorOf};
use nal_http::net::{Received, Timeouts, Transport, TransportError};
use nal_http::testing::{ScriptStack, Ticks};

const PROXY: &str = "http://me:301@proxy.school:3128";
/// `me:301`
const CREDENTIALS: &str = "Proxy-Authorization: Basic bWU6MzAx\r\n";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
const MADE: &str = "HTTP/1.1 200 Connection established\r\n\r\n";
/// What the other end of a tunnel says first, in the place of TLS.
const HELLO: &str = "TLS";

/// TLS on paper: it begins when exactly [`HELLO`] comes, and what follows is plain text.
struct Paper<S> {
    stack: S,
    heard: String,
    /// The hosts that had to prove who they are, and whether it was in a tunnel.
    hosts: Vec<(String, bool)>,
}

impl<S: Transport> Paper<S> {
    const fn over(stack: S) -> Self {
        Self { stack, heard: String::new(), hosts: Vec::new() }
    }
}

impl<S: Transport> Transport for Paper<S> {
    const TLS: bool = true;
    const TUNNELS: bool = true;
    type Socket = S::Socket;
    type TcpError = S::TcpError;
    type DnsError = S::DnsError;

    fn resolve(&mut self, host: &str, kind: AddrType) -> nb::Result<IpAddr, S::DnsError> {
        self.stack.resolve(host, kind)
    }

    fn socket(&mut self) -> Result<S::Socket, S::TcpError> {
        self.stack.socket()
    }

    fn connect(
        &mut self,
        socket: &mut S::Socket,
        remote: SocketAddr,
        tls: Option<&str>,
    ) -> nb::Result<(), TransportError<S::TcpError>> {
        self.stack.connect(socket, remote, None)?;
        self.heard.clear();
        self.hosts.extend(tls.map(|host| (host.to_owned(), false)));
        Ok(())
    }

    fn secure(
        &mut self,
        socket: &mut S::Socket,
        host: &str,
    ) -> nb::Result<(), TransportError<S::TcpError>> {
        while self.heard.len() < HELLO.len() {
            let mut byte = [0];
            match self.stack.receive(socket, &mut byte)? {
                Received::Data(_) => self.heard.push(byte[0].into()),
                Received::Idle => return Err(nb::Error::WouldBlock),
                Received::End => panic!("the tunnel has ended"),
            }
        }
        assert_eq!(self.heard, HELLO, "nothing of the tunnel is lost");
        self.hosts.push((host.to_owned(), true));
        Ok(())
    }

    fn send(
        &mut self,
        socket: &mut S::Socket,
        bytes: &[u8],
    ) -> Result<Option<usize>, TransportError<S::TcpError>> {
        self.stack.send(socket, bytes)
    }

    fn receive(
        &mut self,
        socket: &mut S::Socket,
        buffer: &mut [u8],
    ) -> Result<Received, TransportError<S::TcpError>> {
        self.stack.receive(socket, buffer)
    }

    fn close(&mut self, socket: S::Socket) {
        self.heard.clear();
        self.stack.close(socket);
    }
}

fn scripted(answers: &[&str]) -> ScriptStack {
    let mut stack = ScriptStack::new();
    for answer in answers {
        stack.answers([(*answer).into()]);
    }
    stack
}

/// A proxy that makes a tunnel, and what is at its other end.
fn tunnel(answer: &str) -> String {
    format!("{MADE}{HELLO}{answer}")
}

fn get<S: Transport>(stack: &mut S, url: &str) -> Result<(u16, String), ErrorOf<S>> {
    let mut buffer = [0; 300];
    let mut client =
        Client::new(stack, Ticks::every(1)).proxy(PROXY).timeouts(Timeouts::each(5_000));
    let mut response = client.get(url).send(&mut buffer)?;
    let text = response.text()?.to_owned();
    Ok((response.status_code(), text))
}

fn sent(stack: &ScriptStack, socket: usize) -> String {
    String::from_utf8_lossy(stack.sent(socket)).into_owned()
}

fn hi() -> (u16, String) {
    (200, "hi".to_owned())
}
