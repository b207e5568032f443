//! What asks for a stream of events (WHATWG HTML section 9.2).

use heapless::String;

use crate::client::RequestError;
use crate::client::extra::{Extra, OutgoingHead};

/// The longest id of an event that is kept, in bytes.
pub(in crate::client) const MAX_ID: usize = 64;
pub(in crate::client) const CONTENT_TYPE: &str = "text/event-stream";

/// What a server is asked for: the events behind the last one that came (`Last-Event-ID`).
#[derive(Debug, Clone)]
pub struct EventsRequest {
    pub(in crate::client) last_id: String<MAX_ID>,
}

impl Extra for EventsRequest {
    fn request(&self, head: &mut OutgoingHead<'_>) -> Result<(), RequestError> {
        let id = Some(self.last_id.as_str()).filter(|id| !id.is_empty());
        let headers = [
            ("Accept", Some(CONTENT_TYPE)),
            ("Cache-Control", Some("no-store")),
            ("Last-Event-ID", id),
        ];
        for (name, value) in headers {
            if let Some(value) = value.filter(|_| !head.has(name)) {
                head.header(name, value)?;
            }
        }
        Ok(())
    }

    /// Public streams redirect, too, and an id is no secret.
    fn is_for_other_origins(&self) -> bool {
        true
    }
}
