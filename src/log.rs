//! What happens on a server, told to `log` or `defmt` where the application has one of them.

use crate::server::Event;

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
