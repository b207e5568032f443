//! WebSocket frames as bytes (RFC 6455 section 5).

mod accept;
mod close;
mod elements;
mod frame;
mod head;
mod output;
mod sha1;
mod side;
mod utf8;

pub(crate) use accept::{ACCEPT, KEY, write_accept};
pub use close::CloseCode;
pub(crate) use elements::elements;
pub use frame::{Frame, FrameReader, Limits, Part};
pub use head::{Kind, write_head};
pub(crate) use output::{Output, Random, Unmasked};
pub use side::Received;
pub(crate) use side::{Input, Side};
pub use utf8::Utf8;
