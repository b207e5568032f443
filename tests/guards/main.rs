//! What stands before handlers: types of bodies, groups, guards, what is ready-made of them, and
//! extraction.

mod content;
mod cors;
mod curl;
#[path = "../drivers/mod.rs"]
mod drivers;
mod extract;
mod groups;
mod helpers;
mod matched_path;
#[expect(dead_code, reason = "the helper of another test, of which this one uses a part")]
#[path = "../end_to_end/on_tokio.rs"]
mod on_tokio;
mod rate_limit;
mod ready;
mod sessions;
#[path = "../drivers/sockets.rs"]
mod sockets;
#[expect(dead_code, reason = "the helper of another test, of which this one uses a part")]
#[path = "../end_to_end/support.rs"]
mod support;
mod tables;
