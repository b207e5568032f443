//! WebSocket on a server: against the cases of Autobahn's suite, and with clients of others.

mod asynch;
mod autobahn;
mod frames;
mod handshake;
mod life;
mod peers;
