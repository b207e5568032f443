//! The numbers and lists of which the messages of TLS consist (RFC 8446 section 3).

use super::TlsError;
use super::alert::Alert;

/// Reads a message from its front; whatever does not fit is a `decode_error`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'m>(&'m [u8]);

impl<'m> Reader<'m> {
    pub(super) const fn new(bytes: &'m [u8]) -> Self {
        Self(bytes)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) const fn rest(&self) -> &'m [u8] {
        self.0
    }

    /// Nothing may be left.
    pub(super) fn end(self) -> Result<(), TlsError> {
        if self.is_empty() { Ok(()) } else { Err(Alert::DECODE_ERROR.into()) }
    }

    pub(super) fn bytes(&mut self, n: usize) -> Result<&'m [u8], TlsError> {
        let (front, rest) = self.0.split_at_checked(n).ok_or(Alert::DECODE_ERROR)?;
        self.0 = rest;
        Ok(front)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], TlsError> {
        let (front, rest) = self.0.split_first_chunk().ok_or(Alert::DECODE_ERROR)?;
        self.0 = rest;
        Ok(*front)
    }

    pub(super) fn u8(&mut self) -> Result<u8, TlsError> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Result<u16, TlsError> {
        self.array().map(u16::from_be_bytes)
    }

    /// A list with `N` bytes of length in front.
    pub(super) fn list<const N: usize>(&mut self) -> Result<Self, TlsError> {
        let length = self.array::<N>()?.iter().fold(0, |n, byte| n << 8 | usize::from(*byte));
        self.bytes(length).map(Self)
    }
}

/// Writes a message. What does not fit is left out, but counted.
#[derive(Debug)]
pub(super) struct Writer<'b> {
    bytes: &'b mut [u8],
    /// Where the next byte goes, beyond the end if there is no room.
    at: usize,
}

impl<'b> Writer<'b> {
    pub(super) const fn new(bytes: &'b mut [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How long the message is, whether it did fit or not.
    pub(super) const fn finish(self) -> usize {
        self.at
    }

    pub(super) fn put(&mut self, bytes: &[u8]) {
        if let Some(room) = self.bytes.get_mut(self.at..self.at + bytes.len()) {
            room.copy_from_slice(bytes);
        }
        self.at += bytes.len();
    }

    pub(super) fn u16(&mut self, number: u16) {
        self.put(&number.to_be_bytes());
    }

    /// A list with `N` bytes of length in front.
    pub(super) fn list<const N: usize>(&mut self, write: impl FnOnce(&mut Self)) {
        let start = self.at;
        self.put(&[0; N]);
        write(self);
        let length = (self.at - start - N).to_be_bytes();
        let places = self.bytes.iter_mut().skip(start).take(N).rev();
        places.zip(length.iter().rev()).for_each(|(place, byte)| *place = *byte);
    }
}

#[cfg(test)]
mod tests {
    use super::{Reader, Writer};

    #[test]
    fn what_is_written_is_read() {
        let mut bytes = [0xff; 12];
        let mut writer = Writer::new(&mut bytes);
        writer.list::<3>(|writer| {
            writer.u16(0x1234);
            writer.list::<1>(|writer| writer.put(b"abc"));
            writer.list::<2>(|_| {});
        });
        assert_eq!(writer.finish(), 11);
        assert_eq!(bytes, *b"\0\0\x08\x12\x34\x03abc\0\0\xff");
        let mut reader = Reader::new(&bytes[..11]);
        let mut list = reader.list::<3>().unwrap();
        assert_eq!((reader.end(), list.u16()), (Ok(()), Ok(0x1234)));
        assert_eq!(list.list::<1>().unwrap().rest(), b"abc");
        assert!(list.end().is_err());
        assert!(list.list::<2>().unwrap().is_empty());
        assert!(list.u8().is_err());
    }

    #[test]
    fn what_is_cut_off_is_an_error() {
        for bytes in [&b""[..], b"\0", b"\0\x03", b"\0\x03ab"] {
            assert!(Reader::new(bytes).list::<2>().is_err(), "{bytes:?}");
        }
        for room in 0..5 {
            let mut bytes = [0; 5];
            let mut writer = Writer::new(&mut bytes[..room]);
            writer.list::<2>(|writer| writer.put(b"abc"));
            assert_eq!(writer.finish(), 5, "{room}");
        }
    }
}
