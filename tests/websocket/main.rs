//! WebSocket: the server against the cases of Autobahn's suite, the client over scripted stacks, both with peers of others.

mod asynch;
mod autobahn;
mod client;
mod frames;
mod handshake;
mod life;
mod on_tokio;
mod peers;
mod slots;
#[path = "../drivers/sockets.rs"]
mod sockets;
