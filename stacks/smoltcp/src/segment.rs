//! TCP segments, read where they lie in a frame.

use smoltcp::phy::{ChecksumCapabilities, Medium};
use smoltcp::wire::{IpAddress, Ipv4Packet, Ipv6Packet, TcpPacket};

/// Ethernet's header.
const ETHERNET: usize = 14;
const TCP: u8 = 6;

/// A TCP segment as everybody sends it: in IPv4 without options, or in IPv6 without extension headers.
pub(crate) struct Segment<'f> {
    packet: &'f [u8],
    /// Both addresses and both ports, which lie side by side: the same in each segment of a client.
    pub(crate) flow: &'f [u8],
    flags: u8,
}

impl<'f> Segment<'f> {
    pub(crate) fn of(frame: &'f [u8], medium: Medium) -> Option<Self> {
        let packet = match (medium, frame.get(12..ETHERNET)) {
            (Medium::Ethernet, Some([0x08, 0x00] | [0x86, 0xdd])) => frame.get(ETHERNET..)?,
            (Medium::Ip, _) => frame,
            _ => return None,
        };
        let (protocol, flow, flags) = match packet.first()? {
            0x45 => (packet.get(9)?, packet.get(12..24)?, packet.get(33)?),
            0x60..=0x6f => (packet.get(6)?, packet.get(8..44)?, packet.get(53)?),
            _ => return None,
        };
        (*protocol == TCP).then_some(Self { packet, flow, flags: *flags })
    }

    /// Whether it is a client's first: SYN without ACK.
    pub(crate) fn is_syn(&self) -> bool {
        self.flags & 0b1_0110 == 0b0_0010
    }

    pub(crate) fn is_reset(&self) -> bool {
        self.flags & 0b0_0100 != 0
    }

    /// The port that it is for.
    pub(crate) fn port(&self) -> Option<u16> {
        self.flow.last_chunk().copied().map(u16::from_be_bytes)
    }

    /// The sender's address.
    pub(crate) fn source(&self) -> Option<&'f [u8]> {
        self.flow.get(..self.flow.len() / 2 - 2)
    }

    /// Whether smoltcp would not throw it away: it is whole, and its checksums are right.
    pub(crate) fn is_sound(&self, checksum: &ChecksumCapabilities) -> bool {
        let sound = || {
            let (from, to, segment): (IpAddress, IpAddress, _) = if self.packet.first()? == &0x45 {
                let packet = Ipv4Packet::new_checked(self.packet).ok()?;
                let whole = packet.frag_offset() == 0 && !packet.more_frags();
                let sound = whole && (!checksum.ipv4.rx() || packet.verify_checksum());
                let payload = sound.then(|| packet.payload())?;
                (packet.src_addr().into(), packet.dst_addr().into(), payload)
            } else {
                let packet = Ipv6Packet::new_checked(self.packet).ok()?;
                (packet.src_addr().into(), packet.dst_addr().into(), packet.payload())
            };
            let segment = TcpPacket::new_checked(segment).ok()?;
            Some(!checksum.tcp.rx() || segment.verify_checksum(&from, &to))
        };
        sound().unwrap_or_default()
    }
}
