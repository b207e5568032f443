//! The extras that come with the crate, a file each.

pub(super) mod basic;
pub(super) mod bearer;
mod conditional;
mod cookies;
#[cfg(feature = "digest")]
pub(super) mod digest;
mod last_event_id;
pub(super) mod redirects;

pub use conditional::Conditional;
pub use cookies::Cookies;
pub use last_event_id::EventsRequest;
pub(super) use last_event_id::{CONTENT_TYPE, MAX_ID};
