//! What the table at the head of the crate promises.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use embedded_nal::{AddrType, Dns, TcpClientStack, TcpError, TcpErrorKind, TcpFullStack, nb};
use nal_std::{Error, Stack, TcpSocket};

const LONG: Duration = Duration::from_secs(20);

fn wait<T>(
    stack: &mut Stack,
    mut call: impl FnMut(&mut Stack) -> nb::Result<T, Error>,
) -> Result<T, Error> {
    loop {
        match call(stack) {
            Ok(value) => return Ok(value),
            Err(nb::Error::WouldBlock) => stack.wait(LONG),
            Err(nb::Error::Other(error)) => return Err(error),
        }
    }
}

fn connected(stack: &mut Stack) -> (TcpSocket, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut socket = stack.socket().unwrap();
    let address = listener.local_addr().unwrap();
    wait(stack, |stack| stack.connect(&mut socket, address)).unwrap();
    (socket, listener.accept().unwrap().0)
}

#[test]
fn refused_reset_and_closed_are_told_apart() {
    let mut stack = Stack::new();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut socket = stack.socket().unwrap();
    let refused = wait(&mut stack, |stack| stack.connect(&mut socket, nobody));
    assert_eq!(refused, Err(Error::Refused));
    stack.close(socket).unwrap();

    let (mut socket, mut peer) = connected(&mut stack);
    let mut buffer = [0; 8];
    assert_eq!(stack.receive(&mut socket, &mut buffer), Err(nb::Error::WouldBlock));
    peer.write_all(b"last").unwrap();
    peer.shutdown(std::net::Shutdown::Both).unwrap();
    drop(peer);
    assert_eq!(wait(&mut stack, |stack| stack.receive(&mut socket, &mut buffer)), Ok(4));
    for _ in 0..3 {
        assert_eq!(wait(&mut stack, |stack| stack.receive(&mut socket, &mut buffer)), Ok(0));
    }
    let error = loop {
        match wait(&mut stack, |stack| stack.send(&mut socket, b"more")) {
            Ok(_) => std::thread::yield_now(),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::PipeClosed | Error::Reset), "{error}");
    stack.close(socket).unwrap();

    let (mut socket, mut peer) = connected(&mut stack);
    assert_eq!(wait(&mut stack, |stack| stack.send(&mut socket, b"unread")), Ok(6));
    peer.read_exact(&mut [0; 1]).unwrap();
    drop(peer); // with bytes unread: this is a reset
    assert_eq!(
        wait(&mut stack, |stack| stack.receive(&mut socket, &mut buffer)),
        Err(Error::Reset)
    );
    stack.close(socket).unwrap();

    assert_eq!(Error::PipeClosed.kind(), TcpErrorKind::PipeClosed);
    assert_eq!(Error::Reset.kind(), TcpErrorKind::Other);
    assert_eq!(format!("{:?}", Error::Refused), "connection refused: nobody listens there");
    assert_eq!(stack.open_sockets(), 0);
}

#[test]
fn servers_of_both_families_tell_their_port() {
    for (stack, client) in [
        (Stack::bound_to([127, 0, 0, 1].into()), "127.0.0.1"),
        (Stack::bound_to("::1".parse().unwrap()), "::1"),
        (Stack::new(), "127.0.0.1"),
    ] {
        let mut stack = stack;
        let mut listener = stack.socket().unwrap();
        assert_eq!(stack.local_addr(&listener), Err(Error::WrongState));
        stack.bind(&mut listener, 0).unwrap();
        stack.listen(&mut listener).unwrap();
        let port = stack.local_addr(&listener).unwrap().port();
        assert_ne!(port, 0);
        let client: IpAddr = client.parse().unwrap();
        let stream = TcpStream::connect(SocketAddr::new(client, port)).unwrap();
        let (socket, peer) = wait(&mut stack, |stack| stack.accept(&mut listener)).unwrap();
        assert_eq!(peer, stream.local_addr().unwrap(), "IPv4 is shown as IPv4");
        stack.close(socket).unwrap();
        stack.close(listener).unwrap();
    }
}

#[test]
fn a_port_in_use_is_an_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut stack = Stack::bound_to([127, 0, 0, 1].into());
    let mut socket = stack.socket().unwrap();
    let port = taken.local_addr().unwrap().port();
    assert_eq!(stack.bind(&mut socket, port), Err(Error::AddressInUse));
}

#[test]
fn sockets_in_the_wrong_state_are_errors() {
    let mut stack = Stack::new();
    let mut socket = stack.socket().unwrap();
    let wrong = || nb::Error::Other(Error::WrongState);
    assert_eq!(stack.send(&mut socket, b"x"), Err(wrong()));
    assert_eq!(stack.receive(&mut socket, &mut [0; 1]), Err(wrong()));
    assert_eq!(stack.accept(&mut socket).err(), Some(wrong()));
    assert_eq!(stack.listen(&mut socket), Err(Error::WrongState));
    stack.bind(&mut socket, 0).unwrap();
    assert_eq!(stack.connect(&mut socket, ([127, 0, 0, 1], 1).into()), Err(wrong()));
    let (mut connected, _peer) = connected(&mut stack);
    assert_eq!(stack.bind(&mut connected, 0), Err(Error::WrongState));
}

#[test]
fn a_socket_that_is_dropped_is_closed_with_its_stack() {
    let mut stack = Stack::new();
    let (socket, mut peer) = connected(&mut stack);
    drop(socket);
    assert_eq!(stack.open_sockets(), 1, "whoever forgets to close is found out");
    drop(stack);
    assert_eq!(peer.read(&mut [0; 1]).unwrap(), 0);
}

#[test]
fn an_empty_buffer_receives_nothing_and_loses_nothing() {
    let mut stack = Stack::new();
    let (mut socket, mut peer) = connected(&mut stack);
    peer.write_all(b"x").unwrap();
    assert_eq!(wait(&mut stack, |stack| stack.receive(&mut socket, &mut [])), Ok(0));
    assert_eq!(wait(&mut stack, |stack| stack.receive(&mut socket, &mut [0; 8])), Ok(1));
}

#[test]
fn names_and_their_kinds() {
    let mut stack = Stack::new();
    let local = stack.get_host_by_name("127.0.0.1", AddrType::IPv4);
    assert_eq!(local, Ok(IpAddr::from([127, 0, 0, 1])));
    let other = stack.get_host_by_name("127.0.0.1", AddrType::IPv6);
    assert_eq!(other, Err(nb::Error::Other(Error::HostNotFound)));
    let none = stack.get_host_by_address(IpAddr::from([127, 0, 0, 1]), &mut [0; 255]);
    assert_eq!(none, Err(nb::Error::Other(Error::Unsupported)));
}
