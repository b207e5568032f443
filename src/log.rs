//! What happens, told to `log` or `defmt` where the application has one of them.

use crate::server::Event;
use crate::wire::Method;

/// Tells of an event, at debug level; of a failure, at warn level.
#[cfg(feature = "log")]
pub(crate) fn event(event: &Event<'_>) {
    match event {
        Event::Accepted { peer } => log::debug!("{peer} connected"),
        Event::Request { peer, method, target } => log::debug!("{peer} {method} {target}"),
        Event::Answered { peer, status } => log::debug!("{peer} {status}"),
        Event::Failed { peer, failure } => log::warn!("{peer} {failure}"),
        Event::Closed { peer, reason } => log::debug!("{peer} closed: {reason}"),
    }
}

#[cfg(all(feature = "defmt", not(feature = "log")))]
pub(crate) fn event(event: &Event<'_>) {
    match event {
        Event::Accepted { peer } => defmt::debug!("{} connected", defmt::Display2Format(peer)),
        Event::Request { peer, method, target } => {
            defmt::debug!("{} {=str} {=str}", defmt::Display2Format(peer), method, target);
        }
        Event::Answered { peer, status } => {
            defmt::debug!("{} {=u16}", defmt::Display2Format(peer), status.code());
        }
        Event::Failed { peer, failure } => {
            defmt::warn!("{} {}", defmt::Display2Format(peer), failure);
        }
        Event::Closed { peer, reason } => {
            defmt::debug!("{} closed: {=str}", defmt::Display2Format(peer), reason.explain());
        }
    }
}

#[cfg(not(any(feature = "log", feature = "defmt")))]
pub(crate) fn event(_: &Event<'_>) {}

/// A client begins a request.
pub(crate) fn request(method: Method<'_>, url: &str) {
    #[cfg(feature = "log")]
    log::debug!("{method} {url}");
    #[cfg(all(feature = "defmt", not(feature = "log")))]
    defmt::debug!("{=str} {=str}", method.as_str(), url);
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
