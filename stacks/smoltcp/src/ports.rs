//! Ephemeral ports.

use smoltcp::time::Instant;
use smoltcp::wire::IpEndpoint;

/// Ports from 49152 on, in an order that one who sees some of them cannot go on with.
///
/// For each remote address the order is another, as RFC 6056, 3.3.3 advises; and no port comes twice
/// before all 16,384 have come, so none meets what the peer remembers of the connection before.
pub(crate) struct Ports {
    key: [u32; 2],
    count: u16,
}

/// The ports are a number of so many bits, and the rest is ones.
const BITS: u32 = 14;
const HALF: u32 = (1 << (BITS / 2)) - 1;

impl Ports {
    pub(crate) fn new(seed: u32) -> Self {
        Self { key: [seed, !seed], count: 0 }
    }

    /// The next one, for a connection to `remote` if that is known.
    pub(crate) fn next(&mut self, remote: Option<IpEndpoint>, now: Instant) -> u16 {
        if self.count.trailing_zeros() >= BITS {
            // The first port, or all have come: the clock makes the seed harder to guess.
            let [low, high] = halves(now.total_micros().cast_unsigned());
            self.key = [hash(self.key, [low, high, 0]), hash(self.key, [low, high, 1])];
        }
        let tweak = remote.map_or(0, |remote| fold(self.key, remote));
        let count = u32::from(self.count) & ((1 << BITS) - 1);
        self.count = self.count.wrapping_add(1);
        // A Feistel network: whatever the hash is, two counts never give the same port.
        let (mut left, mut right) = (count >> (BITS / 2), count & HALF);
        for round in 0..4 {
            (left, right) = (right, left ^ (hash(self.key, [tweak, round, right]) & HALF));
        }
        let [low, high, ..] = ((left << (BITS / 2)) | right).to_le_bytes();
        0xc000 | u16::from_le_bytes([low, high])
    }
}

/// The lower and the upper half.
fn halves(long: u64) -> [u32; 2] {
    let half = |long: u64| u32::try_from(long & u64::from(u32::MAX)).unwrap_or_default();
    [half(long), half(long >> 32)]
}

fn fold(key: [u32; 2], remote: IpEndpoint) -> u32 {
    let octets = match core::net::IpAddr::from(remote.addr) {
        core::net::IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        core::net::IpAddr::V6(address) => address.octets(),
    };
    octets.chunks_exact(4).fold(u32::from(remote.port), |folded, word| {
        let word = word.iter().fold(0, |word, octet| (word << 8) | u32::from(*octet));
        hash(key, [folded, word, 2])
    })
}

/// HalfSipHash-2-4 of three words: with an unknown key, its values tell nothing of others.
fn hash(key: [u32; 2], words: [u32; 3]) -> u32 {
    let [k0, k1] = key;
    let mut v = [k0, k1, k0 ^ 0x6c79_6765, k1 ^ 0x7465_6462];
    let length = 12 << 24;
    for word in words.into_iter().chain([length]) {
        v[3] ^= word;
        v = sip_round(sip_round(v));
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    let [_, second, _, fourth] = sip_round(sip_round(sip_round(sip_round(v))));
    second ^ fourth
}

fn sip_round([mut a, mut b, mut c, mut d]: [u32; 4]) -> [u32; 4] {
    a = a.wrapping_add(b);
    b = b.rotate_left(5) ^ a;
    a = a.rotate_left(16);
    c = c.wrapping_add(d);
    d = d.rotate_left(8) ^ c;
    a = a.wrapping_add(d);
    d = d.rotate_left(7) ^ a;
    c = c.wrapping_add(b);
    b = b.rotate_left(13) ^ c;
    c = c.rotate_left(16);
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEAR: Option<IpEndpoint> =
        Some(IpEndpoint { addr: smoltcp::wire::IpAddress::v4(10, 0, 0, 1), port: 80 });
    const FAR: Option<IpEndpoint> =
        Some(IpEndpoint { addr: smoltcp::wire::IpAddress::v4(10, 0, 0, 2), port: 80 });

    #[test]
    fn the_hash_is_that_of_its_authors() {
        // The bytes 0 to 11 with the key 0 to 7.
        let (key, words) = ([0x0302_0100, 0x0706_0504], [0x0302_0100, 0x0706_0504, 0x0b0a_0908]);
        assert_eq!(hash(key, words), 0x2f87_f057);
    }

    #[test]
    fn every_port_comes_once_before_any_comes_again() {
        let mut ports = Ports::new(7);
        for _ in 0..2 {
            let mut seen = [false; 1 << BITS];
            for _ in 0..1 << BITS {
                let port = ports.next(NEAR, Instant::ZERO);
                assert!(port >= 49_152);
                let seen = &mut seen[usize::from(port - 49_152)];
                assert!(!*seen, "{port}");
                *seen = true;
            }
        }
    }

    #[test]
    fn the_order_depends_on_seed_clock_and_peer() {
        let orders = [(1, 0, NEAR), (2, 0, NEAR), (1, 1, NEAR), (1, 0, FAR), (1, 0, None)];
        let orders = orders.map(|(seed, micros, remote)| {
            let mut ports = Ports::new(seed);
            [(); 8].map(|()| ports.next(remote, Instant::from_micros(micros)))
        });
        for (n, order) in orders.iter().enumerate() {
            assert!(orders.iter().skip(n + 1).all(|other| other != order));
        }
    }

    #[test]
    fn steps_between_ports_are_no_more_alike_than_by_chance() {
        let mut ports = Ports::new(1);
        let mut steps = [0_u8; 1 << BITS];
        let mut last = ports.next(NEAR, Instant::ZERO);
        for _ in 0..2_000 {
            let port = ports.next(NEAR, Instant::ZERO);
            steps[usize::from(port.wrapping_sub(last)) & ((1 << BITS) - 1)] += 1;
            last = port;
        }
        // 2,000 of 16,384: by chance, that a step comes 8 times happens once in a million.
        assert!(steps.iter().all(|count| *count < 8));
    }
}
