//! Clients that close their side behind the request, and still want the answer (RFC 9112 section 9.6).

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use nal_http::server::{Answer, Body, CloseReason, Flow, Route, Server};
use nal_http::testing::{Call, Fault, FaultStack, ScriptStack, Step};

use crate::drivers::{BOTH, Driver, Serving};
use crate::site::{App, copy, hello, site};

static FLASH: [u8; 3000] = [b'f'; 3000];

const ROUTES: &[Route<App>] = &[
    Route::get("/", hello),
    Route::get("/flash", |_, _, reply| reply.fixed("text/plain", &FLASH)),
    Route::get("/ticks", |app, _, reply| ticks(app, reply.stream("text/plain"))),
    Route::get("/sized", |app, _, reply| ticks(app, reply.stream_sized("text/plain", 15))),
    Route::post("/echo", copy).in_pieces(),
];

/// Three lines, 300 ms apart.
fn ticks(app: &mut App, body: &mut Body<'_>) -> Answer {
    app.ticks += 1;
    body.write(b"tick\n");
    Ok(if app.ticks == 3 { Flow::Done } else { Flow::Wait(300) })
}

fn run(driver: Driver, steps: impl IntoIterator<Item = Step>) -> (String, App) {
    let (stack, app) = (ScriptStack::new(), App::default());
    let mut server = Serving::<_, _, 1, 1024>::new(driver, site(ROUTES), stack, app, 0);
    server.stack().connects(steps);
    server.run(2_000);
    assert_eq!(server.stack().open_sockets(), 1, "the listener");
    let answer = String::from_utf8(server.stack().sent(1).to_vec()).unwrap();
    (answer, std::mem::take(&mut *server.app()))
}

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n")
}

/// `printf 'GET /ticks …' | nc -N`, `socat`, and clients that shut their side down when they have asked.
#[test]
fn an_answer_that_waits_comes_whole() {
    for driver in BOTH {
        let (answer, app) = run(driver, [get("/ticks").as_str().into(), Step::Close]);
        let body = "0005\r\ntick\n\r\n0005\r\ntick\n\r\n0005\r\ntick\n\r\n0\r\n\r\n";
        assert!(answer.ends_with(&format!("\r\n\r\n{body}")), "{answer}");
        assert_eq!((app.ticks, app.closed), (3, vec![CloseReason::ClientClosed]));

        let (answer, _) = run(driver, [get("/sized").as_str().into(), Step::Close]);
        assert!(answer.ends_with("\r\n\r\ntick\ntick\ntick\n"), "{answer}");

        let old = "GET /ticks HTTP/1.0\r\n\r\n";
        let (answer, app) = run(driver, [old.into(), Step::Close]);
        assert!(answer.ends_with("\r\n\r\ntick\ntick\ntick\n"), "{answer}");
        assert_eq!(app.closed, [CloseReason::Complete]);
    }
}

/// The same with whatever the client has asked for before it closed its side, one request behind the other.
#[test]
fn all_that_was_asked_is_answered() {
    for driver in BOTH {
        let requests = get("/flash") + &get("/ticks") + &get("/");
        let (answer, app) = run(driver, [requests.as_str().into(), Step::Close]);
        assert_eq!(app.statuses, [200, 200, 200]);
        assert!(answer.ends_with("\r\n\r\nhello"), "{answer}");
        let whole = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
        let (answer, _) = run(driver, [whole.into(), Step::Close]);
        assert!(answer.ends_with("\r\n\r\n0003\r\nabc\r\n0\r\n\r\n"), "{answer}");
    }
}

/// The same over sockets of the operating system.
#[test]
fn a_socket_that_is_shut_down_for_writing_reads_on() {
    let mut stack = nal_std::Stack::bound_to([127, 0, 0, 1].into());
    let mut app = App::default();
    let mut server: Server<_, App, 1, 1024> = Server::new(site(ROUTES));
    server.listen(&mut stack, 0).unwrap();
    let address = stack.local_addr(server.listener().unwrap()).unwrap();
    let client = std::thread::spawn(move || {
        let mut socket = TcpStream::connect(address).unwrap();
        socket.write_all(get("/ticks").as_bytes()).unwrap();
        socket.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).map(|_| answer).unwrap()
    });
    let mut now = 0;
    while !client.is_finished() {
        if server.poll(&mut stack, &mut app, now).is_err() {
            stack.wait(Duration::from_millis(1));
            now += 1;
        }
    }
    assert!(client.join().unwrap().ends_with("tick\n\r\n0\r\n\r\n"));
}

/// One that closes in the middle of a request does not get to the end of it.
#[test]
fn half_a_request_is_not_answered_as_a_whole() {
    for driver in BOTH {
        for request in
            ["GET / HT", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"]
        {
            let (answer, app) = run(driver, [request.into(), Step::Close]);
            assert!(!answer.ends_with("0\r\n\r\n"), "{answer}");
            assert_eq!(app.closed, [CloseReason::ClientLeft], "{request}");
        }
    }
}

/// A browser that leaves an event stream closes both sides: the next send shows it.
#[test]
fn only_a_failed_send_says_that_the_client_has_gone() {
    let faults = [Fault::Reset, Fault::PipeClosed];
    for (fault, driver) in faults.into_iter().flat_map(|fault| BOTH.map(|one| (fault, one))) {
        let mut inner = ScriptStack::new();
        inner.connects([get("/ticks").as_str().into(), Step::Close]);
        let stack = FaultStack::new(inner).once(Call::Send, 1, fault);
        let (site, app) = (site(ROUTES), App::default());
        let mut server = Serving::<_, _, 1, 1024>::new(driver, site, stack, app, 0);
        server.run(0);
        assert_eq!(server.app().closed, [], "it may still read");
        assert_eq!(server.idle_ms(), 300, "and nothing spins");
        server.run(300);
        assert_eq!(server.app().closed, [CloseReason::Broken]);
    }
}
