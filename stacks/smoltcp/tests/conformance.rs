//! The conformance test of `nal-http`: IPv4, IPv6, and a cable that loses, corrupts and reorders.

mod cable;

use cable::Cable;
use nal_http::testing::check_stack;

#[test]
fn over_ipv4_and_ipv6() {
    for ipv6 in [false, true] {
        let mut cable = Cable::new([8, 8], 3);
        cable.ipv6 = ipv6;
        let report = check_stack(&mut cable);
        assert!(report.is_ok(), "{report}");
        assert_eq!((cable.server.free_sockets(), cable.client.free_sockets()), (8, 8));
    }
}

#[test]
fn over_a_cable_that_loses_frames() {
    let mut cable = Cable::faulty([8, 8], 3, 5, 0);
    let report = check_stack(&mut cable);
    assert!(report.is_ok(), "{report}");
}

#[test]
fn over_a_cable_that_corrupts_frames() {
    let mut cable = Cable::faulty([8, 8], 3, 0, 5);
    let report = check_stack(&mut cable);
    assert!(report.is_ok(), "{report}");
}

#[test]
fn over_a_cable_that_reorders_frames() {
    let mut cable = Cable::new([8, 8], 3).reordering();
    let report = check_stack(&mut cable);
    assert!(report.is_ok(), "{report}");
}
