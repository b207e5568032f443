//! The OLED and the light sensors of the mPython board, over `embedded-hal` 1.0: no allocation, and
//! tested on a PC.
//!
//! A [`Screen`] is a `nal_http::hal::Display`: it draws lines of text with a [`Typeface`] into a
//! [`Frame`], and sends that to a [`Panel`].

#![no_std]

mod bh1750;
mod button;
#[cfg(feature = "chinese")]
mod chinese;
mod frame;
mod panel;
mod screen;
mod sh1106;
mod typeface;

pub use bh1750::{Bh1750, Bh1750Error};
pub use button::Button;
#[cfg(feature = "chinese")]
pub use chinese::Chinese;
pub use frame::Frame;
pub use panel::Panel;
pub use screen::Screen;
pub use sh1106::Sh1106;
pub use typeface::{Ascii, Typeface};
