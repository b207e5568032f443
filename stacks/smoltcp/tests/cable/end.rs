use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetFrame, EthernetProtocol};

use super::Faults;

type Wire = Rc<RefCell<VecDeque<Frame>>>;

#[derive(Debug, Clone)]
pub struct Frame {
    bytes: Vec<u8>,
    corrupted: bool,
}

/// One end of a cable: a network adapter, with the faults that the test gives it.
///
/// smoltcp's `FaultInjector` would do but for one thing: what it corrupts before sending is written over.
pub struct End {
    /// Frames on their way to this end.
    pub incoming: Wire,
    pub outgoing: Wire,
    medium: Medium,
    faults: Faults,
}

/// Both ends of a cable.
pub fn ends() -> (End, End) {
    both(Medium::Ethernet)
}

/// Both ends of a line that carries IP packets without Ethernet's header.
pub fn serial_ends() -> (End, End) {
    both(Medium::Ip)
}

fn both(medium: Medium) -> (End, End) {
    let (there, back) = (Wire::default(), Wire::default());
    let end = |incoming: &Wire, outgoing: &Wire| End {
        incoming: Rc::clone(incoming),
        outgoing: Rc::clone(outgoing),
        medium,
        faults: Faults::default(),
    };
    (end(&back, &there), end(&there, &back))
}

impl Frame {
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn cut(&mut self, length: usize) {
        self.bytes.truncate(length);
    }

    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl End {
    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// Pulls the plug, or puts it in again.
    pub fn set_plugged(&mut self, plugged: bool) {
        self.faults.loss = if plugged { 0 } else { 100 };
    }

    /// A new adapter at the same end of the cable.
    pub fn another(&self) -> Self {
        let (incoming, outgoing) = (Rc::clone(&self.incoming), Rc::clone(&self.outgoing));
        Self { incoming, outgoing, medium: self.medium, faults: Faults::default() }
    }

    pub fn medium(&self) -> Medium {
        self.medium
    }

    /// A number below `limit`, by xorshift32.
    fn chance(&mut self, limit: usize) -> usize {
        let seed = &mut self.faults.seed;
        *seed = (*seed).max(1);
        *seed ^= *seed << 13;
        *seed ^= *seed >> 17;
        *seed ^= *seed << 5;
        usize::try_from(*seed >> 8).unwrap() % limit.max(1)
    }

    /// What becomes of a frame at this end.
    fn pass(&mut self, mut frame: Frame) -> Option<Frame> {
        if self.chance(100) < self.faults.loss.into() {
            return None;
        }
        // ARP has no checksum, and relies on Ethernet's. TCP's misses two bits of opposite value in the same
        // column: so one at most is turned over.
        let is_arp = self.medium == Medium::Ethernet
            && EthernetFrame::new_unchecked(&frame.bytes[..]).ethertype() == EthernetProtocol::Arp;
        if self.chance(100) < self.faults.corruption.into() && !is_arp && !frame.corrupted {
            let (index, bit) = (self.chance(frame.bytes.len()), self.chance(8));
            frame.bytes[index] ^= 1 << bit;
            frame.corrupted = true;
        }
        Some(frame)
    }
}

pub struct Received(Frame);

pub struct Sending<'e>(&'e mut End);

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0.bytes)
    }
}

impl TxToken for Sending<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut frame = Frame { bytes: vec![0; len], corrupted: false };
        let result = f(&mut frame.bytes);
        if let Some(frame) = self.0.pass(frame) {
            self.0.outgoing.borrow_mut().push_back(frame);
        }
        result
    }
}

impl Device for End {
    type RxToken<'t> = Received;
    type TxToken<'t> = Sending<'t>;

    fn receive(&mut self, _: Instant) -> Option<(Received, Sending<'_>)> {
        loop {
            let waiting = self.incoming.borrow().len();
            let choice = self.chance(self.faults.disorder.min(waiting));
            let frame = self.incoming.borrow_mut().remove(choice)?;
            if let Some(frame) = self.pass(frame) {
                return Some((Received(frame), Sending(self)));
            }
        }
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending<'_>> {
        Some(Sending(self))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.max_transmission_unit = 1514;
        capabilities.medium = self.medium;
        capabilities
    }
}
