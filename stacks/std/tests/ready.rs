//! Which sockets are ready, as a server asks that looks only at those.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use embedded_nal::{TcpClientStack, nb};
use nal_http::hal::Clock;
use nal_http::net::Readiness;
use nal_http::server::{Route, Server};
use nal_std::{Stack, TcpSocket};

const LONG: Duration = Duration::from_secs(20);
const READINESS: Readiness<Stack> = Readiness { watch: Stack::watch, next: Stack::next_ready };

fn watched(stack: &mut Stack, number: usize) -> (TcpSocket, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut socket = stack.socket().unwrap();
    let address = listener.local_addr().unwrap();
    while stack.connect(&mut socket, address).is_err() {
        stack.wait(LONG);
    }
    stack.watch(&socket, number);
    (socket, listener.accept().unwrap().0)
}

fn receives(stack: &mut Stack, socket: &mut TcpSocket) -> Option<usize> {
    match stack.receive(socket, &mut [0; 4]) {
        Ok(n) => Some(n),
        Err(nb::Error::WouldBlock) => None,
        Err(error) => panic!("{error:?}"),
    }
}

#[test]
fn a_socket_is_ready_until_it_has_to_wait() {
    let mut stack = Stack::new();
    let (mut one, mut peer) = watched(&mut stack, 3);
    let (mut other, _silent) = watched(&mut stack, 70);
    assert_eq!((stack.next_ready(0), stack.next_ready(4)), (Some(3), Some(70)), "nobody knows");
    assert_eq!(receives(&mut stack, &mut one), None);
    assert_eq!(receives(&mut stack, &mut other), None);
    assert_eq!(stack.next_ready(0), None);
    peer.write_all(b"abcdef").unwrap();
    stack.wait(LONG);
    assert_eq!((stack.next_ready(0), stack.next_ready(4)), (Some(3), None));
    assert_eq!(receives(&mut stack, &mut one), Some(4));
    assert_eq!(stack.next_ready(0), Some(3), "there may be more");
    assert_eq!(receives(&mut stack, &mut one), Some(2));
    // On Linux it is known that there is none: there was room for more.
    while stack.next_ready(0).is_some() {
        assert_eq!(receives(&mut stack, &mut one), None);
    }
    peer.write_all(b"x").unwrap();
    stack.wait(LONG);
    assert_eq!(receives(&mut stack, &mut one), Some(1));
    stack.close(one).unwrap();
    assert_eq!(stack.next_ready(0), None, "a number without a socket");
}

/// The last of a download and its end arrive together, or one after the other.
#[test]
fn the_end_behind_the_last_bytes_is_not_missed() {
    for pause in [false, true] {
        let mut stack = Stack::new();
        let (mut socket, mut peer) = watched(&mut stack, 0);
        assert_eq!(receives(&mut stack, &mut socket), None);
        peer.write_all(b"ab").unwrap();
        if pause {
            stack.wait(LONG);
            assert_eq!(receives(&mut stack, &mut socket), Some(2));
        }
        drop(peer);
        let start = Instant::now();
        let mut last = None;
        while last != Some(0) {
            assert!(start.elapsed() < LONG, "the end wakes nobody");
            stack.wait(LONG);
            while stack.next_ready(0).is_some() && last != Some(0) {
                last = receives(&mut stack, &mut socket);
            }
        }
    }
}

#[test]
fn room_makes_a_sender_ready() {
    let mut stack = Stack::new();
    let (mut socket, mut peer) = watched(&mut stack, 0);
    assert_eq!(receives(&mut stack, &mut socket), None);
    let block = vec![0; 1 << 16];
    while stack.send(&mut socket, &block).is_ok() {}
    assert_eq!(stack.next_ready(0), None);
    let reader = std::thread::spawn(move || {
        let _ = peer.read_to_end(&mut Vec::new());
    });
    stack.wait(LONG);
    assert_eq!(stack.next_ready(0), Some(0));
    stack.close(socket).unwrap();
    reader.join().unwrap();
}

struct App {
    served: usize,
}

const ROUTES: &[Route<App>] = &[Route::get("/", |app, _, reply| {
    app.served += 1;
    reply.fixed("text/plain", &[b'x'; 300_000])
})];

struct Watch(Instant);

impl Clock for Watch {
    #[expect(clippy::cast_possible_truncation, reason = "clocks wrap around")]
    fn now_ms(&mut self) -> u32 {
        self.0.elapsed().as_millis() as u32
    }
}

/// 40 clients that keep their connection and ask one after the other, two requests at once, and at last
/// leave; more than the server has slots.
#[test]
fn a_server_misses_nothing_and_waits_without_polling() {
    let (sender, receiver) = std::sync::mpsc::channel::<SocketAddr>();
    let clients = std::thread::spawn(move || {
        let address = receiver.recv().unwrap();
        let clients = (0..40).map(|_| {
            std::thread::spawn(move || {
                let mut stream = TcpStream::connect(address).unwrap();
                let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
                stream.write_all(&[request.as_slice(), request].concat()).unwrap();
                let mut taken = Vec::new();
                stream.read_to_end(&mut taken).unwrap();
                taken.len()
            })
        });
        clients.collect::<Vec<_>>().into_iter().map(|client| client.join().unwrap()).collect()
    });
    let mut stack = Stack::bound_to([127, 0, 0, 1].into());
    let (mut app, mut clock) = (App { served: 0 }, Watch(Instant::now()));
    let site = nal_http::server::Site::new(ROUTES).timeouts(nal_http::server::Timeouts {
        next_request_ms: 300,
        ..nal_http::server::Timeouts::DEFAULT
    });
    let mut server: Server<Stack, App, 8, 1024> = Server::new(site);
    server.listen(&mut stack, 0).unwrap();
    sender.send(stack.local_addr(server.listener().unwrap()).unwrap()).unwrap();
    let mut polls = 0;
    while !clients.is_finished() {
        let now = clock.now_ms();
        if server.poll_with(&mut stack, &mut app, now, READINESS).is_err() {
            stack.wait(Duration::from_millis(server.idle_ms(now).min(50).into()));
        }
        polls += 1;
    }
    let lengths: Vec<usize> = clients.join().unwrap();
    assert!(lengths.iter().all(|length| *length > 300_000), "{lengths:?}");
    assert!(app.served >= 40);
    assert!(polls < 20_000, "{polls}");
}
