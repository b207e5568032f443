//! What only the async client does: how often it is polled, and what happens when futures are dropped; and that it does
//! what the client that blocks does, whatever the script.

mod differential;
mod dropping;
mod events;
mod polls;
mod times;
