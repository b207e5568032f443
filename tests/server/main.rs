//! The server as bytes: every request split at every byte, each status where it belongs, and slots
//! over a stack that follows a script.

mod app;
mod messages;
mod slots;
