//! WebSocket frames as bytes (RFC 6455 section 5).

mod close;
mod frame;
mod head;
mod utf8;

pub use close::CloseCode;
pub use frame::{Frame, FrameReader, Limits, Part};
pub(crate) use head::{CLOSE, PING, PONG};
pub use head::{Kind, write_head};
pub use utf8::Utf8;
