use core::fmt;

use heapless::String;

use crate::page::cut;

/// The longest text that is kept, in bytes.
const TEXT: usize = 120;
const MAGIC: [u8; 4] = *b"nalP";
const CRC: crc::Crc<u32, crc::NoTable> = crc::Crc::<u32, crc::NoTable>::new(&crc::CRC_32_ISO_HDLC);

/// What a program said when it panicked, for memory that a restart leaves alone: a record with a checksum,
/// since such memory holds anything after power was off.
///
/// ```
/// use board_drivers::LastWords;
///
/// let record = LastWords::record(&"panicked at src/main.rs:7:5:\noops");
/// let text = LastWords::parse(&record).unwrap();
/// assert_eq!(text, "panicked at src/main.rs:7:5: oops");
/// ```
#[derive(Debug)]
pub struct LastWords;

impl LastWords {
    /// Bytes of a record: magic, length, text, checksum.
    pub const BYTES: usize = 4 + 1 + TEXT + 4;
    /// Says nothing.
    pub const NONE: [u8; Self::BYTES] = [0; Self::BYTES];

    /// A record of the first 120 bytes of `text`, in one line.
    pub fn record(text: &impl fmt::Display) -> [u8; Self::BYTES] {
        let text: String<TEXT> = cut(text);
        let mut record = Self::NONE;
        let length = u8::try_from(text.len()).unwrap_or_default();
        let parts = MAGIC.into_iter().chain([length]).chain(text.bytes());
        for (place, byte) in record.iter_mut().zip(parts) {
            *place = if byte == b'\n' { b' ' } else { byte };
        }
        if let Some((data, checksum)) = record.split_last_chunk_mut::<4>() {
            *checksum = CRC.checksum(data).to_le_bytes();
        }
        record
    }

    /// The text of a record; `None` if it is none.
    #[must_use]
    pub fn parse(record: &[u8; Self::BYTES]) -> Option<String<TEXT>> {
        let (data, checksum) = record.split_last_chunk::<4>()?;
        if CRC.checksum(data).to_le_bytes() != *checksum {
            return None;
        }
        let (magic, data) = data.split_first_chunk::<4>()?;
        let (length, text) = data.split_first()?;
        let text = core::str::from_utf8(text.get(..(*length).into())?).ok();
        text.filter(|_| *magic == MAGIC).map(cut)
    }
}
