use heapless::Vec;
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken};
use smoltcp::time::Instant;
use smoltcp::wire::{
    EthernetFrame, EthernetProtocol, IpAddress, IpProtocol, IpVersion, Ipv4Packet, Ipv6Packet,
    TcpPacket,
};

use crate::syn::{SynQueue, SynStorage};

/// The most ports that can be listened on at once.
pub(crate) const MAX_PORTS: usize = 4;

/// A device that keeps back clients for whom no socket is left, and lets them in when there is one.
///
/// smoltcp answers a SYN for which no socket listens with a reset, and the client gives up. If it hears
/// nothing instead, it waits, and knocks again after a second.
pub(crate) struct Gate<'a, D> {
    pub(crate) device: D,
    /// Ports that are listened on, but where no socket listens at the moment.
    pub(crate) full: Vec<u16, MAX_PORTS>,
    pub(crate) waiting: SynQueue<'a>,
    /// Whether there may be segments that are not sent yet: nobody has tried, or the device had no room.
    pub(crate) unsent: bool,
}

impl<'a, D: Device> Device for Gate<'a, D> {
    type RxToken<'t>
        = Arrival<'t, 'a, D::RxToken<'t>>
    where
        Self: 't;
    type TxToken<'t>
        = D::TxToken<'t>
    where
        Self: 't;

    fn receive(&mut self, now: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        if let Some(index) = self.waiting.next(&self.full, now) {
            let room = self.device.transmit(now)?;
            return Some((Arrival::Waited(self.waiting.place(index)?), room));
        }
        let (frame, room) = self.device.receive(now)?;
        let Self { full, waiting, .. } = self;
        Some((Arrival::New { frame, full, waiting, now }, room))
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
    New { frame: T, full: &'t [u16], waiting: &'t mut SynQueue<'a>, now: Instant },
    /// A SYN that has waited.
    Waited(&'t mut SynStorage),
}

impl<T: RxToken> RxToken for Arrival<'_, '_, T> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        match self {
            Self::New { frame, full, waiting, now } => frame.consume(|bytes| {
                // An empty frame is passed over.
                f(if has_to_wait(bytes, full, waiting, now) { &[] } else { bytes })
            }),
            Self::Waited(syn) => syn.give(f),
        }
    }
}

/// Whether a frame is a SYN that has to wait for a socket or, remembered, only for its turn.
#[inline(never)] // what it needs of the stack is free again before smoltcp looks at the frame
fn has_to_wait(bytes: &[u8], full: &[u16], waiting: &mut SynQueue<'_>, now: Instant) -> bool {
    let introduces = waiting.introduces();
    if full.is_empty() && !(introduces && waiting.is_syn(bytes)) {
        return false;
    }
    let Some(segment) = tcp(bytes, &waiting.capabilities) else {
        return false;
    };
    if segment.rst() {
        waiting.forget(bytes);
        return false;
    }
    if segment.ack() {
        return false;
    }
    let full = full.contains(&segment.dst_port());
    let remembered = (full || introduces) && waiting.remember(bytes, now);
    full || remembered
}

/// The SYN or reset in a frame, if it is whole.
fn tcp<'f>(
    bytes: &'f [u8],
    DeviceCapabilities { medium, checksum, .. }: &DeviceCapabilities,
) -> Option<TcpPacket<&'f [u8]>> {
    let packet = match medium {
        Medium::Ethernet => {
            let frame = EthernetFrame::new_checked(bytes).ok()?;
            let ip = [EthernetProtocol::Ipv4, EthernetProtocol::Ipv6];
            ip.contains(&frame.ethertype()).then(|| frame.payload())?
        }
        Medium::Ip => bytes,
        #[allow(
            unreachable_patterns,
            reason = "smoltcp has other media if another crate wants them"
        )]
        _ => return None,
    };
    let (from, to, segment): (IpAddress, IpAddress, _) = match IpVersion::of_packet(packet).ok()? {
        IpVersion::Ipv4 => {
            let packet = Ipv4Packet::new_checked(packet).ok()?;
            let whole = packet.frag_offset() == 0 && packet.next_header() == IpProtocol::Tcp;
            let sound = whole && (!checksum.ipv4.rx() || packet.verify_checksum());
            let segment = sound.then(|| packet.payload())?;
            (packet.src_addr().into(), packet.dst_addr().into(), segment)
        }
        IpVersion::Ipv6 => {
            let packet = Ipv6Packet::new_checked(packet).ok()?;
            let segment = (packet.next_header() == IpProtocol::Tcp).then(|| packet.payload())?;
            (packet.src_addr().into(), packet.dst_addr().into(), segment)
        }
    };
    let segment = TcpPacket::new_checked(segment).ok()?;
    let concerns = segment.syn() || segment.rst();
    // smoltcp throws a corrupted one away; here it would take the place of a good one.
    let sound = concerns && (!checksum.tcp.rx() || segment.verify_checksum(&from, &to));
    sound.then_some(segment)
}
