//! Nobody holds a server: how long a good client waits, whatever others do.

use nal_http::server::{Answer, Flow, Reply, Request, Route, Site, Timeouts};
use nal_http::wire::Status;
use proptest::prelude::*;

use crate::crowd::{App, Client, Scene, observe};
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

pub(crate) const T: Timeouts = Timeouts::DEFAULT;

pub(crate) const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const FLASH_GET: &[u8] = b"GET /flash HTTP/1.1\r\nHost: a\r\n\r\n";
const SHORT_GET: &[u8] = b"GET /short HTTP/1.1\r\nHost: a\r\n\r\n";
pub(crate) const COLLECT: &[u8] =
    b"POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx";
pub(crate) const UPLOAD: &[u8] =
    b"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\nx";
pub(crate) const CHUNKS: &[u8] =
    b"POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
const EARLY: &[u8] = b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 200\r\n\r\nx";
pub(crate) const EXPECT: &[u8] =
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
