//! One event as bytes (WHATWG HTML section 9.2.5).

use core::fmt;

use crate::wire::Writer;

/// Writes an event: first its fields, then its data, with which it ends.
///
/// [`EventStream::reply`](super::EventStream::reply) hands it out. A handler that has a stream of its own makes
/// one for each event:
///
/// ```
/// use nal_http::server::{Answer, EventWriter, Flow, Reply, Request};
///
/// fn clock(_: &mut (), request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
///     let seconds = u64::from(request.elapsed_ms() / 1_000);
///     let body = reply.stream("text/event-stream");
///     EventWriter::new(body.writer()).name("seconds").write(|data| data.number(seconds));
///     Ok(Flow::Wait(1_000))
/// }
/// # const ROUTES: &[nal_http::server::Route<()>] = &[nal_http::server::Route::get("/", clock)];
/// # let client = nal_http::testing::TestClient::new(ROUTES);
/// # assert!(client.wait(1_000).get(&mut (), "/").text().ends_with("event: seconds\ndata: 1\n\n"));
/// ```
#[derive(Debug)]
pub struct EventWriter<'w, 'b> {
    writer: &'w mut Writer<'b>,
    is_ended: bool,
}

impl<'w, 'b> EventWriter<'w, 'b> {
    /// Behind what has been written.
    pub const fn new(writer: &'w mut Writer<'b>) -> Self {
        Self { writer, is_ended: false }
    }

    /// The name of the event, for `addEventListener`; without one it is `message`.
    ///
    /// This and the other fields are one line: a line break in one ends it, and what is behind is left out.
    pub fn name(&mut self, name: &str) -> &mut Self {
        self.field("event: ", name)
    }

    /// What a browser that connects again sends as `Last-Event-ID`. [`EventStream`](super::EventStream) has
    /// written its own before.
    pub fn id(&mut self, id: &str) -> &mut Self {
        self.field("id: ", id)
    }

    /// In how many milliseconds a browser connects again when the connection has ended.
    pub fn retry_ms(&mut self, ms: u32) -> &mut Self {
        self.number_field("retry: ", ms)
    }

    /// What browsers pass over.
    pub fn comment(&mut self, comment: &str) -> &mut Self {
        self.field(":", comment)
    }

    /// Ends the event with this data, of however many lines.
    pub fn text(&mut self, text: &str) {
        self.write(|data| data.str(text));
    }

    /// Ends the event with the data that `write` writes.
    pub fn write(&mut self, write: impl FnOnce(&mut EventData<'_, 'b>)) {
        self.writer.str(DATA);
        write(&mut EventData { writer: self.writer, after_cr: false });
        self.end();
    }

    /// Ends the event with a value as JSON, and says whether the value could be written.
    #[cfg(feature = "json")]
    pub fn json<V: serde::Serialize + ?Sized>(&mut self, value: &V) -> bool {
        self.writer.str(DATA);
        // In JSON a line break is an escape.
        let is_written = crate::json::write(self.writer, value).is_ok();
        self.end();
        is_written
    }

    pub(super) const fn is_ended(&self) -> bool {
        self.is_ended
    }

    pub(super) fn number_field(&mut self, name: &str, number: u32) -> &mut Self {
        self.writer.str(name);
        self.writer.number(number.into());
        self.writer.byte(b'\n');
        self
    }

    fn field(&mut self, name: &str, value: &str) -> &mut Self {
        self.writer.str(name);
        let mut lines = value.split(['\r', '\n', '\0']);
        self.writer.str(lines.next().unwrap_or_default());
        self.writer.byte(b'\n');
        self
    }

    fn end(&mut self) {
        self.writer.str("\n\n");
        self.is_ended = true;
    }
}

const DATA: &str = "data: ";

/// The data of an event, for text, numbers and `core::fmt::Write`. A line break in it, of any kind, comes out at the
/// browser as `\n`.
#[derive(Debug)]
pub struct EventData<'w, 'b> {
    writer: &'w mut Writer<'b>,
    /// A `\n` now is a part of the same line break.
    after_cr: bool,
}

impl EventData<'_, '_> {
    /// Writes text.
    pub fn str(&mut self, text: &str) {
        for &byte in text.as_bytes() {
            let is_second = core::mem::replace(&mut self.after_cr, byte == b'\r') && byte == b'\n';
            match byte {
                _ if is_second => {}
                b'\r' | b'\n' => {
                    self.writer.byte(b'\n');
                    self.writer.str(DATA);
                }
                _ => self.writer.byte(byte),
            }
        }
    }

    /// Writes a number.
    pub fn number(&mut self, value: u64) {
        self.after_cr = false;
        self.writer.number(value);
    }

    /// Writes a number that may be below zero.
    pub fn signed(&mut self, value: i64) {
        self.after_cr = false;
        self.writer.signed(value);
    }
}

impl fmt::Write for EventData<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.str(text);
        Ok(())
    }
}
