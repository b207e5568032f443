//! [`embedded-nal`](embedded_nal) over [`smoltcp`], servers included, for boards without an
//! operating system: no allocation, and all buffers are the user's.
//!
//! smoltcp has no accept queue: one listening socket takes one client, and the next that knocks is
//! refused. [`Stack`] keeps several sockets listening on a port ([`Stack::backlog`]) and puts another
//! in the place of each that a client has taken.
//!
//! | it happens | the call answers |
//! |---|---|
//! | nothing has arrived, nobody knocks, no room to send, still connecting | `WouldBlock` |
//! | the peer has closed, and all it sent was received | `receive`: `Ok(0)`, again and again |
//! | the peer has reset the connection | [`Error::Reset`] |
//! | nobody listens there | `connect`: [`Error::Refused`] |
//! | every socket is in use | `connect`: [`Error::NoSocket`] |
//!
//! Nothing moves but in [`Stack::poll`]: call it in the main loop, or from the idle hooks of
//! `nal-http`, with the time of the board's clock.
//!
//! # Memory
//! A TCP socket takes about 500 bytes and the two buffers that it is given. A server wants two for
//! each client that may be there at once, since its last connection may still be closing when it
//! opens the next, and the backlog. When all are in use, the next client is refused.

#![no_std]

mod dns;
mod error;
mod slot;
mod stack;
mod tcp;

pub use error::Error;
pub use stack::{MAX_SOCKETS, Stack};
pub use tcp::TcpSocket;
