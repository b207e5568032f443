/// Ethernet's header, IPv4's without options, TCP's longest.
pub(crate) const LONGEST: usize = 14 + 20 + 60;

const ETHERNET: usize = 14;
const IPV4: [u8; 2] = [0x08, 0x00];
const TCP: u8 = 6;
const FIN_SYN_RST_ACK: u8 = 0x17;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;

/// A client: its address and port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client {
    pub(crate) address: [u8; 4],
    pub(crate) port: u16,
}

/// What a frame is, for those who look after newcomers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    /// A SYN: a newcomer.
    Syn(Client),
    /// A reset: somebody has given up.
    Reset(Client),
}

impl Segment {
    /// What a frame to this port is, if it is one of these.
    pub(crate) fn of(frame: &[u8], port: u16) -> Option<Self> {
        let packet = frame.get(ETHERNET..)?;
        let (&version, &[offset, rest]) = (packet.first()?, packet.get(6..)?.first_chunk()?);
        let is_tcp = frame.get(12..14)? == IPV4 && version >> 4 == 4 && *packet.get(9)? == TCP;
        let is_whole = offset << 2 == 0 && rest == 0;
        let segment = packet.get(usize::from(version & 15) * 4..)?;
        let &[from_high, from_low, to_high, to_low] = segment.first_chunk::<4>()?;
        if !is_tcp || !is_whole || u16::from_be_bytes([to_high, to_low]) != port {
            return None;
        }
        let address = *packet.get(12..)?.first_chunk()?;
        let client = Client { address, port: u16::from_be_bytes([from_high, from_low]) };
        let flags = *segment.get(13)? & FIN_SYN_RST_ACK;
        match flags {
            SYN => Some(Self::Syn(client)),
            _ if flags & RST != 0 => Some(Self::Reset(client)),
            _ => None,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A frame from this client to this port, with these flags.
    pub(crate) fn frame(client: Client, port: u16, flags: u8) -> [u8; 54] {
        let mut frame = [0; 54];
        frame[12..14].copy_from_slice(&IPV4);
        (frame[14], frame[23], frame[47]) = (0x45, TCP, flags);
        frame[26..30].copy_from_slice(&client.address);
        // Its hardware address is made of that.
        frame[6..10].copy_from_slice(&client.address);
        frame[34..36].copy_from_slice(&client.port.to_be_bytes());
        frame[36..38].copy_from_slice(&port.to_be_bytes());
        frame
    }

    pub(crate) fn syn(client: Client) -> [u8; 54] {
        frame(client, 80, SYN)
    }

    pub(crate) fn reset(client: Client) -> [u8; 54] {
        frame(client, 80, RST)
    }

    const CLIENT: Client = Client { address: [10, 0, 2, 2], port: 0x1234 };

    #[test]
    fn what_concerns_a_newcomer_is_a_syn_or_a_reset_to_the_port() {
        for (port, flags, segment) in [
            (80, SYN, Some(Segment::Syn(CLIENT))),
            (80, SYN | 0xc0, Some(Segment::Syn(CLIENT))),
            (80, RST, Some(Segment::Reset(CLIENT))),
            (80, RST | 0x10, Some(Segment::Reset(CLIENT))),
            (80, SYN | 0x10, None),
            (80, 0x10, None),
            (81, SYN, None),
        ] {
            assert_eq!(Segment::of(&frame(CLIENT, port, flags), 80), segment, "{port} {flags:#x}");
        }
    }

    #[test]
    fn what_is_cut_or_a_fragment_is_none() {
        let whole = syn(CLIENT);
        for length in 0..48 {
            assert_eq!(Segment::of(&whole[..length], 80), None, "{length}");
        }
        let mut fragment = whole;
        fragment[20] = 0x20;
        assert_eq!(Segment::of(&fragment, 80), None);
    }
}
