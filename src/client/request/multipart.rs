use core::cell::Cell;

use super::upload::{Reader, Source};
use crate::client::UploadError;
use crate::wire::{Writer, measure, write_escaped};

const PREFIX: &str = "multipart/form-data; boundary=";
/// 128 bits in hexadecimal.
const BOUNDARY: usize = 32;

/// A form with files (multipart/form-data, RFC 7578), as a browser sends it. Files are read while
/// they are sent, and the length of the whole is computed beforehand.
///
/// ```
/// use nal_http::client::{Multipart, Part, Request};
/// use nal_http::wire::Method;
///
/// let mut picture = &b"\x89PNG..."[..];
/// let parts =
///     [Part::field("name", "掌控板"), Part::file("photo", "oled.png", "image/png", &mut picture, 7)];
/// # let random = [7; 16];
/// let form = Multipart::new(&parts, random); // 16 bytes from the board's random numbers
/// let request = Request::new(Method::POST, "http://mpython.cn/upload").files(&form);
/// ```
pub struct Multipart<'m, 'p> {
    parts: &'m [Part<'p>],
    content_type: [u8; PREFIX.len() + BOUNDARY],
    /// The part that is being sent; behind the last one, the closing boundary.
    index: Cell<usize>,
    /// So many bytes of it are sent.
    offset: Cell<u64>,
}

/// A field or a file of a [`Multipart`] form.
pub struct Part<'p> {
    name: &'p str,
    /// Name and type of a file.
    file: Option<(&'p str, &'p str)>,
    data: Data<'p>,
}

enum Data<'p> {
    Bytes(&'p [u8]),
    Reader(Reader<'p>, u64),
}

impl<'p> Part<'p> {
    /// A field of a form.
    #[must_use]
    pub fn field(name: &'p str, value: &'p str) -> Self {
        Self { name, file: None, data: Data::Bytes(value.as_bytes()) }
    }

    /// A file of `length` bytes that is read from `reader` while it is sent.
    ///
    /// Names may be any text: what would end them is escaped as browsers do. `content_type` must be
    /// one line.
    pub fn file<R: embedded_io::Read>(
        name: &'p str,
        file_name: &'p str,
        content_type: &'p str,
        reader: &'p mut R,
        length: u64,
    ) -> Self {
        Self {
            name,
            file: Some((file_name, content_type)),
            data: Data::Reader(Reader::new(reader), length),
        }
    }

    /// A file whose bytes are in memory.
    #[must_use]
    pub fn bytes(
        name: &'p str,
        file_name: &'p str,
        content_type: &'p str,
        bytes: &'p [u8],
    ) -> Self {
        Self { name, file: Some((file_name, content_type)), data: Data::Bytes(bytes) }
    }

    fn data_length(&self) -> u64 {
        match &self.data {
            Data::Bytes(bytes) => bytes.len() as u64,
            Data::Reader(_, length) => *length,
        }
    }

    fn write_head(&self, writer: &mut Writer<'_>, boundary: &str) {
        writer.str("--");
        writer.str(boundary);
        writer.str("\r\nContent-Disposition: form-data; name=\"");
        write_quoted(writer, self.name);
        writer.byte(b'"');
        if let Some((name, content_type)) = self.file {
            writer.str("; filename=\"");
            write_quoted(writer, name);
            writer.str("\"\r\nContent-Type: ");
            writer.str(content_type);
        }
        writer.str("\r\n\r\n");
    }
}

impl<'m, 'p> Multipart<'m, 'p> {
    /// A form of these parts, sent in this order.
    ///
    /// `random` makes the boundary between them: 128 random bits do not occur in anybody's file.
    pub fn new(parts: &'m [Part<'p>], random: [u8; 16]) -> Self {
        let mut content_type = [0; PREFIX.len() + BOUNDARY];
        let mut writer = Writer::new(&mut content_type);
        writer.str(PREFIX);
        for byte in random {
            writer.hex((byte >> 4).into());
            writer.hex((byte & 0xf).into());
        }
        Self { parts, content_type, index: Cell::new(0), offset: Cell::new(0) }
    }

    fn text(&self) -> &str {
        core::str::from_utf8(&self.content_type).unwrap_or_default()
    }
}

impl Source for Multipart<'_, '_> {
    fn length(&self) -> Option<u64> {
        let mut length = measure_end();
        for part in self.parts {
            length = length.saturating_add(measure_head(part) as u64 + 2);
            length = length.saturating_add(part.data_length());
        }
        Some(length)
    }

    fn content_type(&self) -> Option<&str> {
        Some(self.text())
    }

    /// Fills `out` as far as it goes: small parts leave together.
    fn fill(&self, out: &mut [u8]) -> Result<usize, UploadError> {
        let boundary = self.text().get(PREFIX.len()..).unwrap_or_default();
        let mut filled = 0;
        while let Some(room) = out.get_mut(filled..).filter(|room| !room.is_empty()) {
            let (index, offset) = (self.index.get(), self.offset.get());
            let (n, over) = match self.parts.get(index) {
                Some(part) => fill_part(part, boundary, offset, room)?,
                None => (window(room, offset, |writer| write_end(writer, boundary)), false),
            };
            if n == 0 && !over {
                break;
            }
            filled += n;
            self.index.set(index + usize::from(over));
            self.offset.set(if over { 0 } else { offset + n as u64 });
        }
        Ok(filled)
    }
}

/// Writes what comes behind the first `offset` bytes of a part: its head, its data, a line end. Returns
/// how many bytes were written, and whether the part is over.
fn fill_part(
    part: &Part<'_>,
    boundary: &str,
    offset: u64,
    room: &mut [u8],
) -> Result<(usize, bool), UploadError> {
    let head = measure_head(part) as u64;
    let data = part.data_length();
    if offset < head {
        return Ok((window(room, offset, |writer| part.write_head(writer, boundary)), false));
    }
    let taken = offset - head;
    if taken < data {
        let n = match &part.data {
            Data::Bytes(bytes) => window(room, taken, |writer| writer.bytes(bytes)),
            Data::Reader(reader, _) => reader.read_part(data - taken, room)?,
        };
        return Ok((n, false));
    }
    let n = window(room, taken - data, |writer| writer.str("\r\n"));
    Ok((n, taken - data + n as u64 == 2))
}

fn write_end(writer: &mut Writer<'_>, boundary: &str) {
    writer.str("--");
    writer.str(boundary);
    writer.str("--\r\n");
}

/// Stores what comes behind the first `offset` bytes of what `write` writes.
fn window(room: &mut [u8], offset: u64, write: impl FnOnce(&mut Writer<'_>)) -> usize {
    let mut writer = Writer::window(room, usize::try_from(offset).unwrap_or(usize::MAX));
    write(&mut writer);
    writer.written().len()
}

fn measure_head(part: &Part<'_>) -> usize {
    measure(|writer| part.write_head(writer, "")) + BOUNDARY
}

fn measure_end() -> u64 {
    (measure(|writer| write_end(writer, "")) + BOUNDARY) as u64
}

/// Escapes what would end a quoted name (WHATWG HTML, "multipart/form-data encoding algorithm").
fn write_quoted(writer: &mut Writer<'_>, name: &str) {
    for byte in name.bytes() {
        match byte {
            b'"' | b'\r' | b'\n' => write_escaped(writer, byte),
            _ => writer.byte(byte),
        }
    }
}
