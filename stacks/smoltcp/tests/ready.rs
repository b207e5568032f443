//! Which sockets are ready, as a server asks that looks only at those.

mod cable;

use cable::{Board, Cable};
use embedded_nal::{TcpClientStack, TcpFullStack, nb};
use nal_http::net::Readiness;
use nal_http::server::{Route, Server, Site};
use nal_smoltcp::{Error, TcpSocket};

#[test]
fn a_socket_is_ready_until_it_has_to_wait() {
    let mut cable = Cable::new([3, 2], 1);
    let mut listener = cable.listen(80);
    cable.server.watch(&listener, 9);
    assert_eq!(cable.server.next_ready(0), None);
    let mut client = cable.client.socket().unwrap();
    let to = cable.to(80);
    cable.wait(5, |cable| cable.client.connect(&mut client, to)).unwrap();
    cable.pass();
    assert_eq!((cable.server.next_ready(0), cable.server.next_ready(10)), (Some(9), None));
    let (mut socket, _) = cable.server.accept(&mut listener).unwrap();
    assert_eq!(
        cable.server.next_ready(0),
        None,
        "no connection comes in, and nobody watches the other"
    );
    cable.server.watch(&socket, 0);
    assert_eq!(cable.server.next_ready(0), Some(0), "nobody knows");

    let idle = |cable: &mut Cable, socket: &mut TcpSocket| {
        assert_eq!(cable.server.receive(socket, &mut [0; 8]), Err(nb::Error::WouldBlock));
        assert_eq!(cable.server.next_ready(0), None);
    };
    idle(&mut cable, &mut socket);
    cable.client.send(&mut client, b"hello").unwrap();
    cable.pass();
    assert_eq!(cable.server.next_ready(0), Some(0));
    assert_eq!(cable.server.receive(&mut socket, &mut [0; 8]), Ok(5));
    assert_eq!(cable.server.next_ready(0), Some(0), "there may be more");
    idle(&mut cable, &mut socket);

    while cable.server.send(&mut socket, &[0; 512]).is_ok() {
        cable.pass();
    }
    assert_eq!(cable.server.next_ready(0), None, "no room");
    while cable.client.receive(&mut client, &mut [0; 512]).is_ok() {
        cable.pass();
    }
    assert_eq!(cable.server.next_ready(0), Some(0));
    idle(&mut cable, &mut socket);

    cable.client.close(client).unwrap();
    cable.pass();
    assert_eq!(cable.server.next_ready(0), Some(0), "the end");
    assert_eq!(cable.server.receive(&mut socket, &mut [0; 8]), Ok(0));
    cable.server.close(socket).unwrap();
    assert_eq!(cable.server.next_ready(0), None);
}

struct App;

const ROUTES: &[Route<App>] =
    &[Route::get("/", |_, _, reply| reply.fixed("text/plain", &[b'x'; 10_000]))];

#[test]
fn a_server_misses_nothing() {
    let readiness = Readiness { watch: Board::watch, next: Board::next_ready };
    let mut cable = Cable::new([4, 2], 1);
    let mut server: Server<Board, App, 2, 512> = Server::new(Site::new(ROUTES));
    server.listen(&mut cable.server, 80).unwrap();
    let to = cable.to(80);
    for _ in 0..10 {
        let mut client = cable.client.socket().unwrap();
        let mut asked = false;
        let mut length = 0;
        cable
            .wait(20, |cable| {
                let now = u32::try_from(cable.now.total_millis()).unwrap();
                while server.poll_with(&mut cable.server, &mut App, now, readiness).is_ok() {}
                if !asked {
                    cable.client.connect(&mut client, to)?;
                    let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
                    cable.client.send(&mut client, request)?;
                    asked = true;
                }
                match cable.client.receive(&mut client, &mut [0; 512])? {
                    0 => Ok(()),
                    n => {
                        length += n;
                        Err(nb::Error::<Error>::WouldBlock)
                    }
                }
            })
            .unwrap();
        assert!(length > 10_000, "{length}");
        cable.client.close(client).unwrap();
    }
}
