//! The session by itself: without blocking, one connection after another, and its limits.

mod support;

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::pin::pin;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use nal_tls::{
    CertificateError, Link, MIN_SEND, Memory, Platform, Read, Session, TlsError, Trust, engine,
};
use support::client::{Get, PC, get_over};
use support::hostile::{ENCRYPTED_EXTENSIONS, P256_SHA256, serve};
use support::pki::{LEAF, Pki};
use support::server::Server;

/// Moves at most `step` bytes in each direction, and waits for nothing.
fn pump<const N: usize>(session: &mut Session<'_, N>, socket: &mut TcpStream, step: usize) -> bool {
    let sent = session.wire_to_send(|bytes| match socket.write(&bytes[..step.min(bytes.len())]) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        result => result,
    });
    let mut piece = vec![0; step.min(session.wire_room())];
    let received = if piece.is_empty() { Ok(1) } else { socket.read(&mut piece) };
    match received {
        Err(error) if error.kind() == ErrorKind::WouldBlock => return sent.unwrap() > 0,
        Ok(0) => session.wire_ended(),
        Ok(n) if !piece.is_empty() => assert_eq!(session.wire_received(&piece[..n]), n),
        Ok(_) => {}
        Err(error) => panic!("{error}"),
    }
    true
}

#[test]
fn nothing_blocks_and_any_step_will_do() {
    poll_by_steps::<24>(1);
    poll_by_steps::<256>(7);
    poll_by_steps::<1024>(1000);
}

fn poll_by_steps<const N: usize>(step: usize) {
    let pki = Pki::new("p256");
    pki.issue(&LEAF);
    let ca = pki.der("ca");
    let server = Server::openssl(&pki, "leaf", None, &[]);
    let (mut receive, mut send) = ([0; 4352], [0; MIN_SEND]);
    let link = Link::<N>::new();
    let memory = Memory { receive: &mut receive, send: &mut send };
    let authorities = [&ca[..]];
    let mut engine = pin!(engine(&link, Trust::authorities(&authorities), memory, PC));
    let mut session = Session::new(&link, engine.as_mut());

    let mut socket = TcpStream::connect(server.address).unwrap();
    socket.set_nonblocking(true).unwrap();
    session.begin("device.example").unwrap();
    let start = Instant::now();
    let mut rest = &b"GET / HTTP/1.0\r\n\r\n"[..];
    let (mut page, mut idle) = (Vec::new(), 0_u64);
    loop {
        assert!(start.elapsed() < Duration::from_secs(60), "no end");
        idle += u64::from(!pump(&mut session, &mut socket, step));
        if !session.is_open().unwrap() {
            continue;
        }
        let n = session.write(&rest[..step.min(rest.len())]).unwrap_or(0);
        rest = &rest[n..];
        if !rest.is_empty() {
            continue;
        }
        let mut piece = vec![0; step];
        match session.read(&mut piece).unwrap() {
            Read::Data(n) => page.extend_from_slice(&piece[..n]),
            Read::Idle => {}
            Read::End => break,
        }
    }
    assert!(page.starts_with(b"HTTP/1.0 200 ok"), "{:?}", String::from_utf8_lossy(&page));
    assert!(idle > 0, "it never had to wait");
}

#[test]
fn a_server_that_speaks_first_does_not_silence_the_client() {
    let pki = Pki::new("p256");
    pki.issue(&LEAF);
    let ca = pki.der("ca");
    let server = Server::openssl(&pki, "leaf", None, &["-num_tickets", "1"]);
    let (mut receive, mut send) = ([0; 4352], [0; MIN_SEND]);
    let link = Link::<1024>::new();
    let memory = Memory { receive: &mut receive, send: &mut send };
    let authorities = [&ca[..]];
    let mut engine = pin!(engine(&link, Trust::authorities(&authorities), memory, PC));
    let mut session = Session::new(&link, engine.as_mut());
    let mut socket = TcpStream::connect(server.address).unwrap();
    session.begin("device.example").unwrap();
    session.wire_to_send(|bytes| socket.write(bytes)).unwrap();
    while !session.is_open().unwrap() {
        // A record at a time, so that nothing is waited for that does not come.
        let record = record(&mut socket);
        assert_eq!(session.wire_received(&record), record.len());
    }
    session.wire_to_send(|bytes| socket.write(bytes)).unwrap();
    let mut ticket = record(&mut socket);
    // The half of what comes next is there, too.
    ticket.extend([23, 3, 3, 0, 100]);
    assert_eq!(session.wire_received(&ticket), ticket.len());
    assert_eq!(session.read(&mut [0; 10]), Ok(Read::Idle));
    assert_eq!(session.write(b"GET / HTTP/1.0\r\n\r\n"), Ok(18));
    session.flush();
    assert_eq!(session.wire_to_send(|bytes| socket.write(bytes)).unwrap(), 5 + 18 + 1 + 16);
}

fn record(socket: &mut TcpStream) -> Vec<u8> {
    let mut record = vec![0; 5];
    socket.read_exact(&mut record).unwrap();
    record.resize(5 + usize::from(u16::from_be_bytes([record[3], record[4]])), 0);
    socket.read_exact(&mut record[5..]).unwrap();
    record
}

#[test]
fn one_connection_after_another() {
    let pki = Pki::new("p256");
    pki.issue(&LEAF);
    let ca = pki.der("ca");
    let server = Server::openssl(&pki, "leaf", None, &[]);
    let (mut receive, mut send) = ([0; 4352], [0; 1024]);
    let link = Link::<256>::new();
    let memory = Memory { receive: &mut receive, send: &mut send };
    let authorities = [&ca[..]];
    let trust = Trust::authorities(&authorities);
    let mut engine = pin!(engine(&link, trust, memory, PC));
    let mut session = Session::new(&link, engine.as_mut());
    assert_eq!(session.is_open(), Err(TlsError::NotOpen));
    assert_eq!(session.read(&mut [0]), Err(TlsError::NotOpen));
    for round in 0..3 {
        let page = get_over(&mut session, server.address, &Get::new(trust));
        assert!(page.unwrap().starts_with(b"HTTP/1.0 200 ok"), "{round}");
        let other = Get { host: "other.example", ..Get::new(trust) };
        let page = get_over(&mut session, server.address, &other);
        assert_eq!(page, Err(TlsError::Certificate(CertificateError::WrongHost)));
        // One that is given up in the handshake.
        session.begin("device.example").unwrap();
        session.wire_received(&[22, 3, 3]);
        if round > 0 {
            session.abandon();
            assert_eq!(session.is_open(), Err(TlsError::NotOpen));
            assert_eq!(session.wire_room(), 0);
        }
    }
}

#[test]
fn the_server_hears_the_goodbye() {
    let pki = Pki::new("p256");
    pki.issue(&LEAF);
    let (ca, leaf, key) = (pki.der("ca"), pki.der("leaf"), pki.private_key("leaf"));
    let (teller, heard) = mpsc::channel();
    let address = serve(move |server| {
        server.say(&ENCRYPTED_EXTENSIONS);
        server.certificate(&[leaf]);
        server.proof(&key, P256_SHA256);
        server.finished();
        // Finished, the request, and nothing that needs an answer.
        teller.send((0..3).map(|_| server.record()).collect::<Vec<_>>()).unwrap();
    });
    let (mut receive, mut send) = ([0; 4352], [0; 1024]);
    let link = Link::<256>::new();
    let memory = Memory { receive: &mut receive, send: &mut send };
    let authorities = [&ca[..]];
    let mut engine = pin!(engine(&link, Trust::authorities(&authorities), memory, PC));
    let mut session = Session::new(&link, engine.as_mut());
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_nonblocking(true).unwrap();
    session.begin("device.example").unwrap();
    while !session.is_open().unwrap() {
        pump(&mut session, &mut socket, 100);
    }
    assert_eq!(session.write(b"hello"), Ok(5));
    session.close();
    for _ in 0..10 {
        pump(&mut session, &mut socket, 100);
    }
    assert_eq!(session.write(b"more"), Err(TlsError::NotOpen));
    drop(socket);
    let records = heard.recv_timeout(Duration::from_secs(10)).unwrap();
    let lengths: Vec<_> = records.iter().map(|record| (record[0], record.len() - 5 - 16)).collect();
    // Each with its type inside: Finished, the data, the alert.
    assert_eq!(lengths, [(23, 4 + 32 + 1), (23, 5 + 1), (23, 2 + 1)]);
}

#[derive(Clone, Copy)]
struct StuckPlatform;

impl Platform for StuckPlatform {
    fn random(&mut self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

#[test]
fn what_cannot_work_is_said() {
    let begin = |platform: &mut dyn Platform, receive: usize, send: usize, host: &str| {
        let (mut receive, mut send) = (vec![0; receive], vec![0; send]);
        let link = Link::<256>::new();
        let memory = Memory { receive: &mut receive, send: &mut send };
        let mut engine = pin!(engine(&link, Trust::authorities(&[]), memory, platform));
        let mut session = Session::new(&link, engine.as_mut());
        session.begin(host)?;
        session.is_open().map(|is_open| {
            assert!(!is_open);
            session.wire_to_send(|bytes| Ok::<_, TlsError>(bytes.len())).unwrap()
        })
    };
    let mut pc = PC;
    assert_eq!(begin(&mut StuckPlatform, 4352, 1024, "a.example"), Err(TlsError::NotRandom));
    let (have, need) = (MIN_SEND - 1, MIN_SEND);
    let expected = Err(TlsError::SendMemory { have, need });
    assert_eq!(begin(&mut pc, 4352, have, "a.example"), expected);
    assert_eq!(begin(&mut pc, 4352, MIN_SEND, ""), Err(TlsError::Host));
    let longest = ["a".repeat(60).as_str(); 4].join(".") + ".example.";
    assert_eq!(longest.len(), 252);
    for host in ["a.example", "192.168.0.9", &longest] {
        assert!(begin(&mut pc, 768, MIN_SEND, host).is_ok_and(|sent| sent > 100), "{host}");
    }
}
