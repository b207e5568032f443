//! [`embedded-nal`](embedded_nal) over [`smoltcp`], servers included, for boards without an
//! operating system: no allocation, and all buffers are the user's.
//!
//! smoltcp has no accept queue: one listening socket takes one client, and the SYN of the next is
//! refused. [`Stack`] keeps several sockets listening on a port ([`Stack::backlog`]) and puts another
//! in the place of each that a client has taken. When none is left, the next client is not refused: it
//! waits, if there is a place for it ([`Stack::with_syn_queue`]), and is let in when a socket is free.
//! Without a place it gets no answer, and sends its SYN again after 1, 3, 7, … seconds.
//!
//! | it happens | the call answers |
//! |---|---|
//! | nothing has arrived, no client connects, no room to send, still connecting | `WouldBlock` |
//! | the peer has closed, and all it sent was received | `receive`: `Ok(0)`, again and again |
//! | the peer has reset the connection | [`Error::Reset`] |
//! | nobody listens there | `connect`: [`Error::Refused`] |
//! | callers hold every socket | `connect`, `listen`: [`Error::NoSocket`] |
//! | the last sockets are still closing | `connect`: `WouldBlock` until one is closed, 10 seconds at most |
//! | nothing came from the peer for 130 seconds | `send`, `receive`: [`Error::Reset`] |
//! | the address of the connection is gone (DHCP) | `send`, `receive`: [`Error::Reset`] |
//!
//! Nothing moves but in [`Stack::poll`]: call it in the main loop, or from the idle hooks of
//! `nal-http`, with the time of the board's clock.
//!
//! # Sockets that come back
//! A connection that was closed keeps its socket until the peer has all of it and has closed as well.
//! What arrives meanwhile is thrown away. If another connection needs the socket, it is taken in this
//! order: one that is free; one in TIME-WAIT; one that has gone 10 seconds without progress, or whose
//! client has sent a SYN and nothing more for 2 seconds.
//!
//! A peer that is silent is asked every 20 seconds whether it is still there, so connections may be
//! idle for as long as the program likes, and those whose peer is gone end.
//!
//! # Memory
//! A TCP socket takes about 500 bytes and the two buffers that it is given. A server needs one for
//! each of its connections and one more to listen with. It wants another for each connection that is
//! still closing, and the backlog. A client that waits for a socket takes 128 bytes ([`SynStorage`]): 48
//! of them and 16 sockets serve 50 clients that come at once.
//!
//! # Floods
//! SYNs take no more than the memory for those who wait. When it is full, a newcomer is dropped, and
//! sends its SYN again; but it gets the place of another client if that one's Ethernet address has more of them
//! than its own. So one station that floods the network delays the others' connections by
//! places / sockets * 2 seconds at most (sockets that no caller holds).

#![no_std]

mod accept;
mod dhcp;
mod dns;
mod error;
mod neighbor;
mod poll;
mod ports;
mod query;
mod ready;
mod segment;
mod slot;
mod stack;
mod syn;
mod syn_filter;
mod tcp;
mod tcp_socket;
mod udp;
mod udp_slot;
mod watched;

pub use error::Error;
pub use stack::{MAX_SOCKETS, Stack};
pub use syn::SynStorage;
pub use tcp_socket::TcpSocket;
pub use udp::UdpSocket;
pub use udp_slot::MAX_UDP_SOCKETS;

/// The README's snippet, compiled from there.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
