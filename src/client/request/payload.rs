use super::early::{EARLY, Early};
use super::upload::Source;
use crate::client::extra::Pairs;
use crate::client::{RequestError, UploadError};
use crate::wire::{Window, Writer, measure, write_pairs};

/// Writes pairs into a form or a query.
///
/// Requests hold a pointer to what writes their pairs, so that an image whose requests have none
/// does not hold the code either.
pub(in crate::client) type WritePairs = fn(&mut Writer<'_>, &[(&str, &str)]);

/// The body of a request.
///
/// It holds a pointer to what is done with bodies of its kind, so that an image does not hold the code of others.
#[derive(Clone, Copy)]
pub(in crate::client) struct Payload<'r> {
    data: Data<'r>,
    kind: &'static Kind,
}

#[derive(Clone, Copy)]
enum Data<'r> {
    Bytes(&'r [u8]),
    Form(Pairs<'r>),
    Source(&'r dyn Source),
    #[cfg(feature = "json")]
    Written(&'r dyn WriteBody),
}

struct Kind {
    early: &'static Early,
    content_type: for<'r> fn(&Data<'r>) -> Option<&'r str>,
    /// Writes what frames it behind the head, the end of that, and as much of the body as fits. A body without bytes
    /// has a length only where one `is_expected`.
    write: fn(&Data<'_>, head: Writer<'_>, is_expected: bool) -> Result<Written, RequestError>,
    /// Puts what comes behind the first bytes into a slice: so many bytes.
    write_rest: fn(&Data<'_>, taken: usize, out: &mut [u8]) -> Result<usize, UploadError>,
}

impl<'r> Payload<'r> {
    pub(in crate::client) const fn bytes(bytes: &'r [u8]) -> Self {
        Self {
            data: Data::Bytes(bytes),
            kind: &Kind {
                early: EARLY,
                content_type: |_| None,
                write: |data, head, is_expected| {
                    let bytes = data.bytes();
                    write(head, Some(bytes.len() as u64), is_expected, |writer| {
                        writer.bytes(bytes);
                        Ok(())
                    })
                },
                // They are not copied, but sent from where they are.
                write_rest: |_, _, _| Ok(0),
            },
        }
    }

    pub(in crate::client) const fn form(pairs: Pairs<'r>) -> Self {
        Self {
            data: Data::Form(pairs),
            kind: &Kind {
                early: EARLY,
                content_type: |_| Some("application/x-www-form-urlencoded"),
                write: |data, head, is_expected| {
                    let pairs = data.pairs();
                    let length = measure(|writer| write_pairs(writer, pairs));
                    write(head, Some(length as u64), is_expected, |writer| {
                        write_pairs(writer, pairs);
                        Ok(())
                    })
                },
                // It is written once more; what was sent of it is left out.
                write_rest: |data, taken, out| {
                    let mut writer = Writer::window(out, taken);
                    write_pairs(&mut writer, data.pairs());
                    Ok(writer.written().len())
                },
            },
        }
    }

    pub(in crate::client) const fn source(source: &'r dyn Source) -> Self {
        Self {
            data: Data::Source(source),
            kind: &Kind {
                early: EARLY,
                content_type: |data| data.source()?.content_type(),
                write: |data, head, is_expected| {
                    let length = data.source().and_then(Source::length);
                    write(head, length, is_expected, |writer| {
                        let filled = data.fill(writer.rest())?;
                        writer.wrote(filled);
                        Ok(())
                    })
                },
                write_rest: |data, _, out| data.fill(out),
            },
        }
    }

    #[cfg(feature = "json")]
    pub(in crate::client) const fn written(body: &'r dyn WriteBody) -> Self {
        Self {
            data: Data::Written(body),
            kind: &Kind {
                early: EARLY,
                content_type: |_| Some("application/json"),
                write: |data, head, _| match data {
                    Data::Written(body) => body.write(head),
                    _ => Ok(Written::default()),
                },
                write_rest: |_, _, _| Ok(0),
            },
        }
    }

    pub(in crate::client) fn content_type(&self) -> Option<&'r str> {
        (self.kind.content_type)(&self.data)
    }

    /// All of it, if it is in memory.
    pub(in crate::client) const fn in_memory(&self) -> Option<&'r [u8]> {
        match self.data {
            Data::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Whether it can be sent again: what was read while it was sent cannot.
    pub(in crate::client) const fn is_repeatable(&self) -> bool {
        !matches!(self.data, Data::Source(_))
    }

    /// What is done about an answer that comes while it is sent.
    pub(in crate::client) const fn early(&self) -> &'static Early {
        self.kind.early
    }

    pub(in crate::client) fn write(
        &self,
        head: Writer<'_>,
        is_expected: bool,
    ) -> Result<Written, RequestError> {
        (self.kind.write)(&self.data, head, is_expected)
    }

    pub(in crate::client) fn write_rest(
        &self,
        taken: usize,
        out: &mut [u8],
    ) -> Result<usize, UploadError> {
        (self.kind.write_rest)(&self.data, taken, out)
    }
}

impl<'r> Data<'r> {
    fn bytes(&self) -> &'r [u8] {
        if let Self::Bytes(bytes) = self { bytes } else { &[] }
    }

    fn pairs(&self) -> Pairs<'r> {
        if let Self::Form(pairs) = self { pairs } else { &[] }
    }

    fn source(&self) -> Option<&'r dyn Source> {
        if let Self::Source(source) = self { Some(*source) } else { None }
    }

    fn fill(&self, out: &mut [u8]) -> Result<usize, UploadError> {
        self.source().map_or(Ok(0), |source| source.fill(out))
    }
}

fn write(
    mut head: Writer<'_>,
    length: Option<u64>,
    is_expected: bool,
    write_body: impl FnOnce(&mut Writer<'_>) -> Result<(), UploadError>,
) -> Result<Written, RequestError> {
    match length {
        Some(0) if !is_expected => {}
        Some(length) => {
            head.str("Content-Length: ");
            head.number(length);
            head.str("\r\n");
        }
        None => head.str("Transfer-Encoding: chunked\r\n"),
    }
    let mut written = Written::of_head(&mut head);
    if !head.overflowed() {
        write_body(&mut head)?;
        let stored = head.written().len();
        written.payload_taken = stored.saturating_sub(written.need);
        written.sending.received(written.payload_taken);
    }
    Ok(written)
}

/// What was written of a request.
#[derive(Default)]
pub(in crate::client) struct Written {
    /// What to send.
    pub(in crate::client) sending: Window,
    /// So many bytes of the payload are in it.
    pub(in crate::client) payload_taken: usize,
    /// So many bytes have to be in the buffer together; with fewer, there is nothing to send.
    pub(in crate::client) need: usize,
    /// It is the body that there is no room for.
    pub(in crate::client) is_body: bool,
}

impl Written {
    /// Ends the head.
    pub(super) fn of_head(writer: &mut Writer<'_>) -> Self {
        writer.str("\r\n");
        let need = writer.len();
        let mut sending = Window::default();
        sending.received(need);
        Self { sending, payload_taken: 0, need, is_body: false }
    }
}

/// A body that is written into the buffer, behind its head, and whose length is known only then.
#[cfg(feature = "json")]
pub(in crate::client) trait WriteBody {
    /// Writes what frames it, the end of the head and the body.
    fn write(&self, head: Writer<'_>) -> Result<Written, RequestError>;
}
