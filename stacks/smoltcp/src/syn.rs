//! SYNs that wait for a socket.

use heapless::Vec;
use smoltcp::phy::{DeviceCapabilities, Medium};
use smoltcp::time::{Duration, Instant};

use crate::neighbor;
use crate::segment::Segment;

/// The most ports that can be listened on at once.
pub(crate) const MAX_PORTS: usize = 4;
/// Ethernet's header, IPv6's, and TCP's longest.
const LONGEST: usize = 14 + 40 + 60;
/// A client that has not sent its SYN again for this time is no longer waited for.
///
/// Linux sends it again after 1, 3, 7, 15 and 31 seconds, QEMU's network after 6 and 18.
const SYN_TIMEOUT: Duration = Duration::from_secs(30);

/// So many clients are considered to give their place to another. With all, a flood would take more time.
const CONSIDERED: usize = 4;

/// Room for one client that waits for a socket: its SYN as it came. It takes 128 bytes.
#[derive(Debug, Clone, Copy)]
pub struct SynStorage {
    frame: [u8; LONGEST],
    /// So long is the frame; 0 if nobody waits.
    length: u8,
    /// Whether smoltcp knows the client's hardware address.
    advertised: bool,
    /// Its place in the order of all that have come.
    turn: u32,
    /// When the client has sent its SYN last.
    last_syn: Instant,
}

const _: () = assert!(size_of::<SynStorage>() <= 128);

impl SynStorage {
    /// Nobody waits here.
    pub const EMPTY: Self = Self {
        frame: [0; LONGEST],
        length: 0,
        advertised: false,
        turn: 0,
        last_syn: Instant::ZERO,
    };

    fn frame(&self) -> &[u8] {
        self.frame.get(..self.length.into()).unwrap_or_default()
    }

    /// Hands smoltcp what it has to receive next: the client's hardware address, then the SYN, and the place is free.
    pub(crate) fn deliver<R>(&mut self, f: impl FnOnce(&[u8]) -> R) -> R {
        let mut room = [0; neighbor::LONGEST];
        let result = f(if self.advertised {
            self.frame()
        } else {
            neighbor::advertisement(self.frame(), &mut room).unwrap_or_default()
        });
        if self.advertised {
            self.length = 0;
        }
        self.advertised = true;
        result
    }

    fn is_free(&self, now: Instant) -> bool {
        self.length == 0 || now - self.last_syn >= SYN_TIMEOUT
    }
}

/// Clients for whom there was no socket, and the ports for which they wait.
pub(crate) struct SynQueue<'a> {
    pub(crate) places: &'a mut [SynStorage],
    /// The ports that are listened on.
    pub(crate) ports: Vec<u16, MAX_PORTS>,
    /// Those of them where no socket listens at the moment.
    pub(crate) full: Vec<u16, MAX_PORTS>,
    /// Those of the device.
    pub(crate) capabilities: DeviceCapabilities,
    /// So many SYNs were to be remembered; it wraps.
    arrivals: u32,
    /// Nobody waits, so that there is nothing to look for.
    empty: bool,
}

impl SynQueue<'_> {
    /// A queue with no places.
    pub(crate) fn new(capabilities: DeviceCapabilities) -> Self {
        let (ports, full) = (Vec::new(), Vec::new());
        Self { places: &mut [], ports, full, capabilities, arrivals: 0, empty: true }
    }

    /// Whether every SYN comes this way: smoltcp is then told the client's hardware address before, for which it
    /// would ask, but no more than one client a second.
    pub(crate) fn advertises(&self) -> bool {
        self.capabilities.medium == Medium::Ethernet && !self.places.is_empty()
    }

    /// Remembers a SYN if there is room. That of a client who waits already takes the place of the one before.
    pub(crate) fn remember(&mut self, syn: &[u8], segment: &Segment<'_>, now: Instant) -> bool {
        self.arrivals = self.arrivals.wrapping_add(1);
        let known = self.find(segment);
        let Some(index) = known.or_else(|| self.room_for(syn, now)) else { return false };
        let Some(place) = self.places.get_mut(index) else { return false };
        let Some(room) = place.frame.get_mut(..syn.len()) else { return false };
        let Ok(length) = syn.len().try_into() else { return false };
        room.copy_from_slice(syn);
        (place.length, place.last_syn) = (length, now);
        place.advertised = self.capabilities.medium != Medium::Ethernet;
        if known.is_none() {
            place.turn = self.arrivals;
        }
        self.empty = false;
        true
    }

    /// Forgets the client that has sent this segment, if it waits.
    pub(crate) fn forget(&mut self, segment: &Segment<'_>) {
        if let Some(place) = self.find(segment).and_then(|index| self.places.get_mut(index)) {
            place.length = 0;
        }
    }

    /// Who has waited longest, of those whose port is not full.
    pub(crate) fn next(&mut self, now: Instant) -> Option<usize> {
        if self.empty {
            return None;
        }
        self.empty = true;
        let mut next = None;
        for (index, place) in self.places.iter().enumerate() {
            if place.is_free(now) {
                continue;
            }
            self.empty = false;
            let waited = self.arrivals.wrapping_sub(place.turn);
            let ready = self.port(place).is_some_and(|port| !self.full.contains(&port));
            if ready && next.is_none_or(|(most, _)| waited > most) {
                next = Some((waited, index));
            }
        }
        next.map(|(_, index)| index)
    }

    /// Whether somebody waits for the port, as far as one can know.
    pub(crate) fn has_client_for(&self, port: u16, now: Instant) -> bool {
        let waits = |place: &SynStorage| !place.is_free(now) && self.port(place) == Some(port);
        self.places.is_empty() || (!self.empty && self.places.iter().any(waits))
    }

    /// A free place. If there is none, one of a sender that has more of them than this one would have: so a
    /// flood of one sender does not keep out the others. Of all places, others are considered each time.
    fn room_for(&self, syn: &[u8], now: Instant) -> Option<usize> {
        if syn.len() > LONGEST {
            return None;
        }
        let free = self.places.iter().position(|place| place.is_free(now));
        free.or_else(|| {
            let held = |sender| {
                let same = |place: &&SynStorage| self.sender(place.frame()) == sender;
                self.places.iter().filter(same).count()
            };
            let own = held(self.sender(syn));
            let first = usize::try_from(self.arrivals).ok()?.wrapping_mul(CONSIDERED);
            let mut considered = (0..CONSIDERED)
                .filter_map(|next| first.wrapping_add(next).checked_rem(self.places.len()));
            considered.find(|index| {
                let place = self.places.get(*index);
                place.is_some_and(|place| held(self.sender(place.frame())) > own + 1)
            })
        })
    }

    fn find(&self, segment: &Segment<'_>) -> Option<usize> {
        if self.empty {
            return None;
        }
        let same = |place: &SynStorage| {
            self.segment(place).is_some_and(|waiting| waiting.flow == segment.flow)
        };
        self.places.iter().position(same)
    }

    /// The SYN that waits in a place.
    fn segment<'p>(&self, place: &'p SynStorage) -> Option<Segment<'p>> {
        Segment::of(place.frame(), self.capabilities.medium)
    }

    /// The port that a client waits for.
    fn port(&self, place: &SynStorage) -> Option<u16> {
        self.segment(place)?.port()
    }

    /// Whom a frame is from: Ethernet's address, which is harder to make up than the packet's; or else that.
    fn sender<'f>(&self, frame: &'f [u8]) -> Option<&'f [u8]> {
        if self.capabilities.medium == Medium::Ethernet {
            return frame.get(6..12);
        }
        Segment::of(frame, self.capabilities.medium)?.source()
    }
}
