//! What the images share: start-up without a runtime, a stub for a TCP stack, and the programs that
//! are measured.
//!
//! Their panic handler calls a function that does not exist, so an image in which the compiler left
//! any way to panic does not link.

#![no_std]

#[cfg(feature = "async")]
pub mod async_client;
#[cfg(feature = "async")]
pub mod asynch;
pub mod client;
pub mod messages;
// It asks the processor.
#[cfg(target_arch = "riscv32")]
pub mod probe;
#[cfg(target_arch = "riscv32")]
pub mod row;
pub mod server;
mod start;
pub mod stub;

pub use embedded_nal::{self, nb};
