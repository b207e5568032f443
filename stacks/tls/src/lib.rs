//! TLS 1.3 below a client on a microcontroller: the server proves who it is, and nobody reads or changes what
//! is sent. `no_std`, no allocation, no I/O of its own.
//!
//! A [`Session`] takes bytes and hands out bytes, and never blocks; [`Stream`] is one over any connection
//! that blocks.
//!
//! [`embedded-tls`](embedded_tls) encrypts and makes the handshake. What it leaves open is done
//! here:
//!
//! * The server's certificate is verified with [`webpki`], without an allocator: the chain up to an
//!   authority in the firmware, host name or IP address, dates, usages and constraints. Or it is
//!   pinned. See [`Trust`].
//! * The server has to prove that it has the key of its certificate, which `embedded-tls` 0.19 does
//!   not insist on, whatever verifier it is given: a server that sends no certificate at all gets
//!   through its handshake.
//! * Records that should be encrypted and are not are refused. So an end that somebody has put in,
//!   or a connection that was cut off, is an error ([`TlsError::Truncated`]) and no end.
//! * Nothing blocks: the protocol is a future without an executor, between two small buffers.
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
//! # const CA: &[u8] = &[];
//! // static CA: &[u8] = include_bytes!("ca.der");
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
//! On riscv32imc with `opt-level = "s"`, 115 KB of flash, or 90 KB with pins only; the features
//! `p384`, `rsa` and `ed25519` add 13 to 26 KB each. RAM: the memory for records, 2.9 KB for the
//! engine, 1.4 KB for the link, and 14 KB of stack in the handshake.
//!
//! # What it does not do
//! One cipher suite (`TLS_AES_128_GCM_SHA256`) and one key exchange (P-256), which TLS 1.3 asks all
//! to have (RFC 8446 section 9.1); no TLS 1.2. No certificate of the client, no resumption, no
//! revocation lists, no key update. A handshake message has to fit into one record. A trusted
//! server can stop the firmware with a handshake message behind the handshake: there `embedded-tls`
//! 0.19 panics.

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
