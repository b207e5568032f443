//! [`embedded-nal`](embedded_nal) over the operating system's sockets: what runs on a board with a
//! TCP stack of its own runs on a PC with this one.
//!
//! Clients and servers, IPv4 and IPv6, and nothing blocks but [`Stack::wait`] and DNS. What a call
//! answers is what `nal-http` asks of a stack:
//!
//! | it happens | the call answers |
//! |---|---|
//! | nothing has arrived, no client connects, no room to send, still connecting | `WouldBlock` |
//! | the peer has closed, and all it sent was received | `receive`: `Ok(0)`, again and again |
//! | the peer has closed, and is sent more | `send`: [`Error::PipeClosed`] |
//! | the peer has reset the connection | [`Error::Reset`] |
//! | nobody listens there | `connect`: [`Error::Refused`] |
//!
//! ```
//! use std::time::Duration;
//! use embedded_nal::{TcpClientStack, TcpFullStack, nb};
//!
//! let mut stack = nal_std::Stack::bound_to([127, 0, 0, 1].into());
//! let mut listener = stack.socket()?;
//! stack.bind(&mut listener, 0)?;
//! stack.listen(&mut listener)?;
//! let address = stack.local_addr(&listener)?;
//!
//! let mut client = stack.socket()?;
//! while let Err(nb::Error::WouldBlock) = stack.connect(&mut client, address) {
//!     stack.wait(Duration::from_secs(1));
//! }
//! # Ok::<(), nal_std::Error>(())
//! ```

mod entry;
mod error;
mod os;
mod ready;
mod selector;
mod stack;

pub use error::Error;
pub use stack::{Stack, TcpSocket};

/// The README's snippet, compiled from there.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
