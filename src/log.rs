//! What happens, told to `log` or `defmt` where the application has one of them.

use core::net::SocketAddr;

use crate::server::Event;
use crate::wire::{Method, Url};

/// Whether anybody is told of events.
pub(crate) const LISTENS: bool = cfg!(any(feature = "log", feature = "defmt"));

/// Tells of an event, at debug level; of a failure, at warn level.
#[cfg(feature = "log")]
pub(crate) fn event(peer: &SocketAddr, event: &Event<'_>) {
    match event {
        Event::Accepted => log::debug!("{peer} connected"),
        Event::Request { method, target } => log::debug!("{peer} {method} {target}"),
        Event::Answered(status) => log::debug!("{peer} {status}"),
        Event::Failed(failure) => log::warn!("{peer} {failure}"),
        Event::Completed(access) => log::debug!("{peer} {access}"),
        Event::Closed(reason) => log::debug!("{peer} closed: {reason}"),
        Event::AcceptFailed => log::warn!("accepting a client failed"),
    }
}

#[cfg(all(feature = "defmt", not(feature = "log")))]
pub(crate) fn event(peer: &SocketAddr, event: &Event<'_>) {
    let peer = defmt::Display2Format(peer);
    match event {
        Event::Accepted => defmt::debug!("{} connected", peer),
        Event::Request { method, target } => {
            defmt::debug!("{} {=str} {=str}", peer, method, target);
        }
        Event::Answered(status) => defmt::debug!("{} {=u16}", peer, status.code()),
        Event::Failed(failure) => defmt::warn!("{} {}", peer, failure),
        Event::Completed(access) => {
            defmt::debug!(
                "{} {=str} {=str} {=u16}",
                peer,
                access.method,
                access.target,
                access.status.code()
            );
        }
        Event::Closed(reason) => defmt::debug!("{} closed: {=str}", peer, reason.explain()),
        Event::AcceptFailed => defmt::warn!("accepting a client failed"),
    }
}

#[cfg(not(any(feature = "log", feature = "defmt")))]
pub(crate) fn event(_: &SocketAddr, _: &Event<'_>) {}

/// A client begins a request. A password in its URL is nobody's business.
pub(crate) fn request(method: Method<'_>, url: &Url<'_>) {
    #[cfg(feature = "log")]
    log::debug!("{method} {url}");
    #[cfg(all(feature = "defmt", not(feature = "log")))]
    defmt::debug!("{=str} {}", method.as_str(), defmt::Display2Format(url));
    #[cfg(not(any(feature = "log", feature = "defmt")))]
    let _ = (method, url);
}

/// A client has received the head of a response.
pub(crate) fn response(code: u16) {
    #[cfg(feature = "log")]
    log::debug!("answered {code}");
    #[cfg(all(feature = "defmt", not(feature = "log")))]
    defmt::debug!("answered {=u16}", code);
    #[cfg(not(any(feature = "log", feature = "defmt")))]
    let _ = code;
}

/// A request has failed.
pub(crate) fn failure<T: core::fmt::Debug, D: core::fmt::Debug>(
    error: &crate::client::Error<T, D>,
) {
    #[cfg(feature = "log")]
    log::warn!("{error}");
    #[cfg(all(feature = "defmt", not(feature = "log")))]
    defmt::warn!("{}", defmt::Display2Format(error));
    #[cfg(not(any(feature = "log", feature = "defmt")))]
    let _ = error;
}
