//! The OLED and the light sensors of the mPython board, over `embedded-hal` 1.0: no allocation, and
//! tested on a PC.
//!
//! A [`Screen`] is a `nal_http::hal::Display`: it draws lines of text with a [`Typeface`] into a
//! [`Frame`], and sends that to a [`Panel`].

#![no_std]

mod frame;
mod panel;
mod screen;
mod typeface;

pub use frame::Frame;
pub use panel::Panel;
pub use screen::Screen;
pub use typeface::{Ascii, Typeface};
