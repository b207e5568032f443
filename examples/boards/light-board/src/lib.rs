//! What the boards share: everything but pins, chips and radios.
//!
//! A board implements [`Board`] (clock, serial port, random numbers) and hands its network device,
//! light sensor and display to a [`LightBoard`], which is the light-sensor application over
//! [`nal_smoltcp`], with DHCP and DNS. [`client`] is a client on the same stack, and [`fetch`]
//! what the emulated boards do with it.

#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod board;
mod fetch;
mod light_board;
#[cfg(feature = "simulated")]
pub mod simulated;
mod stack;

pub use board::{Board, BoardClock};
#[cfg(feature = "https")]
pub use fetch::fetch_over_tls;
pub use fetch::{FetchError, client, fetch};
pub use light_app::print_event;
pub use light_board::LightBoard;
pub use stack::{Address, idle, stack};
