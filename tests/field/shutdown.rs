//! No client keeps a server from its end.

use crate::crowd::Scene;
use crate::drivers::BOTH;
use crate::pressure::{SLOW, STEADY, site};

#[test]
fn a_server_is_shut_down_by_its_deadline_whatever_clients_do() {
    let clients = SLOW.iter().chain(&STEADY);
    for ((name, client), driver) in clients.flat_map(|row| BOTH.map(|driver| (row, driver))) {
        // The clock wraps around on the way.
        let mut scene = Scene::<4>::new(driver, site(), u32::MAX - 900);
        (0..6).for_each(|n| scene.crowd().comes(n * 7, *client));
        scene.run_until(700);
        scene.server.shut_down(1_000);
        // The one of futures looks each 20 ms whether all is over.
        scene.run_until(1_720);
        assert!(scene.server.is_shut_down(), "{driver:?}: {name}");
        assert_eq!(scene.crowd().accepted(), 0, "{driver:?}: {name}");
        assert!(scene.crowd().peers.iter().all(|peer| peer.closed_at.is_none_or(|at| at <= 1_700)));
        let closed = scene.app().closed.len();
        scene.run_until(3_000);
        assert_eq!(scene.app().closed.len(), closed, "{driver:?}: {name}: nobody is let in");
        // And it can begin again, for those that have waited.
        scene.server.reopen();
        scene.run_until(3_600);
        assert!(scene.app().closed.len() > closed || scene.crowd().accepted() > 0, "{name}");
    }
}
