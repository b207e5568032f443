//! Other crates' servers and clients.

pub mod clients;
pub mod nanofish;
pub mod picoserve;
