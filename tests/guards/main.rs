//! What stands before handlers: types of bodies, groups, guards and what is ready-made of them.

mod content;
mod cors;
#[path = "../drivers/mod.rs"]
mod drivers;
mod groups;
mod helpers;
mod rate_limit;
mod ready;
mod sessions;
mod tables;
