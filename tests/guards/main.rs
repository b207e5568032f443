//! What stands before handlers: types of bodies, groups, guards and what is ready-made of them.

mod content;
mod cors;
mod helpers;
mod ready;
