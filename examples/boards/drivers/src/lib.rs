//! What real boards have around the application: the OLED and light sensors over `embedded-hal` 1.0,
//! buttons, the radio as a device of smoltcp, the Wi-Fi's name and password in flash and how they are asked
//! for, the last words before a restart, the two slots for firmware and whether a new one does well. No allocation,
//! and tested on a PC.
//!
//! A [`Screen`] is a `nal_http::hal::Display`: it draws lines of text with a [`Typeface`] into a
//! [`Frame`], and sends that to a [`Panel`]. A [`Face`] shows [`Page`]s, whose text is as large as there is
//! room for.

#![no_std]

mod bh1750;
mod button;
#[cfg(feature = "chinese")]
mod chinese;
mod credentials;
mod face;
mod frame;
mod last_words;
mod line;
mod page;
mod panel;
mod radio;
mod screen;
mod setup;
mod sh1106;
#[cfg(feature = "slots")]
mod slots;
mod trial;
mod typeface;
mod views;

pub use bh1750::{Bh1750, Bh1750Error};
pub use button::{Button, Buttons, Press};
#[cfg(feature = "chinese")]
pub use chinese::Chinese;
pub use credentials::{Credentials, CredentialsError};
pub use face::{Face, NoDisplay};
pub use frame::Frame;
pub use last_words::LastWords;
pub use line::{Line, Typed};
pub use page::Page;
pub use panel::Panel;
pub use radio::{Radio, Received, Sending};
pub use screen::Screen;
pub use setup::{Failure, Reason, Setup};
pub use sh1106::Sh1106;
#[cfg(feature = "slots")]
pub use slots::{Flash, OtherSlot, Slots};
pub use trial::{Trial, Verdict};
pub use typeface::{Ascii, Typeface};
pub use views::{Status, View};
