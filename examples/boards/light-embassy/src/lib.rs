//! The light-sensor application on embassy, for any board with a driver of embassy-net.
#![no_std]

mod backlog;
mod knock;
mod serve;

pub use backlog::{Backlog, Listening, Patient};
pub use serve::*;
