use smoltcp::phy::{Device, DeviceCapabilities, RxToken};
use smoltcp::time::Instant;

use crate::segment::Segment;
use crate::syn::{SynQueue, SynStorage};

/// A device that keeps back clients for whom no socket is left, and lets them in when there is one.
///
/// smoltcp answers a SYN for which no socket listens with a reset, and the client gives up. If nothing
/// is answered, it waits, and sends its SYN again after a second.
pub(crate) struct SynFilter<'a, D> {
    pub(crate) device: D,
    pub(crate) queue: SynQueue<'a>,
    /// Whether there may be segments that are not sent yet: nobody has tried, or the device had no room.
    pub(crate) unsent: bool,
}

impl<'a, D: Device> Device for SynFilter<'a, D> {
    type RxToken<'t>
        = Arrival<'t, 'a, D::RxToken<'t>>
    where
        Self: 't;
    type TxToken<'t>
        = D::TxToken<'t>
    where
        Self: 't;

    fn receive(&mut self, now: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        if let Some(index) = self.queue.next(now) {
            let room = self.device.transmit(now)?;
            return Some((Arrival::Waited(self.queue.places.get_mut(index)?), room));
        }
        let (frame, room) = self.device.receive(now)?;
        Some((Arrival::New { frame, queue: &mut self.queue, now }, room))
    }

    fn transmit(&mut self, now: Instant) -> Option<Self::TxToken<'_>> {
        let room = self.device.transmit(now);
        self.unsent |= room.is_none();
        room
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.device.capabilities()
    }
}

/// A frame that comes in.
pub(crate) enum Arrival<'t, 'a, T> {
    /// From the device: if it is a SYN for a port where no socket is left, it has to wait.
    New { frame: T, queue: &'t mut SynQueue<'a>, now: Instant },
    /// A SYN that has waited.
    Waited(&'t mut SynStorage),
}

impl<T: RxToken> RxToken for Arrival<'_, '_, T> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        match self {
            Self::New { frame, queue, now } => frame.consume(|bytes| {
                // An empty frame is passed over.
                f(if has_to_wait(bytes, queue, now) { &[] } else { bytes })
            }),
            Self::Waited(syn) => syn.deliver(f),
        }
    }
}

/// Whether a frame is a SYN that has to wait for a socket or, remembered, only for its turn.
#[inline(never)] // what it needs of the stack is free again before smoltcp looks at the frame
fn has_to_wait(bytes: &[u8], queue: &mut SynQueue<'_>, now: Instant) -> bool {
    let Some(segment) = Segment::of(bytes, queue.capabilities.medium) else { return false };
    if segment.is_reset() {
        queue.forget(&segment);
    }
    // A corrupted one must not take the place of a good one.
    if !segment.is_syn() || !segment.is_sound(&queue.capabilities.checksum) {
        return false;
    }
    let is_for = |ports: &[u16]| segment.port().is_some_and(|port| ports.contains(&port));
    let full = is_for(&queue.full);
    let advertises = queue.advertises() && is_for(&queue.ports);
    let remembered = (full || advertises) && queue.remember(bytes, &segment, now);
    full || remembered
}
