//! What a board implements: its clock, its light sensor, its display.
//!
//! The traits follow the conventions of `embedded-hal` 1.0: errors are associated types with a
//! `kind()` that generic code can react to, methods take `&mut self`, and `&mut T` implements what
//! `T` does.
//!
//! # For authors of boards
//! Implement what the board has. An implementation should return in a few milliseconds: it is
//! called from the loop that also serves the network. What a bus fails with is an error of a sensor or a
//! display in a [`BusError`].
//!
//! # For authors of applications
//! Take `impl LightSensor` by value, not `&mut impl LightSensor`: `&mut T` is one as well. Expect
//! any call to fail; react to the kind of error, or pass it on.

mod bus_error;
pub mod clock;
pub mod display;
pub mod sensor;
#[cfg(feature = "async")]
mod timer;

pub use bus_error::BusError;
pub use clock::{Clock, Deadline};
pub use display::Display;
pub use sensor::LightSensor;
#[cfg(feature = "async")]
pub use timer::{DelayTimer, Timer};
