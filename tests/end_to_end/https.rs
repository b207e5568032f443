//! https over nal-tls, with `openssl s_server` and nginx; the certificates come from the `openssl` program.

#[allow(dead_code, reason = "the examples use more of it")]
#[path = "../../examples/pc/tls.rs"]
mod pc;
#[allow(dead_code, reason = "the tests of nal-tls use more of it")]
#[path = "../../stacks/tls/tests/support/pki.rs"]
pub mod pki;
#[path = "../../stacks/tls/tests/support/proxy.rs"]
mod proxy;
#[path = "../../stacks/tls/tests/support/server.rs"]
pub mod server;

use std::net::SocketAddr;
use std::pin::pin;

use nal_http::client::{Client, Error, ErrorOf, Pool, RedirectError, Request, ResponseError};
use nal_http::hal::Clock;
use nal_http::net::Transport;
use nal_http::testing::{Call, Fault, FaultStack};
use nal_http::tls::{
    CertificateError, Link, Memory, Session, TlsError, TlsSocket, TlsStack, Trust, engine,
};
use nal_http::wire::Method;
use nal_std::Stack;
use pc::Pc;
use pki::{INTERMEDIATE, LEAF, Leaf, Pki};
use proxy::meddle;
use server::Server;
use sha2::{Digest, Sha256};

use crate::foreign_servers::check;
use crate::support::{RealClock, answer_once, has, wait};

/// A name that is this machine's wherever the tests run.
pub const LOCAL: Leaf<'_> = Leaf { names: "DNS:localhost,IP:127.0.0.1", ..LEAF };

/// An authority, which has issued [`LOCAL`] as `leaf`; and its certificate.
pub fn local_pki() -> (Pki, Vec<u8>) {
    let pki = Pki::new("p256");
    pki.issue(&LOCAL);
    let ca = pki.der("ca");
    (pki, ca)
}

/// Lends a session that trusts so.
pub fn with_session<T>(trust: Trust<'_>, run: impl FnOnce(&mut Session<'_>) -> T) -> T {
    let (mut receive, mut send) = (vec![0; 16_640], [0; 1024]);
    let memory = Memory { receive: &mut receive, send: &mut send };
    let link = Link::<256>::new();
    let mut engine = pin!(engine(&link, trust, memory, Pc));
    run(&mut Session::new(&link, engine.as_mut()))
}

type Failure = ErrorOf<Stack>;

/// Gets a page, and sees that no socket is left.
fn get(trust: Trust<'_>, url: &str) -> Result<(u16, Vec<u8>), Failure> {
    with_session(trust, |session| {
        let mut tcp = Stack::new();
        let mut stack = TlsStack::new(&mut tcp, session);
        let mut client = Client::new(&mut stack, RealClock::new()).idle(idle);
        let result = page(&mut client, url);
        assert_eq!(tcp.open_sockets(), 0, "{result:?}");
        result
    })
}

pub fn page<S: Transport, C: Clock>(
    client: &mut Client<'_, S, C>,
    url: &str,
) -> Result<(u16, Vec<u8>), ErrorOf<S>> {
    let mut head = [0; 512];
    let mut response = client.get(url).send(&mut head)?;
    let (mut body, mut piece) = (Vec::new(), [0; 1000]);
    loop {
        match response.read(&mut piece)? {
            0 => return Ok((response.status_code(), body)),
            n => body.extend_from_slice(&piece[..n]),
        }
    }
}

pub fn idle(stack: &mut TlsStack<'_, '_, Stack>, ms: u32) {
    wait(stack.stack(), ms);
}

fn url(host: &str, server: SocketAddr) -> String {
    format!("https://{host}:{}/", server.port())
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[test]
fn pages_of_openssl() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::new("p256");
    pki.issue(&INTERMEDIATE);
    pki.issue(&Leaf { issuer: "intermediate", ..LOCAL });
    let server = Server::openssl(&pki, "leaf", Some("intermediate"), &["-tls1_3"]);
    let ca = pki.der("ca");
    for host in ["localhost", "127.0.0.1", "LOCALHOST"] {
        let (code, body) = get(Trust::authorities(&[&ca]), &url(host, server.address)).unwrap();
        assert_eq!(code, 200);
        assert!(String::from_utf8_lossy(&body).contains("TLS_AES_128_GCM_SHA256"), "{host}");
    }
    let body = get(Trust::authorities(&[&ca]), &url("localhost", server.address)).unwrap().1;
    assert!(String::from_utf8_lossy(&body).contains("TLSv1.3"));
}

/// Servers that save memory send short records: a chain of RSA certificates takes several.
#[test]
fn certificates_in_many_records() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::new("rsa2048");
    pki.issue(&Leaf { key: "rsa2048", ..INTERMEDIATE });
    pki.issue(&Leaf { key: "rsa2048", issuer: "intermediate", ..LOCAL });
    let server = Server::openssl(&pki, "leaf", Some("intermediate"), &["-max_send_frag", "512"]);
    let ca = pki.der("ca");
    let (code, body) = get(Trust::authorities(&[&ca]), &url("localhost", server.address)).unwrap();
    assert_eq!(code, 200);
    assert!(body.len() > 1024);
}

#[test]
fn a_server_that_is_not_the_one_that_was_meant() {
    use CertificateError::{Expired, KeyNotPinned, NotPinned, UnknownIssuer, WrongHost};
    if !has("openssl") {
        return;
    }
    let pki = Pki::new("p256");
    pki.authority("other", "p256");
    let (ca, other) = (pki.der("ca"), pki.der("other"));
    let (right, wrong) = ([&ca[..]], [&other[..]]);
    let expired = ("20200101000000Z", "20250101000000Z");
    let elsewhere = Leaf { names: "DNS:mpython.cn", ..LOCAL };
    for (leaf, trust, error) in [
        (elsewhere, Trust::authorities(&right), WrongHost),
        (Leaf { days: expired, ..LOCAL }, Trust::authorities(&right), Expired),
        (LOCAL, Trust::authorities(&wrong), UnknownIssuer),
        (LOCAL, Trust::certificate(sha256(&ca)), NotPinned),
        (LOCAL, Trust::key(sha256(&ca)), KeyNotPinned),
    ] {
        pki.issue(&leaf);
        let server = Server::openssl(&pki, "leaf", None, &[]);
        let url = url("localhost", server.address);
        assert_eq!(get(trust, &url), Err(Error::Tls(TlsError::Certificate(error))));
        let careless = get(Trust::any_server_even_an_impostor(), &url);
        assert_eq!(careless.unwrap().0, 200, "{error}");
    }
}

#[test]
fn a_certificate_that_signs_itself_can_be_pinned() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::new("p256");
    pki.issue(&Leaf { name: "own", issuer: "own", ..LOCAL });
    let server = Server::openssl(&pki, "own", None, &[]);
    let url = url("localhost", server.address);
    for trust in
        [Trust::certificate(sha256(&pki.der("own"))), Trust::key(sha256(&pki.public_key("own")))]
    {
        assert_eq!(get(trust, &url).unwrap().0, 200);
    }
    let ca = pki.der("ca");
    let unknown = Err(Error::Tls(TlsError::Certificate(CertificateError::UnknownIssuer)));
    assert_eq!(get(Trust::authorities(&[&ca]), &url), unknown);
}

#[test]
fn a_body_that_is_cut_off_is_an_error() {
    if !has("openssl") || !has("nginx") {
        return;
    }
    let (pki, ca) = local_pki();
    let trusted = [&ca[..]];
    let trust = Trust::authorities(&trusted);
    // Its body ends with the connection: without the last record, that may be anybody's doing.
    let openssl = Server::openssl(&pki, "leaf", None, &[]);
    // The handshake takes 8 records, tickets 2; then come page and goodbye.
    let cut = meddle(openssl.address, |count, record| (count < 7).then_some(record));
    let result = get(trust, &url("localhost", cut));
    assert_eq!(result, Err(Error::Tls(TlsError::Truncated)));
    let nginx = Server::nginx(&pki, "leaf", &[], 100_000);
    let cut = meddle(nginx.address, |count, record| (count < 10).then_some(record));
    let result = get(trust, &url("localhost", cut));
    assert_eq!(result, Err(Error::Tls(TlsError::Truncated)));
    let changed = meddle(nginx.address, |count, mut record| {
        if count == 9 {
            record[20] ^= 1;
        }
        Some(record)
    });
    let result = get(trust, &url("localhost", changed));
    assert_eq!(result, Err(Error::Tls(TlsError::NotAuthentic)));
}

#[test]
fn one_connection_serves_many_requests() {
    if !has("openssl") || !has("nginx") {
        return;
    }
    let (pki, ca) = local_pki();
    let first = Server::nginx(&pki, "leaf", &[], 70_000);
    let second = Server::openssl(&pki, "leaf", None, &[]);
    with_session(Trust::authorities(&[&ca]), |session| {
        let mut tcp = Stack::new();
        let mut stack = TlsStack::new(&mut tcp, session);
        let mut pool = Pool::<_, 2>::new();
        let mut client = Client::new(&mut stack, RealClock::new()).idle(idle).keep_alive(&mut pool);
        let body = vec![b'n'; 70_000];
        for _ in 0..10 {
            let (code, page) = page(&mut client, &url("localhost", first.address)).unwrap();
            assert_eq!((code, page == body), (200, true));
        }
        // Another server takes the session, so the kept connection is no use any more.
        assert_eq!(page(&mut client, &url("localhost", second.address)).unwrap().0, 200);
        assert_eq!(page(&mut client, &url("localhost", first.address)).unwrap().1, body);
        pool.close(&mut stack);
        assert_eq!(tcp.open_sockets(), 0);
        assert_eq!(session.connection(), 3);
    });
}

#[test]
fn pages_over_a_stack_that_hesitates() {
    if !has("openssl") || !has("nginx") {
        return;
    }
    let (pki, ca) = local_pki();
    let server = Server::nginx(&pki, "leaf", &[], 5_000);
    for limit in [1, 5, 300] {
        with_session(Trust::authorities(&[&ca]), |session| {
            let tcp = FaultStack::new(Stack::new()).at_most(limit);
            let tcp = tcp.every_other(Call::Send, Fault::WouldBlock);
            let mut tcp = tcp.every_other(Call::Receive, Fault::WouldBlock);
            let mut stack = TlsStack::new(&mut tcp, session);
            let mut client = Client::new(&mut stack, RealClock::new());
            let (code, body) = page(&mut client, &url("127.0.0.1", server.address)).unwrap();
            assert_eq!((code, body), (200, vec![b'n'; 5_000]), "{limit}");
            assert_eq!(tcp.open_sockets(), 0);
        });
    }
}

#[test]
fn a_stack_that_breaks_leaves_no_socket() {
    if !has("openssl") {
        return;
    }
    let (pki, ca) = local_pki();
    let server = Server::openssl(&pki, "leaf", None, &[]);
    for call in [Call::Socket, Call::Connect, Call::Send, Call::Receive] {
        let mut n = 0;
        let is_reached = |n| {
            with_session(Trust::authorities(&[&ca]), |session| {
                let tcp = FaultStack::new(Stack::new()).at_most(256);
                let mut tcp = tcp.from(call, n, Fault::Reset);
                let mut stack = TlsStack::new(&mut tcp, session);
                let mut client = Client::new(&mut stack, RealClock::new());
                let result = page(&mut client, &url("127.0.0.1", server.address));
                assert_eq!(tcp.open_sockets(), 0, "{call:?} {n}: {result:?}");
                assert!(!matches!(result, Err(Error::TimedOut(_))), "{call:?} {n}");
                result.is_err()
            })
        };
        while is_reached(n) {
            n += 1;
        }
        assert!(n > 0, "{call:?} is never made");
    }
}

#[test]
fn redirects_lead_to_https_and_never_back() {
    if !has("openssl") {
        return;
    }
    let (pki, ca) = local_pki();
    let trusted = [&ca[..]];
    let trust = Trust::authorities(&trusted);
    let secure = Server::openssl(&pki, "leaf", None, &[]);
    let to = |url: &str| {
        let head = format!("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {url}\r\n\r\n");
        answer_once(head.leak().as_bytes()).0
    };
    let plain = format!("http://127.0.0.1:{}/", to(&url("localhost", secure.address)));
    assert_eq!(get(trust, &plain).unwrap().0, 200);
    let answer = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://127.0.0.1/\r\n\r\n";
    std::fs::write(pki.path("answer"), answer).unwrap();
    let server = Server::openssl(&pki, "leaf", None, &["-HTTP"]);
    let back = url("localhost", server.address) + "answer";
    let insecure = ResponseError::Redirect(RedirectError::Insecure);
    assert_eq!(get(trust, &back), Err(Error::Response(insecure)));
}

#[test]
fn http_goes_through_and_plain_text_is_no_tls() {
    let (port, thread) =
        answer_once(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n\xe5\x85\x89\xe7\xba\xbf");
    let trust = Trust::any_server_even_an_impostor();
    let result = get(trust, &format!("http://127.0.0.1:{port}/"));
    assert_eq!(result, Ok((200, "光线".into())));
    thread.join().unwrap();
    let (port, thread) = answer_once(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let result = get(trust, &format!("https://127.0.0.1:{port}/"));
    assert_eq!(result, Err(Error::Tls(TlsError::NotTls)));
    thread.join().unwrap();
}

/// Polls a call until it has an answer, and lends the stack to it for each poll only.
fn code(
    call: &mut Polled<'_, '_>,
    tcp: &mut Stack,
    session: &mut Session<'_>,
) -> nb::Result<u16, Failure> {
    call.poll(&mut TlsStack::new(tcp, session), RealClock::new().now_ms())?;
    Ok(call.status_code())
}

type Polled<'r, 'b> = nal_http::client::Call<'r, 'b, TlsSocket<nal_std::TcpSocket>>;

#[test]
fn two_polled_calls_need_two_sessions() {
    if !has("openssl") || !has("nginx") {
        return;
    }
    let (pki, ca) = local_pki();
    let trusted = [&ca[..]];
    let trust = Trust::authorities(&trusted);
    // Which serves both at a time.
    let server = Server::nginx(&pki, "leaf", &[], 100_000);
    let url = url("localhost", server.address);
    let request = Request::new(Method::GET, &url);
    let mut tcp = Stack::new();
    with_session(trust, |first| {
        with_session(trust, |second| {
            let (mut one, mut two) = ([0; 512], [0; 512]);
            let mut calls = [request.start(&mut one).unwrap(), request.start(&mut two).unwrap()];
            let [one, two] = &mut calls;
            let mut codes = [0, 0];
            while codes.contains(&0) {
                codes[0] = code(one, &mut tcp, first).unwrap_or(0);
                codes[1] = code(two, &mut tcp, second).unwrap_or(0);
            }
            assert_eq!(codes, [200, 200]);
            one.close(&mut TlsStack::new(&mut tcp, first));
            two.close(&mut TlsStack::new(&mut tcp, second));
        });
        let (mut one, mut two) = ([0; 512], [0; 512]);
        let mut calls = [request.start(&mut one).unwrap(), request.start(&mut two).unwrap()];
        let [one, two] = &mut calls;
        let before = first.connection();
        while first.connection() == before {
            let _ = code(one, &mut tcp, first);
        }
        while code(two, &mut tcp, first) == Err(nb::Error::WouldBlock) {}
        assert_eq!(code(two, &mut tcp, first), Ok(200));
        let mut stack = TlsStack::new(&mut tcp, first);
        let mut drain = |call: &mut Polled<'_, '_>| {
            let mut piece = [0; 1000];
            let mut length = 0;
            loop {
                match nb::block!(call.read(&mut stack, 0, &mut piece)) {
                    Ok(0) => return Ok(length),
                    Ok(n) => length += n,
                    Err(error) => return Err(error),
                }
            }
        };
        assert_eq!(drain(one), Err(Error::Tls(TlsError::Taken)));
        // The loser leaves the other's connection alone.
        assert_eq!(drain(two), Ok(100_000));
        two.close(&mut stack);
    });
    assert_eq!(tcp.open_sockets(), 0);
}

#[test]
fn http_get_takes_https_urls() {
    if !has("openssl") || !has("nginx") {
        return;
    }
    let (pki, _) = local_pki();
    let server = Server::nginx(&pki, "leaf", &[], 6);
    let file = |name: &str| pki.path(name).display().to_string();
    let (pem, der, key) = (file("ca.pem"), file("ca.der"), file("ca.key"));
    let (url, other) = (url("localhost", server.address), url("127.0.0.2", server.address));
    check(&[&url, "--ca", &pem], "nnnnnn", "");
    check(&["--ca", &der, &url], "nnnnnn", "");
    check(&[&url, "--insecure"], "nnnnnn", "");
    let unknown = "certificate does not lead to a trusted authority (see --ca and --insecure)";
    check(&[&url], "", unknown);
    check(&[&other, "--ca", &pem], "", "cannot connect");
    check(&[&url, "--ca", &key], "", "ca.key holds no certificate");
    check(&[&url, "--ca", "nowhere.pem"], "", "nowhere.pem: No such file");
    check(&[&url, "--ca", &pem, "--insecure"], "", "--insecure trusts every server");
}
