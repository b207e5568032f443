//! The server as bytes: every request split at every byte, each status where it belongs, and slots
//! over a stack that follows a script.

mod answers;
mod app;
mod asynch;
mod differential;
#[path = "../drivers/mod.rs"]
mod drivers;
mod handlers;
mod life;
mod messages;
mod mistakes;
mod site;
mod sizes;
mod slots;
