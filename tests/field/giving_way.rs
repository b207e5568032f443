//! Who gives way where all slots are taken, who keeps its own, and what each is told.

use std::cell::Cell;
use std::rc::Rc;

use embedded_nal::nb;
use nal_http::hal::Clock;
use nal_http::server::{CloseReason, Server};

use crate::crowd::{App, Client, Crowd, Failed, Scene};
use crate::drivers::{BOTH, Driver};
use crate::pressure::{CHUNKS, COLLECT, EXPECT, GET, STEADY, T, UPLOAD, good, site};

const TIMEOUT: &str = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n";

/// Sends what the table has, each from a client of its own, and lets `ms` pass.
fn scene<const N: usize>(clients: &[Client], ms: u64) -> Scene<N> {
    scene_on(Driver::Polled, N, clients, ms)
}

fn scene_on<const N: usize>(driver: Driver, tasks: usize, clients: &[Client], ms: u64) -> Scene<N> {
    let mut scene = Scene::with_tasks(driver, site(), 0, tasks);
    for client in clients {
        scene.crowd().comes(0, Client { returns: false, ..*client });
    }
    scene.run_until(ms);
    scene
}

fn answer<const N: usize>(scene: &Scene<N>, client: usize) -> String {
    String::from_utf8_lossy(&scene.crowd().peers[client].taken).into_owned()
}

/// Netscape's client and some scripts send a line end too many behind a request.
#[test]
fn a_stray_line_end_keeps_no_slot() {
    let mut scene =
        scene::<4>(&[Client::that_sends(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n\r\n"); 4], 40);
    scene.crowd().comes(40, good(0));
    scene.run_until(49);
    assert_eq!(answer(&scene, 4), "", "all have just been served");
    scene.run_until(51);
    assert!(answer(&scene, 4).starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(scene.app().closed[0], CloseReason::IdleEvicted);
}

/// Slowloris, and phones that walk out of the Wi-Fi.
#[test]
fn forty_half_heads_are_answered_and_let_a_good_client_pass() {
    for driver in BOTH {
        let mut scene = scene_on::<4>(driver, 4, &[Client::that_sends(b"GET / HT"); 40], 1);
        scene.crowd().comes(1, good(0));
        scene.run_until(5_001);
        assert!(answer(&scene, 40).ends_with("hello world"), "after 5 s: 10 rounds of 500 ms");
        // Three of them are not in the way of anybody.
        let mut closed = scene.app().closed.clone();
        closed.retain(|reason| *reason != CloseReason::Complete);
        assert_eq!(closed, [CloseReason::Evicted; 37], "{driver:?}");
        scene.run_until(16_000);
        for client in 0..40 {
            let answer = answer(&scene, client);
            assert!(answer.starts_with(TIMEOUT), "{answer}");
        }
    }
}

/// Dashboards that fetch a value again and again over connections that they keep.
#[test]
fn busy_clients_starve_nobody_and_keep_their_connections_while_nobody_waits() {
    let busy = Client::that_sends(GET).then(GET, 20);
    for (driver, tasks) in [(Driver::Polled, 4), (Driver::Async, 5)] {
        let mut scene = Scene::<4>::with_tasks(driver, site(), 0, tasks);
        for n in 0..4 {
            scene.crowd().comes(n, busy);
        }
        scene.run_until(2_000);
        assert_eq!(scene.app().closed, [], "four clients, and there is room for another");
        scene.crowd().comes(2_000, good(0));
        scene.run_until(2_100);
        assert!(answer(&scene, 4).ends_with("hello world"));
        assert!(scene.crowd().peers[4].last_taken_at <= 2_020, "behind the next response");
    }
}

/// A public suite of malformed requests opens all its connections at once; some requests are cut short.
#[test]
fn thirty_three_connections_at_once_are_all_answered() {
    for driver in BOTH {
        all_of_the_suite_are_answered::<4>(driver, 1_300);
        all_of_the_suite_are_answered::<8>(driver, 650);
    }
}

fn all_of_the_suite_are_answered<const N: usize>(driver: Driver, within_ms: u64) {
    const SUITE: [&[u8]; 8] = [
        b"GET / HTTP/1.1\r\nHost: a\r\n",
        b"POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf",
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    ];
    let clients: Vec<_> = (0..33).map(|n| Client::that_sends(SUITE[n % 8])).collect();
    let mut scene = scene_on::<N>(driver, N, &clients, within_ms);
    let answered = |scene: &Scene<N>, client| answer(scene, client).starts_with("HTTP/1.1 ");
    for client in (0..33).filter(|client| client % 8 > 1) {
        assert!(answered(&scene, client), "{N} slots, {client}: {:?}", answer(&scene, client));
    }
    // Half requests that are in nobody's way have time to go on.
    scene.run_until(within_ms + u64::from(T.head_ms + T.linger_ms));
    assert!((0..33).all(|client| answered(&scene, client)));
}

/// A request that crosses a lossy Wi-Fi: the first packet behind the handshake comes again after 200 ms.
#[test]
fn a_first_request_has_time_to_arrive() {
    let late = Client { first: (GET, 300), ..Client::that_sends(GET) };
    for driver in BOTH {
        let mut scene = scene_on::<2>(driver, 2, &[late, late, Client::that_sends(GET)], 299);
        assert_eq!(scene.app().closed, [], "a client waits, and they are left alone");
        scene.run_until(301);
        for client in 0..3 {
            assert!(answer(&scene, client).ends_with("hello world"));
        }
    }
}

/// A client that asks again at the moment when the server would give its connection up.
#[test]
fn a_request_that_is_in_the_stack_is_served_before_its_connection_is_given_up() {
    for first in [GET, b""] {
        let mut scene = scene::<1>(&[Client::that_sends(first)], 2_000);
        scene.crowd().meanwhile = Some((0, GET));
        scene.crowd().comes(2_000, good(0));
        scene.run_until(2_001);
        let answers = answer(&scene, 0).matches("HTTP/1.1 200 OK\r\n").count();
        assert_eq!(answers, if first.is_empty() { 1 } else { 2 });
        assert!(answer(&scene, 0).contains("\r\nConnection: close\r\n"), "another waits");
        assert_eq!(scene.app().closed, [CloseReason::Complete]);
        assert!(answer(&scene, 1).ends_with("hello world"));
    }
}

/// A firmware upload, while somebody opens a page with a browser; and while the network is attacked.
#[test]
fn who_gets_on_keeps_its_slot_in_a_crowd() {
    for ((name, steady), driver) in STEADY.into_iter().flat_map(|it| BOTH.map(|one| (it, one))) {
        let mut scene = scene_on::<4>(driver, 4, &[steady], 60_000);
        // A page with all that belongs to it.
        for n in 0..12 {
            scene.crowd().comes(60_000 + n, good(40));
        }
        scene.run_until(70_000);
        let mut closed = scene.app().closed.clone();
        if driver == Driver::Async {
            assert_eq!(closed.pop(), Some(CloseReason::Complete), "no task listened");
        }
        assert_eq!(closed, [CloseReason::Complete; 11], "{name}: the last is kept alive");
        // Others that hold what they get, for as long as a turn.
        for n in 0..40 {
            scene.crowd().comes(70_000 + n, Client::that_sends(b"GET / HT"));
        }
        scene.run_until(70_000 + u64::from(T.stall_ms));
        assert_eq!(scene.crowd().peers[0].closed_at, None, "{name}");
        scene.run_until(70_060 + u64::from(T.stall_ms));
        assert!(scene.crowd().peers[0].closed_at.is_some(), "{name} has had its turn");
    }
}

/// Phones that lose the Wi-Fi in the middle of a request.
#[test]
fn a_request_that_is_late_is_answered_with_408() {
    const CONTINUED: &str = "HTTP/1.1 100 Continue\r\n\r\n";
    let table: [(&[u8], u32, &str, CloseReason); 7] = [
        (b"GET / HT", T.head_ms, "", CloseReason::HeadTooSlow),
        (b"GET / HTTP/1.1\r\nHost: a\r\n", T.head_ms, "", CloseReason::HeadTooSlow),
        (COLLECT, T.body_ms, "", CloseReason::BodyTooSlow),
        (UPLOAD, T.body_ms, "", CloseReason::BodyTooSlow),
        (CHUNKS, T.body_ms, "", CloseReason::BodyTooSlow),
        (EXPECT, T.body_ms, CONTINUED, CloseReason::BodyTooSlow),
        (b"HEAD / HTTP/1.1\r\nHost: a\r\n", T.head_ms, "", CloseReason::HeadTooSlow),
    ];
    let rows = table.into_iter().flat_map(|row| BOTH.map(|driver| (driver, row)));
    for (driver, (request, ms, before, reason)) in rows {
        let ms = u64::from(ms);
        let mut scene = scene_on::<1>(driver, 2, &[Client::that_sends(request)], ms);
        assert_eq!(answer(&scene, 0), before);
        scene.run_until(ms + 1);
        let answer = answer(&scene, 0);
        let answer = answer.strip_prefix(before).unwrap();
        assert!(answer.starts_with(TIMEOUT), "{answer}");
        assert_eq!(answer.ends_with("Request Timeout"), !request.starts_with(b"HEAD"));
        assert_eq!(scene.app().closed, []);
        assert_eq!(scene.app().statuses, [408]);
        // It lingers, so that the answer can be read.
        scene.run_until(ms + u64::from(T.linger_ms) + 1);
        assert_eq!(scene.app().closed, [reason]);
    }
}

/// Browsers connect in advance, and keep connections that they may need again.
#[test]
fn who_has_begun_no_request_is_closed_without_a_word() {
    let table =
        [(&b""[..], T.first_request_ms), (GET, T.next_request_ms), (b"\r\n", T.first_request_ms)];
    let rows = table.into_iter().flat_map(|row| BOTH.map(|driver| (driver, row)));
    for (driver, (request, ms)) in rows {
        let mut scene = scene_on::<1>(driver, 2, &[Client::that_sends(request)], 1);
        let before = answer(&scene, 0);
        scene.run_until(u64::from(ms) + 1);
        assert_eq!(answer(&scene, 0), before);
        assert_eq!(scene.app().closed, [CloseReason::IdleTooLong]);
    }
}

/// A process that has as many files open as it may (`EMFILE`); a client that has gone (`ECONNABORTED`).
#[test]
fn a_failed_accept_is_told_and_serving_goes_on() {
    for fails in [1, 3, 50] {
        let (sender, receiver) = std::sync::mpsc::channel();
        // `serve` never returns: the thread ends with the process.
        std::thread::spawn(move || {
            let (mut crowd, mut app) = (Crowd::default(), App::default());
            let mut server = Server::<Crowd, App, 4, 512>::new(site());
            server.listen(&mut crowd, 80).unwrap();
            crowd.comes(0, good(0));
            crowd.comes(2_000, good(0));
            crowd.accept_fails = fails;
            let (time, told) = (Rc::new(Cell::new(0)), Rc::clone(&app.accept_failures));
            let mut clock = SharedClock(Rc::clone(&time));
            let _ = server.serve(&mut crowd, &mut app, &mut clock, |crowd, ms| {
                assert!(ms > 0);
                time.set(time.get() + ms);
                crowd.act(time.get().into());
                if time.get() > 4_000 {
                    let answers: Vec<_> = crowd.peers.iter().map(|peer| peer.taken.len()).collect();
                    sender.send((answers, told.get())).unwrap();
                    loop {
                        std::thread::park();
                    }
                }
            });
        });
        let (answers, told) = receiver.recv().unwrap();
        assert!(answers.len() == 2 && answers.iter().all(|length| *length > 0), "{answers:?}");
        assert_eq!(told, 1, "once, however long it lasts");
    }
}

struct SharedClock(Rc<Cell<u32>>);

impl Clock for SharedClock {
    fn now_ms(&mut self) -> u32 {
        self.0.get()
    }
}

/// The same, for those who poll.
#[test]
fn poll_returns_what_the_listening_socket_says_and_serves_the_others() {
    let (mut crowd, mut app) = (Crowd::default(), App::default());
    let mut server = Server::<Crowd, App, 2, 512>::new(site());
    server.listen(&mut crowd, 80).unwrap();
    crowd.comes(0, Client::that_sends(b"GET / HT"));
    crowd.act(0);
    while server.poll(&mut crowd, &mut app, 0).is_ok() {}
    crowd.accept_fails = 1;
    crowd.comes(11, good(0));
    crowd.act(11);
    crowd.meanwhile = Some((0, b"TP/1.1\r\nHost: a\r\n\r\n"));
    assert_eq!(server.poll(&mut crowd, &mut app, 11), Err(nb::Error::Other(Failed)));
    assert_eq!(server.poll(&mut crowd, &mut app, 11), Ok(()));
    while server.poll(&mut crowd, &mut app, 11).is_ok() {}
    assert_eq!(app.statuses, [200, 200]);
}
