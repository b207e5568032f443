use core::net::{IpAddr, Ipv6Addr};

use crate::server::{Failure, Request};
use crate::wire::Status;

/// How often a peer may ask: `burst` times at once, and then once in each interval. It knows `N` peers, 12 bytes each; it lives in the
/// application.
///
/// A peer is an IPv4 address, or the first 64 bits of an IPv6 address, since whoever has one such address has all of
/// them (RFC 6177).
///
/// ```
/// use nal_http::server::guards::RateLimit;
/// use nal_http::server::{Group, Route, Site};
///
/// struct App {
///     /// Of 16 peers: 10 requests at once, then one every 500 ms.
///     limit: RateLimit<16>,
/// }
///
/// const ALL: &Group<App> = &Group::new(&[Route::get("/", |_, _, reply| reply.text("301"))])
///     .guard(|app, request| app.limit.check(request));
/// const SITE: Site<App> = Site::new(&[Route::group("/", ALL)]);
/// # let _ = SITE;
///
/// let mut app = App { limit: RateLimit::new(10, 500) };
/// # assert_eq!(nal_http::testing::TestClient::new(SITE).get(&mut app, "/").text(), "301");
/// ```
///
/// # More peers than places
/// A peer that is new takes the place of one that may ask as if it never had; of those, of the one that has asked least lately.
/// If there is none, of the one that is nearest to that: it is let pass more often than it should, and those that ask most are
/// kept in check. So whoever has more than `N` addresses is not limited by this, but by the
/// [server's own rules](crate::server#safety-on-a-hostile-network).
#[derive(Debug, Clone)]
pub struct RateLimit<const N: usize> {
    peers: [Peer; N],
    interval_ms: u32,
    /// So much a peer may be ahead of one request in each interval.
    most_ms: u32,
}

/// A token bucket as one number: when it will be full again (the generic cell rate algorithm).
#[derive(Debug, Clone, Copy)]
struct Peer {
    network: [u32; 2],
    full_ms: u32,
}

impl<const N: usize> RateLimit<N> {
    /// `burst` requests at once, then one in each interval. Made in a `const` or a `static`, what cannot work does not compile.
    ///
    /// # Panics
    /// There is no peer, no request or no time; or the burst takes more than 12 days to come back.
    #[must_use]
    pub const fn new(burst: u16, interval_ms: u32) -> Self {
        assert!(
            N > 0 && burst > 0 && interval_ms > 0,
            "a rate limit lets pass something, and not all"
        );
        let most_ms = interval_ms.saturating_mul(burst as u32);
        assert!(most_ms < 1 << 30, "the burst of a rate limit comes back within 12 days");
        Self { peers: [Peer { network: [0; 2], full_ms: 0 }; N], interval_ms, most_ms }
    }

    /// Counts a request of its peer.
    ///
    /// # Errors
    /// A failure with status 429 and `Retry-After` (RFC 6585 section 4), if it is one too many; then it is not counted.
    pub fn check<T>(&mut self, request: &Request<'_, T>) -> Result<(), Failure> {
        self.take(request.peer().ip(), request.now_ms()).map_err(|wait_ms| {
            Failure::new(Status::TOO_MANY_REQUESTS, "too many requests")
                .retry_after(wait_ms.div_ceil(1_000))
        })
    }

    /// The same of anything that a peer does, such as to give a wrong password; `now_ms` is the time of any clock in ms, which may
    /// wrap around.
    ///
    /// # Errors
    /// It is one too many: after so many milliseconds it is not.
    pub fn take(&mut self, peer: IpAddr, now_ms: u32) -> Result<(), u32> {
        let (network, most_ms) = (network(peer), self.most_ms);
        // More than there can be: it was full long ago.
        let owes = |peer: &Peer| {
            let ms = peer.full_ms.wrapping_sub(now_ms);
            if ms > most_ms { 0 } else { ms }
        };
        let known = self.peers.iter_mut().find(|peer| peer.network == network);
        let (peer, owed_ms) = if let Some(peer) = known {
            let owed_ms = owes(peer);
            (peer, owed_ms)
        } else {
            let age = |peer: &Peer| u32::MAX - now_ms.wrapping_sub(peer.full_ms);
            let Some(peer) = self.peers.iter_mut().min_by_key(|peer| (owes(peer), age(peer)))
            else {
                return Ok(());
            };
            (peer, 0)
        };
        let owed_ms = owed_ms + self.interval_ms;
        if owed_ms > most_ms {
            return Err(owed_ms - most_ms);
        }
        *peer = Peer { network, full_ms: now_ms.wrapping_add(owed_ms) };
        Ok(())
    }
}

/// What peers are told apart by. An IPv4 address is in a network that no IPv6 address is in.
fn network(address: IpAddr) -> [u32; 2] {
    let of_ipv6 = |address: Ipv6Addr| {
        let bits = address.to_bits() >> 64;
        [bits >> 32, bits & 0xffff_ffff].map(|half| u32::try_from(half).unwrap_or_default())
    };
    match address.to_canonical() {
        IpAddr::V4(address) => [0xffff, address.to_bits()],
        IpAddr::V6(address) => of_ipv6(address),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_burst_and_then_one_in_each_interval() {
        for start in [0, 5_000, u32::MAX - 700, u32::MAX / 2] {
            let mut limit = RateLimit::<2>::new(3, 500);
            // ms, answer
            for (ms, expected) in [
                (0_u32, Ok(())),
                (0, Ok(())),
                (10, Ok(())),
                (10, Err(490)),
                (100, Err(400)),
                (499, Err(1)),
                (500, Ok(())),
                (500, Err(500)),
                (1_000, Ok(())),
                (1_600, Ok(())),
                (1_600, Err(400)),
                (10_000, Ok(())),
                (10_000, Ok(())),
                (10_000, Ok(())),
                (10_000, Err(500)),
            ] {
                let answer = limit.take(ip("192.168.4.2"), ms.wrapping_add(start));
                assert_eq!(answer, expected, "{start} {ms}");
            }
        }
    }

    #[test]
    fn whose_bucket_it_is() {
        for (first, second, is_one) in [
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("10.0.0.1", "::ffff:10.0.0.1", true),
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::", true),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
            ("fe80::1", "fe80::2", true),
            ("::1", "10.0.0.1", false),
        ] {
            let mut limit = RateLimit::<2>::new(1, 1_000);
            assert_eq!(limit.take(ip(first), 5), Ok(()));
            assert_eq!(limit.take(ip(second), 5).is_err(), is_one, "{first} {second}");
        }
    }

    #[test]
    fn who_owes_least_gives_up_its_place() {
        let mut limit = RateLimit::<2>::new(4, 1_000);
        for _ in 0..4 {
            assert_eq!(limit.take(ip("10.0.0.1"), 0), Ok(()));
        }
        for (peer, ms) in [("10.0.0.2", 0), ("10.0.0.3", 10), ("10.0.0.4", 20), ("10.0.0.5", 5_000)]
        {
            assert_eq!(limit.take(ip(peer), ms), Ok(()));
            let expected = if ms < 1_000 { Err(1_000 - ms) } else { Ok(()) };
            assert_eq!(limit.take(ip("10.0.0.1"), ms), expected, "it is not forgotten: {peer}");
        }
    }

    proptest! {
        /// Whatever comes when: of a peer that has its place, no more than a burst and one in each interval.
        #[test]
        fn no_more_than_that(
            burst in 1_u16..6, interval_ms in 1_u32..2_000, start: u32,
            steps in prop::collection::vec((0_u32..3_000, 0_u8..3), 1..60),
        ) {
            let mut limit = RateLimit::<3>::new(burst, interval_ms);
            let (mut now, mut passed) = (start, [const { std::vec::Vec::<u64>::new() }; 3]);
            let mut ms = 0_u64;
            for (pause, peer) in steps {
                (now, ms) = (now.wrapping_add(pause), ms + u64::from(pause));
                let address = IpAddr::from([10, 0, 0, peer]);
                let answer = limit.take(address, now);
                let times = &mut passed[usize::from(peer)];
                if answer.is_ok() {
                    times.push(ms);
                }
                for (index, since) in times.iter().enumerate() {
                    let most = u64::from(burst) + (ms - since) / u64::from(interval_ms);
                    prop_assert!((times.len() - index) as u64 <= most, "{times:?}");
                }
                if let Err(wait) = answer {
                    prop_assert!(wait > 0 && wait <= interval_ms);
                    prop_assert!(limit.clone().take(address, now.wrapping_add(wait - 1)).is_err());
                    prop_assert!(limit.clone().take(address, now.wrapping_add(wait)).is_ok());
                }
            }
        }
    }
}
