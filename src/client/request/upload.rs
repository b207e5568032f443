use core::cell::Cell;

use crate::client::UploadError;
use crate::wire::{CHUNK_FRONT, CHUNK_MAX, frame_chunk};

/// A request body that is made while it is sent, and so cannot be sent again.
///
/// It keeps its place in cells: so a request only refers to it, as to all else that it is made of.
pub(in crate::client) trait Source {
    /// How many bytes it has; `None`: it brings its own chunked framing.
    fn length(&self) -> Option<u64>;

    /// What it says it is, where the request does not.
    fn content_type(&self) -> Option<&str>;

    /// Puts the next bytes at the front of `out`, which has room for a few at least; 0 at the end.
    fn fill(&self, out: &mut [u8]) -> Result<usize, UploadError>;
}

/// A reader of any type.
pub(in crate::client) trait AnyRead {
    fn read_any(&mut self, out: &mut [u8]) -> Result<usize, UploadError>;
}

impl<R: embedded_io::Read> AnyRead for R {
    fn read_any(&mut self, out: &mut [u8]) -> Result<usize, UploadError> {
        let n =
            self.read(out).map_err(|error| UploadError::Read(embedded_io::Error::kind(&error)))?;
        Ok(n.min(out.len()))
    }
}

/// A request body that is read from a file, a flash partition, a sensor, while it is sent.
///
/// ```
/// use nal_http::client::{Request, Upload};
/// use nal_http::wire::Method;
///
/// let mut readings = &b"301,302,303"[..];
/// let body = Upload::sized(&mut readings, 11);
/// let request = Request::new(Method::PUT, "http://mpython.cn/readings.csv")
///     .header("Content-Type", "text/csv")
///     .upload(&body);
/// ```
pub struct Upload<'u> {
    reader: Reader<'u>,
    /// Bytes that are to be sent, and bytes that were read.
    length: Option<u64>,
    taken: Cell<u64>,
    ended: Cell<bool>,
}

impl<'u> Upload<'u> {
    /// A body of `length` bytes. A reader that has fewer breaks the request off with
    /// [`UploadError::TooShort`]; one that has more is read no further.
    pub fn sized<R: embedded_io::Read>(reader: &'u mut R, length: u64) -> Self {
        Self::new(reader, Some(length))
    }

    /// A body of all that the reader has, sent in chunks. Some servers refuse those (411): give
    /// them a length.
    pub fn chunked<R: embedded_io::Read>(reader: &'u mut R) -> Self {
        Self::new(reader, None)
    }

    fn new(reader: &'u mut dyn AnyRead, length: Option<u64>) -> Self {
        Self { reader: Reader::new(reader), length, taken: Cell::new(0), ended: Cell::new(false) }
    }

    /// One chunk (RFC 9112 section 7.1), as long as what one read gives and there is room for.
    fn fill_chunk(&self, out: &mut [u8]) -> Result<usize, UploadError> {
        const LINE_END: usize = 2;
        if self.ended.get() {
            return Ok(0);
        }
        let room = out.len().saturating_sub(CHUNK_FRONT + LINE_END).min(CHUNK_MAX);
        let n = match out.get_mut(CHUNK_FRONT..CHUNK_FRONT + room).filter(|room| !room.is_empty()) {
            Some(data) => self.reader.read(data)?,
            // Too little room for a chunk: what is waiting is sent first.
            None => return Ok(0),
        };
        self.ended.set(n == 0);
        Ok(frame_chunk(out, 0, n, n == 0))
    }
}

impl Source for Upload<'_> {
    fn length(&self) -> Option<u64> {
        self.length
    }

    fn content_type(&self) -> Option<&str> {
        None
    }

    fn fill(&self, out: &mut [u8]) -> Result<usize, UploadError> {
        let Some(length) = self.length else { return self.fill_chunk(out) };
        let taken = self.taken.get();
        let n = self.reader.read_part(length - taken, out)?;
        self.taken.set(taken + n as u64);
        Ok(n)
    }
}

/// A reader behind a shared reference.
pub(in crate::client) struct Reader<'u>(Cell<Option<&'u mut dyn AnyRead>>);

impl<'u> Reader<'u> {
    pub(in crate::client) fn new(reader: &'u mut dyn AnyRead) -> Self {
        Self(Cell::new(Some(reader)))
    }

    /// Reads once; 0 is the end.
    fn read(&self, out: &mut [u8]) -> Result<usize, UploadError> {
        let Some(reader) = self.0.take() else { return Ok(0) };
        let result = reader.read_any(out);
        self.0.set(Some(reader));
        result
    }

    /// Reads until `out` is full or nothing is left of the `left` bytes that there must be.
    pub(in crate::client) fn read_part(
        &self,
        left: u64,
        out: &mut [u8],
    ) -> Result<usize, UploadError> {
        let most = usize::try_from(left).map_or(out.len(), |left| left.min(out.len()));
        let mut filled = 0;
        while let Some(room) = out.get_mut(filled..most).filter(|room| !room.is_empty()) {
            match self.read(room)? {
                0 => return Err(UploadError::TooShort { missing: left - filled as u64 }),
                n => filled += n,
            }
        }
        Ok(filled)
    }
}
