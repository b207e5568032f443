//! What real boards have around the application: the OLED and light sensors over `embedded-hal` 1.0,
//! buttons, the Wi-Fi's name and password in flash. No allocation, and tested on a PC.
//!
//! A [`Screen`] is a `nal_http::hal::Display`: it draws lines of text with a [`Typeface`] into a
//! [`Frame`], and sends that to a [`Panel`].

#![no_std]

mod bh1750;
mod button;
#[cfg(feature = "chinese")]
mod chinese;
mod credentials;
mod frame;
mod line;
mod panel;
mod radio;
mod screen;
mod setup;
mod sh1106;
mod typeface;
mod views;

pub use bh1750::{Bh1750, Bh1750Error};
pub use button::Button;
#[cfg(feature = "chinese")]
pub use chinese::Chinese;
pub use credentials::{Credentials, CredentialsError};
pub use frame::Frame;
pub use line::{Line, Typed};
pub use panel::Panel;
pub use radio::{Radio, Received, Sending};
pub use screen::Screen;
pub use setup::{Failure, Reason, Setup};
pub use sh1106::Sh1106;
pub use typeface::{Ascii, Typeface};
pub use views::{Lines, Status, View};
