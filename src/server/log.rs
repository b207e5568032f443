//! The server's events, for the application's logger.

use core::net::SocketAddr;

use super::Event;
use crate::log::{Shown, log};

/// Tells of an event, at debug level; of a failure, at warn level.
pub(super) fn event(peer: &SocketAddr, event: &Event<'_>) {
    let peer = Shown(peer);
    match event {
        Event::Accepted => log!(debug, "{} connected", peer),
        Event::Request { method, target } => log!(debug, "{} {} {}", peer, method, target),
        Event::Answered(status) => log!(debug, "{} {}", peer, status.code()),
        Event::Failed(failure) => log!(warn, "{} {}", peer, failure),
        Event::Closed(reason) => log!(debug, "{} closed: {}", peer, reason.explain()),
        Event::AcceptFailed => log!(warn, "accepting a client failed"),
    }
}
