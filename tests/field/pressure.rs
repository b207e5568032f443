//! Nobody holds a server: how long a good client waits, whatever others do.

use std::cell::Cell;
use std::rc::Rc;

use embedded_nal::nb;
use nal_http::hal::Clock;
use nal_http::server::{Answer, CloseReason, Flow, Reply, Request, Route, Server, Site, Timeouts};
use nal_http::wire::Status;
use proptest::prelude::*;

use crate::crowd::{App, Client, Crowd, Failed, Scene, observe};
use crate::drivers::{BOTH, Driver};

static FLASH: [u8; 3000] = [b'f'; 3000];

const ROUTES: &[Route<App>] = &[
    Route::get("/", |_, _, reply| reply.text("hello world")),
    Route::get("/flash", |_, _, reply| reply.fixed("text/plain", &FLASH)),
    Route::get("/short", |_, _, reply| reply.fixed("text/plain", &FLASH[..1000])),
    Route::post("/collect", |_, request, reply| reply.body("text/plain", request.body())),
    Route::post("/upload", |_, request, reply| {
        if request.is_complete() { reply.text("thanks") } else { Ok(Flow::More) }
    })
    .in_pieces(),
    Route::post("/early", |_, _, reply| reply.status(Status::UNAUTHORIZED).text("no")).in_pieces(),
    Route::get("/events", tick),
    Route::get("/endless", more),
];

/// An event each second, for ever.
fn tick(_: &mut App, _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let body = reply.stream("text/event-stream");
    body.write(b"data: tick\n\n");
    Ok(Flow::Wait(1_000))
}

fn more(_: &mut App, _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let body = reply.stream("text/plain");
    body.write(&[b'm'; 200]);
    Ok(Flow::More)
}

pub fn site() -> Site<App> {
    Site::new(ROUTES).on_event(observe)
}

const T: Timeouts = Timeouts::DEFAULT;

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const FLASH_GET: &[u8] = b"GET /flash HTTP/1.1\r\nHost: a\r\n\r\n";
const SHORT_GET: &[u8] = b"GET /short HTTP/1.1\r\nHost: a\r\n\r\n";
const COLLECT: &[u8] = b"POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx";
const UPLOAD: &[u8] = b"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\nx";
const CHUNKS: &[u8] = b"POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
const EARLY: &[u8] = b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 200\r\n\r\nx";
const EXPECT: &[u8] =
    b"POST /collect HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n";

/// Those that move less than 2,000 bytes, a name for each phase. They come again as soon as they are closed.
pub const SLOW: [(&str, Client); 20] = [
    ("nothing sent", Client::that_sends(b"")),
    ("half a head", Client::that_sends(b"GET / HT")),
    ("a head in drips", Client::that_sends(b"GET / HTTP/1.1\r\nX: ").then(b"a", 90)),
    ("empty lines before a head", Client::that_sends(b"\r\n").then(b"\r\n", 40)),
    ("half a body", Client::that_sends(COLLECT)),
    ("a body in drips", Client::that_sends(COLLECT).then(b"x", 49)),
    ("pieces of a body in drips", Client::that_sends(UPLOAD).then(b"x", 30)),
    ("chunks in drips", Client::that_sends(CHUNKS).then(b"1\r\nx\r\n", 60)),
    ("a reader in drips", Client::that_sends(FLASH_GET).takes(1).every(20)),
    ("a reader that stops", Client::that_sends(FLASH_GET).takes(0)),
    (
        "a half-closed reader",
        Client { half_closes: true, ..Client::that_sends(FLASH_GET).takes(0) },
    ),
    ("a body that nobody wants", Client::that_sends(EARLY).then(b"x", 20)),
    ("stray line ends", Client::that_sends(GET).then(b"\r\n", 45)),
    ("one that lingers", Client::that_sends(b"nonsense\r\n").then(b"x", 20)),
    ("one that asks all the time", Client::that_sends(GET).then(GET, 20)),
    ("a bad request in the last moment", Client::that_sends(b"nonsens").then(b"e\r\n", 490)),
    ("a reader in the last moment", Client::that_sends(SHORT_GET).takes(600).then(GET, 490)),
    ("and half a request then", Client::that_sends(SHORT_GET).takes(600).then(b"GET / HT", 490)),
    ("100 Continue, and nothing comes", Client::that_sends(EXPECT)),
    ("100 Continue, and nobody takes it", Client::that_sends(EXPECT).takes(0)),
];

/// Those that get on, or for whom the server itself waits.
pub const STEADY: [(&str, Client); 3] = [
    ("an event stream", Client::that_sends(b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n")),
    (
        "a download without an end",
        Client::that_sends(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n").takes(400).every(50),
    ),
    ("an upload without an end", Client::that_sends(UPLOAD).then(&[b'x'; 400], 50)),
];

/// A client that asks once, so many ms after it has connected.
pub const fn good(delay_ms: u32) -> Client {
    const ONCE: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: good\r\n\r\n";
    Client { first: (ONCE, delay_ms), returns: false, ..Client::that_sends(ONCE) }
}

/// The bound that the documentation states, in ms.
fn bound(ahead: usize, slots: usize, each_ms: u32) -> u64 {
    u64::from(T.grace_ms) + (ahead / slots + 1) as u64 * u64::from(each_ms)
}

/// Runs a scene, and says for how long any good client waited longest, by how much of its bound.
fn run<const N: usize>(
    driver: Driver,
    start: u32,
    bad: &[(u64, Client)],
    goods: &[(u64, u32)],
    each_ms: u32,
) -> Result<u64, String> {
    let mut scene = Scene::<N>::new(driver, site(), start);
    for (at, client) in bad {
        scene.crowd().comes(*at, *client);
    }
    for (at, delay) in goods {
        scene.crowd().comes(*at, good(*delay));
    }
    let last = goods.iter().map(|(at, _)| *at).max().unwrap_or(0);
    scene.run_until(last + bound(bad.len() + goods.len(), N, each_ms) + 1);
    let mut longest = 0;
    let mut seen = 0;
    let crowd = scene.crowd();
    for (peer, ahead) in crowd.peers.iter().zip(&scene.ahead) {
        if peer.returns() {
            continue;
        }
        seen += 1;
        let took = peer.last_taken_at - peer.connected_at;
        let most = bound(*ahead, N, each_ms).max(peer.delay());
        if !peer.taken.ends_with(b"hello world") {
            return Err(format!(
                "{N} slots: never served, behind {ahead}: {}",
                peer.taken.escape_ascii()
            ));
        }
        if took > most {
            return Err(format!("{N} slots: {took} ms, not {most}, behind {ahead}"));
        }
        longest = longest.max(took);
    }
    if seen == goods.len() { Ok(longest) } else { Err("a good client did not come".into()) }
}

/// Good clients over 6 s, at uneven times, some on bad air.
fn visitors() -> Vec<(u64, u32)> {
    (0..8).map(|n| (n * 833 + n * n % 97, (n * 67 % 400) as u32)).collect()
}

fn each_phase(clients: &[(&str, Client)], counts: [u64; 2], each_ms: u32) {
    for (name, client) in clients {
        for count in counts {
            let bad: Vec<_> = (0..count).map(|n| (n * 3, *client)).collect();
            for (slots, start) in [(1, 0), (4, u32::MAX - 2_000), (8, 0)] {
                for driver in BOTH {
                    let result = run_on(driver, slots, start, &bad, &visitors(), each_ms);
                    let longest = result
                        .unwrap_or_else(|error| panic!("{driver:?}: {count} × {name}: {error}"));
                    println!("{driver:?}: {slots} slots, {count} × {name}: {longest} ms");
                }
            }
        }
    }
}

/// Scanners, tools for denial of service (slowloris, R.U.D.Y., slow read), and broken clients.
#[test]
fn slow_and_silent_clients_are_bounded_in_every_phase() {
    each_phase(&SLOW, [5, 40], T.stall_ms);
}

/// Dashboards that are left open in many tabs, firmware that is uploaded, cameras that are watched.
#[test]
fn steady_clients_are_bounded_too() {
    each_phase(&STEADY, [1, 9], T.turn_ms);
}

fn mixtures(
    clients: impl Iterator<Item = &'static (&'static str, Client)>,
) -> impl Strategy<Value = Vec<(u64, Client)>> {
    let clients: Vec<_> = clients.map(|(_, client)| *client).collect();
    let one = (prop::sample::select(clients), 5..700_u32, 0..3_000_u64)
        .prop_map(|(client, every, at)| (at, client.every(every)));
    prop::collection::vec(one, 0..24)
}

fn arrivals() -> impl Strategy<Value = Vec<(u64, u32)>> {
    prop::collection::vec((0..12_000_u64, 0..T.stall_ms - T.grace_ms), 1..8)
}

fn run_on(
    driver: Driver,
    slots: usize,
    start: u32,
    bad: &[(u64, Client)],
    goods: &[(u64, u32)],
    each_ms: u32,
) -> Result<u64, String> {
    match slots {
        1 => run::<1>(driver, start, bad, goods, each_ms),
        4 => run::<4>(driver, start, bad, goods, each_ms),
        _ => run::<8>(driver, start, bad, goods, each_ms),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// All of the slow ones at once, in any order and at any pace.
    #[test]
    fn mixtures_of_slow_clients_are_bounded(
        start: u32,
        bad in mixtures(SLOW.iter()),
        goods in arrivals(),
        slots in prop::sample::select(&[1_usize, 4, 8]),
        driver in prop::sample::select(&BOTH),
    ) {
        prop_assert_eq!(run_on(driver, slots, start, &bad, &goods, T.stall_ms).err(), None);
    }

    /// And those that get on among them.
    #[test]
    fn mixtures_of_all_clients_are_bounded(
        start: u32,
        bad in mixtures(SLOW.iter().chain(&STEADY)),
        goods in arrivals(),
        slots in prop::sample::select(&[1_usize, 4, 8]),
        driver in prop::sample::select(&BOTH),
    ) {
        prop_assert_eq!(run_on(driver, slots, start, &bad, &goods, T.turn_ms).err(), None);
    }
}

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
