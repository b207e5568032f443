//! The device of `nal-http-size` under the traits that other crates ask for, and their programs: the same page, the same
//! JSON, the same requests as nal-http's.

#![no_std]

pub mod edge;
pub mod pico;
pub mod reqwless;
mod wire;

pub use wire::{Wire, once};
