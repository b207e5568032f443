//! Many clients at once, and fewer sockets than clients.

mod cable;

use std::net::SocketAddr;

use cable::{Board, Cable, places};
use embedded_nal::{TcpClientStack, nb};
use nal_http::server::{Answer, Reply, Request, Route, Server, Site};
use nal_smoltcp::{Error, TcpSocket};

fn hello(_: &mut (), _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
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

/// Sends so many requests with so many clients at once, to a server whose stack has so many sockets, so many of
/// them listening, and so many places to wait. Each must be answered; no client is ever refused.
fn all_are_answered(requests: usize, clients: usize, [sockets, backlog, waiting]: [usize; 3]) {
    let mut cable = Cable::new([sockets, 32], backlog);
    cable.server = cable.server.with_syn_queue(places(waiting));
    let mut server: Server<Board, (), 4, 512> = Server::new(Site::new(ROUTES));
    server.listen(&mut cable.server, 80).unwrap();
    let to = cable.to(80);
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
        all_are_answered(10_000, clients, [32, 16, 8]);
    }
}

#[test]
fn clients_for_whom_no_socket_is_left_wait_and_are_not_refused() {
    for (sockets, backlog) in [(1, 1), (2, 1), (4, 2), (6, 6)] {
        for waiting in [0, 3, 8] {
            all_are_answered(400, 8, [sockets, backlog, waiting]);
        }
    }
}
