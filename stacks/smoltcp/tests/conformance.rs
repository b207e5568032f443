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

/// The seeds for which the check fails, and why; the number of runs is `SEEDS`.
fn failures(faults: Faults, ipv6: bool, seeds: u32) -> Vec<String> {
    let failure = |seed: u32| {
        let seed = seed * 7_919;
        let mut cable = Cable::new([8, 8], 3).with(Faults { seed, ..faults });
        cable.ipv6 = ipv6;
        let report = check_stack(&mut cable);
        let report = (!report.is_ok()).then(|| report.to_string())?;
        let failed = report.lines().filter(|line| line.starts_with("FAIL"));
        Some(format!("seed {seed}: {}", failed.collect::<Vec<_>>().join("; ")))
    };
    (1..=seeds).filter_map(failure).collect()
}

const LOSS: Faults = Faults { loss: 5, corruption: 0, disorder: 1, seed: 0 };
const CORRUPTION: Faults = Faults { loss: 0, corruption: 5, disorder: 1, seed: 0 };
const DISORDER: Faults = Faults { loss: 0, corruption: 0, disorder: 4, seed: 0 };
const ALL: Faults = Faults { loss: 5, corruption: 5, disorder: 4, seed: 0 };

#[test]
fn over_cables_that_lose_corrupt_and_reorder() {
    for faults in [LOSS, CORRUPTION, DISORDER, ALL] {
        for ipv6 in [false, true] {
            let failed = failures(faults, ipv6, 5);
            assert!(failed.is_empty(), "{faults:?}, IPv6 {ipv6}: {failed:#?}");
        }
    }
}

#[test]
#[ignore = "20 seconds: cargo test --release -- --ignored"]
fn over_200_bad_cables_of_each_kind() {
    let mut count = 0;
    for faults in [LOSS, CORRUPTION, DISORDER, ALL] {
        for ipv6 in [false, true] {
            let failed = failures(faults, ipv6, 200);
            println!("{faults:?}, IPv6 {ipv6}: {} of 200 failed", failed.len());
            println!("{failed:#?}");
            count += failed.len();
        }
    }
    assert_eq!(count, 0);
}
#[test]
#[ignore]
fn one() {
    let n = |v: &str| std::env::var(v).unwrap().parse::<u32>().unwrap();
    let faults = Faults { seed: n("SEED"), loss: n("LOSS") as u8, corruption: n("CORR") as u8, disorder: n("DIS") as usize };
    let mut cable = Cable::new([8, 8], 3).with(faults);
    cable.ipv6 = n("V6") == 1;
    let report = check_stack(&mut cable);
    eprintln!("{report}");
}
