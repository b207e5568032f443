//! A certificate authority, servers and a client for the tests, all on loopback.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

pub mod client;
pub mod hostile;
pub mod pki;
pub mod proxy;
pub mod server;
pub mod typist;
