//! The conformance test of `nal-http`: IPv4, IPv6, a serial line, and cables that lose, corrupt and reorder.

mod cable;

use cable::{Cable, Faults};
use nal_http::testing::check_stack;

#[test]
fn over_ipv4_and_ipv6() {
    for ipv6 in [false, true] {
        for mut cable in [Cable::new([8, 8], 3), Cable::serial([8, 8], 3)] {
            cable.ipv6 = ipv6;
            let report = check_stack(&mut cable);
            assert!(report.is_ok(), "{report}");
            assert_eq!((cable.server.free_sockets(), cable.client.free_sockets()), (8, 8));
        }
    }
}

/// A cable with so many percent lost and corrupted at each of four places, which reorders.
const fn bad(loss: u8, corruption: u8) -> Faults {
    Faults { loss, corruption, disorder: 4, seed: 0 }
}

/// With 5 at each place, 19 % of all questions or their answers are lost.
const CABLES: [Faults; 4] = [bad(0, 0), bad(5, 0), bad(0, 5), bad(2, 2)];

/// For which seeds the check fails, and why.
fn failures(faults: Faults, seeds: u32) -> Vec<String> {
    let failure = |(seed, ipv6): (u32, bool)| {
        let seed = seed.wrapping_mul(0x9e37_79b9);
        let mut cable = Cable::new([8, 8], 3).with(Faults { seed, ..faults });
        cable.ipv6 = ipv6;
        let report = check_stack(&mut cable);
        let report = (!report.is_ok()).then(|| report.to_string())?;
        let failed: Vec<_> = report.lines().filter(|line| line.starts_with("FAIL")).collect();
        Some(format!("IPv6 {ipv6}, seed {seed}: {}", failed.join("; ")))
    };
    let runs = (1..=seeds).flat_map(|seed| [(seed, false), (seed, true)]);
    runs.filter_map(failure).collect()
}

#[test]
fn over_cables_that_lose_corrupt_and_reorder() {
    for faults in CABLES {
        let failed = failures(faults, 5);
        assert!(failed.is_empty(), "{faults:?}: {failed:#?}");
    }
}

/// What is left is TCP itself: smoltcp sends again after 1, 3, 7, 15, 31 and 63 seconds, as RFC 6298 has it, and
/// so many times in a row the frame is lost.
#[test]
#[ignore = "half a minute: cargo test --release -- --ignored --nocapture"]
fn over_200_bad_cables_of_each_kind() {
    let mut all = 0;
    for faults in CABLES.into_iter().chain([bad(5, 5)]) {
        let failed = failures(faults, 200);
        println!("{faults:?}: {} of 400 runs failed: {failed:#?}", failed.len());
        // With 34 % lost, the time-out that doubles is longer than the check waits.
        all += if faults.loss + faults.corruption < 10 { failed.len() } else { 0 };
    }
    assert_eq!(all, 0);
}
