//! WebSocket: server and client against the cases of Autobahn's suite, over scripted stacks, and with peers of others.

mod asynch;
mod autobahn;
mod cases;
mod client;
mod frames;
mod handshake;
mod life;
mod on_tokio;
mod peers;
mod proxy;
mod slots;
#[path = "../drivers/sockets.rs"]
mod sockets;
mod talk;
