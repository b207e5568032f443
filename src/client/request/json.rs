use super::payload::{WriteBody, Written};
use crate::client::RequestError;
use crate::wire::{BufferTooSmall, LateLength, Window, Writer};

/// A value is written as JSON, whatever its type.
impl<T: serde::Serialize> WriteBody for T {
    fn write(&self, mut writer: Writer<'_>) -> Result<Written, RequestError> {
        let late = LateLength::reserve(&mut writer, 0);
        let is_head = writer.overflowed();
        crate::json::write(&mut writer, self).map_err(|_| RequestError::NotJson)?;
        Ok(settle(late, writer, is_head))
    }
}

fn settle(late: LateLength, writer: Writer<'_>, is_head: bool) -> Written {
    let message = match late.finish(writer) {
        Ok(message) => message,
        Err(BufferTooSmall { need, .. }) => {
            return Written { need, is_body: !is_head, ..Written::default() };
        }
    };
    let need = message.len();
    let payload_taken = need.saturating_sub(late.body_at());
    let start = late.settle(message, 0, payload_taken);
    let mut sending = Window::at(start);
    sending.received(need.saturating_sub(start));
    Written { sending, payload_taken, need, is_body: false }
}
