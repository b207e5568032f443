//! What wakes [`Stack::wait`], and what does not.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use embedded_nal::{TcpClientStack, TcpFullStack, nb};
use nal_std::{Error, Stack, TcpSocket};

/// Never waited out: a test that did would fail.
const LONG: Duration = Duration::from_secs(60);
/// Always waited out.
const SHORT: Duration = Duration::from_millis(30);

/// Whether `wait` came back before `LONG` was over.
fn is_woken(stack: &mut Stack) -> bool {
    let start = Instant::now();
    stack.wait(LONG);
    start.elapsed() < LONG
}

/// Whether `wait` slept all of `SHORT`.
fn sleeps(stack: &mut Stack) -> bool {
    let start = Instant::now();
    stack.wait(SHORT);
    start.elapsed() >= SHORT
}

fn connected(stack: &mut Stack) -> (TcpSocket, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut socket = stack.socket().unwrap();
    let address = listener.local_addr().unwrap();
    while let Err(error) = stack.connect(&mut socket, address) {
        assert_eq!(error, nb::Error::WouldBlock);
        assert!(is_woken(stack), "a connect that succeeds wakes");
    }
    (socket, listener.accept().unwrap().0)
}

fn is_idle(stack: &mut Stack, socket: &mut TcpSocket) -> bool {
    stack.receive(socket, &mut [0; 8]) == Err(nb::Error::WouldBlock)
}

/// Sends until there is no more room.
fn fill(stack: &mut Stack, socket: &mut TcpSocket) {
    let block = vec![0; 1 << 20];
    while stack.send(socket, &block).is_ok() {}
    assert_eq!(stack.send(socket, &block), Err(nb::Error::WouldBlock));
}

#[test]
fn data_wakes_who_receives() {
    let mut stack = Stack::new();
    let (mut socket, mut peer) = connected(&mut stack);
    assert!(is_idle(&mut stack, &mut socket));
    assert!(sleeps(&mut stack));
    peer.write_all(b"x").unwrap();
    assert!(is_woken(&mut stack));
    assert_eq!(stack.receive(&mut socket, &mut [0; 8]), Ok(1));
}

#[test]
fn the_end_wakes_who_receives() {
    let mut stack = Stack::new();
    let (mut socket, peer) = connected(&mut stack);
    assert!(is_idle(&mut stack, &mut socket));
    drop(peer);
    assert!(is_woken(&mut stack));
    assert_eq!(stack.receive(&mut socket, &mut [0; 8]), Ok(0));
}

#[test]
fn an_incoming_connection_wakes_who_accepts() {
    let mut stack = Stack::bound_to([127, 0, 0, 1].into());
    let mut listener = stack.socket().unwrap();
    stack.bind(&mut listener, 0).unwrap();
    stack.listen(&mut listener).unwrap();
    let address = stack.local_addr(&listener).unwrap();
    assert_eq!(stack.accept(&mut listener).err(), Some(nb::Error::WouldBlock));
    let _client = TcpStream::connect(address).unwrap();
    assert!(is_woken(&mut stack));
    assert!(stack.accept(&mut listener).is_ok());
}

#[test]
fn room_wakes_who_sends_though_it_receives_as_well() {
    let mut stack = Stack::new();
    let (mut socket, mut peer) = connected(&mut stack);
    fill(&mut stack, &mut socket);
    assert!(is_idle(&mut stack, &mut socket));
    let reader = std::thread::spawn(move || {
        let _ = peer.read_to_end(&mut Vec::new());
    });
    assert!(is_woken(&mut stack));
    assert!(stack.send(&mut socket, b"x").is_ok());
    stack.close(socket).unwrap();
    reader.join().unwrap();
}

#[test]
fn data_wakes_who_receives_though_it_sends_as_well() {
    let mut stack = Stack::new();
    let (mut socket, mut peer) = connected(&mut stack);
    assert!(is_idle(&mut stack, &mut socket));
    assert_eq!(stack.send(&mut socket, b"event"), Ok(5));
    peer.write_all(b"x").unwrap();
    assert!(is_woken(&mut stack));
}

#[test]
fn a_listener_that_is_not_asked_wakes_nobody() {
    let mut stack = Stack::bound_to([127, 0, 0, 1].into());
    let mut listener = stack.socket().unwrap();
    stack.bind(&mut listener, 0).unwrap();
    stack.listen(&mut listener).unwrap();
    let address = stack.local_addr(&listener).unwrap();
    assert_eq!(stack.accept(&mut listener).err(), Some(nb::Error::WouldBlock));
    let _clients = [TcpStream::connect(address).unwrap(), TcpStream::connect(address).unwrap()];
    assert!(is_woken(&mut stack));
    let (mut socket, _) = stack.accept(&mut listener).unwrap();
    // The second connection comes in, and the first client is silent.
    assert!(is_idle(&mut stack, &mut socket));
    assert!(sleeps(&mut stack));
    assert!(stack.accept(&mut listener).is_ok());
}

#[test]
fn a_socket_that_is_not_asked_again_wakes_once() {
    let mut stack = Stack::new();
    let (mut socket, mut peer) = connected(&mut stack);
    assert!(is_idle(&mut stack, &mut socket));
    peer.write_all(b"x").unwrap();
    assert!(is_woken(&mut stack));
    // Whoever does not receive now is not interested: a server that first has to send, say.
    assert!(sleeps(&mut stack), "and so nobody spins");
    assert_eq!(stack.receive(&mut socket, &mut [0; 8]), Ok(1));
}

#[test]
fn a_closed_socket_wakes_nobody() {
    let mut stack = Stack::new();
    assert!(sleeps(&mut stack));
    let (mut socket, mut peer) = connected(&mut stack);
    assert!(is_idle(&mut stack, &mut socket));
    peer.write_all(b"x").unwrap();
    stack.close(socket).unwrap();
    assert!(sleeps(&mut stack));
}

#[test]
fn a_refused_connect_can_be_tried_again() {
    let mut stack = Stack::new();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut socket = stack.socket().unwrap();
    for _ in 0..3 {
        let error = loop {
            match stack.connect(&mut socket, nobody) {
                Err(nb::Error::WouldBlock) => assert!(is_woken(&mut stack)),
                Err(nb::Error::Other(error)) => break error,
                Ok(()) => panic!("nobody listens there"),
            }
        };
        assert_eq!(error, Error::Refused);
    }
}
