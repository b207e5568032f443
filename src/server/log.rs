//! The server's events, for the application's logger.

use core::net::SocketAddr;

use super::Event;
use crate::log::{Shown, log};

/// Tells of an event, at debug level; of a failure, at warn level.
pub(super) fn event(peer: &SocketAddr, event: &Event<'_>) {
    #[cfg(feature = "testing")]
    note(event);
    let peer = Shown(peer);
    match event {
        Event::Accepted => log!(debug, "{} connected", peer),
        Event::Request { method, target } => log!(debug, "{} {} {}", peer, method, target),
        Event::Answered(status) => log!(debug, "{} {}", peer, status.code()),
        Event::Failed(failure) => log!(warn, "{} {}", peer, failure),
        Event::Completed(access) => {
            log!(debug, "{} {} {} {}", peer, access.method, access.target, access.status.code());
        }
        Event::Closed(reason) => log!(debug, "{} closed: {}", peer, reason.explain()),
        Event::AcceptFailed => log!(warn, "accepting a client failed"),
    }
}

#[cfg(feature = "testing")]
std::thread_local! {
    /// Why the last request of a test had no other response.
    static FAILURE: core::cell::RefCell<Option<super::Failure>> =
        const { core::cell::RefCell::new(None) };
}

#[cfg(feature = "testing")]
fn note(event: &Event<'_>) {
    if let Event::Failed(failure) = event {
        FAILURE.with_borrow_mut(|first| {
            first.get_or_insert_with(|| (*failure).clone());
        });
    }
}

/// Why a request of this thread had no other response: the first failure since this was asked.
#[cfg(feature = "testing")]
pub(crate) fn take_failure() -> Option<super::Failure> {
    FAILURE.take()
}
