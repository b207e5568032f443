//! TLS 1.3 (RFC 8446) below a client on a microcontroller: the server proves who it is, and nobody reads or
//! changes what is sent. `no_std`, no allocation, no I/O of its own.
//!
//! A [`Session`] takes bytes and hands out bytes, and never blocks; [`Stream`] is one over any connection
//! that blocks.
//!
//! * The server's certificate is verified with [`webpki`], without an allocator: the chain up to an
//!   authority in the firmware, host name or IP address, dates, usages and constraints. Or it is
//!   pinned. See [`Trust`].
//! * The server has to prove that it has the key of its certificate.
//! * The rules of RFC 8446 are kept. Messages may come in any number of records, keys may change (section 4.6.3),
//!   a server may ask for another hello (section 4.1.4). What is not allowed ends the connection, and both
//!   sides learn why: the client's error has the server's alert, or the one that the server was sent
//!   ([`TlsError::Alert`], [`TlsError::Protocol`]), with its number and its name.
//! * Records that should be encrypted and are not are refused. So an end that somebody has put in,
//!   or a connection that was cut off, is an error ([`TlsError::Truncated`]) and no end.
//! * Nothing blocks: the protocol is a future without an executor, between two small buffers.
//!
//! Ciphers, hashes, curves and signatures are those of the `RustCrypto` project (and `curve25519-dalek`); what is here
//! are the messages, the key schedule, which is checked with the example of RFC 8448, and the records.
//!
//! ```
//! use core::pin::pin;
//! use nal_tls::{Link, Memory, Platform, Session, Trust, engine};
//!
//! # #[derive(Default)]
//! # struct Board(u8);
//! # impl Platform for Board {
//! #     fn random(&mut self, bytes: &mut [u8]) {
//! #         bytes.iter_mut().for_each(|byte| (self.0, *byte) = (self.0.wrapping_add(7), self.0));
//! #     }
//! # }
//! const CA: &[u8] = b""; // in a firmware: include_bytes!("ca.der")
//! let (mut receive, mut send) = ([0; 4352], [0; 640]);
//! let memory = Memory { receive: &mut receive, send: &mut send };
//! let link = Link::<256>::new();
//! let mut engine = pin!(engine(&link, Trust::authorities(&[CA]), memory, Board::default()));
//! let mut session = Session::new(&link, engine.as_mut());
//!
//! session.begin("device.example")?;
//! // For each connection: move bytes between the session and a socket, until it is open.
//! let hello = session.wire_to_send(|bytes| Ok::<_, core::convert::Infallible>(bytes.len()));
//! # assert!(hello.unwrap() > 100);
//! assert_eq!(session.is_open(), Ok(false));
//! # Ok::<(), nal_tls::TlsError>(())
//! ```
//!
//! # What it takes
//! On riscv32imc with `opt-level = "z"`, 97 KB of flash, or 71 KB with pins only. The features `rsa`, `p384` and
//! `ed25519` add 17, 25 and 25 KB, `x25519` 9 KB. RAM: the memory for records, 1.7 KB for the engine (2.1 KB with
//! `rsa`), 1.3 KB for the link, and less than 14 KB of stack in the handshake.
//!
//! # What it does not do
//! One cipher suite, `TLS_AES_128_GCM_SHA256`, and the key exchange with P-256, which TLS 1.3 asks all to have
//! (RFC 8446 section 9.1), or X25519 with the feature `x25519`; no TLS 1.2. No certificate of the client, no
//! resumption, no revocation lists. The list of the server's certificates has to fit into the memory for
//! what comes, as a whole.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![no_std]
#![forbid(unsafe_code)]

mod alert;
mod certificate;
mod chain;
mod codec;
mod engine;
mod error;
mod flight;
mod fragment;
mod handshake;
mod hello;
mod incoming;
mod keys;
mod link;
mod name;
mod outgoing;
mod pipe;
mod platform;
mod schedule;
mod session;
mod share;
mod signature;
mod stream;
mod trust;
mod verifier;

pub use alert::Alert;
pub use engine::{MIN_SEND, Memory, engine};
pub use error::{CertificateError, TlsError};
pub use link::Link;
pub use platform::Platform;
pub use session::{Read, Session};
pub use stream::{Stream, StreamError};
pub use trust::Trust;

/// The README's snippet, compiled from there.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
