//! Over real sockets on 127.0.0.1 and `[::1]`, against programs that we did not write.
//!
//! A test whose program is not installed says so and is skipped; with `NAL_HTTP_NO_SKIP` set, as
//! CI has it, it fails instead.

mod asynch;
mod digest;
mod examples;
mod foreign_clients;
mod foreign_servers;
mod https;
mod life;
mod metrics;
mod node;
mod on_tokio;
mod own_both;
mod proxies;
#[path = "../drivers/sockets.rs"]
mod sockets;
mod support;
mod tokio_stack;
mod urequests;
mod websocket;
