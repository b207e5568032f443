//! A stack that tells which of its sockets are ready: the server asks only those, and does the same.

use nal_http::server::{CloseReason, Timeouts};
use proptest::prelude::*;

use crate::crowd::{Client, Crowd, Scene};
use crate::drivers::{BOTH, Driver};
use crate::pressure::{SLOW, STEADY, good, site};

const T: Timeouts = Timeouts::DEFAULT;
const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// One that asks, and keeps its connection.
const KEPT: Client = Client { returns: false, ..Client::that_sends(GET) };

fn receives(crowd: &Crowd) -> Vec<usize> {
    crowd.peers.iter().map(|peer| peer.receives).collect()
}

/// A hundred phones that have the page of the device open, and one that is used.
#[test]
fn idle_connections_are_asked_nothing() {
    let mut scene = Scene::<256>::new(Driver::Polled, site(), u32::MAX - 1_000);
    scene.server.readiness = Some(Crowd::READINESS);
    for _ in 0..255 {
        scene.crowd().comes(0, KEPT);
    }
    scene.crowd().comes(0, KEPT.then(GET, 10));
    scene.run_until(100);
    let before = receives(&scene.crowd());
    scene.run_until(1_100);
    let after = receives(&scene.crowd());
    assert_eq!(before[..255], after[..255]);
    assert_eq!(after[255] - before[255], 200, "a request, and then that there is no other");
    // Without anything to be told, each has its deadline all the same.
    scene.run_until(u64::from(T.next_request_ms));
    assert_eq!(scene.app().closed, []);
    scene.run_until(u64::from(T.next_request_ms) + 1);
    assert_eq!(scene.app().closed, [CloseReason::IdleTooLong; 255]);
    let crowd = scene.crowd();
    let closed = crowd.peers.iter().filter_map(|peer| peer.closed_at);
    assert!(closed.eq([u64::from(T.next_request_ms); 255]));
}

/// A firmware may go from one to the other.
#[test]
fn connections_that_were_not_watched_are_from_now_on() {
    let mut scene = Scene::<3>::new(Driver::Polled, site(), 0);
    for _ in 0..3 {
        scene.crowd().comes(0, KEPT.then(GET, 100));
    }
    for (end, tells) in [(150, false), (250, true), (350, false), (450, true)] {
        scene.server.readiness = tells.then_some(Crowd::READINESS);
        scene.run_until(end);
    }
    assert_eq!(scene.app().statuses, [200; 15]);
}

/// What a client has got, and when the last of it and the end of its connection came.
type Fate = (Vec<u8>, u64, Option<u64>);

fn fates<const N: usize>(
    mut scene: Scene<N>,
    clients: &[(u64, Client)],
) -> (Vec<Fate>, Vec<CloseReason>, Vec<u16>) {
    for (at, client) in clients {
        scene.crowd().comes(*at, *client);
    }
    scene.run_until(12_000);
    let fate = |peer: &crate::crowd::Peer| (peer.taken.clone(), peer.last_taken_at, peer.closed_at);
    let fates = scene.crowd().peers.iter().map(fate).collect();
    let app = scene.app();
    (fates, app.closed.clone(), app.statuses.clone())
}

fn anyone() -> impl Strategy<Value = Client> {
    let all: Vec<Client> = SLOW.into_iter().chain(STEADY).map(|(_, client)| client).collect();
    prop_oneof![
        (proptest::sample::select(all), any::<bool>())
            .prop_map(|(client, returns)| Client { returns, ..client }),
        (0_u32..700).prop_map(good),
        (1_u32..3_000).prop_map(|every| KEPT.then(GET, every)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// No wake-up is lost, and no deadline: to the byte, and to the millisecond.
    #[test]
    fn whoever_comes_fares_as_over_a_stack_that_tells_nothing(
        clients in proptest::collection::vec((0_u64..3_000, anyone()), 1..7),
    ) {
        let scene = || Scene::<3>::new(Driver::Polled, site(), u32::MAX - 5_000);
        let mut telling = scene();
        telling.server.readiness = Some(Crowd::READINESS);
        prop_assert_eq!(fates(telling, &clients), fates(scene(), &clients));
    }

    /// Nor with the server of futures, as long as nobody has to wait.
    #[test]
    fn whoever_comes_fares_the_same_with_both_drivers(
        clients in proptest::collection::vec((0_u64..3_000, anyone()), 1..7),
    ) {
        let scene = |driver| Scene::<8>::with_tasks(driver, site(), u32::MAX - 5_000, 9);
        let [mut polled, mut with_futures] = BOTH.map(|driver| fates(scene(driver), &clients));
        for (_, closed, statuses) in [&mut polled, &mut with_futures] {
            // In the same millisecond, who is first makes no difference.
            closed.sort_by_key(|reason| reason.explain());
            statuses.sort_unstable();
        }
        prop_assert_eq!(polled, with_futures);
    }
}
