//! QEMU's `virt` machine with one RISC-V hart: serial port, clock, exit, and the virtio network card, as a
//! device of smoltcp (feature `smoltcp`) or a driver of embassy-net (feature `embassy`, with embassy's time).

#![no_std]
#![deny(missing_docs)]

mod card;
#[cfg(feature = "embassy")]
mod embassy;
#[cfg(feature = "embassy")]
mod interrupts;
mod machine;
#[cfg(feature = "smoltcp")]
mod smoltcp;
#[cfg(feature = "embassy")]
mod time;

pub use card::{Net, Received, Sending};
#[cfg(feature = "embassy")]
pub use interrupts::enable as enable_interrupts;
pub use machine::{TICKS_PER_MS, exit, print, random, rest, ticks};
pub use virtio_drivers::Error;
