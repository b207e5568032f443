use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetFrame, EthernetProtocol};

use super::Faults;

pub type Wire = Rc<RefCell<VecDeque<Vec<u8>>>>;

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
    fn pass(&mut self, mut frame: Vec<u8>) -> Option<Vec<u8>> {
        let lost = self.chance(100) < self.faults.loss.into();
        if std::env::var("TRACE").is_ok() { eprintln!("{:?} {}{}", std::thread::current().id(), if lost {"LOST "} else {""}, smoltcp::wire::PrettyPrinter::<EthernetFrame<&[u8]>>::new("", &&frame[..])); }
        if lost {
            return None;
        }
        // ARP has no checksum of its own, and relies on Ethernet's.
        let may_be_checked = self.medium == Medium::Ip
            || EthernetFrame::new_unchecked(&frame[..]).ethertype() != EthernetProtocol::Arp;
        if may_be_checked && self.chance(100) < self.faults.corruption.into() {
            let (index, bit) = (self.chance(frame.len()), self.chance(8));
            frame[index] ^= 1 << bit;
        }
        Some(frame)
    }
}

pub struct Received(Vec<u8>);

pub struct Sending<'e>(&'e mut End);

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl TxToken for Sending<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut frame = vec![0; len];
        let result = f(&mut frame);
        if let Some(frame) = self.0.pass(frame) {
            self.0.outgoing.borrow_mut().push_back(frame);
        }
        result
    }
}

impl Device for End {
    type RxToken<'t> = Received;
    type TxToken<'t> = Sending<'t>;

    fn receive(&mut self, now: Instant) -> Option<(Received, Sending<'_>)> { if std::env::var("TRACE").is_ok() && !self.incoming.borrow().is_empty() {eprintln!("{now} rx");}
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
