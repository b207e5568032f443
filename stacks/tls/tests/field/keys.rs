//! Tickets, and keys that are updated.

use std::net::TcpStream;
use std::pin::pin;
use std::sync::mpsc;
use std::time::Duration;

use embedded_io::{Read as _, Write as _};
use nal_tls::{Link, Memory, Session, Stream, Trust, engine};

use crate::support::client::{PC, Socket};
use crate::support::hostile::{message, serve};
use crate::support::pki::{LEAF, Pki};
use crate::support::typist::Typist;
use crate::{ALERT, DATA, HANDSHAKE, material};

/// OpenSSL sends two tickets behind the handshake, others one, or some later; small records split them.
#[test]
fn tickets_in_every_split() {
    let material = material();
    let ticket = message(4, &[0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 1, 5, 0, 0]);
    let tickets = ticket.repeat(3);
    for piece in 1..=ticket.len() + 5 {
        let tickets = tickets.clone();
        let page = material.meet(move |server| {
            server.in_pieces(&tickets, &[piece]);
            server.encrypted(DATA, b"hello");
            server.in_pieces(&tickets, &[piece, 1]);
            server.encrypted(ALERT, &[1, 0]);
        });
        assert_eq!(page, Ok(b"hello".to_vec()), "{piece}");
    }
}

/// Somebody types `k` and `K` into `openssl s_server`; others do it after many records.
#[test]
fn key_updates_of_openssl() {
    let pki = Pki::new("p256");
    pki.issue(&LEAF);
    let ca = pki.der("ca");
    let mut server = Typist::new(&pki, "leaf", &[]);
    let (mut receive, mut send) = ([0; 4352], [0; 1024]);
    let link = Link::<256>::new();
    let memory = Memory { receive: &mut receive, send: &mut send };
    let authorities = [&ca[..]];
    let mut engine = pin!(engine(&link, Trust::authorities(&authorities), memory, PC));
    let mut session = Session::new(&link, engine.as_mut());
    let socket = TcpStream::connect(server.address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let wire = socket.try_clone().unwrap();
    let mut stream = Stream::open(&mut session, Socket(socket), "device.example").unwrap();
    for (round, key) in ["", "k", "K", "K", "k"].into_iter().enumerate() {
        if !key.is_empty() {
            server.enter(key);
            // It has been read as a line of its own when its record is here.
            wire.peek(&mut [0]).unwrap();
        }
        let typed = format!("line {round}\n");
        server.enter(typed.trim());
        let mut heard = vec![0; typed.len()];
        let mut rest = &mut heard[..];
        while !rest.is_empty() {
            let n = stream.read(rest).unwrap();
            rest = &mut rest[n..];
        }
        assert_eq!(heard, typed.as_bytes());
        let answer = format!("answer {round}\n");
        stream.write_all(answer.as_bytes()).unwrap();
        stream.flush().unwrap();
        server.wait_for(answer.trim());
    }
    stream.close().unwrap();
}

/// A server that updates its keys in any way that RFC 8446 section 4.6.3 allows.
#[test]
fn key_updates_in_every_split() {
    let material = material();
    for pieces in [&[5][..], &[1], &[2], &[4, 1]] {
        for request in [0, 1] {
            let lengths = pieces.to_vec();
            let page = material.meet(move |server| {
                for part in [b"hel", &b"lo"[..]] {
                    server.in_pieces(&[24, 0, 0, 1, request], &lengths);
                    server.update_keys();
                    server.encrypted(DATA, part);
                }
                server.encrypted(ALERT, &[1, 0]);
            });
            assert_eq!(page, Ok(b"hello".to_vec()), "{pieces:?} {request}");
        }
    }
}

/// A client that is asked to update its keys does so before the next data, and once for any number of requests.
#[test]
fn requested_key_updates() {
    let material = material();
    let (teller, heard) = mpsc::channel();
    let server_side = material.clone();
    let address = serve(move |server| {
        server_side.shake_hands(server);
        server.listen();
        for _ in 0..3 {
            server.encrypted(HANDSHAKE, &[24, 0, 0, 1, 1]);
            server.update_keys();
        }
        server.encrypted(DATA, b"say more");
        teller.send((0..4).map(|_| server.hear()).collect::<Vec<_>>()).unwrap();
        server.encrypted(ALERT, &[1, 0]);
    });
    let (mut receive, mut send) = ([0; 4352], [0; 1024]);
    let link = Link::<256>::new();
    let memory = Memory { receive: &mut receive, send: &mut send };
    let authorities = [&material.ca[..]];
    let mut engine = pin!(engine(&link, Trust::authorities(&authorities), memory, PC));
    let mut session = Session::new(&link, engine.as_mut());
    let socket = Socket(TcpStream::connect(address).unwrap());
    let mut stream = Stream::open(&mut session, socket, "device.example").unwrap();
    let mut piece = [0; 20];
    stream.write_all(b"first").unwrap();
    stream.flush().unwrap();
    assert_eq!(stream.read(&mut piece), Ok(8));
    for text in [b"second", b"thirds"] {
        stream.write_all(text).unwrap();
        stream.flush().unwrap();
    }
    stream.close().unwrap();
    let heard = heard.recv_timeout(Duration::from_secs(20)).unwrap();
    let expected: [(u8, &[u8]); 4] =
        [(HANDSHAKE, &[24, 0, 0, 1, 0]), (DATA, b"second"), (DATA, b"thirds"), (ALERT, &[1, 0])];
    assert_eq!(heard, expected.map(|(kind, content)| Some((kind, content.to_vec()))));
}
