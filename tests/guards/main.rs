//! What stands before handlers: types of bodies, groups, guards, what is ready-made of them, and
//! extraction.

mod content;
mod cors;
#[path = "../drivers/mod.rs"]
mod drivers;
mod extract;
mod groups;
mod helpers;
mod origin;
mod rate_limit;
mod ready;
mod sessions;
mod tables;
