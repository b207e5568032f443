//! The drivers over `mockall` mocks: which calls they make of a stack, and in which order.

use core::net::{IpAddr, SocketAddr};

use embedded_nal::TcpErrorKind;
use embedded_nal::nb::Error::{Other, WouldBlock};
use mockall::Sequence;
use nal_http::client::{Client, Error, Request};
use nal_http::server::{Answer, Reply, Route, Server, Site};
use nal_http::testing::{MockClock, MockError, MockSocket, MockStack};
use nal_http::wire::Method;

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

fn clock() -> MockClock {
    let mut clock = MockClock::new();
    clock.expect_now_ms().return_const(7_u32);
    clock
}

fn answers(
    bytes: &'static [u8],
) -> impl FnMut(&mut MockSocket, &mut [u8]) -> embedded_nal::nb::Result<usize, MockError> {
    move |_, buffer| {
        buffer[..bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len())
    }
}

#[test]
fn a_client_resolves_connects_sends_receives_and_closes_once() {
    let (mut stack, mut order) = (MockStack::new(), Sequence::new());
    let address = SocketAddr::from(([192, 168, 0, 9], 8080));
    stack.expect_get_host_by_name().times(1).in_sequence(&mut order).returning(|name, _| {
        assert_eq!(name, "board.local");
        Err(WouldBlock)
    });
    let ip = IpAddr::from([192, 168, 0, 9]);
    stack.expect_get_host_by_name().times(1).in_sequence(&mut order).returning(move |_, _| Ok(ip));
    stack.expect_socket().times(1).in_sequence(&mut order).returning(|| Ok(MockSocket(3)));
    let waiting = |_: &mut MockSocket, _| Err(WouldBlock);
    stack.expect_connect().times(2).in_sequence(&mut order).returning(waiting);
    stack.expect_connect().times(1).in_sequence(&mut order).returning(move |socket, remote| {
        assert_eq!((*socket, remote), (MockSocket(3), address));
        Ok(())
    });
    stack.expect_send().times(1).in_sequence(&mut order).returning(|_, bytes| {
        assert!(bytes.starts_with(b"GET /light HTTP/1.1\r\nHost: board.local:8080\r\n"));
        assert!(bytes.ends_with(b"\r\n\r\n"));
        Ok(bytes.len() - 2)
    });
    stack.expect_send().times(1).in_sequence(&mut order).returning(|_, bytes| {
        assert_eq!(bytes, b"\r\n");
        Ok(2)
    });
    stack.expect_receive().times(1).in_sequence(&mut order).returning(|_, _| Err(WouldBlock));
    stack.expect_receive().times(1).in_sequence(&mut order).returning(answers(HEAD));
    let closed = |socket| socket == MockSocket(3);
    stack
        .expect_close()
        .withf(move |s| closed(*s))
        .times(1)
        .in_sequence(&mut order)
        .returning(|_| Ok(()));

    let mut buffer = [0; 256];
    let mut client = Client::new(&mut stack, clock());
    let mut response = client.get("http://board.local:8080/light").send(&mut buffer).unwrap();
    assert_eq!(response.text(), Ok("hi"));
}

#[test]
fn an_address_never_asks_dns() {
    let mut stack = MockStack::new(); // no name is expected to be asked for
    stack.expect_socket().times(1).returning(|| Ok(MockSocket(0)));
    stack.expect_connect().times(1).returning(|_, remote| {
        assert_eq!(remote, "[fe80::1]:81".parse().unwrap());
        Err(Other(MockError(TcpErrorKind::Other)))
    });
    stack.expect_close().times(1).returning(|_| Ok(()));
    let mut buffer = [0; 256];
    let mut client = Client::new(&mut stack, clock());
    let result = client.get("http://[fe80::1]:81/").send(&mut buffer).err();
    assert_eq!(result, Some(Error::Connect(MockError(TcpErrorKind::Other))));
}

#[test]
fn a_call_that_is_polled_never_waits() {
    let mut stack = MockStack::new();
    stack.expect_get_host_by_name().times(5).returning(|_, _| Err(WouldBlock));
    let mut buffer = [0; 256];
    let request = Request::new(Method::GET, "http://board/").timeout(100);
    let mut call = request.start(&mut buffer).unwrap();
    for now in [0, 1, 50, 99] {
        assert_eq!(call.poll(&mut stack, now), Err(WouldBlock));
    }
    let late = call.poll(&mut stack, 100).map_err(|error| error.map(|error| error.to_string()));
    assert_eq!(late, Err(Other("timed out connecting".into())));
}

fn hello(_: &mut (), _: &mut nal_http::server::Request<'_>, reply: &mut Reply<'_>) -> Answer {
    reply.text("hello")
}

const ROUTES: &[Route<()>] = &[Route::get("/", hello)];

#[test]
fn a_server_accepts_receives_sends_and_closes_once() {
    let (mut stack, mut order) = (MockStack::new(), Sequence::new());
    stack.expect_socket().times(1).in_sequence(&mut order).returning(|| Ok(MockSocket(0)));
    stack.expect_bind().times(1).in_sequence(&mut order).returning(|_, port| {
        assert_eq!(port, 80);
        Ok(())
    });
    stack.expect_listen().times(1).in_sequence(&mut order).returning(|_| Ok(()));
    stack.expect_accept().times(1).in_sequence(&mut order).returning(|listener| {
        assert_eq!(*listener, MockSocket(0));
        Ok((MockSocket(1), SocketAddr::from(([192, 168, 0, 2], 50_000))))
    });
    // Whether another waits is known before the first is answered.
    stack.expect_accept().times(1).in_sequence(&mut order).returning(|_| Err(WouldBlock));
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    stack.expect_receive().times(1).in_sequence(&mut order).returning(answers(request));
    stack.expect_send().times(1).in_sequence(&mut order).returning(|socket, bytes| {
        assert_eq!(*socket, MockSocket(1));
        assert!(bytes.starts_with(b"HTTP/1.1 200 OK\r\n") && bytes.ends_with(b"\r\n\r\nhello"));
        Ok(bytes.len())
    });
    let client = |socket: &MockSocket| *socket == MockSocket(1);
    stack.expect_close().withf(client).times(1).in_sequence(&mut order).returning(|_| Ok(()));

    let mut server: Server<MockStack, (), 2, 512> = Server::new(Site::new(ROUTES));
    server.listen(&mut stack, 80).unwrap();
    assert_eq!(server.poll(&mut stack, &mut (), 0), Ok(()));
    assert_eq!(server.open_connections(), 0);
}
