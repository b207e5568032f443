//! A transport of one's own: a modem that speaks TLS by itself.

use std::net::{IpAddr, SocketAddr};

use embedded_nal::AddrType;
use nal_http::client::{Client, Cookies, ErrorOf, Pool};
use nal_http::net::{Received, Transport, TransportError};
use nal_http::testing::{ScriptError, ScriptSocket, ScriptStack, Step, Ticks};

/// Writes down for which host each connection is.
struct Modem {
    stack: ScriptStack,
    hosts: Vec<Option<String>>,
}

impl Transport for Modem {
    const TLS: bool = true;
    type Socket = ScriptSocket;
    type TcpError = ScriptError;
    type DnsError = ScriptError;

    fn resolve(&mut self, host: &str, kind: AddrType) -> nb::Result<IpAddr, ScriptError> {
        Transport::resolve(&mut self.stack, host, kind)
    }

    fn socket(&mut self) -> Result<ScriptSocket, ScriptError> {
        Transport::socket(&mut self.stack)
    }

    fn connect(
        &mut self,
        socket: &mut ScriptSocket,
        remote: SocketAddr,
        tls: Option<&str>,
    ) -> nb::Result<(), TransportError<ScriptError>> {
        self.hosts.push(tls.map(str::to_owned));
        Transport::connect(&mut self.stack, socket, remote, None)
    }

    fn send(
        &mut self,
        socket: &mut ScriptSocket,
        bytes: &[u8],
    ) -> Result<Option<usize>, TransportError<ScriptError>> {
        Transport::send(&mut self.stack, socket, bytes)
    }

    fn receive(
        &mut self,
        socket: &mut ScriptSocket,
        buffer: &mut [u8],
    ) -> Result<Received, TransportError<ScriptError>> {
        Transport::receive(&mut self.stack, socket, buffer)
    }

    fn close(&mut self, socket: ScriptSocket) {
        Transport::close(&mut self.stack, socket);
    }
}

fn modem(answers: &[&[&'static str]]) -> Modem {
    let mut stack = ScriptStack::new();
    for answer in answers {
        let parts = answer.iter().flat_map(|part| [Step::from(part.as_bytes()), Step::Idle]);
        stack.answers(parts);
    }
    Modem { stack, hosts: Vec::new() }
}

fn sent(modem: &Modem, socket: usize) -> String {
    String::from_utf8_lossy(modem.stack.sent(socket)).into_owned()
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

fn get(modem: &mut Modem, urls: &[&str]) -> Result<(), ErrorOf<Modem>> {
    let cookies = Cookies::<4>::new();
    let mut pool = Pool::<_, 2>::new();
    let mut buffer = [0; 512];
    for url in urls {
        let mut client = Client::new(modem, Ticks::every(1)).keep_alive(&mut pool);
        client.get(url).cookies(&cookies).send(&mut buffer)?.content()?;
    }
    pool.close(modem);
    assert_eq!(modem.stack.open_sockets(), 0);
    Ok(())
}

#[test]
fn it_is_told_the_host_for_https_only() {
    let mut modem = modem(&[&[OK], &[OK], &[OK]]);
    get(&mut modem, &["http://mpython.cn/", "https://MPYTHON.cn/", "https://[::1]:8443/"]).unwrap();
    assert_eq!(modem.hosts, [None, Some("MPYTHON.cn".into()), Some("::1".into())]);
    assert_eq!(modem.stack.remote(1).map(|remote| remote.port()), Some(443));
    assert!(sent(&modem, 2).contains("\r\nHost: [::1]:8443\r\n"));
}

#[test]
fn a_kept_connection_is_for_its_scheme() {
    let mut modem = modem(&[&[OK, OK], &[OK]]);
    let (https, http) = ("https://board.local/", "http://board.local:443/");
    get(&mut modem, &[https, https, http]).unwrap();
    assert_eq!(modem.hosts, [Some("board.local".into()), None]);
}

#[test]
fn secure_cookies_never_leave_in_plain_text() {
    let set = "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Secure\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n";
    let forged = "HTTP/1.1 200 OK\r\nSet-Cookie: a=3\r\nSet-Cookie: s=4; Secure\r\nContent-Length: 0\r\n\r\n";
    let mut modem = modem(&[&[set, OK], &[forged]]);
    let (https, http) = ("https://board.local/", "http://board.local/");
    get(&mut modem, &[https, http, https]).unwrap();
    assert!(sent(&modem, 1).contains("\r\nCookie: b=2\r\n"), "{}", sent(&modem, 1));
    // And what comes in plain text does not replace them.
    assert!(sent(&modem, 0).ends_with("\r\nCookie: a=1; b=2\r\n\r\n"), "{}", sent(&modem, 0));
}
