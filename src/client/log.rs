//! A call's events, for the application's logger.

use core::fmt;

use super::Error;
use crate::log::{Shown, log};
use crate::wire::{Method, Url};

/// A request begins. A password in its URL is nobody's business.
pub(super) fn request(method: Method<'_>, url: &Url<'_>) {
    log!(debug, "{} {}", method.as_str(), Shown(url));
}

/// The head of a response is there.
pub(super) fn response(code: u16) {
    log!(debug, "answered {}", code);
}

/// A request has failed.
pub(super) fn failure<T: fmt::Debug, D: fmt::Debug>(error: &Error<T, D>) {
    log!(warn, "{}", Shown(error));
}
