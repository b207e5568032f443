//! The light-sensor application on embassy, for any board with a driver of embassy-net.
//!
//! A board implements [`Board`] (its serial port), hands light sensor and display to a [`LightServer`], and its
//! driver to [`network`]; it spawns a task for the network and [`TASKS`] that [`serve`](LightServer::serve). So the
//! executor and the chip are the board's, all else is here. [`fetch`] is a client on the same stack.

#![no_std]

mod close;
mod fetch;
mod network;
mod segment;
mod serve;
mod syn_filter;
mod syn_queue;
mod time;

pub use close::close;
pub use fetch::fetch;
#[cfg(feature = "https")]
pub use fetch::fetch_over_tls;
pub use network::network;
pub use serve::{Board, Buffers, LightServer, PORT, TASKS, WAITING, buffers};
pub use syn_filter::{Arrival, SynFilter};
pub use syn_queue::{Listening, SynQueue};
pub use time::timer;
