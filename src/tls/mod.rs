//! https: TLS 1.3 below the client, with a server that proves who it is.
//!
//! [`TlsStack`] is any stack and a [`Session`]; a client over it takes http and https URLs. All memory is
//! the firmware's: a record in each direction, the [`Link`], and the [`engine`](engine()), which is a
//! future that needs no executor.
//!
//! ```no_run
//! # fn demo<S>(stack: &mut S, clock: impl nal_http::hal::Clock, board: impl nal_http::tls::Platform, ca: &[u8])
//! # -> Result<(), nal_http::client::ErrorOf<S>> where S: nal_http::net::Transport {
//! use core::pin::pin;
//! use nal_http::client::Client;
//! use nal_http::tls::{Link, Memory, Session, TlsStack, Trust, engine};
//!
//! let authorities = [ca]; // `ca`: a certificate in DER, as `include_bytes!("ca.der")` gives it
//! let (mut receive, mut send) = ([0; 4352], [0; 640]);
//! let memory = Memory { receive: &mut receive, send: &mut send };
//! let link = Link::<256>::new();
//! let mut engine = pin!(engine(&link, Trust::authorities(&authorities), memory, board));
//! let mut session = Session::new(&link, engine.as_mut());
//!
//! let mut stack = TlsStack::new(stack, &mut session);
//! let mut client = Client::new(&mut stack, clock);
//! let mut buffer = [0; 2560];
//! let mut response = client.get("https://mpython.cn/weather").send(&mut buffer)?;
//! let text = response.text()?;
//! # Ok(())
//! # }
//! ```
//!
//! What is verified, and what it takes of flash and RAM, is told by [`nal_tls`], whose items these are. The
//! handshake belongs to the time-out for [connecting](crate::net::Timeouts::connect_ms), and computes
//! between a tenth of a second and some seconds on a microcontroller.

#[cfg(feature = "async")]
mod asynch;
mod carrier;
mod stack;

#[cfg(feature = "async")]
pub use asynch::AsyncTlsStack;
pub use carrier::TlsSocket;
pub use nal_tls::{
    Alert, CertificateError, Link, MIN_SEND, Memory, Platform, Session, TlsError, Trust, engine,
};
pub use stack::TlsStack;
