use super::payload::WriteBody;
use crate::client::RequestError;
use crate::wire::{LateLength, Window, Writer};

/// A value is written as JSON, whatever its type.
impl<T: serde::Serialize> WriteBody for T {
    fn content_type(&self) -> &'static str {
        "application/json"
    }

    fn write(&self, mut writer: Writer<'_>) -> Result<(Window, usize), RequestError> {
        let late = LateLength::reserve(&mut writer);
        let is_head = writer.overflowed();
        crate::json::write(&mut writer, self).map_err(|_| RequestError::NotJson)?;
        settle(late, writer, is_head)
    }
}

fn settle(
    late: LateLength,
    writer: Writer<'_>,
    is_head: bool,
) -> Result<(Window, usize), RequestError> {
    let too_long = if is_head { RequestError::HeadTooLong } else { RequestError::JsonTooLong };
    let message = late.finish(writer).map_err(too_long)?;
    let length = message.len().saturating_sub(late.body_at());
    let start = late.settle(message, length);
    let mut window = Window::at(start);
    window.received(message.len().saturating_sub(start));
    Ok((window, length))
}
