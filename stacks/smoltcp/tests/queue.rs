//! The accept queue, and sockets that come back.

mod cable;

use std::net::SocketAddr;
use std::rc::Rc;

use cable::{Board, Cable};
use embedded_nal::{TcpClientStack, TcpFullStack, nb};
use nal_http::server::{Answer, Reply, Request, Route, Server};
use nal_smoltcp::{Error, TcpSocket};

fn address(cable: &Cable, port: u16) -> SocketAddr {
    SocketAddr::new(cable.server_ip(), port)
}

fn listen(cable: &mut Cable, port: u16) -> TcpSocket {
    let mut listener = cable.server.socket().unwrap();
    cable.server.bind(&mut listener, port).unwrap();
    cable.server.listen(&mut listener).unwrap();
    listener
}

fn connect(cable: &mut Cable, port: u16) -> Result<TcpSocket, Error> {
    let to = address(cable, port);
    let mut socket = cable.client.socket()?;
    for _ in 0..100 {
        match cable.client.connect(&mut socket, to) {
            Ok(()) => return Ok(socket),
            Err(nb::Error::WouldBlock) => cable.pass(),
            Err(nb::Error::Other(error)) => {
                let _ = cable.client.close(socket);
                return Err(error);
            }
        }
    }
    Err(Error::Refused)
}

#[test]
fn so_many_clients_can_knock_as_the_backlog_has() {
    let mut cable = Cable::new([10, 10], 8);
    let mut listener = listen(&mut cable, 80);
    // All begin at once, before the server looks.
    let mut clients: Vec<_> = (0..8).map(|_| cable.client.socket().unwrap()).collect();
    let to = address(&cable, 80);
    for client in &mut clients {
        assert_eq!(cable.client.connect(client, to), Err(nb::Error::WouldBlock));
    }
    cable.pass();
    for client in &mut clients {
        assert_eq!(cable.client.connect(client, to), Ok(()));
    }
    for _ in 0..8 {
        assert!(cable.server.accept(&mut listener).is_ok());
    }
}

#[test]
fn more_can_knock_in_one_poll_than_listened_before_it() {
    let mut cable = Cable::new([10, 10], 2);
    let mut listener = listen(&mut cable, 80);
    let mut clients: Vec<_> = (0..8).map(|_| cable.client.socket().unwrap()).collect();
    let to = address(&cable, 80);
    for client in &mut clients {
        let _ = cable.client.connect(client, to);
    }
    cable.pass();
    for client in &mut clients {
        assert_eq!(cable.client.connect(client, to), Ok(()));
        assert!(cable.server.accept(&mut listener).is_ok());
    }
}

#[test]
fn a_closed_port_refuses_and_a_listener_can_close_and_listen_again() {
    let mut cable = Cable::new([6, 6], 2);
    assert_eq!(connect(&mut cable, 80).err(), Some(Error::Refused));
    for _ in 0..5 {
        let listener = listen(&mut cable, 80);
        let mut second = cable.server.socket().unwrap();
        assert_eq!(cable.server.bind(&mut second, 80), Err(Error::AddressInUse));
        let client = connect(&mut cable, 80).unwrap();
        cable.server.close(listener).unwrap();
        cable.pass();
        cable.client.close(client).unwrap();
        cable.pass();
        assert_eq!(connect(&mut cable, 80).err(), Some(Error::Refused));
    }
    assert_eq!(cable.server.free_sockets(), 6);
}

#[test]
fn a_syn_that_comes_twice_makes_one_connection() {
    let mut cable = Cable::new([6, 4], 3);
    let mut listener = listen(&mut cable, 80);
    let known = connect(&mut cable, 80).unwrap(); // the boards learn where the other is
    cable.client.close(known).unwrap();
    cable.pass();
    while let Ok((socket, _)) = cable.server.accept(&mut listener) {
        cable.server.close(socket).unwrap();
    }
    cable.pass();

    let to = address(&cable, 80);
    let mut client = cable.client.socket().unwrap();
    assert_eq!(cable.client.connect(&mut client, to), Err(nb::Error::WouldBlock));
    cable.client.poll(cable.now);
    let to_server = Rc::clone(&cable.client.device().outgoing);
    let syn = to_server.borrow().back().cloned().unwrap();
    to_server.borrow_mut().extend([syn.clone(), syn]);
    cable.pass();
    assert_eq!(cable.client.connect(&mut client, to), Ok(()));
    let (mut server, _) = cable.server.accept(&mut listener).unwrap();
    assert_eq!(cable.server.accept(&mut listener).err(), Some(nb::Error::WouldBlock));
    cable.pass();
    assert_eq!(cable.client.send(&mut client, b"hello"), Ok(5));
    cable.pass();
    let mut buffer = [0; 8];
    assert_eq!(cable.server.receive(&mut server, &mut buffer), Ok(5));
}

#[test]
fn half_open_clients_lock_the_port_for_a_few_seconds_only() {
    let mut cable = Cable::new([2, 4], 2);
    let mut listener = listen(&mut cable, 80);
    let to = address(&cable, 80);
    // The boards learn where the other is.
    let client = connect(&mut cable, 80).unwrap();
    let (server, _) = cable.server.accept(&mut listener).unwrap();
    cable.client.close(client).unwrap();
    cable.server.close(server).unwrap();
    cable.pass();
    // Two clients send a SYN, and are not heard of again: every socket of the server is half-open.
    for _ in 0..2 {
        let mut gone = cable.client.socket().unwrap();
        assert_eq!(cable.client.connect(&mut gone, to), Err(nb::Error::WouldBlock));
    }
    cable.client.poll(cable.now);
    cable.client.device().set_plugged(false);
    let mut server_alone = |seconds: i64| {
        let end = cable.now + smoltcp::time::Duration::from_secs(seconds.unsigned_abs());
        while cable.now < end {
            cable.now += smoltcp::time::Duration::from_millis(10);
            cable.server.poll(cable.now);
        }
    };
    server_alone(6);
    let client_side = |cable: &mut Cable| {
        cable.client.device().set_plugged(true);
        let mut late = cable.client.socket().unwrap();
        (0..3_000).any(|_| {
            cable.pass();
            cable.client.connect(&mut late, to).is_ok()
        })
    };
    assert!(client_side(&mut cable), "the sockets listen again");
}

#[test]
fn when_every_socket_is_taken_the_error_says_so() {
    let mut cable = Cable::new([2, 2], 1);
    let _listener = listen(&mut cable, 80);
    let _first = connect(&mut cable, 80);
    let mut second = cable.client.socket().unwrap();
    let to = address(&cable, 80);
    let _ = cable.client.connect(&mut second, to);
    let mut third = cable.client.socket().unwrap();
    assert_eq!(cable.client.connect(&mut third, to), Err(nb::Error::Other(Error::NoSocket)));
}

fn hello(_: &mut (), _: &Request<'_>, reply: Reply<'_>) -> Answer<()> {
    reply.text("hello")
}

const ROUTES: &[Route<()>] = &[Route::get("/", hello)];

/// One client: connects, asks, reads to the end, closes.
fn advance(
    client: &mut Board,
    socket: &mut Option<TcpSocket>,
    state: &mut u8,
    to: SocketAddr,
) -> bool {
    let open = match socket {
        Some(open) => open,
        None => socket.insert(client.socket().unwrap()),
    };
    let mut buffer = [0; 512];
    match *state {
        0 => match client.connect(open, to) {
            Ok(()) => *state = 1,
            Err(nb::Error::WouldBlock | nb::Error::Other(Error::NoSocket)) => {}
            Err(nb::Error::Other(error)) => panic!("{error}"),
        },
        1 => {
            let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
            assert_eq!(client.send(open, request), Ok(request.len()));
            *state = 2;
        }
        _ => match client.receive(open, &mut buffer) {
            Ok(0) => {
                client.close(socket.take().unwrap()).unwrap();
                *state = 0;
                return true;
            }
            Ok(n) => assert!(buffer[..n].ends_with(b"hello")),
            Err(nb::Error::WouldBlock) => {}
            Err(nb::Error::Other(error)) => panic!("{error}"),
        },
    }
    false
}

/// Sends so many requests with so many clients at once, to a server whose stack has so many sockets. Each must
/// be answered; no client is ever refused.
fn all_are_answered(requests: usize, clients: usize, sockets: usize, backlog: usize) {
    let mut cable = Cable::new([sockets, 32], backlog);
    let mut server: Server<Board, (), 4, 512> = Server::new(ROUTES);
    server.listen(&mut cable.server, 80).unwrap();
    let to = address(&cable, 80);
    let mut states: Vec<_> = (0..clients).map(|_| (None, 0)).collect();
    let (mut done, mut rounds) = (0, 0_u32);
    while done < requests {
        for (socket, state) in &mut states {
            done += usize::from(advance(&mut cable.client, socket, state, to));
        }
        cable.pass();
        let now = u32::try_from(cable.now.total_millis()).unwrap();
        while server.poll(&mut cable.server, &mut (), now).is_ok() {}
        cable.pass();
        rounds += 1;
        assert!(rounds < 1_000_000, "{done} requests of {clients} clients");
    }
}

#[test]
fn none_of_10_000_requests_of_16_clients_at_once_fails() {
    for clients in [4, 16] {
        all_are_answered(10_000, clients, 32, 16);
    }
}

#[test]
fn clients_for_whom_no_socket_is_left_wait_and_are_not_refused() {
    for (sockets, backlog) in [(1, 1), (2, 1), (4, 2), (6, 6)] {
        all_are_answered(400, 8, sockets, backlog);
    }
}
