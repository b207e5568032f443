use super::CloseCode;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Kind {
    /// UTF-8.
    Text,
    /// Any bytes.
    Binary,
}

pub(crate) const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;
/// The length is in the next two bytes.
const LENGTH_16: u8 = 126;
/// In the next eight.
const LENGTH_64: u8 = 127;

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

impl Kind {
    /// The first byte of a frame with a part of such a message.
    #[must_use]
    pub const fn first_byte(self, is_first: bool, is_last: bool) -> u8 {
        let opcode = match self {
            _ if !is_first => CONTINUATION,
            Self::Text => TEXT,
            Self::Binary => BINARY,
        };
        opcode | if is_last { FINAL } else { 0 }
    }
}

/// The head of a frame that is not masked, as a server sends it: bytes, and how many of them count.
#[must_use]
pub fn write_head(first: u8, length: u16) -> ([u8; 4], usize) {
    let [high, low] = length.to_be_bytes();
    if length < u16::from(LENGTH_16) {
        ([first, low, 0, 0], 2)
    } else {
        ([first, LENGTH_16, high, low], 4)
    }
}

/// What the payload of a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opcode {
    Continuation,
    Data(Kind),
    Close,
    Ping,
    Pong,
}

/// The head of a frame as it arrives.
#[derive(Debug, Clone)]
pub(super) struct Head {
    bytes: [u8; 14],
    have: u8,
    /// Frames of clients are masked, those of servers are not.
    is_masked: bool,
}

impl Head {
    pub(super) const fn new(is_masked: bool) -> Self {
        Self { bytes: [0; 14], have: 0, is_masked }
    }

    /// Begins with the next frame.
    pub(super) const fn reset(&mut self) {
        *self = Self::new(self.is_masked);
    }

    /// How long it is in all, as far as is known.
    fn need(&self) -> u8 {
        let [_, second, ..] = self.bytes;
        let length = match second & !MASKED {
            _ if self.have < 2 => return 2,
            LENGTH_16 => 4,
            LENGTH_64 => 10,
            _ => 2,
        };
        if self.is_masked { length + 4 } else { length }
    }

    /// Takes one more byte of it. Returns whether it is complete.
    pub(super) fn add(&mut self, byte: u8) -> Result<bool, CloseCode> {
        if let Some(place) = self.bytes.get_mut(usize::from(self.have)) {
            *place = byte;
        }
        self.have += 1;
        match self.have {
            1 => self.check_first()?,
            2 => self.check_second()?,
            _ => {}
        }
        let is_complete = self.have >= self.need();
        if is_complete && !self.is_shortest() {
            return Err(CloseCode::PROTOCOL);
        }
        Ok(is_complete)
    }

    fn check_first(&self) -> Result<(), CloseCode> {
        let [first, ..] = self.bytes;
        let is_reserved = first & 0x70 != 0 || matches!(first & 0x0f, 3..=7 | 11..=15);
        // A control frame is not fragmented.
        let is_cut = first & 0x08 != 0 && first & FINAL == 0;
        if is_reserved || is_cut { Err(CloseCode::PROTOCOL) } else { Ok(()) }
    }

    fn check_second(&self) -> Result<(), CloseCode> {
        let [first, second, ..] = self.bytes;
        let is_long = first & 0x08 != 0 && second & !MASKED >= LENGTH_16;
        if is_long || (second & MASKED != 0) != self.is_masked {
            Err(CloseCode::PROTOCOL)
        } else {
            Ok(())
        }
    }

    /// The length is written in as few bytes as it can be (RFC 6455 section 5.2).
    fn is_shortest(&self) -> bool {
        let [_, second, ..] = self.bytes;
        match second & !MASKED {
            LENGTH_16 => self.length() >= u64::from(LENGTH_16),
            LENGTH_64 => (0x1_0000..1 << 63).contains(&self.length()),
            _ => true,
        }
    }

    /// The opcode: only of a head that is complete.
    pub(super) const fn opcode(&self) -> Opcode {
        let [first, ..] = self.bytes;
        match first & 0x0f {
            TEXT => Opcode::Data(Kind::Text),
            BINARY => Opcode::Data(Kind::Binary),
            CLOSE => Opcode::Close,
            PING => Opcode::Ping,
            PONG => Opcode::Pong,
            _ => Opcode::Continuation,
        }
    }

    pub(super) const fn is_final(&self) -> bool {
        let [first, ..] = self.bytes;
        first & FINAL != 0
    }

    /// The length of the payload.
    pub(super) fn length(&self) -> u64 {
        let [_, second, ..] = self.bytes;
        match second & !MASKED {
            LENGTH_16 => u16::from_be_bytes(self.part(2)).into(),
            LENGTH_64 => u64::from_be_bytes(self.part(2)),
            short => short.into(),
        }
    }

    /// What the payload is masked with.
    pub(super) fn mask(&self) -> Option<[u8; 4]> {
        self.is_masked.then(|| self.part(usize::from(self.need()).saturating_sub(4)))
    }

    fn part<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut part = [0; N];
        part.iter_mut().zip(self.bytes.iter().skip(at)).for_each(|(to, byte)| *to = *byte);
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Option<Head>, CloseCode> {
        read_as(true, bytes)
    }

    fn read_as(is_masked: bool, bytes: &[u8]) -> Result<Option<Head>, CloseCode> {
        let mut head = Head::new(is_masked);
        for byte in bytes {
            if head.add(*byte)? {
                return Ok(Some(head));
            }
        }
        Ok(None)
    }

    #[test]
    fn first_bytes() {
        for first in 0..=u8::MAX {
            let is_valid = matches!(first, 0..=2 | 0x80..=0x82 | 0x88..=0x8a);
            assert_eq!(read(&[first]).is_ok(), is_valid, "{first:x}");
        }
    }

    #[test]
    fn lengths() {
        let mask = [1, 2, 3, 4];
        for (front, length) in [
            (&[0x82, 0x80][..], Some(0)),
            (&[0x82, 0xfd], Some(125)),
            (&[0x82, 0xfe, 0, 126], Some(126)),
            (&[0x82, 0xfe, 0xff, 0xff], Some(0xffff)),
            (&[0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0], Some(0x1_0000)),
            (&[0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255], Some(u64::MAX >> 1)),
            // Longer than it must be, or than can be.
            (&[0x82, 0xfe, 0, 125], None),
            (&[0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff], None),
            (&[0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0], None),
            // Not masked.
            (&[0x82, 0], None),
            // Control frames.
            (&[0x89, 0xfd], Some(125)),
            (&[0x89, 0xfe, 0, 126], None),
            (&[0x89, 0xff, 0, 0, 0, 0, 0, 1, 0, 0], None),
        ] {
            let bytes = [front, &mask].concat();
            let head = read(&bytes).map(|head| head.expect("it is complete"));
            assert_eq!(head.as_ref().map(Head::length).ok(), length, "{front:x?}");
            assert!(
                head.is_err() || read(&bytes[..bytes.len() - 1]).is_ok_and(|head| head.is_none())
            );
            assert!(head.is_err() || head.is_ok_and(|head| head.mask() == Some(mask)));
        }
    }

    #[test]
    fn those_of_a_server_are_not_masked() {
        for (bytes, length) in [
            (&[0x82, 0][..], Some(0)),
            (&[0x82, 125], Some(125)),
            (&[0x82, 126, 0, 126], Some(126)),
            (&[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0], Some(0x1_0000)),
            (&[0x82, 126, 0, 125], None),
            (&[0x82, 0x80, 1, 2, 3, 4], None),
            (&[0x89, 126, 0, 126], None),
        ] {
            let head = read_as(false, bytes).map(|head| head.expect("it is complete"));
            assert_eq!(head.as_ref().map(Head::length).ok(), length, "{bytes:x?}");
            assert!(head.is_err() || head.is_ok_and(|head| head.mask().is_none()));
        }
    }

    #[test]
    fn heads_are_written_the_short_way() {
        assert_eq!(write_head(0x81, 125), ([0x81, 125, 0, 0], 2));
        assert_eq!(write_head(0x81, 126), ([0x81, 126, 0, 126], 4));
        assert_eq!(write_head(0x81, 0xfffe), ([0x81, 126, 0xff, 0xfe], 4));
        assert_eq!(Kind::Text.first_byte(true, true), 0x81);
        assert_eq!(Kind::Binary.first_byte(true, false), 2);
        assert_eq!(Kind::Text.first_byte(false, false), 0);
        assert_eq!(Kind::Text.first_byte(false, true), 0x80);
    }
}
