use heapless::Vec;
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken};
use smoltcp::time::Instant;
use smoltcp::wire::{
    EthernetFrame, EthernetProtocol, IpProtocol, IpVersion, Ipv4Packet, Ipv6Packet, TcpPacket,
};

use crate::stack::MAX_PORTS;

/// A device that keeps back clients for whom no socket is left.
///
/// smoltcp answers a SYN for which no socket listens with a reset, and the client gives up. If it hears
/// nothing instead, it knocks again after a second, when another client may have gone.
pub(crate) struct Gate<D> {
    pub(crate) device: D,
    /// Ports that are listened on, but where no socket listens at the moment.
    pub(crate) full: Vec<u16, MAX_PORTS>,
    /// Whether there may be segments that are not sent yet: nobody has tried, or the device had no room.
    pub(crate) unsent: bool,
}

impl<D: Device> Device for Gate<D> {
    type RxToken<'a>
        = Checked<'a, D::RxToken<'a>>
    where
        Self: 'a;
    type TxToken<'a>
        = D::TxToken<'a>
    where
        Self: 'a;

    fn receive(&mut self, now: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        let medium = self.device.capabilities().medium;
        let (frame, room) = self.device.receive(now)?;
        Some((Checked { frame, medium, full: &self.full }, room))
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

/// A frame that is let in unless it is a SYN for a port where no socket is left.
pub(crate) struct Checked<'a, T> {
    frame: T,
    medium: Medium,
    full: &'a [u16],
}

impl<T: RxToken> RxToken for Checked<'_, T> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        let Self { frame, medium, full } = self;
        frame.consume(|bytes| {
            // An empty frame is passed over.
            let kept_back =
                !full.is_empty() && syn_for(bytes, medium).is_some_and(|port| full.contains(&port));
            f(if kept_back { &[] } else { bytes })
        })
    }
}

/// The port that a frame wants to connect to, if it is a SYN.
fn syn_for(bytes: &[u8], medium: Medium) -> Option<u16> {
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
    let segment = match IpVersion::of_packet(packet).ok()? {
        IpVersion::Ipv4 => {
            let packet = Ipv4Packet::new_checked(packet).ok()?;
            let whole = packet.frag_offset() == 0 && packet.next_header() == IpProtocol::Tcp;
            whole.then(|| packet.payload())?
        }
        IpVersion::Ipv6 => {
            let packet = Ipv6Packet::new_checked(packet).ok()?;
            (packet.next_header() == IpProtocol::Tcp).then(|| packet.payload())?
        }
    };
    let segment = TcpPacket::new_checked(segment).ok()?;
    (segment.syn() && !segment.ack()).then(|| segment.dst_port())
}
