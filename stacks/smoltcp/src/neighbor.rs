//! The hardware addresses of clients.

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, EthernetFrame, EthernetProtocol, Icmpv6Packet, Icmpv6Repr,
    IpProtocol, Ipv4Packet, Ipv6Packet, Ipv6Repr, NdiscNeighborFlags, NdiscRepr,
};

/// The longest advertisement: Ethernet's header, IPv6's, and a neighbor advertisement with an address.
pub(crate) const LONGEST: usize = 14 + 40 + 32;

/// What the sender of a packet would answer if its hardware address were asked for (RFC 826, RFC 4861).
///
/// smoltcp believes it only of hosts of its own networks.
#[inline(never)] // what it needs of the stack is free again before smoltcp looks at the frame
pub(crate) fn advertisement<'r>(packet: &[u8], room: &'r mut [u8; LONGEST]) -> Option<&'r [u8]> {
    let from = EthernetFrame::new_checked(packet).ok()?;
    let mut frame = EthernetFrame::new_unchecked(&mut room[..]);
    frame.set_src_addr(from.src_addr());
    frame.set_dst_addr(from.dst_addr());
    let length = if from.ethertype() == EthernetProtocol::Ipv4 {
        let packet = Ipv4Packet::new_checked(from.payload()).ok()?;
        let answer = ArpRepr::EthernetIpv4 {
            operation: ArpOperation::Reply,
            source_hardware_addr: from.src_addr(),
            source_protocol_addr: packet.src_addr(),
            target_hardware_addr: from.dst_addr(),
            target_protocol_addr: packet.dst_addr(),
        };
        frame.set_ethertype(EthernetProtocol::Arp);
        answer.emit(&mut ArpPacket::new_unchecked(frame.payload_mut()));
        answer.buffer_len()
    } else {
        let packet = Ipv6Packet::new_checked(from.payload()).ok()?;
        let answer = Icmpv6Repr::Ndisc(NdiscRepr::NeighborAdvert {
            flags: NdiscNeighborFlags::SOLICITED,
            target_addr: packet.src_addr(),
            lladdr: Some(from.src_addr().into()),
        });
        let header = Ipv6Repr {
            src_addr: packet.src_addr(),
            dst_addr: packet.dst_addr(),
            next_header: IpProtocol::Icmpv6,
            payload_len: answer.buffer_len(),
            hop_limit: 255,
        };
        frame.set_ethertype(EthernetProtocol::Ipv6);
        let mut packet = Ipv6Packet::new_unchecked(frame.payload_mut());
        header.emit(&mut packet);
        answer.emit(
            &header.src_addr,
            &header.dst_addr,
            &mut Icmpv6Packet::new_unchecked(packet.payload_mut()),
            &ChecksumCapabilities::default(),
        );
        header.buffer_len() + header.payload_len
    };
    room.get(..EthernetFrame::<&[u8]>::header_len() + length)
}
